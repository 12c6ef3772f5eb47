"""The directive `cost-card`: what a chapter costs, from the measured runs in results/costs.json."""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from xfmr_lib.workshop.costs import read

COSTS = Path(__file__).resolve().parents[1] / "results" / "costs.json"
PURPOSE = {
    "smoke": "a look whether everything runs",
    "book": "what this page shows",
    "record": "makes the records that this page reads",
    "paper": "near the paper's own setting",
}


def words(seconds):
    """A duration as people say it."""
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


class CostCard(SphinxDirective):
    """```{cost-card}` with the chapter's number as content: a table of scale, time and memory."""

    has_content = True

    def run(self):
        """Build the table, or a sentence where nothing was measured yet."""
        self.env.note_dependency(str(COSTS))
        chapter = "".join(self.content).strip()
        costs = read(COSTS).get(chapter, {})
        if not costs:
            text = "What this chapter costs has not been measured yet."
            return [nodes.paragraph("", text, classes=["cost-card"])]
        head = ["Scale", "What for", "Time", "Memory"]
        scales = [scale for scale in PURPOSE if scale in costs]
        rows = [
            [s, PURPOSE[s], words(costs[s]["seconds"]), f"{costs[s]['megabytes']} MB"]
            for s in scales
        ]
        machines = dict.fromkeys(costs[scale]["machine"] for scale in scales)
        note = "Measured with one thread on: " + "; ".join(machines) + "."
        return [table(head, rows), nodes.paragraph("", note, classes=["cost-card-note"])]


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
    app.add_directive("cost-card", CostCard)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
