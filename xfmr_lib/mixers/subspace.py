"""Multi-head subspace self-attention (MSSA): one map in place of queries, keys and values.

Source: Yu et al. 2023 (CRATE), Wang et al. 2025 (AoT, for language). Taught in: chapter 15.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from xfmr_lib.mixers.attention import Heads, Kept, Pattern, attention_pattern, shared_width
from xfmr_lib.mixers.base import Mixer, Row, Rows


class MSSA(Mixer):
    """Attention among the shadows that rows cast on subspaces, one subspace a head.

        z_h = x U_h,   y = concat_h(A_h z_h) W_O + b_O,   A_h = softmax_past(z_h z_h^T / sqrt(c))

    U_h: (width, c), c = width / heads, learned and not kept orthonormal. W_O is a map of its own,
    as in both papers' trained models; their derivation has W_O = concat_h(U_h)^T and no b_O.
    Worth remembering: scores are symmetric before the mask, and the memory holds one row a token
    where attention holds two.
    """

    def __init__(self, width: int, heads: int = 1):
        super().__init__()
        shared_width(width, heads)  # raises where the heads do not divide the width
        self.heads = heads
        self.subspaces = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width)

    def project(self, x: Rows) -> Heads:
        """Every row's coordinates in each head's subspace."""
        return rearrange(self.subspaces(x), "b t (h c) -> b h t c", h=self.heads)

    def pattern(self, x: Rows) -> Pattern:
        z = self.project(x)
        return attention_pattern(z, z)

    def forward(self, x: Rows) -> Rows:
        z = self.project(x)
        mixed = F.scaled_dot_product_attention(z, z, z, is_causal=True)
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))

    remember = project

    def step(self, x: Row, memory: Kept) -> tuple[Row, Kept]:
        seen = torch.cat([memory, self.project(x[:, None])], 2)
        mixed = F.scaled_dot_product_attention(seen[:, :, -1:], seen, seen)
        return self.output(mixed.flatten(1)), seen
