"""`python -m xfmr_lib doctor` names what is wrong with a machine, and the way to mend it."""

import json
import sys
import tomllib
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from book_notebooks import ROOT
from jupyter_client import kernelspec
from packaging.specifiers import SpecifierSet

from xfmr_lib.__main__ import main
from xfmr_lib.workshop import doctor

LOCK = f"# pins\npytest=={version('pytest')}\nnumpy=={version('numpy')}\n-e .\n"


@pytest.fixture
def well(book, monkeypatch):
    """A book on a machine where nothing is wrong."""
    (book.parent / "requirements.txt").write_text(LOCK)
    measured = {"01": {"book": {"megabytes": 1}}, "02": {"book": {"megabytes": 2}}}
    (book / "results" / "costs.json").write_text(json.dumps(measured))
    monkeypatch.setenv("XFMR_DATA", str(book))
    monkeypatch.setenv("JUPYTER_PATH", str(book / "jupyter"))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    return book


def said(capsys):
    """Exit status and lines."""
    status = main(["doctor"])
    return status, capsys.readouterr().out.splitlines()


def test_a_machine_on_which_all_is_well(well, capsys):
    status, lines = said(capsys)
    assert status == 0 and lines[0] == "everything is here"
    assert lines[1].startswith("0 of 14 children's books") and len(lines) == 2


def older(book, monkeypatch):
    (book.parent / "requirements.txt").write_text(LOCK + "pytest-xdist==0.1\nnot-here==1\n")


def elsewhere(book, monkeypatch):
    folder = book / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["/elsewhere/bin/python", "-m", "ipykernel_launcher"], "display_name": "x"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def without_kernel(book, monkeypatch):
    def get_kernel_spec(name):
        raise kernelspec.NoSuchKernel(name)

    monkeypatch.setattr(kernelspec, "get_kernel_spec", get_kernel_spec)


def small(book, monkeypatch):
    memory = SimpleNamespace(available=3.9e6)  # two chapters at a time, at most 2 MB each
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: memory)


def full(book, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=9e8))


def gone(book, monkeypatch):
    monkeypatch.setenv("XFMR_DATA", str(book / "gone"))


@pytest.mark.parametrize(
    ("spoil", "name", "remedy"),
    [
        (older, "pytest-xdist: 3", "pip install -r requirements.txt"),
        (older, "not-here: missing, the lock has 1", "pip install -r requirements.txt"),
        (elsewhere, "kernel python3: runs /elsewhere/bin/python", "ipykernel install --sys-prefix"),
        (without_kernel, "kernel python3: missing", "pip install -r requirements.txt"),
        (small, "memory: two chapters at a time need 4 MB", "--jobs 1"),
        (full, "disk: less than 1 GB free", "make clean"),
        (gone, "XFMR_DATA: no folder ", "unset XFMR_DATA"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(spoil, name, remedy, well, monkeypatch, capsys):
    spoil(well, monkeypatch)
    status, lines = said(capsys)
    found = [line.lower() for line in lines if line.startswith("TODO  ")]
    assert status == 1 and len(found) == 1 + (spoil is older)
    assert any(name.lower() in line and line.endswith(remedy.lower()) for line in found), found


def test_a_missing_browser_is_a_note_only(well, monkeypatch, capsys):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    status, lines = said(capsys)
    assert status == 0 and lines[-1].startswith("no chromium")


@pytest.mark.parametrize("minor", [10, 11, 12, 13, 14])
def test_the_pythons_are_those_of_the_package(minor, well, monkeypatch):
    fake = SimpleNamespace(version_info=(3, minor, 9), executable=sys.executable)
    monkeypatch.setattr(doctor, "sys", fake)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    right = f"3.{minor}.9" in SpecifierSet(project["requires-python"])
    assert right != any(finding.startswith("Python 3.11") for finding in doctor.findings(well))
