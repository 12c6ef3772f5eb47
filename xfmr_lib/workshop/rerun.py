"""Execute chapters again: `python -m xfmr_lib run 09 --scale smoke --seeds 0-4`.

Every chapter runs in a papermill process of its own with one thread. A run at book scale with the
default seed replaces the committed notebook, and only when all its cells passed; any other run
goes to `runs/scale-seed/NN_topic.ipynb`. A failed run leaves the committed notebook untouched.
"""

import contextlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil
from tqdm import tqdm

from . import costs
from .clean import clean, text, write

PAPERMILL = [sys.executable, "-m", "papermill", "--kernel", "python3", "--language", "python"]
PAPERMILL += ["--no-progress-bar", "--log-level", "ERROR"]


@dataclass(frozen=True)
class Run:
    """One chapter at one scale with one seed. output: takes the results, to leave book/ alone."""

    notebook: Path
    scale: str
    seed: int
    output: Path | None = None

    def __str__(self):
        return f"{self.notebook.stem}-{self.scale}-{self.seed}"

    @property
    def folder(self) -> Path:
        """Where the results go: to the places that they have in book/."""
        if (self.scale, self.seed, self.output) == ("book", 0, None):
            return self.notebook.parent
        return (self.output or self.notebook.parents[1] / "runs") / f"{self.scale}-{self.seed}"


def run_all(runs, jobs=2) -> list[str]:
    """Execute the runs, `jobs` at a time, with a progress bar; one sentence a failed run."""
    failures = []
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        waiting = {pool.submit(run_one, run): run for run in runs}
        try:
            for done in tqdm(as_completed(waiting), total=len(runs), unit="chapter", disable=None):
                run, error = waiting[done], done.exception()
                if error:
                    failures.append(f"{run}: {error}")
                elif run.output is None:
                    costs.record(run, *done.result())
                tqdm.write(f"{run}: {'failed' if error else 'done'}")
        except BaseException:  # Ctrl-C, most of all: nothing new begins, what is under way ends
            pool.shutdown(wait=False, cancel_futures=True)
            for process in psutil.Process().children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()
            raise
    return failures


def run_one(run) -> tuple[float, float]:
    """Execute one run and put the cleaned notebook and its claims in their places.

    Returns seconds and megabytes; raises RuntimeError with the cell, its error, and where the
    partly executed copy is kept.
    """
    with TemporaryDirectory(prefix="xfmr-") as work:
        partial, claims = Path(work, run.notebook.name), Path(work, "claims.json")
        message, megabytes = _papermill(run, partial, claims)
        if not partial.is_file():
            raise RuntimeError(f"failed: {message}")
        done = nbformat.read(partial, as_version=4)
        tidy = clean(done)
        if error := _failure(tidy.cells, message):
            kept = run.notebook.parents[1] / "runs" / "failed" / f"{run}.ipynb"
            write(kept, text(done))
            raise RuntimeError(f"{error}\n  executed so far: {kept}; the book is unchanged")
        write(run.folder / run.notebook.name, text(tidy))
        if claims.is_file():
            name = f"claims_{run.notebook.stem[:2]}.json"
            write(run.folder / "results" / name, claims.read_text(encoding="utf-8"))
        return done.metadata.papermill.duration, megabytes


def _papermill(run, partial, claims) -> tuple[str, float]:
    """Run the notebook into `partial`: the last line of the error, if any, and megabytes."""
    command = [*PAPERMILL, run.notebook, partial, "--cwd", run.notebook.parent]
    if (run.scale, run.seed) != ("book", 0):  # the notebook's own defaults
        command += ["-p", "scale", run.scale, "-p", "seed", str(run.seed)]
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
