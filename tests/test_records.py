"""Records come back as they were written, with their provenance, and name their neighbours."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import torch

from xfmr_lib import records, report
from xfmr_lib.comparison import Run

RESULTS = Path(__file__).parents[1] / "book" / "results"


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


def test_sources_show_where_a_record_comes_from_and_what_an_old_one_lacks(monkeypatch):
    shown = []
    monkeypatch.setattr(report, "table", lambda rows, *about: shown.extend(rows))
    records.save("new", [], command="make new")
    old = {"commit": "abc1234", "date": "2026-01-02", "processor": "x86_64", "torch": "2.13.0"}
    (records.folder() / "old.json").write_text(json.dumps({"rows": [], "provenance": old}))
    records.sources("new", "old")
    about = records.load_rows("new")[1]
    kept = [about[key] for key in ("commit", "date", "processor_seconds", "machine")]
    assert shown == [
        ["new", *kept],
        ["old", "abc1234", "2026-01-02", "-", "x86_64, torch 2.13.0"],
    ]


def test_every_record_of_the_book_names_its_command_commit_and_date():
    """A commit is hexadecimal; ` and changes` says that code was edited since."""
    contents = {path.stem: json.loads(path.read_text()) for path in RESULTS.glob("[0-9]*.json")}
    abouts = {name: content.get("provenance") for name, content in contents.items()}
    without = sorted(name for name, about in abouts.items() if about is None)
    assert without == ["10_generation", "10_speed"]  # benchmarks, with versions and threads alone
    for name in abouts.keys() - set(without):
        about = abouts[name]
        assert about["command"].startswith("python "), name
        assert re.fullmatch(r"[0-9a-f]{7,40}( and changes)?", about["commit"]), name
        assert date.fromisoformat(about["date"]) <= date.today(), name
