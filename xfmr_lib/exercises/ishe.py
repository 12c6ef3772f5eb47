"""Checks for the exercises of chapter 09: SHE and iSHE written by the reader.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from xfmr_lib.mixers.extractors import AbsoluteExtractor, Extractor, inverse_sqrt, unscaled

Answer = Callable[[Tensor, Tensor, Tensor], Tensor]


def check_she(answer: Answer) -> bool:
    """Check answer(x, extraction, adjustment) -> y against SHE, all float64.

    x: (time, width); extraction: (window = time, width, width), extraction[k] meets the row k
    places back; adjustment: (width, width); y: (time, width). Taught in: chapter 09.
    """
    return _check(answer, unscaled, "SHE")


def check_ishe(answer: Answer) -> bool:
    """Check answer(x, extraction, adjustment) -> y against iSHE; shapes as in `check_she`.

    Taught in: chapter 09.
    """
    return _check(answer, inverse_sqrt, "iSHE")


def _check(answer: Answer, scaling, name: str) -> bool:
    generator = torch.Generator().manual_seed(9)
    x = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    extraction = torch.randn(6, 3, 3, generator=generator, dtype=torch.float64)
    adjustment = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    message = _fault(answer, x, extraction, adjustment, scaling)
    print(f"Not yet: {message}" if message else f"Right: your {name} equals the library's.")
    return message is None


def _fault(answer, x, extraction, adjustment, scaling) -> str | None:
    """What is wrong with the answer, in one sentence, or None."""
    try:
        y = answer(x.clone(), extraction.clone(), adjustment.clone())
    except Exception as error:  # a learner's code may fail in any way
        return f"your function stopped with {type(error).__name__}: {error}"
    if not isinstance(y, Tensor):
        return f"your function returned {type(y).__name__}; it should return a tensor"
    if y.shape != x.shape:
        return f"your result has shape {tuple(y.shape)}; it should be {tuple(x.shape)}, as x"
    if not torch.isfinite(y).all():
        return "some numbers are not finite. Did you start i at 0? 1/sqrt(0) is infinite"
    right = _reference(x, extraction, adjustment, scaling)
    if torch.allclose(y, right):
        return None
    for wrong, hint in _usual_mistakes(x, extraction, adjustment, scaling):
        if torch.allclose(y, wrong):
            return hint
    return f"the rows differ, first in row {_first_difference(y, right)} (counting from 0)"


def _reference(x, extraction, adjustment, scaling, kind=Extractor):
    extractor = kind(x.shape[1], len(extraction), scaling).double()
    with torch.no_grad():
        extractor.extraction.copy_(extraction)
        extractor.adjustment.copy_(adjustment)
        return extractor(x[None])[0]


def _usual_mistakes(x, extraction, adjustment, scaling):
    """Pairs (what the mistake yields, what to tell the learner)."""
    arguments = (x, extraction, adjustment)
    count = torch.arange(1, len(x) + 1, dtype=x.dtype)[:, None]
    plain = _reference(*arguments, unscaled)
    right = _reference(*arguments, scaling)
    absolute = _reference(*arguments, scaling, AbsoluteExtractor)
    gate = x @ adjustment
    yield absolute, "you used matrix j for row j; the relative index is i - j: how far back it lies"
    yield (
        right / gate,
        "the adjustment is missing: multiply by x_i @ adjustment, entry by entry",
    )
    if scaling is unscaled:
        yield plain / count.sqrt(), "this is iSHE already; SHE has no factor 1/sqrt(i)"
    else:
        yield plain, "the factor 1/sqrt(i) is missing; this is SHE"
        yield plain / count, "you divided by i; iSHE divides by sqrt(i)"
        yield plain * count.sqrt(), "you multiplied by sqrt(i); iSHE divides by it"
        shifted = torch.cat([count[:1], count[:-1]]).sqrt()
        yield plain / shifted, "your i starts one too low; i counts the rows seen, the first sees 1"
        yield plain / len(x) ** 0.5, "you divided every row by sqrt(time); i grows with the row"
    everything = torch.einsum("jd,ijde->ie", x, _both_ways(extraction))
    factor = scaling(count[:, 0])[:, None]
    yield everything * gate * factor, "row i sees later rows too; only j <= i may enter the sum"


def _both_ways(extraction):
    """extraction[|i - j|] for every pair: what forgetting causality would use."""
    place = torch.arange(len(extraction))
    return extraction[(place[:, None] - place).abs()]


def _first_difference(y, right) -> int:
    return int((~torch.isclose(y, right)).any(1).nonzero()[0])
