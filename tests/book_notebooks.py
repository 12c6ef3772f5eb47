"""The notebooks as the tests of the chapters' contract read them."""

import ast
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import nbformat

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
CHAPTERS = sorted(BOOK.glob("[0-9]*.ipynb"))
NAMES = [path.stem for path in CHAPTERS]
IGNORED = ("nbval-ignore-output", "nbval-skip", "pytest-validate-ignore-output")


def load(path):
    """A notebook as nbformat reads it."""
    return nbformat.read(path, as_version=4)


def code(notebook):
    """Its code cells, without the one that prepares Colab."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if "launch" not in cell.metadata.get("tags", [])]


def prose(notebook):
    """Its markdown cells, each as text."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def checks(notebook):
    """Of each exercise's check its name, a namespace in which it works alone, and the try cell.

    The namespace has seen the chapter's first code cell (its imports) and the check's own cell.
    """
    cells = code(notebook)
    for cell, following in pairwise(cells):
        if name := check_name(cell):
            space = {}
            exec(cells[0].source, space)
            exec(cell.source, space)
            yield name, space, following.source


def defined(chapter, *names):
    """Functions and classes as a chapter defines them, with its imports and nothing else run."""
    (path,) = (path for path in CHAPTERS if path.stem.startswith(chapter))
    parts = [part for cell in code(load(path)) for part in ast.parse(cell.source).body]
    imports = [part for part in parts if isinstance(part, ast.Import | ast.ImportFrom)]
    wanted = [part for part in parts if getattr(part, "name", None) in names]
    space = {"__name__": path.stem}
    exec(compile(ast.Module([*imports, *wanted], []), path.name, "exec"), space)
    return SimpleNamespace(**{name: space[name] for name in names})


def check_name(cell):
    """The check that this cell defines, or None."""
    name = re.match(r"def (check_\w+)\(answer\):", cell.source)
    return name[1] if name and "hide-input" in cell.metadata.get("tags", []) else None


def usual_mistakes(name, space):
    """What a check hands to judge as mistakes."""
    judge, seen = space["judge"], []
    space["judge"] = lambda answer, given, right, mistakes, praise: seen.extend(mistakes)
    space[name](None)
    space["judge"] = judge
    return seen


EXERCISE = re.compile(
    r"(?m)^### Exercise ([\d.]+) · (derive|build|investigate) · (easy|medium|hard) · (\d+) minutes$"
)
SOLUTION = re.compile(
    r"<details>\n<summary>Solution to exercise ([\d.]+)</summary>\n\n(.*?)\n\n</details>", re.DOTALL
)


def exercises(notebook):
    """{number: its text} of each exercise, up to the next heading or solution."""
    words = "\n\n".join(prose(notebook))
    found = {}
    for heading in EXERCISE.finditer(words):
        text = re.split(r"(?m)^<details>|^#{2,3} ", words[heading.end() :])[0]
        found[heading[1]] = text.strip()
    return found


def solutions(notebook):
    """{number: text} of the hidden solutions, each a cell of its own."""
    found = [SOLUTION.fullmatch(cell) for cell in prose(notebook)]
    return {match[1]: match[2] for match in found if match}


def plain(markdown):
    """Markdown without what may hold typed numbers: code, maths, roles, links, comments."""
    for pattern in (
        r"<!-- costs -->.*<!-- end of costs -->|<!--.*?-->",
        r"<(?:span data-glue|a href|a id|cite data-key)=.*?</(?:span|a|cite)>",
        r"</?(?:div|details|summary)\b.*?>",
        r"(?ms)^ *(`{3,})(?:(?!\{)|\{(?:math|code|eval-rst)).*?^ *\1 *$",
        r"(?m)^ *`{3,}.*$",
        r"(?s)\$\$.*?\$\$|\\begin\{equation\}.*?\\end\{equation\}",
        r"\{[\w:]+\}`[^`]*`",
        r"(`+)[^`]+\1",
        r"(?<![\\\w])\$[^$\n]+(?:\n[^$\n]+)*\$",
        r"\]\([^)]*\)",
        r"https?://\S+",
    ):
        flags = re.DOTALL if pattern.startswith("<") else 0
        markdown = re.sub(pattern, " ", markdown, flags=flags)
    return markdown


def compared(cell):
    """Whether nbval really compares something of this cell."""
    tags = cell.metadata.get("tags", [])
    lines = [line.strip().lstrip("# ") for line in cell.source.splitlines() if "#" in line]
    marks = [mark.replace("-", "_").upper() for mark in IGNORED]
    if any(tag in IGNORED for tag in tags) or any(line in marks for line in lines):
        return False
    return cell.execution_count is not None and any(map(_says_something, cell.outputs))


def _says_something(output):
    if output.output_type == "stream":
        return bool(output.text.strip())
    kinds = output.get("data", {})
    return any("text" in kind for kind in kinds)
