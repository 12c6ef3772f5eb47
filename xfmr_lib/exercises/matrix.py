"""Checks for the exercises of chapter 02: targets, sinusoids, and where a Markov chain settles.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from xfmr_lib.positions import sinusoids

CHAIN = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.8, 0.1, 0.1]])


def check_causal_targets(answer: Callable[[Tensor], Sequence[Tensor]]) -> bool:
    """Check answer(text) -> (inputs, targets) of one long row of ids.

    text: (n,) integers; inputs and targets: (n - 1,), target i the token that follows input i.
    Taught in: chapter 02.
    """
    text = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
    pair, message = _attempt(answer, text.clone())
    message = message or _fault_of_targets(pair, text)
    return _say(message, "every input is paired with the token that follows it.")


def check_sinusoids(answer: Callable[[int, int], Tensor]) -> bool:
    """Check answer(window, width) -> table, (window, width), against `positions.sinusoids`.

    Taught in: chapter 02.
    """
    window, width = 7, 6
    table, message = _attempt(answer, window, width)
    message = message or _fault_of_table(table, window, width)
    return _say(message, "your table equals the library's.")


def check_stationary(answer: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Check answer(transitions) -> pi with pi @ transitions == pi and sum 1.

    transitions: (states, states), rows sum to 1, all entries positive; pi: (states,).
    Taught in: chapter 02.
    """
    pi, message = _attempt(answer, CHAIN.copy())
    message = message or _fault_of_distribution(pi)
    return _say(message, "one more step leaves your distribution as it is.")


def _say(message: str | None, praise: str) -> bool:
    print(f"Not yet: {message}" if message else f"Right: {praise}")
    return message is None


def _attempt(answer, *arguments) -> tuple[object, str | None]:
    """What the answer returns, and what went wrong, if anything."""
    try:
        result = answer(*arguments)
    except Exception as error:  # a learner's code may fail in any way
        return None, f"your function stopped with {type(error).__name__}: {error}"
    if result is None:
        return None, "your function returned None; did you forget `return`?"
    return result, None


def _fault_of_targets(pair, text) -> str | None:
    try:
        inputs, targets = (torch.as_tensor(part) for part in pair)
    except (TypeError, ValueError, RuntimeError):
        return f"return two rows, (inputs, targets); yours is a {type(pair).__name__}"
    right, length = (text[:-1], text[1:]), len(text) - 1
    if inputs.shape == text.shape and torch.equal(targets, torch.roll(text, -1)):
        return (
            "your last target is the first token of the text: torch.roll wraps round. The last "
            "token has no successor, so it can be a target but not an input"
        )
    if inputs.shape != targets.shape:
        return (
            f"{tuple(inputs.shape)} inputs but {tuple(targets.shape)} targets; drop the last token "
            "from the inputs and the first from the targets"
        )
    if torch.equal(inputs, right[0]) and torch.equal(targets, right[1]):
        return None
    if torch.equal(inputs, targets):
        return "targets equal inputs: such a model learns to copy; shift the targets by one"
    if torch.equal(inputs, right[1]) and torch.equal(targets, right[0]):
        return "you predict the token before, not the next one; swap inputs and targets"
    if torch.equal(inputs, text[:-2]) and torch.equal(targets, text[2:]):
        return "your targets are two places ahead; one is enough"
    if len(inputs) < length:
        return f"{len(text)} tokens give {length} pairs; you have {len(inputs)}"
    return f"place {_first(inputs, targets, right)} (counting from 0) has the wrong pair"


def _first(inputs, targets, right) -> int:
    length = min(len(inputs), len(right[0]))
    same = (inputs[:length] == right[0][:length]) & (targets[:length] == right[1][:length])
    return int((~same).nonzero()[0]) if not same.all() else length


def _fault_of_table(table, window, width) -> str | None:
    if not isinstance(table, Tensor):
        return f"your function returned {type(table).__name__}; it should return a tensor"
    if table.shape == (width, window):
        return "your table is transposed: one row for each place, one column for each coordinate"
    if table.shape != (window, width):
        return f"your table has shape {tuple(table.shape)}; it should be {(window, width)}"
    table = table.double()
    if torch.allclose(table, sinusoids(window, width).double(), atol=1e-5):
        return None
    for wrong, hint in _usual_tables(window, width):
        if torch.allclose(table, wrong, atol=1e-5):
            return hint
    place, column = (table - sinusoids(window, width)).abs().gt(1e-5).nonzero()[0].tolist()
    return f"the first entry that differs stands in row {place}, column {column} (both from 0)"


def _usual_tables(window, width) -> Iterator[tuple[Tensor, str]]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    place = torch.arange(window + 1, dtype=torch.float64)
    even = torch.arange(0, width, 2, dtype=torch.float64)
    angle = torch.outer(place, 10_000.0 ** (-even / width))
    sin, cos = angle.sin(), angle.cos()
    yield _pairs(sin, cos)[1:], "your places start at 1; the first row is place 0, all sin(0) = 0"
    yield torch.cat([sin, cos], 1)[:-1], "sines left, cosines right; here they alternate: sin, cos"
    yield _pairs(cos, sin)[:-1], "sine and cosine are swapped: the even columns are sines"
    angle = torch.outer(place, 10_000.0 ** (-even / (2 * width)))
    yield (
        _pairs(angle.sin(), angle.cos())[:-1],
        "your exponent is k/width for pair k; it should be 2k/width, the even column's own number",
    )
    angle = torch.outer(place, 10_000.0 ** (even / width))
    yield (
        _pairs(angle.sin(), angle.cos())[:-1],
        "the sign of your exponent is wrong: later pairs must turn slower, not faster",
    )
    angle = torch.outer(place, 10_000.0 ** (-torch.arange(width) / width))
    alternate = torch.where(torch.arange(width) % 2 == 0, angle.sin(), angle.cos())
    yield alternate[:-1], "each column has a speed of its own; a sine and its cosine share one"


def _pairs(left: Tensor, right: Tensor) -> Tensor:
    return torch.stack([left, right], dim=-1).flatten(1)


def _fault_of_distribution(pi) -> str | None:
    try:
        pi = np.asarray(pi)
        pi = (pi if np.iscomplexobj(pi) else pi.astype(float)).squeeze()
    except (TypeError, ValueError):
        return f"your function returned {type(pi).__name__}; it should return an array of numbers"
    if np.iscomplexobj(pi) and np.abs(pi.imag).max(initial=0) < 1e-9:
        pi = pi.real
    if pi.shape != (len(CHAIN),):
        return f"your result has shape {pi.shape}; it should be {(len(CHAIN),)}: one for each state"
    if np.iscomplexobj(pi):
        return "that eigenvector is complex; take the one whose eigenvalue is 1"
    if np.allclose(pi @ CHAIN, pi, atol=1e-6) and np.isclose(pi.sum(), 1, atol=1e-6):
        return None
    if np.isclose(np.ptp(pi), 0, atol=1e-9):
        return (
            "all states equally likely solves P v = v, since rows sum to 1; you need pi P = pi, an "
            "eigenvector of the transposed matrix"
        )
    if np.allclose(pi @ CHAIN, pi, atol=1e-6):
        return f"the direction is right but the sum is {pi.sum():.3f}; divide by it"
    if np.isclose(pi.sum(), 1, atol=1e-6) and np.allclose(pi @ CHAIN, pi, atol=0.05):
        return "close, but one more step still changes it; iterate longer"
    return "one more step changes it: pi @ transitions is not pi"
