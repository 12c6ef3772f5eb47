"""Records come back as they were written, with their provenance, and name their neighbours."""

import pytest
import torch

from xfmr_lib import records
from xfmr_lib.comparison import Run


@pytest.fixture(autouse=True)
def an_empty_book(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "claims.yml").touch()
    monkeypatch.chdir(tmp_path)


def test_runs_come_back():
    run = Run("ishe", 10, 0.01, 0, 1.23456, 2.0, 3.14159, ((5, 1.5), (10, 1.23456)))
    records.save("a", [run], command="make a", steps=10)
    (back,), about = records.load("a")
    assert back == run
    version = torch.__version__.split("+")[0]
    assert about["command"] == "make a" and about["machine"].endswith(version)


def test_rows_come_back_as_they_are():
    rows = [{"length": 32, "ratio": 0.5}, {"length": 64, "ratio": 0.75}]
    records.save("b", rows, command="make b")
    back, about = records.load_rows("b")
    assert back == rows and about["command"] == "make b" and "threads" in about


def test_six_digits_are_kept():
    records.save("c", [{"loss": 1.23456789, "curve": [2 / 3], "steps": 12345678}])
    assert records.load_rows("c")[0] == [{"loss": 1.23457, "curve": [0.666667], "steps": 12345678}]


def test_a_missing_record_names_those_that_exist():
    records.save("b", [], command="make b")
    with pytest.raises(FileNotFoundError, match="no record 'c'.*there are: b"):
        records.load_rows("c")
