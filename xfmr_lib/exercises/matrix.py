"""Checks for the exercises of chapter 02: targets, sinusoids, and where a Markov chain settles."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge
from xfmr_lib.positions import sinusoids

TEXT = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
CHAIN = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.8, 0.1, 0.1]])


def check_causal_targets(answer: Callable[[Tensor], Sequence[Tensor]]) -> bool:
    """Check answer(text) -> (inputs, targets) of one long row of ids.

    text: (n,) integers; inputs and targets: (n - 1,), target i the token that follows input i.
    Taught in: chapter 02.
    """
    early, late = TEXT[:-1], TEXT[1:]
    wrapped = (
        "your last target is the first token of the text: torch.roll wraps round. The last token "
        "has no successor, so it can be a target but not an input"
    )
    copied = "targets equal inputs: such a model learns to copy; shift the targets by one"
    mistakes = [
        ((TEXT, TEXT.roll(-1)), wrapped),
        ((TEXT, TEXT), copied),
        ((early, early), copied),
        ((late, early), "you predict the token before, not the next one; swap inputs and targets"),
        ((TEXT[:-2], TEXT[2:]), "your targets are two places ahead; one is enough"),
        _other_pairs,
    ]
    praise = "every input is paired with the token that follows it."
    return judge(answer, (TEXT,), (early, late), mistakes, praise)


def _other_pairs(pair) -> str:
    try:
        inputs, targets = map(torch.as_tensor, pair)
        counts = len(inputs), len(targets)
    except (TypeError, ValueError, RuntimeError):
        return f"return two rows, (inputs, targets); yours is a {type(pair).__name__}"
    if counts[0] != counts[1]:
        drop = "drop the last token from the inputs and the first from the targets"
        return f"{counts[0]} inputs but {counts[1]} targets; {drop}"
    if counts[0] < 7:
        return f"8 tokens give 7 pairs; you have {counts[0]}"
    pairs = zip(zip(inputs, targets), pairwise(TEXT))
    wrong = [place for place, (pair, right) in enumerate(pairs) if pair != right]
    return f"place {wrong[0] if wrong else 7} (counting from 0) has the wrong pair"


def check_sinusoids(answer: Callable[[int, int], Tensor]) -> bool:
    """Check answer(window, width) -> table, (window, width), against `positions.sinusoids`.

    Taught in: chapter 02.
    """
    window, width = 7, 6
    right = sinusoids(window, width).double()
    mistakes = _usual_tables(window, width, right)
    return judge(answer, (window, width), right, mistakes, "your table equals the library's.")


def _usual_tables(window, width, right) -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    place = torch.arange(window + 1, dtype=torch.float64)
    column = torch.arange(width, dtype=torch.float64)
    even = column[::2]

    def waves(speed):
        angle = torch.outer(place, speed)
        return angle.sin(), angle.cos()

    def table(left, right):
        return torch.stack([left, right], dim=-1).flatten(1)[:-1]

    sin, cos = waves(10_000 ** (-even / width))
    yield right.T, "your table is transposed: one row for each place, one column each coordinate"
    later = table(sin.roll(-1, 0), cos.roll(-1, 0))
    yield later, "your places start at 1; the first row is place 0, all sin(0) = 0"
    yield torch.cat([sin, cos], 1)[:-1], "sines left, cosines right; here they alternate: sin, cos"
    yield table(cos, sin), "sine and cosine are swapped: the even columns are sines"
    halved, faster = (table(*waves(10_000**power)) for power in (-even / 2 / width, even / width))
    yield halved, "your exponent is k/width for pair k; it should be 2k/width, the column's number"
    yield faster, "the sign of your exponent is wrong: later pairs must turn slower, not faster"
    sin, cos = waves(10_000 ** (-column / width))
    alternate = torch.where(column % 2 == 0, sin, cos)[:-1]
    yield alternate, "each column has a speed of its own; a sine and its cosine share one"


def check_stationary(answer: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Check answer(transitions) -> pi with pi @ transitions == pi and sum 1.

    transitions: (states, states), rows sum to 1, all entries positive; pi: (states,).
    Taught in: chapter 02.
    """
    right = torch.as_tensor(np.linalg.matrix_power(CHAIN, 200)[0])
    praise = "one more step leaves your distribution as it is."
    return judge(answer, (CHAIN,), right, [_other_distributions], praise)


def _other_distributions(pi) -> str | None:
    pi = np.asarray(pi)
    if pi.dtype.kind not in "iufc":
        return f"{pi.dtype.name} is no number; return an array of numbers"
    if pi.shape != (len(CHAIN),):
        return None
    if np.abs(pi.imag).max() > 1e-9:
        return "that eigenvector is complex; take the one whose eigenvalue is 1"
    if np.isclose(np.ptp(pi.real), 0, atol=1e-9):
        return (
            "all states equally likely solves P v = v, since rows sum to 1; you need pi P = pi, an "
            "eigenvector of the transposed matrix"
        )
    if np.allclose(pi @ CHAIN, pi, atol=1e-6):
        return f"the direction is right but the sum is {pi.real.sum():.3f}; divide by it"
    if np.isclose(pi.sum(), 1, atol=1e-6) and np.allclose(pi @ CHAIN, pi, atol=0.05):
        return "close, but one more step still changes it; iterate longer"
    return "one more step changes it: pi @ transitions is not pi"
