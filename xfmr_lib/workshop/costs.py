"""What each chapter costs, measured: seconds and megabytes by scale, in results/costs.json."""

import json
import re

import nbformat

from .clean import clean, text
from .execute import write

PURPOSE = {
    "smoke": "a look whether everything runs",
    "book": "what this page shows",
    "record": "makes the records that this page reads",
    "paper": "near the paper's own setting",
}
CARD = re.compile(r"(<!-- costs -->).*(<!-- end of costs -->)", re.DOTALL)


def read(path) -> dict:
    """{chapter: {scale: {seconds, megabytes, machine ...}}}; empty where nothing was measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def add(path, chapter, scale, **measured):
    """Write what one run took over what the one before it took."""
    costs = read(path)
    costs.setdefault(chapter, {})[scale] = measured
    write(path, json.dumps(costs, indent=1, sort_keys=True) + "\n")


def words(seconds) -> str:
    """A duration as people say it."""
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


def card(costs) -> str:
    """One chapter's costs by scale as a table in Markdown, with the machine."""
    scales = [scale for scale in PURPOSE if scale in costs]
    rows = ["| Scale | What for | Time | Memory |", "|---|---|---|---|"]
    for name in scales:
        time, memory = words(costs[name]["seconds"]), costs[name]["megabytes"]
        rows.append(f"| {name} | {PURPOSE[name]} | {time} | {memory} MB |")
    machines = "; ".join(dict.fromkeys(costs[scale]["machine"] for scale in scales))
    needs = "A processor is enough, and no network is needed."
    return "\n".join([*rows, "", f"{needs} Measured with one thread on: {machines}."])


def show(notebook):
    """Write a chapter's costs into its first cell, between the two comments that wait for them."""
    found = read(notebook.parent / "results" / "costs.json").get(notebook.stem[:2], {})
    opened = nbformat.read(notebook, as_version=4)
    first = opened.cells[0]
    now = CARD.sub(lambda m: f"{m[1]}\n\n{card(found)}\n\n{m[2]}", first.source)
    if now != first.source:
        first.source = now
        write(notebook, text(clean(opened)))
