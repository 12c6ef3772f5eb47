"""Shaped attention: it begins as the identity, so that a block needs no way round it.

Source: Noci et al. 2023 (shaping), He & Hofmann 2024 (arXiv 2311.01906, section 4; what can then be
left out). Taught in: chapter 17.
"""

import torch
from torch import nn

from xfmr_lib.mixers.attention import Attention, Heads, Kept, Mixed, Values, shared_width
from xfmr_lib.mixers.base import Mixer, Rows


class ShapedAttention(Attention):
    """A row itself, and what attention finds in the past beyond the past's plain mean.

        y = concat_h((a_h I + b_h A_h - c_h C) x_h),   C_ij = 1/i for j <= i

    x_h: head h's columns of x, with no map before or after; A_h as in `Attention`, its queries from
    zero; a, b, c: a number a head, from one. `values`, `output`: nothing, where W_V, W_O would be.
    Worth remembering: zero queries make A = C, so before training y = x, at any depth.
    Departures: no biases; the released code keeps W_V in its first layer.
    """

    def __init__(self, width: int, heads: int = 1):
        Mixer.__init__(self)  # not Attention's maps
        shared_width(width, heads)  # raises where the heads do not divide the width
        self.heads, self.dropout = heads, 0.0
        self.queries = nn.Parameter(torch.zeros(width, width))
        self.keys = nn.Linear(width, width, bias=False)
        self.values, self.output = nn.Identity(), nn.Identity()
        self.itself, self.found, self.mean = (nn.Parameter(torch.ones(heads)) for _ in range(3))

    def project(self, x: Rows, first: int = 0) -> tuple[Heads, Heads, Heads]:
        parts = x @ self.queries, self.keys(x), self.values(x)
        return tuple(part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)

    def mix(self, queries: Heads, keys: Kept, values: Values) -> Mixed:
        """Shaped attention for the newest rows, one for each query."""
        new, seen = queries.shape[2], torch.arange(1, values.shape[2] + 1, device=values.device)
        mean = (values.cumsum(2) / seen[:, None])[:, :, -new:]
        a, b, c = (gain[:, None, None] for gain in (self.itself, self.found, self.mean))
        return a * values[:, :, -new:] + b * super().mix(queries, keys, values) - c * mean
