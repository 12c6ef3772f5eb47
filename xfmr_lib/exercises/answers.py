"""How an answer is judged: against the right result, and against what usual mistakes yield.

A check prints one line, `Right: ...` or `Not yet: ...`, returns which, and never raises.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

Mistake = tuple[Any, str]  # what the mistake yields, and what to tell the learner
Case = tuple[tuple, Any, Iterable[Mistake]]  # given, right, mistakes


def judge(answer: Callable, given: tuple, right, mistakes: Iterable[Mistake], praise: str) -> bool:
    """Compare answer(*given) with `right`, then with the mistakes in their order."""
    return judge_cases(answer, [(given, right, mistakes)], praise)


def judge_cases(answer: Callable, cases: Iterable[Case], praise: str) -> bool:
    """Judge on several cases; the first fault found is the one told."""
    faults = (_fault(answer, *case) for case in cases)
    fault = next(filter(None, faults), None)
    print(f"Not yet: {fault}" if fault else f"Right: {praise}")
    return fault is None


def draw(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    """Normal numbers in float64 for a case, the same every time."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def _fault(answer, given, right, mistakes) -> str | None:
    """What is wrong with the answer, in one line, or None."""
    name, mine = getattr(answer, "__name__", "function"), copy.deepcopy(given)
    try:
        with torch.no_grad():
            result = answer(*mine)
    except Exception as error:  # a learner's code may fail in any way
        reason = str(error).partition("\n")[0]
        return f"your {name} stopped with {type(error).__name__}: {reason}"
    if not all(callable(old) or _equal(new, old) for new, old in zip(mine, given)):
        return f"your {name} changed the rows or list it was given (did you write += ?); copy first"
    if _equal(result, right):
        return None
    hints = (hint for wrong, hint in mistakes if _equal(result, wrong))
    return next(hints, None) or _difference(name, given, result, right)


def _difference(name, given, result, right) -> str:
    if result is None:
        return f"your {name} returned None; did you forget `return`?"
    if not isinstance(right, Tensor):
        return f"your {name}{given} returned {result!r}; it should be {right!r}"
    value, right = _array(result), _array(right)
    if value.shape != right.shape:
        return f"your result has shape {value.shape}; it should be {right.shape}"
    first = np.argwhere(~np.isclose(value, right, atol=1e-6))[0].tolist()
    largest = abs(value - right).max()
    return f"the numbers differ, first at {first}; the largest difference is {largest:.3g}"


def _equal(left, right) -> bool:
    """The same shape and, to the rounding of float32, the same numbers."""
    left, right = _array(left), _array(right)
    return left.shape == right.shape and np.allclose(left, right, atol=1e-6, equal_nan=True)


def _array(value) -> np.ndarray:
    """A tensor, a number or a list of either as complex numbers; nan if it is none of these."""
    try:
        return np.asarray(value, dtype=complex)
    except (TypeError, ValueError):
        return np.asarray(np.nan)
