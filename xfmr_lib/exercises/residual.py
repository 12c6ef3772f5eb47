"""Checks for the exercises of chapter 03: layer norm and a pre-norm block written by the reader.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

Mistakes = Iterator[tuple[Tensor, str]]
EPSILON = 0.01  # large, so that its place inside or outside the root can be seen


def check_layer_norm(answer: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> bool:
    """Check answer(rows, gain, bias, epsilon) -> rows against torch's layer norm, all float64.

    rows: (batch, time, width); gain and bias: (width,). Taught in: chapter 03.
    """
    given = _draw((2, 3, 5), (5,), (5,))
    given[0] = given[0] * 0.3 + 0.2  # a mean that is not 0, and a variance not far from epsilon
    right = F.layer_norm(given[0], (5,), given[1], given[2], EPSILON)
    mistakes = _layer_norm_mistakes(*given)
    return _judge(answer, (*given, EPSILON), right, mistakes, "your layer norm equals torch's.")


def check_block(answer: Callable[..., Tensor]) -> bool:
    """Check answer(rows, norm_1, attention, norm_2, mlp) -> rows: a pre-norm block.

    rows: (batch, time, width); the other four are functions from rows to rows. Taught in: chapter
    03.
    """
    rows, first, second, gain_1, gain_2 = _draw((2, 4, 5), (5, 5), (5, 5), (5,), (5,))
    parts = (
        lambda x: F.layer_norm(x, (5,), gain_1),
        lambda x: (x @ first).cumsum(1),  # sums over the past: any mixer will do
        lambda x: F.layer_norm(x, (5,), gain_2),
        lambda x: torch.tanh(x @ second),
    )
    middle = rows + parts[1](parts[0](rows))
    right = middle + parts[3](parts[2](middle))
    mistakes = _block_mistakes(rows, middle, right, *parts)
    return _judge(answer, (rows, *parts), right, mistakes, "your block equals the library's.")


def _judge(answer, given, right: Tensor, mistakes: Mistakes, praise: str) -> bool:
    message = _fault(answer, given, right, mistakes)
    print(f"Not yet: {message}" if message else f"Right: {praise}")
    return message is None


def _fault(answer, given, right: Tensor, mistakes: Mistakes) -> str | None:
    """What is wrong with the answer, in one sentence, or None."""
    mine = [part.clone() if isinstance(part, Tensor) else part for part in given]
    name = getattr(answer, "__name__", "function")
    try:
        y = answer(*mine)
    except Exception as error:  # a learner's code may fail in any way
        return f"your {name} stopped with {type(error).__name__}: {error}"
    if not isinstance(y, Tensor):
        return f"your {name} returned {type(y).__name__}; it should return a tensor"
    if y.shape != right.shape:
        return f"your result has shape {tuple(y.shape)}; it should be {tuple(right.shape)}, as rows"
    if not torch.equal(mine[0], given[0]):
        return (
            f"your {name} changed the rows it was given (did you write += ?); "
            "others still read them, so make new ones: rows = rows + update"
        )
    y = y.detach().to(right)
    if torch.allclose(y, right, atol=1e-6):
        return None
    for wrong, hint in mistakes:
        if torch.allclose(y, wrong, atol=1e-6):
            return hint
    return f"the largest difference is {(y - right).abs().max():.3g}; compare one row by hand"


def _layer_norm_mistakes(rows: Tensor, gain: Tensor, bias: Tensor) -> Mistakes:
    """Pairs (what the mistake yields, what to tell the learner)."""
    mean = rows.mean(-1, keepdim=True)
    variance = rows.var(-1, keepdim=True, correction=0)
    root = (variance + EPSILON).sqrt()
    unit = (rows - mean) / root

    def normed(center, spread):
        return (rows - center) / spread * gain + bias

    unbiased = rows.var(-1, keepdim=True)
    yield (
        normed(mean, (unbiased + EPSILON).sqrt()),
        "torch's var divides by width - 1; layer norm divides by width: pass correction=0",
    )
    outside = "is your epsilon inside the square root? It is added to the variance, before the root"
    yield normed(mean, variance.sqrt() + EPSILON), outside
    yield (
        normed(mean, unbiased.sqrt() + EPSILON),
        "two things at once: torch's std divides by width - 1, and epsilon belongs inside the root",
    )
    yield (
        normed(mean, unbiased.sqrt()),
        "epsilon is missing, and torch's std divides by width - 1: pass correction=0",
    )
    yield normed(mean, variance.sqrt()), "epsilon is missing: a constant row would divide by zero"
    yield normed(mean, variance + EPSILON), "you divided by the variance; divide by its square root"
    yield normed(0, root), "the mean is not subtracted; this is nearer to RMS norm"
    yield (
        rows / (rows.square().mean(-1, keepdim=True) + EPSILON).sqrt() * gain + bias,
        "this is RMS norm; layer norm subtracts the mean first",
    )
    yield unit, "gain and bias are missing: multiply by gain, then add bias"
    yield unit * gain, "the bias is missing: add it at the end"
    yield unit + bias, "the gain is missing: multiply by it before the bias is added"
    yield (unit + bias) * gain, "the bias is added after the gain, not before"
    axis = "mean and variance were taken over {}; each row is normed alone, over its width (dim -1)"
    for dims, name in (((0,), "the batch"), ((1,), "time"), ((1, 2), "time and width together")):
        center, spread = rows.mean(dims, True), rows.var(dims, correction=0, keepdim=True)
        yield normed(center, (spread + EPSILON).sqrt()), axis.format(name)


def _block_mistakes(rows, middle, right, norm_1, attention, norm_2, mlp) -> Mistakes:
    """Pairs (what the mistake yields, what to tell the learner)."""
    post = norm_1(rows + attention(rows))
    yield (
        norm_2(post + mlp(post)),
        "this is post-norm, the order of 2017: here the norm comes before the sublayer, inside the "
        "sum, and the row itself is never normed",
    )
    yield (
        mlp(norm_2(attention(norm_1(rows)))),
        "both residual connections are missing: a sublayer's output is added to the row",
    )
    yield (
        mlp(norm_2(middle)),
        "the second residual connection is missing: add the MLP's output to the row",
    )
    first = attention(norm_1(rows))
    yield (
        first + mlp(norm_2(first)),
        "the first residual connection is missing: add attention's output to the row",
    )
    yield (
        middle + mlp(norm_2(rows)),
        "the MLP read the rows from before attention; it reads what attention left behind",
    )
    yield (
        rows + mlp(norm_2(middle)),
        "attention's update was lost: the second sum starts from the rows after the first one",
    )
    yield middle, "the MLP is missing: a block has two sublayers"
    bare = rows + attention(rows)
    yield bare + mlp(bare), "the norms are missing: a sublayer reads norm(rows), not rows"
    yield (
        middle + mlp(norm_1(middle)),
        "you used norm_1 twice; the second sublayer has a norm of its own",
    )
    normed = norm_1(rows) + first
    yield (
        norm_2(normed) + mlp(norm_2(normed)),
        "you added the updates to the normed rows; add them to the rows themselves",
    )
    swapped = rows + mlp(norm_2(rows))
    yield swapped + attention(norm_1(swapped)), "attention comes first, the MLP second"


def _draw(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
