"""Checks for the exercises of chapter 03: layer norm and a pre-norm block written by the reader."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, draw, judge

EPSILON = 0.01  # large, so that its place inside or outside the root can be seen


def check_layer_norm(answer: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> bool:
    """Check answer(rows, gain, bias, epsilon) -> rows against torch's layer norm, all float64.

    rows: (batch, time, width); gain and bias: (width,). Taught in: chapter 03.
    """
    rows, gain, bias = draw(3, (2, 3, 5), (5,), (5,))
    rows = rows * 0.3 + 0.2  # a mean that is not 0, and a variance not far from epsilon
    right = F.layer_norm(rows, (5,), gain, bias, EPSILON)
    mistakes = [_nothing(answer), *_layer_norm_mistakes(rows, gain, bias)]
    given = (rows, gain, bias, EPSILON)
    return judge(answer, given, right, mistakes, "your layer norm equals torch's.")


def _layer_norm_mistakes(rows: Tensor, gain: Tensor, bias: Tensor) -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    mean = rows.mean(-1, keepdim=True)
    variance, unbiased = (rows.var(-1, correction=c, keepdim=True) for c in (0, 1))
    root = (variance + EPSILON).sqrt()
    unit = (rows - mean) / root

    def normed(spread, center=mean):
        return (rows - center) / spread * gain + bias

    wrong = normed((unbiased + EPSILON).sqrt())
    yield wrong, "torch's var divides by width - 1; layer norm divides by width: pass correction=0"
    wrong = normed(variance.sqrt() + EPSILON)
    yield wrong, "is your epsilon inside the square root? It is added to the variance, before it"
    wrong = normed(unbiased.sqrt() + EPSILON)
    yield wrong, "two things at once: std divides by width - 1, and epsilon belongs inside the root"
    wrong = normed(unbiased.sqrt())
    yield wrong, "epsilon is missing, and torch's std divides by width - 1: pass correction=0"
    yield normed(variance.sqrt()), "epsilon is missing: a constant row would divide by zero"
    yield normed(variance + EPSILON), "you divided by the variance; divide by its square root"
    yield normed(root, 0), "the mean is not subtracted; this is nearer to RMS norm"
    wrong = normed((rows.square().mean(-1, keepdim=True) + EPSILON).sqrt(), 0)
    yield wrong, "this is RMS norm; layer norm subtracts the mean first"
    yield unit, "gain and bias are missing: multiply by gain, then add bias"
    yield unit * gain, "the bias is missing: add it at the end"
    yield unit + bias, "the gain is missing: multiply by it before the bias is added"
    yield (unit + bias) * gain, "the bias is added after the gain, not before"
    axis = "mean and variance were taken over {}; each row is normed alone, over its width (dim -1)"
    for dims, name in (((0,), "the batch"), ((1,), "time"), ((1, 2), "time and width together")):
        spread = (rows.var(dims, correction=0, keepdim=True) + EPSILON).sqrt()
        yield normed(spread, rows.mean(dims, True)), axis.format(name)


def check_block(answer: Callable[..., Tensor]) -> bool:
    """Check answer(rows, norm_1, attention, norm_2, mlp) -> rows: a pre-norm block.

    rows: (batch, time, width); the other four map rows to rows. Taught in: chapter 03.
    """
    rows, first, second, gain_1, gain_2 = draw(3, (2, 4, 5), (5, 5), (5, 5), (5,), (5,))
    parts = (
        lambda x: F.layer_norm(x, (5,), gain_1),
        lambda x: (x @ first).cumsum(1),  # sums over the past: any mixer will do
        lambda x: F.layer_norm(x, (5,), gain_2),
        lambda x: torch.tanh(x @ second),
    )
    middle = rows + parts[1](parts[0](rows))
    right = middle + parts[3](parts[2](middle))
    mistakes = [_nothing(answer), *_block_mistakes(rows, middle, *parts)]
    return judge(answer, (rows, *parts), right, mistakes, "your block equals the library's.")


def _block_mistakes(rows, middle, norm_1, attention, norm_2, mlp) -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    first = attention(norm_1(rows))
    bare = rows + attention(rows)
    post, normed = norm_1(bare), norm_1(rows) + first
    swapped = rows + mlp(norm_2(rows))
    wrong = norm_2(post + mlp(post))
    yield wrong, "this is post-norm, the order of 2017: here the norm stands before the sublayer"
    missing = "{} residual connection{} missing: {} added to the row"
    yield mlp(norm_2(first)), missing.format("both", "s are", "a sublayer's output is")
    yield mlp(norm_2(middle)), missing.format("the second", " is", "the MLP's output is")
    yield first + mlp(norm_2(first)), missing.format("the first", " is", "attention's output is")
    wrong = middle + mlp(norm_2(rows))
    yield wrong, "the MLP read the rows from before attention; it reads what attention left behind"
    wrong = rows + mlp(norm_2(middle))
    yield wrong, "attention's update was lost: the second sum starts from the rows after the first"
    yield middle, "the MLP is missing: a block has two sublayers"
    yield bare + mlp(bare), "the norms are missing: a sublayer reads norm(rows), not rows"
    wrong = middle + mlp(norm_1(middle))
    yield wrong, "you used norm_1 twice; the second sublayer has a norm of its own"
    wrong = norm_2(normed) + mlp(norm_2(normed))
    yield wrong, "you added the updates to the normed rows; add them to the rows themselves"
    yield swapped + attention(norm_1(swapped)), "attention comes first, the MLP second"


def _nothing(answer) -> Mistake:
    return None, f"your {answer.__name__} returned NoneType; it should return a tensor"
