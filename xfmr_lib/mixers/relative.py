"""Attention with a bias by distance, and the same without the softmax's denominator.

Taught in: chapters 13 and 14.
"""

from collections.abc import Callable

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.attention import Attention, Heads, Kept, Pattern
from xfmr_lib.mixers.base import Rows
from xfmr_lib.positions import LogBias

Relative = Callable[[int, int], nn.Module]  # (heads, window) -> bias by distance
Scores = Float[Tensor, "batch heads time seen"]


def by_place(
    by_distance: Float[Tensor, "*lead reach"], rows: int | None = None
) -> Float[Tensor, "*lead rows reach"]:
    """A bias by distance as a Toeplitz matrix: out[i, j] = bias[i - j], -inf for the future.

    rows: how many of its last lines, all unless given.
    Worth remembering: row i is the reversed bias, slid i places to the right.
    """
    reach = by_distance.shape[-1]
    slid = F.pad(by_distance.flip(-1), (0, reach - 1), value=float("-inf"))
    return slid.unfold(-1, reach, 1)[..., :rows, :].flip(-2)


class RelativeAttention(Attention):
    """Attention whose scores know how far back a row lies.

        A_ij = softmax_j(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    `relative`: a kind of bias from `positions.BIASES`.
    Worth remembering: content and distance are added: content can favour a row wherever it stands,
    but not a distance for one query and another for the next, except by a row to rest on.
    Source: Raffel et al. 2020 (T5), Press et al. 2022 (ALiBi).
    """

    def __init__(
        self, width: int, heads: int, window: int, relative: Relative = LogBias, **options
    ):
        super().__init__(width, heads, **options)
        self.relative = relative(heads, window)

    def weigh(self, queries: Heads, keys: Kept) -> Scores:
        """The weight of each row for the newest queries."""
        return self.scores(queries, keys).softmax(-1)

    def scores(self, queries: Heads, keys: Kept) -> Scores:
        """Dot products and biases, -inf for the future."""
        products = queries @ keys.transpose(-2, -1) / queries.shape[-1] ** 0.5
        return products + by_place(self.relative(keys.shape[2]), rows=queries.shape[2])

    def pattern(self, x: Rows) -> Pattern:
        queries, keys, _ = self.project(x)
        return self.weigh(queries, keys)

    def mix(self, queries: Heads, keys: Kept, values: Kept) -> Heads:
        return self.weigh(queries, keys) @ values

    def forward(self, x: Rows) -> Rows:
        queries, keys, values = self.project(x)
        bias = by_place(self.relative(x.shape[1]))
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(queries, keys, values, bias, dropout)
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))


class UnnormalizedAttention(RelativeAttention):
    """The theorems' attention: exponentials of the scores, not divided by their sum.

        A_ij = exp(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    Worth remembering: under a softmax whatever is the same for all j cancels; here it stays, and a
    query can move the whole kernel. The price: nothing bounds the weights.
    Source: Wang & E 2024 (arXiv 2402.00522), equation 12. Departure: the 1/sqrt(c).
    """

    def weigh(self, queries: Heads, keys: Kept) -> Scores:
        return self.scores(queries, keys).exp()

    def forward(self, x: Rows) -> Rows:
        mixed = self.pattern(x) @ self.project(x)[2]  # torch's fast form knows the softmax only
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))
