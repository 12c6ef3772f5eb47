"""Extractors: sublayers whose weights over the past are learned once and never look at the input.

    extraction   e_i = s(i) * sum_{j<=i} x_j W        W = W_{i-j+1} (relative) or W_j (absolute)
    adjustment   y_i = (x_i A) * e_i                  elementwise product

SHE has s(i) = 1, iSHE has s(i) = 1 / sqrt(i). Row vectors, no bias, no heads, no softmax.
The papers' bodies were not available to us: the relative index is our choice, the absolute one
stands beside it, and every chapter says which one ran.

Source: Chen 2023, arXiv 2308.07661 (SHE) and 2311.12678 (iSHE). Taught in: chapters 08 and 09.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers import tiling
from xfmr_lib.mixers.causal_conv import causal_conv
from xfmr_lib.mixers.tiling import Tiles

Row = Float[Tensor, "batch width"]
Rows = Float[Tensor, "batch time width"]
Scaling = Callable[[Float[Tensor, " time"]], Float[Tensor, " time"]]


def unscaled(rows_seen: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
    """s(i) = 1: SHE."""
    return torch.ones_like(rows_seen)


def inverse_sqrt(rows_seen: Float[Tensor, " time"]) -> Float[Tensor, " time"]:
    """s(i) = 1 / sqrt(i): iSHE. `rows_seen` counts from 1, so nothing is divided by zero."""
    return rows_seen.rsqrt()


def rows_seen(x: Rows, window: int) -> Float[Tensor, " time"]:
    """How many rows each position adds up: 1, 2, ..., and never more than the window."""
    return torch.arange(1, x.shape[1] + 1, dtype=x.dtype, device=x.device).clamp(max=window)


class Extractor(nn.Module):
    """SHE and iSHE with a relative index: the matrix depends on how far back a row lies.

        e_i = s(i) * sum_{j<=i} x_j W_{i-j+1},    y_i = (x_i A) * e_i

    `extraction[k]`: (width, width), meets the row k places back; `adjustment`: (width, width).
    x and y: (batch, time, width). i counts from 1; with a longer text i becomes min(i, window).
    Worth remembering: shifting the input (padding zero rows in front) shifts the sum unchanged.
    Source: Chen 2023. Departures: relative index chosen by us; matrices drawn with variance
    1 / width (LeCun), since the paper's initialisation is not known to us.
    Taught in: chapters 08 and 09.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled, method: str = "auto"):
        super().__init__()
        self.window, self.scaling, self.method = window, scaling, method
        self.extraction = nn.Parameter(torch.randn(window, width, width) / width**0.5)
        self.adjustment = nn.Parameter(torch.randn(width, width) / width**0.5)

    def extract(self, x: Rows) -> Rows:
        """The scaled sum e, before the adjustment."""
        sums = causal_conv(x, self.extraction, self.method)
        return self.scale(sums, rows_seen(x, self.window))

    def scale(self, sums: Tensor, seen: Float[Tensor, " time"]) -> Tensor:
        """Each sum times its factor; `seen` is the number of rows in it."""
        return sums * self.scaling(seen)[:, None]

    def forward(self, x: Rows) -> Rows:
        return (x @ self.adjustment) * self.extract(x)

    def prime(self, x: Rows) -> tuple[Rows, Tiles]:
        """Outputs, and the memory for what follows."""
        return self(x), tiling.start(x, self.extraction)

    def step(self, x: Row, memory: Tiles) -> tuple[Row, Tiles]:
        """The output of one more row; ValueError when the window is full."""
        seen = self.window - memory.owed.shape[1] + memory.recent.shape[1] + 1
        sums, memory = tiling.push(x, memory, self.extraction)
        return (x @ self.adjustment) * self.scale(sums, x.new_tensor([seen])), memory


class AbsoluteExtractor(nn.Module):
    """SHE and iSHE with an absolute index: the matrix depends on where a row stands.

        e_i = s(i) * sum_{j<=i} x_j W_j,    y_i = (x_i A) * e_i

    Shapes as in `Extractor`; `extraction[k]` meets the row at place k (counting from 0).
    Raises ValueError when the text is longer than the window: there is no matrix for those rows.
    Worth remembering: a running sum suffices, so it is cheaper than attention, O(time) products.
    Source: the reading of Chen 2023 found in a public JAX module. Taught in: chapters 08 and 09.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__()
        self.window, self.scaling = window, scaling
        self.extraction = nn.Parameter(torch.randn(window, width, width) / width**0.5)
        self.adjustment = nn.Parameter(torch.randn(width, width) / width**0.5)

    def extract(self, x: Rows) -> Rows:
        """The scaled running sum e, before the adjustment."""
        time = x.shape[1]
        if time > self.window:
            raise ValueError(
                f"text has {time} rows but there are matrices for {self.window} places; "
                f"build with window={time} or truncate"
            )
        each = torch.einsum("btd,tde->bte", x, self.extraction[:time])
        return each.cumsum(1) * self.scaling(rows_seen(x, self.window))[:, None]

    def forward(self, x: Rows) -> Rows:
        return (x @ self.adjustment) * self.extract(x)

    def prime(self, x: Rows) -> tuple[Rows, tuple[int, Row]]:
        """Outputs, and the memory for what follows: how many rows, and their running sum."""
        total = torch.einsum("btd,tde->be", x, self.extraction[: x.shape[1]])
        return self(x), (x.shape[1], total)

    def step(self, x: Row, memory: tuple[int, Row]) -> tuple[Row, tuple[int, Row]]:
        """The output of one more row: two products of (width, width), whatever came before."""
        place, total = memory
        if place >= self.window:
            raise ValueError(f"row {place} has no matrix: there are {self.window}; truncate")
        total = total + x @ self.extraction[place]
        scale = self.scaling(x.new_tensor([place + 1]))
        return (x @ self.adjustment) * total * scale, (place + 1, total)
