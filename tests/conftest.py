"""Shapes stand in signatures; here, and only here, they are enforced at run time."""

import nbformat
import pytest
import torch
from jaxtyping import install_import_hook
from small_book import BAD, GOOD, RECORD, notebook

install_import_hook("xfmr_lib", "shape_checks.check")
torch.set_num_threads(1)


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A folder with a book of two chapters: 01 passes, 02 fails in its third cell."""
    (tmp_path / "book" / "results").mkdir(parents=True)
    (tmp_path / "book" / "claims.yml").touch()
    for name in ("requirements.txt", "README.md"):
        (tmp_path / name).touch()
    for name, cells in {"01_good": [*GOOD, RECORD], "02_bad": BAD}.items():
        nbformat.write(notebook(cells), tmp_path / "book" / f"{name}.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "book"
