"""Extractors: sublayers whose weights over the past are learned once and never look at the input.

    extraction   e_i = s(i) * sum_{j<=i} x_j W        W = W_{i-j+1} (relative) or W_j (absolute)
    adjustment   y_i = (x_i A) * e_i                  elementwise product

SHE has s(i) = 1, iSHE has s(i) = 1 / sqrt(i); the other scalings are our ablation. Row vectors, no
bias, no heads, no softmax.
The papers' bodies were not available to us: the relative index is our choice, the absolute one
stands beside it, and every chapter says which one ran.

Source: Chen 2023, arXiv 2308.07661 (SHE) and 2311.12678 (iSHE). Taught in: chapters 08 and 09.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers import tiling
from xfmr_lib.mixers.base import Mixer, Row, Rows
from xfmr_lib.mixers.causal_conv import causal_conv
from xfmr_lib.mixers.tiling import Tiles

Counts = Float[Tensor, " time"]
Scaling = Callable[[Counts], Counts]


def unscaled(rows_seen: Counts) -> Counts:
    """s(i) = 1: SHE."""
    return torch.ones_like(rows_seen)


def inverse_sqrt(rows_seen: Counts) -> Counts:
    """s(i) = 1 / sqrt(i): iSHE. `rows_seen` counts from 1, so nothing is divided by zero."""
    return rows_seen.rsqrt()


def inverse(rows_seen: Counts) -> Counts:
    """s(i) = 1 / i: a mean. Exact when all rows are equal and all matrices are equal."""
    return rows_seen.reciprocal()


class LearnedScale(nn.Module):
    """s(i) = a number learned for each place, `factor[i - 1]`: 1 / sqrt(i) before training.

    Each layer needs its own instance. Worth remembering: it can become any of the fixed scalings,
    so where it stays is an answer.
    """

    def __init__(self, window: int):
        super().__init__()
        self.factor = nn.Parameter(inverse_sqrt(torch.arange(1.0, window + 1)))

    def forward(self, rows_seen: Counts) -> Counts:
        return self.factor[rows_seen.long() - 1]


def rows_seen(x: Rows, window: int) -> Counts:
    """How many rows each position adds up: 1, 2, ..., and never more than the window."""
    return torch.arange(1, x.shape[1] + 1, dtype=x.dtype, device=x.device).clamp(max=window)


class Extractor(Mixer):
    """SHE and iSHE with a relative index: the matrix depends on how far back a row lies.

        e_i = s(i) * sum_{j<=i} x_j W_{i-j+1},    y_i = (x_i A) * e_i

    `extraction[k]`: (width, width), meets the row k places back; `adjustment`: (width, width).
    i counts from 1; with a longer text i becomes min(i, window).
    Worth remembering: shifting the input (padding zero rows in front) shifts the sum unchanged.
    Departures: relative index chosen by us; matrices drawn with variance 1 / width (LeCun), since
    the paper's initialisation is not known to us.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled, method: str = "auto"):
        super().__init__()
        self.window, self.scaling, self.method = window, scaling, method
        self.extraction = nn.Parameter(torch.randn(window, width, width) / width**0.5)
        self.adjustment = nn.Parameter(torch.randn(width, width) / width**0.5)

    def sums(self, x: Rows) -> Rows:
        """What is found in the past, before scaling."""
        return causal_conv(x, self.extraction, self.method)

    def scale(self, sums: Tensor, seen: Counts) -> Tensor:
        """Each sum times its factor; `seen` is the number of rows in it."""
        return sums * self.scaling(seen)[:, None]

    def extract(self, x: Rows) -> Rows:
        """The scaled sum e, before the adjustment."""
        return self.scale(self.sums(x), rows_seen(x, self.window))

    def forward(self, x: Rows) -> Rows:
        return (x @ self.adjustment) * self.extract(x)

    def remember(self, x: Rows) -> Tiles:
        """The rows of the current block, and what full ones owe to later places."""
        return tiling.start(x, self.extraction)

    def step(self, x: Row, memory: Tiles) -> tuple[Row, Tiles]:
        """The output of one more row; ValueError when the window is full."""
        seen = self.window - memory.owed.shape[1] + memory.recent.shape[1] + 1
        sums, memory = tiling.push(x, memory, self.extraction)
        return (x @ self.adjustment) * self.scale(sums, x.new_tensor([seen])), memory


class RMSExtractor(Extractor):
    """An Extractor whose sum is divided by its own size, row by row: no i in the formula.

        e_i = r_i / sqrt(mean(r_i^2) + epsilon),    r_i = sum_{j<=i} x_j W_{i-j+1}

    Worth remembering: every e_i has size one whatever the rows and the matrices do, but how much
    was found in the past can no longer be heard in it.
    Source: RMS norm, Zhang & Sennrich 2019, put here by us.
    """

    epsilon = 1e-6  # keeps a row of zeros finite

    def scale(self, sums: Tensor, seen: Counts) -> Tensor:
        return sums * (sums.square().mean(-1, keepdim=True) + self.epsilon).rsqrt()


class AbsoluteExtractor(Extractor):
    """SHE and iSHE with an absolute index: the matrix depends on where a row stands.

        e_i = s(i) * sum_{j<=i} x_j W_j,    y_i = (x_i A) * e_i

    `extraction[k]` meets the row at place k (counting from 0).
    Raises ValueError when the text is longer than the window: there is no matrix for those rows.
    Worth remembering: a running sum suffices, so it is cheaper than attention, O(time) products.
    Source: the reading of Chen 2023 found in a public JAX module.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__(width, window, scaling)

    def sums(self, x: Rows) -> Rows:
        time = x.shape[1]
        if time > self.window:
            raise ValueError(
                f"text has {time} rows but there are matrices for {self.window} places; "
                f"build with window={time} or truncate"
            )
        return torch.einsum("btd,tde->bte", x, self.extraction[:time]).cumsum(1)

    def remember(self, x: Rows) -> tuple[int, Row]:
        """How many rows, and their sum."""
        total = torch.einsum("btd,tde->be", x, self.extraction[: x.shape[1]])
        return x.shape[1], total

    def step(self, x: Row, memory: tuple[int, Row]) -> tuple[Row, tuple[int, Row]]:
        """The output of one more row: two products of (width, width), whatever came before."""
        place, total = memory
        if place >= self.window:
            raise ValueError(f"row {place} has no matrix: there are {self.window}; truncate")
        total = total + x @ self.extraction[place]
        scaled = self.scale(total, x.new_tensor([place + 1]))
        return (x @ self.adjustment) * scaled, (place + 1, total)
