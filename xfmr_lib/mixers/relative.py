"""Attention with a bias by distance, and the same without the softmax's denominator.

Source: Raffel et al. 2020, Press et al. 2022; Wang & E 2024 (arXiv 2402.00522).
Taught in: chapters 13 and 14.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.attention import Attention, Memory, Pattern, Row, Rows
from xfmr_lib.positions import LogBias

Relative = Callable[[int, int], nn.Module]  # (heads, window) -> bias by distance


def by_place(by_distance: Float[Tensor, "*lead reach"]) -> Float[Tensor, "*lead reach reach"]:
    """A bias by distance as a Toeplitz matrix: out[i, j] = bias[i - j], -inf for the future.

    Worth remembering: row i is the reversed bias, slid i places to the right.
    """
    reach = by_distance.shape[-1]
    slid = F.pad(by_distance.flip(-1), (0, reach - 1), value=float("-inf"))
    return slid.unfold(-1, reach, 1).flip(-2)


class RelativeAttention(Attention):
    """Attention whose scores know how far back a row lies.

        A_ij = softmax_j(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    `relative`: a kind of bias from `positions.BIASES`; the rest as `Attention`.
    Worth remembering: content and distance are added: content can favour a row wherever it stands,
    but not a distance for one query and another for the next, except by a row to rest on.
    Source: Raffel et al. 2020 (T5), Press et al. 2022 (ALiBi). Taught in: chapter 13.
    """

    def __init__(
        self, width: int, heads: int, window: int, relative: Relative = LogBias, **options
    ):
        super().__init__(width, heads, **options)
        self.relative = relative(heads, window)

    def pattern(self, x: Rows) -> Pattern:
        queries, keys, _ = self.project(x)
        scores = queries @ keys.transpose(-2, -1) / queries.shape[-1] ** 0.5
        return self.weigh(scores + by_place(self.relative(x.shape[1])))

    def weigh(self, scores: Float[Tensor, "*lead rows"]) -> Float[Tensor, "*lead rows"]:
        """From scores to the weight of each row."""
        return scores.softmax(-1)

    def forward(self, x: Rows) -> Rows:
        queries, keys, values = self.project(x)
        bias = by_place(self.relative(x.shape[1]))
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(queries, keys, values, bias, dropout)
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        query, key, value = self.qkv(x).view(len(x), 3, self.heads, 1, -1).unbind(1)
        keys, values = torch.cat([memory[0], key], 2), torch.cat([memory[1], value], 2)
        bias = self.relative(keys.shape[2]).flip(-1)[:, None]
        scores = query @ keys.transpose(-2, -1) / query.shape[-1] ** 0.5
        mixed = self.weigh(scores + bias) @ values
        return self.output(mixed.flatten(1)), (keys, values)


class UnnormalizedAttention(RelativeAttention):
    """The theorems' attention: exponentials of the scores, not divided by their sum.

        A_ij = exp(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    Worth remembering: under a softmax whatever is the same for all j cancels; here it stays, and a
    query can move the whole kernel. The price: nothing bounds the weights.
    Source: Wang & E 2024, equation 12. Departure: the 1/sqrt(c). Taught in: chapter 14.
    """

    def weigh(self, scores: Float[Tensor, "*lead rows"]) -> Float[Tensor, "*lead rows"]:
        return scores.exp()

    def forward(self, x: Rows) -> Rows:
        mixed = self.pattern(x) @ self.project(x)[2]
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))
