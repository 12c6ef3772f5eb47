"""Attention without the dot product: weights by distance, and two cheap ways to add content.

Source: Wang & E 2024 (arXiv 2402.00522). Taught in: chapters 12 and 14.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.attention import Heads, Kept, shared_width
from xfmr_lib.mixers.base import Mixer, Row, Rows
from xfmr_lib.mixers.relative import Relative, by_place
from xfmr_lib.positions import LogBias

Weights = Float[Tensor, "_ heads time seen"]  # one for all sequences, or one for each


class DPFreeAttention(Mixer):
    """Heads that look back by a learned pattern of distances and never at the content.

        y = concat_h(A_h x W_V^h) W_O,   A_h,ij = softmax_j(b_h(i - j)) for j <= i

    `relative`: a kind of bias from `positions.BIASES`; `head_width` as in `Attention`.
    Worth remembering: attention with W_Q = W_K = 0. Away from the start of the text every head is
    a fixed convolution.
    Source: Wang & E 2024, section 2 (the class TF^DPF).
    """

    def __init__(
        self,
        width: int,
        heads: int,
        window: int,
        relative: Relative = LogBias,
        bias: bool = True,
        head_width: int | None = None,
    ):
        super().__init__()
        self.heads = heads
        inner = heads * shared_width(width, heads, head_width)
        self.values = nn.Linear(width, inner, bias=bias)
        self.output = nn.Linear(inner, width, bias=bias)
        self.relative = relative(heads, window)

    def weigh(self, x: Rows, seen: int) -> Weights:
        """The weight of each of the `seen` rows for x, the newest of them."""
        return by_place(self.relative(seen), rows=x.shape[1]).softmax(-1)[None]

    def pattern(self, x: Rows) -> Weights:
        """The weight of every row in every other, one matrix a head."""
        return self.weigh(x, x.shape[1])

    def mix(self, weights: Weights, values: Kept) -> Rows:
        """What every head finds, joined."""
        return self.output(rearrange(weights @ values, "b h t c -> b t (h c)"))

    def forward(self, x: Rows) -> Rows:
        return self.mix(self.pattern(x), self.remember(x))

    def remember(self, x: Rows) -> Heads:
        """Every head's values."""
        return rearrange(self.values(x), "b t (h c) -> b h t c", h=self.heads)

    def step(self, x: Row, memory: Kept) -> tuple[Row, Kept]:
        """The output of one more row, which looks at every value kept."""
        memory = torch.cat([memory, self.remember(x[:, None])], 2)
        return self.mix(self.weigh(x[:, None], memory.shape[2]), memory)[:, 0], memory


class TMXAttention(DPFreeAttention):
    """The cheap substitute for the dot product: a pattern of distances times a gate.

        A_h,ij = exp(w_h . x_i) softmax_j(b_h(i - j)) for j <= i

    `gate`: width numbers a head, from zero, where queries and keys hold 2 width c.
    Worth remembering: exp(-p (z - g)) = exp(p g) exp(-p z). With a linear bias a gate *is* a shift
    in time, and a sum of such heads can look back g(x_i) places.
    Source: Wang & E 2024, definition C.5 (t minus x). Departures: p is absorbed in w, x_i enters a
    logarithmic bias as a logarithm already taken, and the pattern keeps its softmax, whose
    denominator is the same for all rows away from the start.
    """

    def __init__(self, width: int, heads: int, window: int, **options):
        super().__init__(width, heads, window, **options)
        self.gate = nn.Parameter(torch.zeros(width, heads))

    def weigh(self, x: Rows, seen: int) -> Weights:
        return rearrange((x @ self.gate).exp(), "b t h -> b h t 1") * super().weigh(x, seen)


class ContentDistanceAttention(DPFreeAttention):
    """Each row chooses how far to look back: a bias by distance that depends on its content.

        A_h,ij = softmax_j(b_h(i - j) + (x_i U_h)_{i-j}) for j <= i

    `choice` U: (width, heads, window), from zero. Raises ValueError beyond the window.
    Worth remembering: the coupling of token and time that the theorems need, stated directly; keys
    play no part, so it cannot look *for* a content.
    Source: ours, after the sums of queries and distances of Shaw et al. 2018.
    """

    def __init__(self, width: int, heads: int, window: int, **options):
        super().__init__(width, heads, window, **options)
        self.choice = nn.Parameter(torch.zeros(width, heads, window))

    def weigh(self, x: Rows, seen: int) -> Weights:
        window = self.choice.shape[-1]
        if seen > window:
            raise ValueError(
                f"text has {seen} rows but rows choose among {window} distances; "
                f"build with window={seen} or truncate"
            )
        content = torch.einsum("btd,dhr->bhtr", x, self.choice[..., :seen])
        scores = content + self.relative(seen)[:, None]
        place = torch.arange(seen, device=x.device)
        distance = place[-x.shape[1] :, None] - place
        scores = scores.gather(-1, distance.clamp(min=0).expand_as(scores))
        return scores.masked_fill(distance < 0, float("-inf")).softmax(-1)
