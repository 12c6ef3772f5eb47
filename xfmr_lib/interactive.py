"""Figures that a reader can move: a hand-written script and its data, inlined in the page.

Nothing is loaded from anywhere. Where no script runs, and on paper, a still picture stands in its
place. Templates lie in `xfmr_lib/data`. Taught in: chapter 07.
"""

import hashlib
import html
import json
import re
from importlib import resources
from itertools import count

from xfmr_lib.figures import _picture, digest

LARGEST = 200_000  # characters of one figure
_number = count(1)


def show(template, data, still, *, alt, checked, caption="", tolerance=None):
    """Display an interactive figure, its still picture, and the digest that the checks compare.

    template: name of a file in `xfmr_lib/data`, without `.html`: markup, then one `<script>` whose
    body sees `root` (the element that holds the markup) and `data`. `__ID__` in it becomes a name
    of the figure's own, for labels. data: what the script draws, anything json can write.
    still: a matplotlib figure that says the same without moving; it is closed. alt: what one sees;
    caption: where to look. checked, tolerance: as `data` and `tolerance` of `figures.show`; what
    the script draws is itself not compared. Raises ValueError for numbers that are not finite and
    for an output of more than 200,000 characters.
    """
    from IPython.display import display

    source = resources.files("xfmr_lib").joinpath("data", f"{template}.html").read_text("utf-8")
    page = _page(source, data, _picture(still), alt, caption)
    if len(page) > LARGEST:
        raise ValueError(
            f"the figure has {len(page):,} characters, at most {LARGEST:,} fit in a page; "
            "draw fewer rows or checkpoints, or round them: rounded(values, 2)"
        )
    display({"text/html": page, "text/plain": digest(checked, tolerance)}, raw=True)


def rounded(values, digits=2):
    """Nested lists of numbers with few digits, as short as a page wants them.

    values: an array, a tensor, or nested lists of floats.
    """
    values = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(values, list | tuple):
        return [rounded(value, digits) for value in values]
    return round(float(values), digits)


def _page(source, data, still, alt, caption) -> str:
    """The template set into the frame that all interactive figures share."""
    name = f"xfmr-{hashlib.sha256((source + alt).encode()).hexdigest()[:8]}-{next(_number)}"
    markup, _, script = source.replace("__ID__", name).partition("<script>")
    frame = resources.files("xfmr_lib").joinpath("data", "interactive.html").read_text("utf-8")
    pieces = {
        "ID": name,
        "ALT": html.escape(alt, quote=True),
        "CAPTION": html.escape(caption),
        "STILL": still,
        "DATA": f'{{"markup":{_json(markup)},"data":{_json(data)}}}',
        "SCRIPT": script.rstrip().removesuffix("</script>").strip("\n"),
    }
    return re.sub(r"__([A-Z]+)__", lambda place: pieces[place[1]], frame)


def _json(data) -> str:
    """JSON that cannot end the script element it stands in, nor begin a comment there."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
