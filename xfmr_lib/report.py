"""Numbers for the prose and small tables: written by the run, never typed by hand.

A number is written in one of three ways, and the output check reads it so: an integer (exact), a
float (relative 1e-3), or `1.84 ± 0.05` (that tolerance).
"""

import html
import math
from numbers import Integral

RECORD = "application/papermill.record/"


def number(value, spread=None, digits=3) -> str:
    """One value as the book writes it.

    Integers, words and truth values as they are; floats with `digits` decimals (scientific below
    the last of them); with a spread, `value ± spread`, the spread rounded up to its first digit.
    """
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str | bool | Integral) or value is None:
        return str(value)
    if spread is not None:
        return _with_spread(float(value), float(spread))
    if 0 < abs(value) < 10**-digits:
        return f"{value:.{max(digits - 1, 1)}e}"
    return f"{value:.{digits}f}"


def _with_spread(value, spread):
    if not spread > 0 or not math.isfinite(spread):
        raise ValueError(f"a spread must be a positive number, not {spread}; leave it out if none")
    places = max(0, -math.floor(math.log10(spread) + 1e-9))
    spread = math.ceil(spread * 10**places - 1e-6) / 10**places
    return f"{value:.{places}f} ± {spread:.{places}f}"


def glue(name, value, spread=None, digits=3, quiet=True):
    """Store a number under a name, for {glue:text}`name` in the prose.

    The text is what `number` writes. The output check compares it like any printed number.
    quiet=False also shows it under the cell.
    """
    from IPython.display import display

    text = number(value, spread, digits)
    meta = {"scrapbook": {"name": name, "mime_prefix": RECORD}}
    display({RECORD + "text/plain": text}, raw=True, metadata=meta)
    if not quiet:
        print(f"{name}: {text}")


def table(rows, columns, caption=None, digits=3):
    """Show a small table under the cell, as HTML and as text.

    rows: sequences with one entry a column: strings, numbers, or pairs (value, spread).
    """
    from IPython.display import display

    cells = [[_cell(entry, digits) for _, entry in zip(columns, row, strict=True)] for row in rows]
    bundle = {
        "text/plain": _as_text(cells, columns, caption),
        "text/html": _as_html(cells, columns, caption),
    }
    display(bundle, raw=True)


def _cell(entry, digits):
    return number(*entry) if isinstance(entry, tuple) else number(entry, digits=digits)


def _as_text(cells, columns, caption):
    widths = [max(len(str(text)) for text in column) for column in zip(columns, *cells)]
    lines = ["  ".join(str(t).ljust(w) for t, w in zip(row, widths)) for row in [columns, *cells]]
    return "\n".join([*([caption] if caption else []), *(line.rstrip() for line in lines)])


def _as_html(cells, columns, caption):
    head = "".join(f'<th scope="col">{html.escape(str(text))}</th>' for text in columns)
    rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in cells)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>\n" if caption else ""
    return (
        f'<table class="xfmr-table">\n{title}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )
