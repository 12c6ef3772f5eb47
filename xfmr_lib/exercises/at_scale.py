"""Checks for the exercises of chapter 10: the right-angle transform, and the price of a sum.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge
from xfmr_lib.mixers.causal_conv import plain


def check_right_angle(answer: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Check answer(x, w) -> y, the causal product of two sequences by a transform of their length.

        y_i = sum_{j<=i} x_j w_{i-j},   i and j from 0

    x, w, y: (n,), float64. Taught in: chapter 10.
    """
    generator = torch.Generator().manual_seed(10)
    x, w = torch.randn(2, 7, generator=generator, dtype=torch.float64)
    right = plain(x[None, :, None], w[:, None, None])[0, :, 0]
    praise = "no padding, and nothing of the wrap-around in the real part."
    return judge(answer, (x, w), right, _turning_mistakes(x, w, right), praise)


def _turning_mistakes(x: Tensor, w: Tensor, right: Tensor) -> Iterator[Mistake]:
    n = len(x)
    quarter = torch.exp(0.5j * math.pi * torch.arange(n, dtype=torch.float64) / n)

    def cyclic(turn):
        return torch.fft.ifft(torch.fft.fft(x * turn) * torch.fft.fft(w * turn))

    wrapped = cyclic(torch.ones_like(quarter)).real - right
    yield right + wrapped, "the end wrapped round to the beginning: turn both sequences first"
    yield right - wrapped, "you turned by pi t / n, which gives the wrap-around a minus; take half"
    yield wrapped, "this is the imaginary part, what wrapped around; the answer is the real part"
    yield cyclic(quarter).real, "turn back before you take the real part: divide by the turn"
    again = (cyclic(quarter) * quarter).real
    yield again, "you turned forwards once more at the end; turn back, by the opposite angle"
    one_sided = torch.fft.ifft(torch.fft.fft(x * quarter) * torch.fft.fft(w + 0j)) / quarter
    yield one_sided.real, "only x was turned; the sequence w must be turned by the same rule"
    transforms = torch.fft.fft(x * quarter) * torch.fft.fft(w * quarter) / quarter
    yield transforms.real, "the transform back is missing: torch.fft.ifft"


def check_multiplications(answer: Callable[[int, int], list[int]]) -> bool:
    """Check answer(length, width) -> [attention, SHE]: multiplications of one layer, one sequence.

    Causal: only pairs j <= i count. Attention: four maps, scores and mixing, no softmax. SHE by
    its definition: the sum, the adjustment's map and the product entry by entry.
    Taught in: chapter 10.
    """
    length, width = 6, 5
    right = _prices(length, width)
    mistakes = [
        (
            _prices(length, width, pairs=length**2),
            "you counted the future too; row i meets i rows, so there are l (l + 1) / 2 pairs",
        ),
        (
            _prices(length, width, pairs=length * (length - 1) // 2),
            "a row meets itself too: i rows for row i, l (l + 1) / 2 pairs in all",
        ),
        (
            right - torch.tensor([length * width**2, 0]),
            "attention has four maps: queries, keys, values and the output",
        ),
        (
            right - torch.tensor([length * (length + 1) // 2 * width, 0]),
            "attention uses each pair twice: once for its score and once to mix the values",
        ),
        (
            right - torch.tensor([0, length * width**2]),
            "SHE's adjustment is a map too: x_i @ A costs width^2 for every row",
        ),
        (
            right - torch.tensor([0, length * width]),
            "the product entry by entry, width multiplications for each row of SHE, is missing",
        ),
        (right.flip(0), "the two are in the wrong order: attention first, then SHE"),
    ]
    praise = "and SHE by its definition costs about width times as much for every pair of rows."
    return judge(answer, (length, width), right, mistakes, praise)


def _prices(length: int, width: int, pairs: int | None = None) -> Tensor:
    pairs = length * (length + 1) // 2 if pairs is None else pairs
    attention = 4 * length * width**2 + 2 * pairs * width
    she = pairs * width**2 + length * width**2 + length * width
    return torch.tensor([attention, she])
