"""Look at this machine and say, line by line, what is well and what to do about the rest."""

import os
import re
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path

import psutil

from .costs import read


def doctor(_options) -> int:
    """Print every finding; exit status 1 where something needs doing."""
    from xfmr_lib import claims, corpora  # only here: torch takes a second to import

    todo = list(findings(claims.ledger_path().parent))
    print("\n".join(f"TODO  {finding}" for finding in todo) or "everything is here")
    here = sum(corpora.shelf(id).is_file() for id in corpora.BOOKS)
    print(f"{here} of {len(corpora.BOOKS)} children's books here; the rest come when first read")
    if not any(map(shutil.which, ["chromium", "chromium-browser"])):
        print("no chromium: the browser's tests are skipped; apt install chromium")
    return 1 if todo else 0


def findings(book):
    """What is missing, each with the way to mend it."""
    if not (3, 11) <= sys.version_info < (3, 14):
        yield "Python 3.11, 3.12 or 3.13 is needed; rm -r .venv; make book PYTHON=python3.12"
    lock = (book.parent / "requirements.txt").read_text("utf-8")
    there = {re.sub("[-_.]+", "-", found.name).lower(): found.version for found in distributions()}
    for name, wanted in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", lock):
        if (found := there.get(name, "missing").split("+")[0]) != wanted:
            yield f"{name}: {found}, the lock has {wanted}; pip install -r requirements.txt"
    try:
        from jupyter_client.kernelspec import get_kernel_spec

        python = Path(get_kernel_spec("python3").argv[0])  # "python" is the one that starts it
        if python.is_absolute() and python.parent != Path(sys.executable).parent:
            yield f"kernel python3: runs {python}; python -m ipykernel install --sys-prefix"
    except (ImportError, KeyError):
        yield "kernel python3: missing; pip install -r requirements.txt"
    most = max(cost["book"]["megabytes"] for cost in read(book / "results/costs.json").values())
    if psutil.virtual_memory().available < 2 * most * 1e6:
        yield f"memory: two chapters at a time need {2 * most} MB; close something, or say --jobs 1"
    if shutil.disk_usage(book).free < 1e9:  # pages, decks and runs take a fifth of it
        yield "disk: less than 1 GB free for pages and runs; make clean"
    if (kept := os.environ.get("XFMR_DATA")) and not Path(kept).is_dir():
        yield f"XFMR_DATA: no folder {kept}; make it, or unset XFMR_DATA"
