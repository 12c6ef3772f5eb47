"""What each chapter costs, measured: seconds and megabytes by scale, in book/results/costs.json."""

import json

from .execute import write


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine ...}}}; empty where nothing was measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def expected(run) -> int:
    """Seconds that this run took when it was last measured; a minute when it never was."""
    costs = read(run.notebook.parent / "results" / "costs.json")
    return costs.get(run.notebook.stem[:2], {}).get(run.scale, {}).get("seconds", 60)


def record(run, seconds, result, made_from):
    """Write what one run took, rounded, and what it was made from.

    The cost stands beside the run's results and, unless they went elsewhere, in book/results.
    """
    measured = {
        "seconds": max(1, round(seconds)),
        "megabytes": max(10, 10 * round(result.megabytes / 10)),
        "machine": result.machine,
    }
    if run.output is None and run.folder != run.notebook.parent:
        _add(run, run.notebook.parent, measured)
    _add(run, run.folder, measured | {"made_from": made_from})


def _add(run, folder, measured):
    path = folder / "results" / "costs.json"
    costs = read(path)
    costs.setdefault(run.notebook.stem[:2], {})[run.scale] = measured
    write(path, json.dumps(costs, indent=1, sort_keys=True) + "\n")
