"""One look for all figures, and figures that can be checked.

`show` displays a figure with its alt text and caption, and beside it a short digest of the arrays
that were drawn: the output check compares the digest, since pictures cannot be compared.
"""

import base64
import html
import io

import numpy as np

from .report import _with_spread

# Okabe & Ito's colours, told apart by nearly all colour-blind readers; grey for their pale yellow.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7A7A7A"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
ARMS = [
    "attention", "ishe", "she", "attention_no_positions", "ishe_positions", "ishe_absolute",
    "best possible", "attention_matched",
]  # fmt: skip
LARGEST_SVG = 150_000


def style():
    """Set matplotlib's defaults to the book's: size, white card, no top and right frame."""
    import matplotlib

    matplotlib.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.25,
            "axes.prop_cycle": matplotlib.cycler(color=COLORS[:7]),
            "lines.markersize": 4,
            "legend.frameon": False,
        }
    )


def _place(arm):
    """The arm's place in the colour table; a name not listed gets one from its letters."""
    return ARMS.index(arm) if arm in ARMS else sum(map(ord, arm)) % len(COLORS)


def color(arm) -> str:
    """The colour of one arm of a comparison, the same in every figure of the book."""
    return COLORS[_place(arm)]


def arm(name) -> dict:
    """Colour, marker and line of one arm, for `axes.plot(x, y, **arm("ishe"), label="iSHE")`."""
    place = _place(name)
    return {"color": COLORS[place], "marker": MARKERS[place], "linestyle": LINES[place]}


def significant(value) -> str:
    """A float to four significant digits, always readable as a float: `2.0`, `1.235e+04`."""
    text = f"{value:.4g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


def digest(data, tolerance=None) -> str:
    """One line for each array drawn: its shape, mean, smallest, largest, first and last value.

    data: {name: array}. tolerance: for trained quantities, the ± within which they may differ.
    """
    write = (lambda value: _with_spread(float(value), tolerance)) if tolerance else significant
    lines = []
    for name, values in data.items():
        values = values.detach().cpu().numpy() if hasattr(values, "detach") else values
        array = np.asarray(values, dtype=float)
        if array.size == 0:
            raise ValueError(f"data[{name!r}] is empty; give the array that the figure draws")
        flat = array.ravel()
        facts = {"mean": flat.mean(), "min": flat.min(), "max": flat.max()}
        facts |= {"first": flat[0], "last": flat[-1]}
        shape = " by ".join(map(str, array.shape)) or "one value"
        lines.append(f"{name} ({shape}): " + ", ".join(f"{k} {write(v)}" for k, v in facts.items()))
    return "\n".join(lines)


def show(fig, *, alt, data, caption="", tolerance=None):
    """Display a figure once, with alt text, caption and the digest of its data, and close it.

    alt: what a reader who cannot see the figure should know.
    data: {name: array} of what is drawn; compared by the output check, to relative 1e-3, or within
    `tolerance` for quantities that come out of training.
    """
    from IPython.display import display

    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    page = (
        f'<figure class="xfmr-figure"><img alt="{html.escape(alt)}" '
        f'src="{_picture(fig)}">{note}</figure>'
    )
    display({"text/html": page, "text/plain": digest(data, tolerance)}, raw=True)


def _picture(fig):
    """The figure as a data address: SVG, or PNG where the SVG would be heavy; closes the figure."""
    import matplotlib.pyplot as plt

    kind, content = "svg+xml", _saved(fig, "svg", metadata={"Date": None, "Creator": None})
    if len(content) > LARGEST_SVG:
        kind, content = "png", _saved(fig, "png", dpi=144, metadata={"Software": None})
    plt.close(fig)
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")


def _saved(fig, kind, **options):
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "rows in motion"}):
        fig.savefig(buffer, format=kind, bbox_inches="tight", facecolor="white", **options)
    return buffer.getvalue()
