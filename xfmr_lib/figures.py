"""One look for all figures, and figures that can be checked.

The output check compares a short digest of the arrays drawn, since pictures cannot be compared.
"""

import base64
import html
import io
import re

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from PIL import Image

from .report import number

# Okabe & Ito's colours, told apart by nearly all colour-blind readers; grey for their pale yellow.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7A7A7A"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
ARMS = [
    "attention", "ishe", "she", "attention_no_positions", "ishe_positions", "ishe_absolute",
    "best possible", "attention_matched",
]  # fmt: skip
STYLE = {
    "figure.figsize": (6.4, 3.6),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "axes.prop_cycle": plt.cycler(color=COLORS[:7]),
    "lines.markersize": 4,
    "legend.frameon": False,
}
SAVED = {"svg.hashsalt": "rows in motion", "savefig.bbox": "tight", "savefig.facecolor": "white"}
LARGEST_SVG = 30_000  # bytes; an image of 96 colours takes 10 to 30 kB, and blurs when enlarged


def style():
    """Set matplotlib's defaults to the book's: size, no top and right frame, colours."""
    plt.rcParams.update(STYLE)


def arm(name) -> dict:
    """Colour, marker and line of one arm, the same in every figure: `plot(x, y, **arm("ishe"))`."""
    place = ARMS.index(name) if name in ARMS else sum(map(ord, name)) % len(COLORS)
    return {"color": COLORS[place], "marker": MARKERS[place], "linestyle": LINES[place]}


def color(name) -> str:
    """The colour of one arm."""
    return arm(name)["color"]


def label(name) -> str:
    """An arm's name for readers: `ishe_no_positions` becomes `iSHE no positions`."""
    return re.sub(r"\b(i?)she\b", r"\1SHE", name.replace("_", " "))


def digest(data, tolerance=None) -> str:
    """One line for each array drawn: its shape, mean, smallest, largest, first and last value.

    data: {name: array of what is drawn}; the output check compares it to relative 1e-3, or within
    `tolerance` for quantities that come out of training.
    """
    lines = []
    for name, values in data.items():
        values = values.detach().cpu() if hasattr(values, "detach") else values
        array = np.asarray(values, dtype=float)
        flat = array.ravel()
        facts = {"mean": flat.mean(), "min": flat.min(), "max": flat.max()}
        facts |= {"first": flat[0], "last": flat[-1]}
        texts = [f"{fact} {_written(value, tolerance)}" for fact, value in facts.items()]
        shape = " by ".join(map(str, array.shape)) or "one value"
        lines.append(f"{name} ({shape}): " + ", ".join(texts))
    return "\n".join(lines)


def _written(value, tolerance):
    """With its tolerance, or to four digits and always readable as a float: 2.0, 1.235e+04."""
    text = number(value, tolerance) if tolerance else f"{value:.4g}"
    return text if tolerance or any(mark in text for mark in ".en") else text + ".0"


def show(fig, *, alt, data, caption="", tolerance=None):
    """Display a figure once, with alt text, caption and the digest of its data, and close it.

    alt: what a reader who cannot see the figure should know. data, tolerance: as in `digest`.
    """
    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    image = f'<img alt="{html.escape(alt)}" {picture(fig)}>'
    page = f'<figure class="xfmr-figure">{image}{note}</figure>'
    display({"text/html": page, "text/plain": digest(data, tolerance)}, raw=True)


def picture(fig) -> str:
    """The figure as an element's address and size: SVG, or WebP where that is heavy; closes it."""
    with plt.rc_context(SAVED):
        kind, file = "svg+xml", io.BytesIO()
        fig.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        points = re.search(rb'width="([\d.]+)pt" height="([\d.]+)pt"', file.getvalue()).groups()
        if file.tell() > LARGEST_SVG:
            kind, drawn, file = "webp", io.BytesIO(), io.BytesIO()
            fig.savefig(drawn, format="png", dpi=144)
            full = Image.open(drawn).convert("RGB")
            few = full.quantize(96, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
            few.convert("RGB").save(file, "WEBP", lossless=True, quality=100)
    plt.close(fig)
    width, height = (round(float(length) * 96 / 72) for length in points)
    address = f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
    return f'src="{address}" width="{width}" height="{height}"'
