"""Checks for the exercises of chapter 09: SHE and iSHE written by the reader."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, draw, judge
from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt, unscaled

Answer = Callable[[Tensor, Tensor, Tensor], Tensor]


def check_she(answer: Answer) -> bool:
    """Check answer(x, extraction, adjustment) -> y against SHE, all float64.

    x: (time, width); extraction: (window = time, width, width), extraction[k] meets the row k
    places back; adjustment: (width, width); y: (time, width). Taught in: chapter 09.
    """
    return _check(answer, unscaled, "your SHE equals the library's.")


def check_ishe(answer: Answer) -> bool:
    """Check answer(x, extraction, adjustment) -> y against iSHE; shapes as in `check_she`.

    Taught in: chapter 09.
    """
    return _check(answer, inverse_sqrt, "your iSHE equals the library's.")


def _check(answer, scaling, praise) -> bool:
    given = tuple(draw(9, (6, 3), (6, 3, 3), (3, 3)))
    right = _library(Extractor, scaling, *given)
    return judge(answer, given, right, _mistakes(scaling, right, *given), praise)


def _library(kind, scaling, x, extraction, adjustment) -> Tensor:
    extractor = kind(x.shape[1], len(extraction), scaling).double()
    with torch.no_grad():
        extractor.extraction.copy_(extraction)
        extractor.adjustment.copy_(adjustment)
        return extractor(x[None])[0]


def _mistakes(scaling, right, *given) -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    x, extraction, adjustment = given
    place = torch.arange(len(x), dtype=x.dtype)
    gate, count = x @ adjustment, place[:, None] + 1
    plain = _library(Extractor, unscaled, *given)
    wrong = _library(AbsoluteExtractor, scaling, *given)
    yield None, "your function returned NoneType; it should return a tensor"
    yield wrong, "you used matrix j for row j; the relative index is i - j: how far back it lies"
    yield right / gate, "the adjustment is missing: multiply by x_i @ adjustment, entry by entry"
    both_ways = extraction[(place[:, None] - place).abs().long()]
    everything = torch.einsum("jd,ijde->ie", x, both_ways) * scaling(count[:, 0])[:, None]
    yield gate * everything, "row i sees later rows too; only j <= i may enter the sum"
    if scaling is unscaled:
        yield plain / count.sqrt(), "this is iSHE already; SHE has no factor 1/sqrt(i)"
        return
    yield plain, "the factor 1/sqrt(i) is missing; this is SHE"
    yield plain / count, "you divided by i; iSHE divides by sqrt(i)"
    yield plain * count.sqrt(), "you multiplied by sqrt(i); iSHE divides by it"
    wrong = plain / (count - 1).sqrt()
    yield wrong, "some numbers are not finite. Did you start i at 0? 1/sqrt(0) is infinite"
    shifted = (count - 1).clamp(min=1).sqrt()
    yield plain / shifted, "your i starts one too low; i counts the rows seen, the first sees 1"
    yield plain / len(x) ** 0.5, "you divided every row by sqrt(time); i grows with the row"
