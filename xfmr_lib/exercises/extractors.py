"""Checks for the exercises of chapter 08: the reduced Extractors, written and written as SHE.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge
from xfmr_lib.mixers.reduced import ScalarExtractor, lower_toeplitz

TIME, WIDTH = 6, 3


def check_scalar_extractor(answer: Callable[..., Tensor]) -> bool:
    """Check answer(x, weights, values, adjustment) -> y against the scalar Extractor.

    x and y: (time, width); weights: (time,), weights[k] for the row k places back; values and
    adjustment: (width, width); all float64. Taught in: chapter 08.
    """
    x, weights, values, adjustment = given = _numbers((TIME, WIDTH), (TIME,), *_squares(2))
    library = ScalarExtractor(WIDTH, TIME).double()
    with torch.no_grad():
        library.weights.copy_(weights[:, None])
        library.values.copy_(values)
        library.adjustment.copy_(adjustment)
        right = library(x[None])[0]
    praise = "your scalar Extractor equals the library's."
    return judge(answer, given, right, _scalar_mistakes(*given), praise)


def _scalar_mistakes(x, weights, values, adjustment) -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    gate, place = x @ adjustment, torch.arange(len(x))
    toeplitz = lower_toeplitz(weights[:, None], len(x))[0]
    collected = toeplitz @ x
    absolute = weights.expand(len(x), -1).tril()
    yield gate * (absolute @ x @ values), "you used weight j for row j; it belongs to a distance"
    both_ways = weights[(place[:, None] - place).abs()]
    yield gate * (both_ways @ x @ values), "row i hears later rows too; only j <= i may enter"
    newest_last = lower_toeplitz(weights.flip(0)[:, None], len(x))[0]
    yield gate * (newest_last @ x @ values), "the weights are turned round: weights[0] is for x_i"
    yield gate * collected, "the values are missing: the sum passes through the matrix V"
    yield collected @ values, "the adjustment is missing: multiply by x_i @ adjustment"
    yield (collected @ values) * (collected @ adjustment), "adjust by the row x_i, not by the sum"
    yield gate + collected @ values, "the adjustment is a product entry by entry, not a sum"
    past = weights[(place[:, None] - place).clamp(min=0)]
    softmax = past.masked_fill(toeplitz.new_ones(toeplitz.shape).triu(1).bool(), -torch.inf)
    averaged = softmax.softmax(-1) @ x @ values
    yield gate * averaged, "no softmax here: the weights are used as they are, signs and all"
    count = (place[:, None] + 1).to(x)
    yield gate * (collected @ values) / count, "you took the mean; an Extractor adds"
    yield gate * (collected @ values) / count.sqrt(), "1/sqrt(i) is the next chapter; here s(i) = 1"


def check_vector_as_she(answer: Callable[..., Tensor]) -> bool:
    """Check answer(weights, values) -> extraction: the matrices W_k of the SHE that equals it.

    weights: (window, width) and values: (width, width) of a vector Extractor; extraction: (window,
    width, width), extraction[k] for the row k places back. Taught in: chapter 08.
    """
    weights, values = given = _numbers((TIME, WIDTH), *_squares(1))
    right = values @ torch.diag_embed(weights)
    praise = "with these matrices SHE equals the vector Extractor, whatever the text."
    return judge(answer, given, right, _matrix_mistakes(weights, values), praise)


def _matrix_mistakes(weights, values) -> Iterator[Mistake]:
    diagonal = torch.diag_embed(weights)
    yield diagonal @ values, "you scaled the rows of V: that weighs x_j before V, not after it"
    yield diagonal, "that is diag(w_k) alone; the rows pass through V as well"
    yield (diagonal @ values).mT, "a row meets V first: x V diag(w_k), so do not transpose V"
    yield values @ diagonal.flip(0), "the stack is turned round: extraction[0] is for x_i itself"
    yield values @ diagonal.sum(0), "you summed over the distances; each keeps its own matrix"
    yield values + diagonal, "the weights multiply the values; you added them"
    outer = weights[:, :, None] * weights[:, None, :]
    yield values * outer, "each column of V is scaled once; you scaled rows and columns"


def _squares(count: int) -> list[tuple[int, int]]:
    return [(WIDTH, WIDTH)] * count


def _numbers(*shapes: tuple[int, ...]) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(8)
    return tuple(torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
