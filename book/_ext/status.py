"""The directive `status`: what the last full run of every chapter took and what it compares."""

import json
import re
from collections import Counter
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from xfmr_lib.workshop.costs import read, words

BOOK = Path(__file__).resolve().parents[1]
COSTS = BOOK / "results" / "costs.json"
HEAD = ["Chapter", "Time", "Memory", "Seeds", "Exact", "±", "Shown", "Another machine"]
UNCOMPARED = {"nbval-ignore-output", "nbval-skip"}
PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib", "papermill", "jupyter-book")


def kind(cell):
    """How a code cell's output is compared: exact, within a printed ±, not at all, or no output."""
    if not cell.outputs:
        return "silent"
    if UNCOMPARED & set(cell.metadata.get("tags", [])):
        return "shown"
    return "within" if re.search(r"\d ± \d", str(cell.outputs)) else "exact"


def determinism(kinds):
    """What another machine gives, by the loosest way in which an output is compared."""
    if kinds["shown"]:
        return "statistical"
    return "within tolerance" if kinds["within"] else "exact"


def seeds(cells, records):
    """The seed of the parameters cell, then those of the records, runs of them as 0–7."""
    tagged = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    own = re.search(r"(?m)^seed = (\d+)", tagged[0])[1]
    rows = [row for record in records for row in record.get("rows", [])]
    found = sorted({row["seed"] for row in rows if isinstance(row.get("seed"), int)})
    spans = []
    for seed in found:
        if spans and seed == spans[-1][-1] + 1:
            spans[-1][1:] = [seed]
        else:
            spans.append([seed])
    return f"{own}; {', '.join('–'.join(map(str, span)) for span in spans)}" if spans else own


def versions(lock):
    """The main packages of the lock, each with its version."""
    found = dict(re.findall(r"(?m)^([\w-]+)==(\S+)", lock))
    return ", ".join(f"{name} {found[name]}" for name in PACKAGES)


class Status(SphinxDirective):
    """```{status}```: a table with a row for each notebook, the machines and the versions."""

    def run(self):
        """Read costs, stored outputs, records and the lock; nothing here is typed."""
        costs, rows = read(COSTS), []
        measured = []
        for notebook in sorted(BOOK.glob("[0-9]*.ipynb")):
            chapter = notebook.stem[:2]
            saved = sorted(COSTS.parent.glob(f"{chapter}_*.json"))
            cells = nbformat.read(notebook, as_version=4).cells
            for path in (notebook, *saved):
                self.env.note_dependency(str(path))
            records = [json.loads(path.read_text(encoding="utf-8")) for path in saved]
            kinds = Counter(kind(cell) for cell in cells if cell.cell_type == "code")
            measured.append(cost := costs[chapter]["book"])
            counts = [str(kinds[name]) for name in ("exact", "within", "shown")]
            title = cells[0].source.splitlines()[0].removeprefix("# ")
            spent = [words(cost["seconds"]), f"{cost['megabytes']} MB"]
            rows.append([title, *spent, seeds(cells, records), *counts, determinism(kinds)])
        self.env.note_dependency(str(COSTS))
        self.env.note_dependency(str(lock := BOOK.parent / "requirements.txt"))
        total = words(sum(cost["seconds"] for cost in measured))
        machines = "; ".join(dict.fromkeys(cost["machine"] for cost in measured))
        notes = [
            f"All of them: {total} of one core, one thread, on: {machines}.",
            f"Versions, from the lock: {versions(lock.read_text(encoding='utf-8'))}.",
        ]
        return [table(HEAD, rows)] + [
            nodes.paragraph("", note, classes=["cost-card-note"]) for note in notes
        ]


def table(head, rows):
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["cost-card"])


def _row(texts):
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


def setup(app):
    """Register the directive."""
    app.add_directive("status", Status)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
