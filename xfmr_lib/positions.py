"""Where a row stands: tables that are added to the rows, and rotations of queries and keys.

Taught in: chapter 02 (tables), chapter 13 (what they buy).
"""

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "batch time width"]


def sinusoids(window: int, width: int) -> Float[Tensor, "window width"]:
    """The fixed table of sines and cosines.

        table[p, 2k] = sin(p / 10000^(2k / width)),   table[p, 2k + 1] = cos(same)

    p counts from 0. Raises ValueError when the width is odd: sines and cosines come in pairs.
    Worth remembering: moving p by one rotates each pair by a fixed angle.
    Source: Vaswani et al. 2017, section 3.5. Taught in: chapter 02.
    """
    if width % 2:
        raise ValueError(f"width {width} is odd; sines and cosines come in pairs")
    pair = torch.arange(0, width, 2, dtype=torch.float64)
    place = torch.arange(window, dtype=torch.float64)
    angle = torch.outer(place, 10_000.0 ** (-pair / width))
    return rearrange([angle.sin(), angle.cos()], "two p k -> p (k two)").float()


class LearnedTable(nn.Module):
    """One trained row for each place, added to the rows: x_i + P_i.

    `table`: (window, width), drawn N(0, 0.02) like GPT-2's. Source: Radford et al. 2019.
    Taught in: chapter 02.
    """

    def __init__(self, window: int, width: int):
        super().__init__()
        self.table = nn.Parameter(torch.randn(window, width) * 0.02)

    def forward(self, rows: Rows, first: int = 0) -> Rows:
        return rows + self.table[first : first + rows.shape[1]]


class SinusoidalTable(nn.Module):
    """The fixed table of `sinusoids`, added to the rows; nothing to train.

    Taught in: chapter 02.
    """

    def __init__(self, window: int, width: int):
        super().__init__()
        self.register_buffer("table", sinusoids(window, width), persistent=False)

    def forward(self, rows: Rows, first: int = 0) -> Rows:
        return rows + self.table[first : first + rows.shape[1]]


def rotary(
    heads: Float[Tensor, "batch heads time head_width"], first: int = 0
) -> Float[Tensor, "batch heads time head_width"]:
    """Turn each pair of coordinates by an angle that grows with the place.

        (a, b) -> (a cos pθ_k - b sin pθ_k, a sin pθ_k + b cos pθ_k),  θ_k = 10000^(-2k/head_width)

    p counts from `first`. The pair k is (coordinate k, coordinate k + head_width / 2). Raises
    ValueError for an odd width.
    Worth remembering: after turning, a dot product of query and key knows only i - j.
    Source: Su et al. 2021, equation 34, with halves paired as in GPT-NeoX.
    Taught in: chapters 02 and 13.
    """
    time, head_width = heads.shape[-2:]
    if head_width % 2:
        raise ValueError(f"head width {head_width} is odd; rotary turns pairs of coordinates")
    pair = torch.arange(0, head_width, 2, dtype=torch.float64, device=heads.device)
    place = torch.arange(first, first + time, dtype=torch.float64, device=heads.device)
    angle = repeat(torch.outer(place, 10_000.0 ** (-pair / head_width)), "p k -> p (two k)", two=2)
    left, right = heads.chunk(2, dim=-1)
    turned = torch.cat([-right, left], dim=-1)
    return heads * angle.cos().to(heads) + turned * angle.sin().to(heads)


class NoTable(nn.Module):
    """Rows as they are. Taught in: chapter 02."""

    def forward(self, rows: Rows, first: int = 0) -> Rows:
        return rows


TABLES = {"learned": LearnedTable, "sinusoidal": SinusoidalTable}
