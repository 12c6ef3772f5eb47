"""Attention by distance: a bias beside the dot product, or in its place.

Source: Wang & E 2024 (arXiv 2402.00522), unless told otherwise. Taught in: chapters 11 to 14.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.attention import Attention, Heads, Kept, Mixed, Values, shared_width
from xfmr_lib.mixers.base import Mixer, Row, Rows
from xfmr_lib.positions import LogBias

Relative = Callable[[int, int], nn.Module]  # (heads, window) -> bias by distance
Weights = Float[Tensor, "_ heads time seen"]  # one for all texts, or one for each


def by_place(bias: Float[Tensor, "heads reach"], rows: int) -> Float[Tensor, "heads rows reach"]:
    """The last `rows` lines of the Toeplitz matrix bias[i - j], -inf for the future."""
    reach = bias.shape[-1]
    slid = F.pad(bias.flip(-1), (0, reach - 1), value=float("-inf"))
    return slid.unfold(-1, reach, 1)[..., :rows, :].flip(-2)


class RelativeAttention(Attention):
    """Attention whose scores know how far back a row lies; `relative` is one of `positions.BIASES`.

        A_ij = softmax_j(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    Worth remembering: content and distance are added, so content can favour a row wherever it
    stands, but not one distance for this query and another for that.
    Source: Raffel et al. 2020 (T5), Press et al. 2022 (ALiBi).
    """

    def __init__(
        self, width: int, heads: int, window: int, relative: Relative = LogBias, **options
    ):
        super().__init__(width, heads, **options)
        self.relative = relative(heads, window)

    def weigh(self, queries: Heads, keys: Kept) -> Weights:
        """How much each row counts for the newest queries."""
        return self.scores(queries, keys).softmax(-1)

    def scores(self, queries: Heads, keys: Kept) -> Weights:
        products = queries @ keys.transpose(-2, -1) / queries.shape[-1] ** 0.5
        return products + by_place(self.relative(keys.shape[2]), queries.shape[2])

    def mix(self, queries: Heads, keys: Kept, values: Values) -> Mixed:
        return F.dropout(self.weigh(queries, keys), self.dropout, self.training) @ values


class UnnormalizedAttention(RelativeAttention):
    """The theorems' attention: exponentials of the scores, not divided by their sum.

        A_ij = exp(q_i . k_j / sqrt(c) + b_h(i - j)) for j <= i

    Worth remembering: under a softmax whatever is the same for all j cancels; here it stays, so a
    query can move the whole kernel, and nothing bounds the weights.
    Source: equation 12. Departure: the 1/sqrt(c).
    """

    def weigh(self, queries: Heads, keys: Kept) -> Weights:
        return self.scores(queries, keys).exp()


class DPFreeAttention(Attention):
    """Heads that look back by a learned pattern of distances and never at the content.

        y = concat_h(A_h x W_V^h) W_O,   A_h,ij = softmax_j(b_h(i - j)) for j <= i

    Worth remembering: `RelativeAttention` with W_Q = W_K = 0. Away from the start of the text every
    head is a fixed convolution.
    Source: section 2 (the class TF^DPF).
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
        Mixer.__init__(self)  # not Attention's maps
        self.heads, inner = heads, heads * shared_width(width, heads, head_width)
        self.values = nn.Linear(width, inner, bias=bias)
        self.output = nn.Linear(inner, width, bias=bias)
        self.relative = relative(heads, window)

    def weigh(self, x: Rows, seen: int) -> Weights:
        """The weight of each of the `seen` rows for x, the newest of them."""
        return by_place(self.relative(seen), x.shape[1]).softmax(-1)[None]

    def mix(self, x: Rows, values: Kept) -> Mixed:
        return self.weigh(x, values.shape[2]) @ values

    def pattern(self, x: Rows) -> Weights:
        return self.weigh(x, x.shape[1])

    def project(self, x: Rows) -> tuple[Rows, Heads]:
        return x, rearrange(self.values(x), "b t (h c) -> b h t c", h=self.heads)

    def remember(self, x: Rows) -> Heads:
        return self.project(x)[1]

    def step(self, x: Row, memory: Kept) -> tuple[Row, Kept]:
        memory = torch.cat([memory, self.remember(x[:, None])], 2)
        return self.output(self.mix(x[:, None], memory).flatten(1)), memory


class TMXAttention(DPFreeAttention):
    """The cheap substitute for the dot product: a pattern of distances times a gate.

        A_h,ij = exp(w_h . x_i) softmax_j(b_h(i - j)) for j <= i

    `gate` w: (width, heads), from zero, where queries and keys hold 2 width c numbers a head.
    Worth remembering: exp(-p (z - g)) = exp(p g) exp(-p z). With a linear bias a gate *is* a shift
    in time, and a sum of such heads can look back g(x_i) places.
    Source: definition C.5 (t minus x). Departures: p is absorbed in w, and the pattern keeps its
    softmax, whose denominator is the same for all rows away from the start.
    """

    def __init__(self, width: int, heads: int, window: int, **options):
        super().__init__(width, heads, window, **options)
        self.gate = nn.Parameter(torch.zeros(width, heads))

    def weigh(self, x: Rows, seen: int) -> Weights:
        return rearrange((x @ self.gate).exp(), "b t h -> b h t 1") * super().weigh(x, seen)


class ContentDistanceAttention(DPFreeAttention):
    """Each row chooses how far to look back: a bias by distance that depends on its content.

        A_h,ij = softmax_j(b_h(i - j) + (x_i U_h)_{i-j}) for j <= i

    `choice` U: (width, heads, window), from zero.
    Worth remembering: the coupling of token and time that the theorems need, stated directly; there
    are no keys, so it cannot look *for* a content.
    Source: ours, after the sums of queries and distances of Shaw et al. 2018.
    """

    def __init__(self, width: int, heads: int, window: int, **options):
        super().__init__(width, heads, window, **options)
        self.choice = nn.Parameter(torch.zeros(width, heads, window))

    def weigh(self, x: Rows, seen: int) -> Weights:
        content = torch.einsum("btd,dhr->bhtr", x, self.choice[..., :seen])
        scores = content + self.relative(seen)[:, None]
        place = torch.arange(seen, device=x.device)
        distance = place[-x.shape[1] :, None] - place
        scores = scores.gather(-1, distance.clamp(min=0).expand_as(scores))
        return scores.masked_fill(distance < 0, float("-inf")).softmax(-1)
