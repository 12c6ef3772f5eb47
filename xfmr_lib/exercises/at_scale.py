"""Checks for the exercises of chapter 10: the right-angle transform, and the price of a sum."""

import torch
from torch.fft import fft, ifft

from xfmr_lib.exercises.answers import draw, judge


def check_right_angle(answer) -> bool:
    """Check answer(x, w) -> y, the causal product of two sequences by a transform of their length.

    y_i = sum_{j<=i} x_j w_{i-j},   i and j from 0;   x, w, y: (n,)
    """
    x, w = draw(10, (7,), (7,))
    turn = torch.exp(0.5j * torch.pi * torch.arange(7, dtype=x.dtype) / 7)

    def cyclic(x, w):
        return ifft(fft(x) * fft(w))

    turned = cyclic(x * turn, w * turn)
    back = turned / turn
    too_far = cyclic(x * turn**2, w * turn**2) / turn**2
    mistakes = [
        (cyclic(x, w), "the end wrapped round to the beginning: turn both sequences first"),
        (too_far, "you turned by pi t / n, which gives the wrap-around a minus; take half"),
        (back, "take the real part; the imaginary part is what wrapped around"),
        (back.imag, "this is the imaginary part, what wrapped around; take the real part"),
        (turned.real, "turn back before you take the real part: divide by the turn"),
        ((cyclic(x * turn, w) / turn).real, "only x was turned; turn w by the same rule"),
        ((fft(x * turn) * fft(w * turn) / turn).real, "the transform back, ifft, is missing"),
    ]
    return judge(answer, (x, w), back.real, mistakes, "no padding, and nothing wrapped around.")


def check_multiplications(answer) -> bool:
    """Check answer(length, width) -> [attention, SHE]: multiplications of one layer, one sequence.

    Only pairs j <= i count. Attention: four maps, scores and mixing, no softmax. SHE by its
    definition: the sum, the adjustment's map and the product entry by entry.
    """
    length, width = 6, 5

    def prices(pairs=length * (length + 1) // 2, maps=4):
        attention = maps * length * width**2 + 2 * pairs * width
        return [attention, (pairs + length) * width**2 + length * width]

    mistakes = [
        (prices(pairs=length**2), "you counted the future too; there are l (l + 1) / 2 pairs"),
        (prices(pairs=length * (length - 1) // 2), "a row meets itself too"),
        (prices(maps=3), "attention has four maps: queries, keys, values and the output"),
    ]
    return judge(answer, (length, width), prices(), mistakes, "a pair costs SHE a whole matrix.")
