"""Execute chapters again: `python -m xfmr_lib run 09 --scale smoke --seeds 0-4`.

Every chapter runs in a process of its own with one thread. A run at book scale with the default
seed replaces the committed notebook, and only when all its cells passed; any other run goes to
`runs/NN_topic/scale-seed.ipynb`. A failed run leaves the committed notebook untouched.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import nbformat
from tqdm import tqdm

from . import costs
from .clean import clean, text

PIPES = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def run_all(runs, jobs=2) -> list[dict]:
    """Execute the runs, `jobs` at a time, with a progress bar; one report a failed run."""
    failures, alive = [], Processes()
    pool = ThreadPoolExecutor(max_workers=max(1, jobs))
    try:
        waiting = {pool.submit(run_one, run, alive): run for run in runs}
        with tqdm(total=len(runs), unit="chapter", disable=None) as bar:
            for done in as_completed(waiting):
                report = done.result()
                state = "failed" if report.get("error") else f"{report['seconds']:.0f} s"
                bar.write(f"{waiting[done].name}: {state}")
                bar.update()
                failures += [report] if report.get("error") else []
    except BaseException:
        alive.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return failures


class Processes:
    """The processes under way, so that Ctrl-C ends them all."""

    def __init__(self):
        self.lock, self.alive, self.stopped = threading.Lock(), set(), False

    def communicate(self, command, content, **options):
        with self.lock:
            if self.stopped:
                return None
            process = subprocess.Popen(command, **PIPES, **options)
            self.alive.add(process)
        try:
            return process.communicate(content)
        finally:
            self.alive.discard(process)

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.alive:
                process.terminate()


def run_one(run, alive=None) -> dict:
    """Execute one run; on success put the cleaned notebook and the claims in their places."""
    work = run.runs / ".work" / f"{run.notebook.stem}-{run.scale}-{run.seed}-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        partial = work / run.target.name
        report = {"name": run.name} | _execute(run, partial, work, alive or Processes())
        if report.get("error"):
            return report | {"kept": _keep_failed(run, partial)}
        _publish(run, partial, work / "claims.json")
        if run.output is None:
            path = run.root / "book" / "results" / "costs.json"
            with _COSTS:
                costs.record(path, run.chapter, run.scale, report["seconds"], report["megabytes"])
        return report
    finally:
        shutil.rmtree(work, ignore_errors=True)


_COSTS = threading.Lock()


def _execute(run, partial, work, alive):
    job = {"notebook": str(run.notebook), "output": str(partial), "parameters": run.parameters}
    job["folder"] = str(run.root / "book")
    paths = [str(run.root), os.environ.get("PYTHONPATH")]
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment |= {"XFMR_SCALE": run.scale, "XFMR_RECORDS": str(work / "claims.json")}
    command = [sys.executable, "-m", "xfmr_lib.workshop.execute"]
    answer = alive.communicate(command, json.dumps(job).encode(), env=environment, cwd=run.root)
    out, err = answer or (b"", b"stopped before it began")
    try:
        return json.loads(out.decode().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {"cell": None, "error": err.decode(errors="replace").strip() or "it was stopped"}


def _publish(run, partial, records):
    """Move the cleaned notebook and its claims over the old ones, each in one step."""
    notebook = clean(nbformat.read(partial, as_version=4))
    run.target.parent.mkdir(parents=True, exist_ok=True)
    _replace(run.target, text(notebook))
    if records.is_file():
        run.claims.parent.mkdir(parents=True, exist_ok=True)
        _replace(run.claims, records.read_text(encoding="utf-8"))
    else:
        run.claims.unlink(missing_ok=True)


def _replace(target, content):
    beside = target.with_name(f".{target.name}.partial")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, target)


def _keep_failed(run, partial):
    """Keep the partly executed copy for reading; its path from the book's folder."""
    if not partial.is_file():
        return None
    kept = run.runs / "failed" / f"{run.notebook.stem}-{run.scale}-{run.seed}.ipynb"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(partial, kept)
    return os.path.relpath(kept, run.root)


def describe(failure) -> str:
    """A failed run in words: chapter, cell, error, and where the copy lies."""
    place = f"cell {failure['cell']}" if failure.get("cell") else "no cell"
    lines = [f"{failure['name']}: failed in {place}: {failure['error']}"]
    if failure.get("kept"):
        lines.append(f"  executed so far: {failure['kept']}; the book's notebook is unchanged")
    return "\n".join(lines)
