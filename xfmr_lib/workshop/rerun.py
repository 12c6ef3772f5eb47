"""Execute chapters again: `python -m xfmr_lib run 09 --scale smoke --seeds 0-4`.

Every chapter runs in a papermill process of its own with one thread. A run at book scale with the
default seed replaces the committed notebook, and only when all its cells passed; any other run
goes to `runs/NN_topic/scale-seed.ipynb`. A failed run leaves the committed notebook untouched.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil
from tqdm import tqdm

from . import costs
from .clean import clean, text, write


def run_all(runs, jobs=2) -> list[str]:
    """Execute the runs, `jobs` at a time, with a progress bar; one sentence a failed run."""
    failures = []
    bar = tqdm(total=len(runs), unit="chapter", disable=None)
    with ThreadPoolExecutor(max(1, jobs)) as pool, bar:
        waiting = {pool.submit(run_one, run): run for run in runs}
        try:
            for done in as_completed(waiting):
                run, report = waiting[done], done.result()
                if "error" in report:
                    failures.append(f"{run.name}: {report['error']}")
                elif run.output is None:
                    costs.record(run, report["seconds"], report["megabytes"])
                bar.write(f"{run.name}: " + ("failed" if "error" in report else "done"))
                bar.update()
        except BaseException:  # Ctrl-C, most of all: nothing new begins, what is under way ends
            pool.shutdown(wait=False, cancel_futures=True)
            for process in psutil.Process().children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()
            raise
    return failures


def run_one(run) -> dict:
    """Execute one run; on success put the cleaned notebook and the claims in their places.

    Returns seconds and megabytes, or else the error, with its cell and where the copy is kept.
    """
    with TemporaryDirectory(prefix="xfmr-") as work:
        partial, claims = Path(work, run.target.name), Path(work, "claims.json")
        message, megabytes = _papermill(run, partial, claims)
        done = nbformat.read(partial, as_version=4) if partial.is_file() else None
        if error := _failure(clean(done).cells if done else [], message):
            return {"error": error + (_keep(run, partial) if done else "")}
        write(run.target, text(clean(done)))
        if claims.is_file():
            write(run.claims, claims.read_text(encoding="utf-8"))
        return {"seconds": done.metadata.papermill.duration, "megabytes": megabytes}


def _papermill(run, partial, claims) -> tuple[str, float]:
    """Run the notebook into `partial`: the last line of the error, if any, and megabytes."""
    command = [sys.executable, "-m", "papermill", str(run.notebook), str(partial)]
    command += ["--kernel", "python3", "--language", "python", "--cwd", str(run.root / "book")]
    command += ["--no-progress-bar", "--log-level", "ERROR"]
    for name, value in run.parameters.items():
        command += ["-p", name, str(value)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "XFMR_RECORDS": str(claims)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    with process.stderr as errors:
        lines = errors.read().decode(errors="replace").strip().splitlines()
    megabytes = _wait(process)
    stopped = f"papermill was stopped (status {process.returncode})"
    return (lines or [stopped])[-1] if process.returncode else "", megabytes


def _wait(process) -> float:
    """Wait for the process; the most memory that it or its kernel had, in megabytes."""
    if not hasattr(os, "wait4"):  # Windows
        process.wait()
        return 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _failure(cells, message) -> str:
    """The first code cell that failed or was not executed, counted from 1, and its error."""
    code = (cell for cell in cells if cell.cell_type == "code")
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                return f"failed in cell {number}: {output.ename}: {output.evalue}"
        if cell.execution_count is None and cell.source.strip():
            return f"ended before cell {number} was done: {message or 'without an error'}"
    return message and f"failed: {message}"


def _keep(run, partial) -> str:
    """Keep the partly executed copy for reading, and say where."""
    kept = run.runs / "failed" / f"{run.notebook.stem}-{run.scale}-{run.seed}.ipynb"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(partial, kept)
    place = os.path.relpath(kept, run.root)
    return f"\n  executed so far: {place}; the book's notebook is unchanged"
