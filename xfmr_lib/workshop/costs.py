"""What each chapter costs, measured: seconds and megabytes by scale, in book/results/costs.json."""

import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

from .clean import write


def machine() -> str:
    """This machine in one line: processor, cores, Python and torch."""
    about = Path("/proc/cpuinfo")
    named = about.is_file() and re.search(r"model name\s*: (.*)", about.read_text("utf-8"))
    processor = named[1] if named else platform.processor() or platform.machine()
    python, torch = platform.python_version(), version("torch").split("+")[0]
    return f"{processor}, {os.cpu_count()} cores, Python {python}, torch {torch}"


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine}}}; empty where nothing was measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(run, seconds, megabytes):
    """Write one run's measurement, rounded."""
    path = run.notebook.parent / "results" / "costs.json"
    costs = read(path)
    costs.setdefault(run.notebook.stem[:2], {})[run.scale] = {
        "seconds": max(1, round(seconds)),
        "megabytes": max(10, 10 * round(megabytes / 10)),
        "machine": machine(),
    }
    write(path, json.dumps(costs, indent=1, sort_keys=True) + "\n")
