"""Checks for the exercises of chapter 03: layer norm and a pre-norm block written by the reader."""

import torch
import torch.nn.functional as F

from xfmr_lib.exercises.answers import draw, judge


def check_layer_norm(answer) -> bool:
    """Check answer(rows, gain, bias, epsilon) -> rows against torch's layer norm.

    rows: (batch, time, width); gain and bias: (width,).
    """
    rows, gain, bias = draw(3, (2, 3, 5), (5,), (5,))
    epsilon = 0.1  # large, so that its place can be seen
    centred, variance = rows - rows.mean(-1, keepdim=True), rows.var(-1, correction=0, keepdim=True)

    def normed(square, outside=0.0):
        return centred / (square.sqrt() + outside) * gain + bias

    unbiased = normed(rows.var(-1, keepdim=True) + epsilon)
    mistakes = [
        (None, f"your {answer.__name__} returned NoneType; it should return a tensor"),
        (unbiased, "torch's var divides by width - 1; layer norm by width: pass correction=0"),
        (normed(variance, epsilon), "is your epsilon inside the root? Add it to the variance"),
        (normed(variance + epsilon / 5), "to a squared length add width times epsilon"),
        (F.layer_norm(rows, (5,), eps=epsilon), "multiply by gain, then add bias"),
    ]
    right = F.layer_norm(rows, (5,), gain, bias, epsilon)
    return judge(answer, (rows, gain, bias, epsilon), right, mistakes, "it equals torch's.")


def check_block(answer) -> bool:
    """Check answer(rows, norm_1, attention, norm_2, mlp) -> rows: a pre-norm block.

    rows: (batch, time, width); the other four map rows to rows.
    """
    norm_1, attention, norm_2, mlp = parts = torch.sin, torch.exp, torch.cos, torch.tanh  # any
    (rows,) = draw(3, (2, 4, 5))
    update = attention(norm_1(rows))
    middle, late = rows + update, norm_1(rows + attention(rows))
    mistakes = [
        (None, f"your {answer.__name__} returned NoneType; it should return a tensor"),
        (norm_2(late + mlp(late)), "this is post-norm: here the norm stands before the sublayer"),
        (mlp(norm_2(middle)), "the second residual connection is missing: add to the row"),
        (update + mlp(norm_2(update)), "the first residual connection is missing: add to the row"),
    ]
    right = middle + mlp(norm_2(middle))
    return judge(answer, (rows, *parts), right, mistakes, "your block equals the library's.")
