"""`python -m xfmr_lib run` on a small book: success moves files, failure moves none."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from small_book import notebook, outputs

from xfmr_lib.__main__ import _seeds, main
from xfmr_lib.workshop import rerun
from xfmr_lib.workshop.clean import clean, text


def test_book_scale_replaces_the_committed_notebook(book):
    assert main(["run", "01"]) == 0
    good = book / "01_good.ipynb"
    assert outputs(good) == ["book 0 1 book"]
    assert text(clean(nbformat.read(good, as_version=4))) == good.read_text()
    assert (book / "results" / "claims_01.json").read_text() == "[]"
    measured = json.loads((book / "results" / "costs.json").read_text())["01"]["book"]
    assert measured["seconds"] >= 1
    assert measured["megabytes"] % 10 == 0
    before = good.read_bytes()
    assert main(["run", "1", "--again"]) == 0
    assert good.read_bytes() == before, "a second run gives the same bytes"
    assert sorted(path.name for path in book.iterdir()) == [
        "01_good.ipynb",
        "02_bad.ipynb",
        "claims.yml",
        "results",
    ]


def test_other_scales_and_seeds_go_to_runs(book):
    before = (book / "01_good.ipynb").read_bytes()
    assert main(["run", "01", "--scale", "smoke", "--seeds", "2-3"]) == 0
    runs = book.parent / "runs"
    assert outputs(runs / "smoke-2" / "01_good.ipynb") == ["smoke 2 1 book"]
    assert outputs(runs / "smoke-3" / "01_good.ipynb") == ["smoke 3 1 book"]
    assert (runs / "smoke-3" / "results" / "claims_01.json").is_file()
    assert (book / "01_good.ipynb").read_bytes() == before
    assert not (book / "results" / "claims_01.json").exists()


def test_output_leaves_the_book_alone(book, tmp_path):
    before = (book / "01_good.ipynb").read_bytes()
    assert main(["run", "01", "--output", str(tmp_path / "away")]) == 0
    assert outputs(tmp_path / "away" / "book-0" / "01_good.ipynb") == ["book 0 1 book"]
    assert (book / "01_good.ipynb").read_bytes() == before
    assert not list((book / "results").iterdir())


def test_a_failing_cell_leaves_the_committed_notebook(book, capsys):
    before = (book / "02_bad.ipynb").read_bytes()
    assert main(["run", "02"]) == 1
    assert (book / "02_bad.ipynb").read_bytes() == before
    error = capsys.readouterr().err
    assert "02_bad-book-0: failed in cell 3: ValueError: the third cell" in error
    assert "runs/failed/02_bad-book-0.ipynb" in error
    kept = book.parent / "runs" / "failed" / "02_bad-book-0.ipynb"
    assert "before" in kept.read_text()
    assert not list((book / "results").iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["77"], "unknown chapter '77'; there are: 01, 02"),
        (["--scale", "huge"], "'huge' (choose from"),
        (["--seeds", "one"], "unknown seed 'one'; give whole numbers"),
        (["--seeds=-1"], "unknown seed '-1'"),
        (["--seeds", "4-0"], "unknown seed '4-0'"),
    ],
)
def test_a_chapter_scale_or_seed_that_does_not_exist_is_named(book, capsys, words, message):
    with pytest.raises(SystemExit, match="2"):
        main(["run", "01", *words])
    assert message in capsys.readouterr().err


def test_no_book_here(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 2
    assert "run inside the book's folder" in capsys.readouterr().err


def test_a_scale_that_a_chapter_does_not_offer(book, capsys):
    with pytest.raises(SystemExit, match="no scale 'record' in 01; leave them out"):
        main(["run", "01", "--scale", "record"])
    nbformat.write(notebook(['print(scale == "record")']), book / "01_good.ipynb")
    assert main(["run", "--scale", "record"]) == 0, "without numbers, those that offer it"
    assert "1 of 1 runs passed" in capsys.readouterr().out
    assert outputs(book.parent / "runs" / "record-0" / "01_good.ipynb") == ["True"]


def test_under_torchrun_the_first_process_alone_lands(book, monkeypatch):
    before = (book / "01_good.ipynb").read_bytes()
    monkeypatch.setenv("RANK", "1")
    assert main(["run", "01"]) == 0
    assert (book / "01_good.ipynb").read_bytes() == before
    assert not list((book / "results").iterdir())


def test_seeds():
    assert list(_seeds("0-4")) == [0, 1, 2, 3, 4]
    assert list(_seeds("7")) == [7]


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_leaves_everything_whole(book, tmp_path):
    (tmp_path / "work").mkdir()
    nbformat.write(notebook(["import time; time.sleep(60)"]), book / "01_good.ipynb")
    before = (book / "01_good.ipynb").read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "xfmr_lib", "run", "01"],
        env=os.environ | {"TMPDIR": str(tmp_path / "work")},
        stderr=-1,
        text=True,
        # a shell that starts the tests in the background makes them deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(300):
        if list((tmp_path / "work").glob("xfmr-*/01_good.ipynb")):
            break
        time.sleep(0.1)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert time.monotonic() - start < 30, "it does not wait for the cell"
    assert "stopped" in error
    assert (book / "01_good.ipynb").read_bytes() == before
    assert not list((tmp_path / "work").glob("xfmr-*"))


def test_cleaning_drops_what_changes_and_keeps_the_rest():
    made = notebook(["print(1)", "print(1)"])
    injected = nbformat.v4.new_code_cell("seed = 1")
    injected.metadata = {"tags": ["injected-parameters"]}
    made.cells.insert(1, injected)
    for cell in made.cells:
        cell.metadata |= {"papermill": {"duration": 1.0}, "execution": {"a": 1}}
    made.cells[2].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="a"),
        nbformat.v4.new_output("stream", name="stdout", text="b\n"),
        nbformat.v4.new_output("stream", name="stderr", text="x unencrypted TCP y\n"),
    ]
    tidy = clean(made)
    assert [cell.metadata for cell in tidy.cells] == [{"tags": ["parameters"]}, {}, {}]
    assert [output.text for output in tidy.cells[1].outputs] == ["ab\n"]
    assert len({cell.id for cell in tidy.cells}) == 3
    assert set(tidy.metadata) == {"kernelspec", "language_info"}
    assert text(clean(tidy)) == text(tidy)
    nbformat.validate(tidy)


def test_real_stderr_stays():
    made = notebook(["1"])
    made.cells[1].outputs = [nbformat.v4.new_output("stream", name="stderr", text="a warning\n")]
    assert clean(made).cells[1].outputs[0].text == "a warning\n"


def test_a_run_that_ends_early_has_failed(book, capsys):
    nbformat.write(notebook(["import sys; sys.exit()", "1"]), book / "01_good.ipynb")
    before = (book / "01_good.ipynb").read_bytes()
    assert main(["run", "01"]) == 1
    assert "failed in cell 2: SystemExit" in capsys.readouterr().err
    assert (book / "01_good.ipynb").read_bytes() == before


def test_a_kernel_that_dies_is_named_with_its_cell(book, capsys):
    nbformat.write(notebook(["import os; os._exit(1)", "1"]), book / "01_good.ipynb")
    assert main(["run", "01", "--scale", "smoke"]) == 1
    error = capsys.readouterr().err
    assert re.search(r"before cell [23] was done: nbclient.exceptions.DeadKernelError", error)


def test_a_cell_that_was_never_executed_is_noticed():
    cells = [nbformat.v4.new_code_cell(source) for source in ("1", "", "2")]
    cells[0].execution_count = 1
    assert "cell 3" in rerun.failure(cells, "")
    cells[2].execution_count = 2
    assert rerun.failure(cells, "") == ""
