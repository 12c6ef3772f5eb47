"""Give the output of every `claims.check` an address on its page, such as `#claim-ishe-wins`."""

import re

from docutils import nodes

LINE = re.compile(r"(?m)^[✓✗·] ([a-z0-9_.]+): ")


def anchor(claim_id):
    """The id of the claim's cell on its page."""
    return "claim-" + re.sub(r"[._]", "-", claim_id)


def add(app, doctree):
    """To the outputs of each cell, an id for every claim whose line stands in them."""
    for cell in doctree.findall(nodes.container):
        if "cell_output" in cell["classes"]:
            cell["ids"] += map(anchor, dict.fromkeys(LINE.findall(cell.astext())))


def setup(app):
    """Add the ids when a page has been read."""
    app.connect("doctree-read", add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
