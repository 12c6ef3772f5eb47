"""What stands is not run again, what changed is, with its reason; disks fill and workers die."""

import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from small_book import notebook, outputs

from xfmr_lib.__main__ import main
from xfmr_lib.workshop import execute, made_from, rerun

LIBRARY = {
    "__init__": "",
    "near": "from .far import x",
    "far": "x = 'bundled.txt'",
    "other": "y = 2",
    "data/bundled.txt": "text",
    "data/idle.txt": "text",
}


@pytest.fixture
def library(book):
    """The small book with a library beside it; chapter 01 imports `near`, which imports `far`."""
    for name, content in LIBRARY.items():
        path = book.parent / "xfmr_lib" / (name if "." in name else f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (book.parent / "requirements.txt").write_text("torch==1\n")
    (book / "results" / "01_slow.json").write_text("{}")
    cells = ["from xfmr_lib import near", "name = '07_named'"]
    nbformat.write(notebook(cells), book / "01_good.ipynb")
    return book


def test_a_chapter_is_made_from_what_it_imports_and_names(library):
    (library / "results" / "07_named.json").write_text("{}")
    (library / "results" / "07_idle.json").write_text("{}")
    assert set(made_from.parts(library / "01_good.ipynb")) == {
        "book/results/01_slow.json",
        "book/results/07_named.json",
        "its claims",
        "its code",
        "requirements.txt",
        "xfmr_lib/__init__.py",
        "xfmr_lib/data/bundled.txt",
        "xfmr_lib/far.py",
        "xfmr_lib/near.py",
    }


CHANGES = [
    ("xfmr_lib/far.py", "x = 'bundled.txt' ", True),
    ("xfmr_lib/data/bundled.txt", "other", True),
    ("requirements.txt", "torch==2", True),
    ("book/results/01_slow.json", "[]", True),
    ("xfmr_lib/other.py", "y = 3", False),
    ("xfmr_lib/data/idle.txt", "other", False),
    ("book/results/07_idle.json", "[]", False),
]


def test_only_what_changed_is_run_again_and_the_reason_is_said(library, capsys):
    assert main(["run", "01", "--scale", "smoke"]) == 0
    assert "it was never run" in capsys.readouterr().out
    run = rerun.Run(library / "01_good.ipynb", "smoke", 0)
    for name, content, counts in CHANGES:
        path = library.parent / name
        before = path.read_text() if path.exists() else ""
        path.write_text(content)
        assert run.reasons() == ([f"{name} changed"] if counts else []), name
        path.write_text(before)
    assert main(["run", "01", "--scale", "smoke"]) == 0
    assert "0 of 0 runs passed, 1 stood" in capsys.readouterr().out
    (library.parent / "xfmr_lib" / "far.py").write_text("x = 3")
    assert main(["run", "01", "--scale", "smoke"]) == 0
    said = capsys.readouterr().out
    assert "01_good-smoke-0: xfmr_lib/data/bundled.txt changed, xfmr_lib/far.py changed" in said
    assert "1 of 1 runs passed, 0 stood" in said


def test_a_chapter_that_reads_the_others_runs_after_them_and_when_they_change(library, capsys):
    """01 finds something, 02 reads it: in one run, however many jobs, 02 must see the new one."""
    write = "import os, time; time.sleep(1)\nopen(os.environ['XFMR_RECORDS'], 'w').write('[1]')"
    nbformat.write(notebook([write]), library / "01_good.ipynb")
    read = "# claims.records()\nprint(open('results/claims_01.json').read())"
    nbformat.write(notebook([read]), library / "02_bad.ipynb")
    assert main(["run", "--jobs", "2"]) == 0
    assert outputs(library / "02_bad.ipynb") == ["[1]"]
    nbformat.write(notebook([write.replace("1]", "2]")]), library / "01_good.ipynb")
    capsys.readouterr()
    assert main(["run", "--jobs", "2"]) == 0
    assert outputs(library / "02_bad.ipynb") == ["[2]"]
    assert "02_bad-book-0: book/results/claims_01.json changed" in capsys.readouterr().out


def test_code_counts_and_prose_does_not(library):
    assert main(["run", "01"]) == 0
    run = rerun.Run(library / "01_good.ipynb", "book", 0)
    made = nbformat.read(run.notebook, as_version=4)
    made.cells.append(nbformat.v4.new_markdown_cell("A word more."))
    nbformat.write(made, run.notebook)
    assert run.reasons() == []
    made.cells.append(nbformat.v4.new_code_cell("1"))
    nbformat.write(made, run.notebook)
    assert run.reasons() == ["its code changed"]


def test_a_run_whose_notebook_is_gone_is_repeated(library):
    assert main(["run", "01", "--seeds", "1"]) == 0
    run = rerun.Run(library / "01_good.ipynb", "book", 1)
    assert run.reasons() == []
    (run.folder / run.notebook.name).unlink()
    assert run.reasons() == ["it was never run"]


def test_finished_runs_stand_when_another_fails(book, capsys):
    assert main(["run", "--scale", "smoke"]) == 1
    assert main(["run", "--scale", "smoke"]) == 1
    said = capsys.readouterr()
    assert "01_good-smoke-0: stands" in said.out
    assert "0 of 1 runs passed, 1 stood" in said.out
    assert "02_bad-smoke-0: failed in cell 3: ValueError" in said.err


def test_a_full_disk_leaves_the_old_notebook(book, capsys, monkeypatch):
    before = (book / "01_good.ipynb").read_bytes()

    def full(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(["run", "01"]) == 1
    assert "01_good-book-0: [Errno 28] No space left on device" in capsys.readouterr().err
    assert (book / "01_good.ipynb").read_bytes() == before
    assert not list(book.rglob("*.partial"))


def test_no_scheduler(book, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SystemExit, match=f"no Dask scheduler at {address}.*dask worker"):
        main(["run", "01", "--scheduler", address])


# --- a real cluster --------------------------------------------------------------------------


def start(*words, folder):
    """One of Dask's commands, as a process of its own that has no part of this checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "dask", *words]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


def send(*options):
    """`run 01` as a reader says it: the shape checks of these tests cannot be sent to a worker."""
    command = [sys.executable, "-P", "-m", "xfmr_lib", "run", "01", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def cluster(tmp_path_factory):
    """The address of a scheduler with two workers of one thread each, and the workers."""
    folder = tmp_path_factory.mktemp("elsewhere")
    where = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    processes = [start("scheduler", *options, "--scheduler-file", str(where), folder=folder)]
    for _ in range(300):
        if where.is_file() and where.stat().st_size:
            break
        time.sleep(0.1)
    address = json.loads(where.read_text())["address"]
    options = ["--nthreads", "1", "--no-dashboard", "--no-nanny"]
    workers = [start("worker", address, *options, folder=folder) for _ in range(2)]
    yield address, workers
    for process in [*workers, *processes]:
        process.kill()
        process.wait()


def test_a_cluster_gives_the_same_files_and_is_sent_all_it_needs(library, cluster):
    address, _ = cluster
    cells = ["from xfmr_lib import near", "print(near.x, near.__file__.count('checkout'))"]
    cells += ["_ = open('results/01_made.bin', 'wb').write(bytes([200, seed]))"]
    nbformat.write(notebook(cells), library / "01_good.ipynb")
    with send("--seeds", "0-1", "--scheduler", address) as running:
        said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    made = (library / "results" / "01_made.bin").read_bytes()
    assert made[0] == 200, "a record that a worker made comes back"
    assert outputs(library / "01_good.ipynb") == ["bundled.txt 1"]
    assert outputs(library.parent / "runs" / "book-1" / "01_good.ipynb") == ["bundled.txt 1"]


def test_a_worker_killed_in_mid_run_loses_nothing_and_doubles_nothing(book, cluster, tmp_path):
    """Each run notes where it began; the run of the killed worker begins twice and lands once."""
    address, workers = cluster
    notes = tmp_path / "notes"
    notes.mkdir()
    cells = [
        "import tempfile, time",
        f"note = tempfile.mkstemp(prefix=f'{{seed}}-', dir={str(notes)!r})",
        "time.sleep(4); print(seed)",
    ]
    nbformat.write(notebook(cells), book / "01_good.ipynb")
    options = ["--scale", "smoke", "--seeds", "0-3", "--scheduler", address]
    with send(*options) as running:
        for _ in range(600):
            if len(list(notes.iterdir())) >= 2:
                break
            time.sleep(0.1)
        workers[0].send_signal(signal.SIGKILL)
        said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert "4 of 4 runs passed" in said
    begun = sorted(path.name.split("-")[0] for path in notes.iterdir())
    assert len(begun) == 5 and set(begun) == set("0123"), begun
    for seed in range(4):
        done = book.parent / "runs" / f"smoke-{seed}" / "01_good.ipynb"
        assert outputs(done) == [str(seed)]


def test_what_is_shipped_is_the_checkout_without_its_history(library):
    root = library.parent
    (root / "xfmr_lib" / "__pycache__").mkdir()
    (root / "xfmr_lib" / "__pycache__" / "near.pyc").write_text("")
    (root / "runs").mkdir()
    (root / "runs" / "secret.txt").write_text("")
    names = zipfile.ZipFile(io.BytesIO(execute.pack(root))).namelist()
    assert "xfmr_lib/data/bundled.txt" in names and "book/results/01_slow.json" in names
    assert not [name for name in names if "pycache" in name or "runs" in name]
    assert all(not Path(name).is_absolute() for name in names)
