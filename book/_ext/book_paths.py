"""Let Sphinx import xfmr_lib from the repository root, and read its plain docstrings."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def plain_docstring(app, what, name, obj, options, lines):
    """Docstrings are prose with `code` in backticks; indented lines are formulas, kept as set."""
    result, literal = [], False
    for line in lines:
        indented = line.startswith("  ") and not re.match(r"\s*[-*] ", line)
        if indented and not literal:
            result += ["", "::", ""]
        elif literal and line.strip() and not indented:
            result.append("")
        literal = indented or (literal and not line.strip())
        result.append(line if literal else _prose(line))
    lines[:] = [*result, ""]


def _prose(line):
    """Backticks mark code; nothing else in a line of prose has a meaning for Sphinx."""
    line = re.sub(r"::$", ":", line)
    pieces = re.split(r"(`+[^`]+`+)", line)
    pieces[1::2] = ["``" + piece.strip("`") + "``" for piece in pieces[1::2]]
    pieces[::2] = [re.sub(r"([*|\\]|_\b|:(?=\w+:`))", r"\\\1", piece) for piece in pieces[::2]]
    return re.sub(r"^(\s*)\\([*]) ", r"\1\2 ", "".join(pieces))


def setup(app):
    """Read docstrings as plain text."""
    app.connect("autodoc-process-docstring", plain_docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
