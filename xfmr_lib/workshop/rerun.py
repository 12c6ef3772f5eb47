"""Execute chapters again: `python -m xfmr_lib run 09 --scale smoke --seeds 0-4`.

Every chapter runs in a papermill process of its own with one thread, here or on a Dask cluster. A
run at book scale with the default seed replaces the committed notebook, and only when all its cells
passed; any other run goes to `runs/scale-seed/NN_topic.ipynb`. A failed run leaves the committed
notebook untouched. A run whose outputs stand and were made from what is here now is not repeated.
"""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
import psutil
from tqdm import tqdm

from . import clean, costs, execute, made_from


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
    def chapter(self) -> str:
        return self.notebook.stem[:2]

    @property
    def folder(self) -> Path:
        """Where the results go: to the places that they have in book/."""
        if (self.scale, self.seed, self.output) == ("book", 0, None):
            return self.notebook.parent
        return (self.output or self.notebook.parents[1] / "runs") / f"{self.scale}-{self.seed}"

    def reasons(self) -> list[str]:
        """Why its outputs are not those of what is here now; none when they are."""
        stands = (self.folder / self.notebook.name).is_file()
        cost = costs.read(self.folder / "results" / "costs.json").get(self.chapter, {})
        before = stands and cost.get(self.scale, {}).get("made_from")
        if not before:
            return ["it was never run"]
        now = made_from.parts(self.notebook)
        found = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
        more = [f"{len(found) - 3} more"] if len(found) > 3 else []
        return [f"{name} changed" for name in found[:3]] + more


def in_turn(runs) -> list[list[Run]]:
    """Those that can run side by side, then one by one those that read what others found."""
    reads = {run: made_from.READS in run.notebook.read_text(encoding="utf-8") for run in runs}
    return [[run for run in runs if not reads[run]], *([run] for run in runs if reads[run])]


def run_all(runs, jobs=2, scheduler=None) -> list[str]:
    """Execute the runs, `jobs` at a time here or all on a Dask cluster; one sentence a failed run.

    scheduler: the cluster's address, tcp://host:port; what the chapters need is shipped with them.
    """
    failures, root = [], runs[0].notebook.parents[1]
    place = on_cluster(scheduler, root) if scheduler else here(jobs, root)
    with place as submit, tqdm(total=len(runs), unit="run", disable=None) as bar:
        made = {run: made_from.parts(run.notebook) for run in runs}
        waiting = {submit(run.notebook.name, run.scale, run.seed): run for run in runs}
        for done in as_completed(waiting):
            run = waiting[done]
            try:
                land(run, made[run], done.result())
                bar.write(f"{run}: done")
            except Exception as error:
                bar.write(f"{run}: failed")
                failures.append(f"{run}: {error}")
            bar.update()
    return failures


@contextlib.contextmanager
def here(jobs, root):
    """A function that submits a run to processes of this machine."""
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        try:
            yield partial(pool.submit, execute.execute, root)
        except BaseException:  # Ctrl-C, most of all: nothing new begins, what is under way ends
            pool.shutdown(wait=False, cancel_futures=True)
            for process in psutil.Process().children():
                process.terminate()
            raise


@contextlib.contextmanager
def on_cluster(address, root):
    """A function that submits a run, and once the checkout's content, to a Dask cluster."""
    import cloudpickle
    from distributed import Client

    cloudpickle.register_pickle_by_value(execute)  # the workers need not have this package
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        advice = "start one with `dask scheduler` and workers with `dask worker ADDRESS`"
        raise SystemExit(f"no Dask scheduler at {address} ({error}); {advice}") from None
    with client, client.get_executor(pure=False) as pool:
        shipped = client.submit(bytes, execute.pack(root))
        work = execute.execute  # by name it would be looked up on the worker
        yield partial(pool.submit, lambda *job: work(*job), shipped)


def land(run, made, result):
    """Put the cleaned notebook, its claims and its cost in their places.

    Raises RuntimeError with the cell, its error, and where the partly executed copy is kept.
    """
    if result.notebook is None:
        raise RuntimeError(f"failed: {result.message}")
    done = nbformat.reads(result.notebook.decode(), as_version=4)
    tidy = clean.clean(done)
    if error := failure(tidy.cells, result.message):
        kept = run.notebook.parents[1] / "runs" / "failed" / f"{run}.ipynb"
        execute.write(kept, clean.text(done))
        raise RuntimeError(f"{error}\n  executed so far: {kept}; the book is unchanged")
    if os.environ.get("RANK", "0") != "0":  # under torchrun the first process does it for all
        return
    execute.write(run.folder / run.notebook.name, clean.text(tidy))
    results, book = run.folder / "results", run.notebook.parent / "results"
    if result.claims is not None:
        execute.write(results / f"claims_{run.chapter}.json", result.claims)
    for name, content in result.records.items():
        execute.write(book / name, content)
    measured = {
        "seconds": max(1, round(done.metadata.papermill.duration)),
        "megabytes": max(10, 10 * round(result.megabytes / 10)),
        "machine": result.machine,
    }
    costs.add(results / "costs.json", run.chapter, run.scale, made_from=made, **measured)
    if run.output is None:  # the book shows what its other sizes cost
        if results != book:
            costs.add(book / "costs.json", run.chapter, run.scale, **measured)
        costs.show(run.notebook)


def failure(cells, message) -> str:
    """The first code cell that failed or was not executed, counted from 1, and its error."""
    code = (cell for cell in cells if cell.cell_type == "code")
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                return f"failed in cell {number}: {output.ename}: {output.evalue}"
        if cell.execution_count is None and cell.source.strip():
            return f"ended before cell {number} was done: {message or 'without an error'}"
    return message and f"failed: {message}"
