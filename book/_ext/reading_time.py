"""Under each chapter's title: how long it takes to read, and its exercises."""

import re

import nbformat
from docutils import nodes

WORDS, LINES = 200, 12  # a minute: prose with formulas, slower than a novel; code, read to the end
MINUTES = re.compile(r"(?m)^### Exercise .* (\d+) minutes$")


def minutes(cells):
    """Of reading and of exercises; solutions, and cells that a page does not show, take none."""
    shown = [c for c in cells if "remove-cell" not in c.metadata.get("tags", [])]
    texts = [c.source for c in shown if c.cell_type == "markdown"]
    words = sum(len(text.split()) for text in texts if not text.startswith("<details>"))
    code = [line for c in shown if c.cell_type == "code" for line in c.source.splitlines()]
    exercises = sum(int(found) for text in texts for found in MINUTES.findall(text))
    return words / WORDS + sum(map(bool, code)) / LINES, exercises


def add(app, doctree):
    """A line behind the title."""
    path = app.env.doc2path(app.env.docname)
    if not re.search(r"/\d\d_\w+\.ipynb$", path):
        return
    reading, exercises = minutes(nbformat.read(path, as_version=4).cells)
    words = f"About {5 * max(1, round(reading / 5))} minutes to read"
    words += f", and {exercises} more with the exercises" if exercises else ""
    words += f" (counted at {WORDS} words or {LINES} lines of code a minute)."
    title = next(doctree.findall(nodes.title))
    title.parent.insert(1, nodes.paragraph("", words, classes=["cost-card-note", "reading-time"]))


def setup(app):
    """Add the line when a page has been read."""
    app.connect("doctree-read", add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
