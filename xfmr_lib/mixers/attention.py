"""Multi-head causal self-attention: weights over the past that depend on the input.

Source: Vaswani et al. 2017 (section 3.2); layout and biases as GPT-2 (Radford et al. 2019).
Taught in: chapter 03 (one head by hand), chapter 09 (as a rival), chapter 04 (circuits).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "batch time width"]
Heads = Float[Tensor, "batch heads time head_width"]
Pattern = Float[Tensor, "batch heads time time"]
Row = Float[Tensor, "batch width"]
Kept = Float[Tensor, "batch heads _ head_width"]
Memory = tuple[Kept, Kept]  # keys and values of the rows seen
Rotation = Callable[[Heads, int], Heads]


def attention_pattern(queries: Heads, keys: Heads) -> Pattern:
    """Who looks where: softmax over the past of scaled dot products, one row for each query.

        A_ij = softmax_j(q_i . k_j / sqrt(head_width)) for j <= i, and 0 for j > i

    Every row is a probability distribution. Source: Vaswani et al. 2017, equation 1.
    Taught in: chapter 03.
    """
    time, head_width = queries.shape[-2:]
    scores = queries @ keys.transpose(-2, -1) / head_width**0.5
    future = torch.ones(time, time, dtype=torch.bool, device=queries.device).triu(1)
    return scores.masked_fill(future, float("-inf")).softmax(-1)


def unrotated(heads: Heads, first: int) -> Heads:
    """Queries and keys as they are: positions, if any, were added to the rows before."""
    return heads


def shared_width(width: int, heads: int, head_width: int | None = None) -> int:
    """Numbers in one head's rows: the width shared out, or `head_width` where it is given.

    Raises ValueError when the heads do not divide the width.
    """
    if head_width is None and width % heads:
        raise ValueError(
            f"width {width} is not divisible by {heads} heads; change one, or pass head_width"
        )
    return head_width or width // heads


class Attention(nn.Module):
    """Causal multi-head self-attention.

        y = concat_h(A_h x W_V^h) W_O,   A_h = softmax_past((x W_Q^h)(x W_K^h)^T / sqrt(c))

    x and y: (batch, time, width); heads share the width, c = width / heads, unless each gets a
    `head_width` of its own. `rotate` turns queries and keys (rotary positions); by default nothing
    is turned. Raises ValueError when the heads do not divide the width.
    Worth remembering: without positions it treats the past as a bag of rows, order unseen,
    except that a causal mask lets a position count how many rows lie before it.
    Source: Vaswani et al. 2017; biases and fused qkv as GPT-2. Taught in: chapters 03 and 04.
    """

    def __init__(
        self,
        width: int,
        heads: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        rotate: Rotation = unrotated,
        head_width: int | None = None,
    ):
        super().__init__()
        inner = heads * shared_width(width, heads, head_width)
        self.heads, self.rotate, self.dropout = heads, rotate, dropout
        self.qkv = nn.Linear(width, 3 * inner, bias=bias)
        self.output = nn.Linear(inner, width, bias=bias)

    def project(self, x: Rows) -> tuple[Heads, Heads, Heads]:
        """Queries, keys and values of every head."""
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (rearrange(part, "b t (h c) -> b h t c", h=self.heads) for part in parts)
        return self.rotate(q, 0), self.rotate(k, 0), v

    def pattern(self, x: Rows) -> Pattern:
        """The attention pattern of every head, for looking at."""
        queries, keys, _ = self.project(x)
        return attention_pattern(queries, keys)

    def forward(self, x: Rows) -> Rows:
        queries, keys, values = self.project(x)
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(
            queries, keys, values, is_causal=True, dropout_p=dropout
        )
        return self.output(rearrange(mixed, "b h t c -> b t (h c)"))

    def prime(self, x: Rows) -> tuple[Rows, Memory]:
        """Outputs, and the memory for what follows: the key-value cache."""
        return self(x), self.remember(x)

    def remember(self, x: Rows) -> Memory:
        """What later rows need of these: keys and values."""
        return self.project(x)[1:]

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        """The output of one more row, which looks at every key and value kept."""
        seen = memory[0].shape[2]
        query, key, value = self.qkv(x).view(len(x), 3, self.heads, 1, -1).unbind(1)
        query, key = self.rotate(query, seen), self.rotate(key, seen)
        keys, values = torch.cat([memory[0], key], 2), torch.cat([memory[1], value], 2)
        mixed = F.scaled_dot_product_attention(query, keys, values)
        return self.output(mixed.flatten(1)), (keys, values)
