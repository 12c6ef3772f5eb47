"""Records come back as they were written, with their provenance, and name their neighbours."""

import pytest
import torch

from xfmr_lib import records
from xfmr_lib.comparison import Run


@pytest.fixture(autouse=True)
def empty_book(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    monkeypatch.setenv("XFMR_LEDGER", str(tmp_path / "claims.yml"))
    return tmp_path / "results"


def test_runs_come_back_rounded(empty_book):
    run = Run("ishe", 10, 0.01, 0, 1.234567, 2.0, 3.14159, ((5, 1.5), (10, 1.23456)))
    records.save("a", [run], command="make a", steps=10)
    (back,), about = records.load("a")
    assert (back.validation, back.seconds) == (1.23457, 3.1)
    assert back.curve == ((5, 1.5), (10, 1.2346))
    assert about["command"] == "make a" and about["torch"] in torch.__version__
    assert not list(empty_book.glob("*.part"))


def test_rows_come_back_as_they_are():
    rows = [{"length": 32, "ratio": 0.5}, {"length": 64, "ratio": 0.75}]
    records.save_rows("b", rows, command="make b")
    back, about = records.load_rows("b")
    assert back == rows and about["command"] == "make b" and "threads" in about


def test_a_missing_record_names_those_that_exist():
    records.save_rows("b", [], command="make b")
    with pytest.raises(FileNotFoundError, match="no record 'c'.*there are: b"):
        records.load_rows("c")
