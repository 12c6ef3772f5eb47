"""What each chapter costs, measured: seconds and megabytes by scale, in book/results/costs.json."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

CHURN = 0.2  # a change smaller than this keeps the old number, so that re-runs do not stir the file


def machine() -> str:
    """This machine in one line: processor, cores, Python and torch."""
    torch = version("torch").split("+")[0]
    python = platform.python_version()
    return f"{_processor()}, {os.cpu_count()} cores, Python {python}, torch {torch}"


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine}}}; empty where nothing was measured."""
    path = Path(path)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(path, chapter, scale, seconds, megabytes):
    """Write one measurement, rounded; the old one stays when both numbers changed little."""
    path, costs = Path(path), read(path)
    new = {"seconds": max(1, round(seconds)), "megabytes": max(10, round(megabytes / 10) * 10)}
    old = costs.get(chapter, {}).get(scale)
    if old and all(_near(old[key], new[key]) for key in new):
        return
    costs.setdefault(chapter, {})[scale] = new | {"machine": machine()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(costs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _near(old, new):
    return abs(new - old) <= max(CHURN * old, 1)
