"""What a chapter's outputs were made from, as digests.

A chapter is made from its code cells (its prose may change freely), every module of `xfmr_lib` that
it imports, directly or not, the bundled data, the records and claims it names, and the lock.
"""

import hashlib
import re
from modulefinder import ModuleFinder
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import yaml

READS = "claims.records("  # in a chapter that judges what the other chapters found


def parts(notebook) -> dict[str, str]:
    """{what it is made from: digest}, for the notebook as it lies in `book/` now."""
    book, root, chapter = notebook.parent, notebook.parents[1], notebook.stem[:2]
    cells = nbformat.read(notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    modules = imported(code, root)
    texts = [code, *(path.read_text("utf-8") for path in modules)]
    named = {name for text in texts for name in re.findall(r"""["']([\w.]+)["']""", text)}
    data = [*root.glob("xfmr_lib/data/*"), *book.glob("results/[0-9]*")]
    files = [path for path in data if {path.stem, path.name} & named]
    files += [*modules, *book.glob(f"results/{chapter}_*"), root / "requirements.txt"]
    if READS in code:
        files += set(book.glob("results/claims_*")) - {book / "results" / f"claims_{chapter}.json"}
        files += [book / "claims.yml"]
    made = {str(path.relative_to(root)): digest(path.read_bytes()) for path in files}
    ledger = yaml.safe_load((book / "claims.yml").read_text("utf-8")) or {"claims": []}
    own = [entry for entry in ledger["claims"] if entry["id"] in named]
    return made | {"its code": digest(code.encode()), "its claims": digest(repr(own).encode())}


def imported(code, root) -> list[Path]:
    """The files of `xfmr_lib` that this code imports, and those that these import, and so on."""
    finder = ModuleFinder(path=[str(root)])
    with TemporaryDirectory() as work:
        script = Path(work, "cells.py")
        script.write_text(code, encoding="utf-8")
        finder.run_script(str(script))
    ours = [module for name, module in finder.modules.items() if name.split(".")[0] == "xfmr_lib"]
    return [Path(module.__file__) for module in ours]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
