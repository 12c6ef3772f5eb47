"""Numbers for the prose and small tables: written by the run, never typed by hand."""

import html
import math
from numbers import Integral

from IPython.display import display

RECORD = "application/papermill.record/"


def number(value, spread=None, digits=3) -> str:
    """One value as the book writes it, and as the output check reads it.

    Integers, words and truth values as they are (exact); floats with `digits` decimals, scientific
    below the last of them (relative 1e-3); with a spread, `1.84 ± 0.05` (that tolerance), the
    spread rounded up to its first digit.
    """
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str | bool | Integral) or value is None:
        return str(value)
    if spread is None:
        small = 0 < abs(value) < 10**-digits
        return f"{value:.{max(digits - 1, 1)}e}" if small else f"{value:.{digits}f}"
    if not 0 < (spread := float(spread)) < math.inf:
        raise ValueError(f"a spread must be a positive number, not {spread}; leave it out if none")
    places = max(0, -math.floor(math.log10(spread) + 1e-9))
    spread = math.ceil(spread * 10**places - 1e-6) / 10**places
    return f"{value:.{places}f} ± {spread:.{places}f}"


def glue(name, value, spread=None, digits=3, quiet=True):
    """Store a number for `<span data-glue="name"></span>` in the prose; not quiet: print it too.

    The run writes the number into the span; see `workshop.clean`.
    """
    text = number(value, spread, digits)
    meta = {"scrapbook": {"name": name, "mime_prefix": RECORD}}
    display({RECORD + "text/plain": text}, raw=True, metadata=meta)
    if not quiet:
        print(f"{name}: {text}")


def table(rows, columns, caption=None, digits=3):
    """Show a small table under the cell, as HTML and as text.

    rows: sequences with one entry a column: strings, numbers, or pairs (value, spread).
    """
    columns = [str(name) for name in columns]
    cells = [[_cell(entry, digits) for entry in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (columns, *cells)]
    text = "\n".join([caption, *lines] if caption else lines)
    display({"text/plain": text, "text/html": _as_html(cells, columns, caption)}, raw=True)


def _cell(entry, digits):
    return number(*entry) if isinstance(entry, tuple) else number(entry, digits=digits)


def _as_html(cells, columns, caption):
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in columns)
    rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in cells)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>\n" if caption else ""
    return (
        f'<table class="xfmr-table">\n{title}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )
