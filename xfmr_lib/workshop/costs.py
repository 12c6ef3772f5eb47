"""What each chapter costs, measured: seconds and megabytes by scale, in book/results/costs.json."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from .clean import write


def machine() -> str:
    """This machine in one line: processor, cores, Python and torch."""
    torch = version("torch").split("+")[0]
    python = platform.python_version()
    return f"{_processor()}, {os.cpu_count()} cores, Python {python}, torch {torch}"


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine}}}; empty where nothing was measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(run, seconds, megabytes):
    """Write one run's measurement, rounded."""
    path = run.root / "book" / "results" / "costs.json"
    costs = read(path)
    costs.setdefault(run.chapter, {})[run.scale] = {
        "seconds": max(1, round(seconds)),
        "megabytes": max(10, 10 * round(megabytes / 10)),
        "machine": machine(),
    }
    write(path, json.dumps(costs, indent=1, sort_keys=True) + "\n")
