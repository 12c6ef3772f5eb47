"""What each chapter costs, measured: seconds and megabytes by scale, in results/costs.json."""

import json

from .execute import write


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine ...}}}; empty where nothing was measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def add(path, chapter, scale, **measured):
    """Write what one run took over what the one before it took."""
    costs = read(path)
    costs.setdefault(chapter, {})[scale] = measured
    write(path, json.dumps(costs, indent=1, sort_keys=True) + "\n")
