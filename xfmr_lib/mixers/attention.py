"""Multi-head causal self-attention: weights over the past that depend on the input.

Source: Vaswani et al. 2017 (section 3.2); biases and fused qkv as GPT-2 (Radford et al. 2019).
Taught in: chapter 03 (one head by hand), chapter 09 (as a rival), chapter 04 (circuits).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.base import Mixer, Row, Rows

Heads = Float[Tensor, "batch heads time head_width"]
Kept = Float[Tensor, "batch heads _ head_width"]  # of the rows seen so far
Values = Float[Tensor, "batch heads _ carried"]  # Kept, or the identity where a pattern is wanted
Mixed = Float[Tensor, "batch heads time carried"]
Pattern = Float[Tensor, "batch heads time time"]
Memory = tuple[Kept, Kept]  # keys and values


def attention_pattern(queries: Heads, keys: Heads) -> Pattern:
    """Who looks where: each row a probability distribution over the past.

    A_ij = softmax_j(q_i . k_j / sqrt(head_width)) for j <= i, and 0 for j > i
    """
    time, head_width = queries.shape[-2:]
    scores = queries @ keys.transpose(-2, -1) / head_width**0.5
    future = torch.ones(time, time, dtype=torch.bool, device=queries.device).triu(1)
    return scores.masked_fill(future, float("-inf")).softmax(-1)


def shared_width(width: int, heads: int, head_width: int | None = None) -> int:
    """The width shared out among heads, or `head_width` where it is given."""
    if head_width is None and width % heads:
        raise ValueError(
            f"width {width} is not divisible by {heads} heads; change one, or pass head_width"
        )
    return head_width or width // heads


class Attention(Mixer):
    """Causal multi-head self-attention.

        y = concat_h(A_h x W_V^h) W_O,   A_h = softmax_past((x W_Q^h)(x W_K^h)^T / sqrt(c))

    Heads share the width, c = width / heads, unless each gets a `head_width` of its own.
    `rotate(heads, first)` turns queries and keys (rotary positions).
    Worth remembering: without positions it treats the past as a bag of rows, order unseen,
    except that a causal mask lets a position count how many rows lie before it.
    """

    def __init__(
        self,
        width: int,
        heads: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        rotate: Callable[[Heads, int], Heads] = lambda heads, first: heads,
        head_width: int | None = None,
    ):
        super().__init__()
        inner = heads * shared_width(width, heads, head_width)
        self.heads, self.rotate, self.dropout = heads, rotate, dropout
        self.qkv = nn.Linear(width, 3 * inner, bias=bias)
        self.output = nn.Linear(inner, width, bias=bias)

    def project(self, x: Rows, first: int = 0) -> tuple[Heads, Heads, Heads]:
        """Queries, keys and values of every head, for rows that `first` others come before."""
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (rearrange(part, "b t (h c) -> b h t c", h=self.heads) for part in parts)
        return self.rotate(q, first), self.rotate(k, first), v

    def pattern(self, x: Rows) -> Pattern:
        """Who looks where in every head: the mixture of an identity."""
        queries, keys, _ = self.project(x)
        identity = torch.eye(x.shape[1]).to(x).expand(*keys.shape[:2], -1, -1)
        return self.mix(queries, keys, identity)

    def forward(self, x: Rows) -> Rows:
        mixed = self.mix(*self.project(x))
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))

    def mix(self, queries: Heads, keys: Kept, values: Values) -> Mixed:
        """The pattern times the values, for queries of all rows or of the newest alone."""
        dropout = self.dropout if self.training else 0.0
        causal = queries.shape[2] > 1  # the newest row sees all
        return F.scaled_dot_product_attention(queries, keys, values, None, dropout, causal)

    def remember(self, x: Rows) -> Memory:
        """The key-value cache."""
        return self.project(x)[1:]

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        query, *new = self.project(x[:, None], first=memory[0].shape[2])
        keys, values = (torch.cat(pair, 2) for pair in zip(memory, new, strict=True))
        return self.output(self.mix(query, keys, values).flatten(1)), (keys, values)
