"""How a reader's answer is judged: against the right result, and against the usual mistakes.

A check tries the answer on small cases, prints one line, and returns whether it was right:
`Right: ...`, or `Not yet: ...` with the mistake that gives the same numbers. It never raises.
"""

import copy
import math
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

import torch
from torch import Tensor

# What the mistake yields, a result, None or the kind of an exception, and what to tell the learner;
# or a function from the wrong result to what to tell, None where it does not apply.
Mistake = tuple[Any, str] | Callable[[Any], str | None]


def judge(
    answer: Callable,
    given: tuple,
    right: Any,
    mistakes: Iterable[Mistake],
    praise: str,
) -> bool:
    """Call answer(*given), compare with `right`, and print one line of judgement.

    given: the arguments; they are handed over as copies, which must stay as they are. right: a
    tensor (then an array, a number or a list counts as one), or a number, list or tuple.
    mistakes: tried in their order when the answer is wrong; those that happen to equal `right` on
    this case are skipped. praise: what follows "Right: ".
    """
    return judge_cases(answer, [(given, right, mistakes)], praise)


def judge_cases(
    answer: Callable, cases: Iterable[tuple[tuple, Any, Iterable[Mistake]]], praise: str
) -> bool:
    """Judge on several cases (given, right, mistakes); the first fault found is the one told."""
    faults = (_fault(answer, *case) for case in cases)
    message = next(filter(None, faults), None)
    print(f"Not yet: {message}" if message else f"Right: {praise}")
    return message is None


def _fault(answer, given, right, mistakes) -> str | None:
    """What is wrong with the answer, in one sentence, or None."""
    name, mine = getattr(answer, "__name__", "function"), copy.deepcopy(given)
    try:
        result = answer(*mine)
    except Exception as error:  # a learner's code may fail in any way
        named = [m for m in mistakes if isinstance(m, tuple) and isinstance(m[0], type)]
        hints = [hint for kind, hint in named if isinstance(error, kind)]
        reason = hints[0] if hints else str(error).partition("\n")[0]
        return f"your {name} stopped with {type(error).__name__}: {reason}"
    if not all(map(_unchanged, mine, given)):
        noun = "list" if isinstance(given[0], list) else "rows"
        return (
            f"your {name} changed the {noun} it was given (did you write += ?); others still "
            "read what you were given, so make something new"
        )
    if result is not None and equal(result, right):
        return None
    hints = (_hint(mistake, result, right) for mistake in mistakes)
    return next(filter(None, hints), None) or _difference(name, given, result, right)


def _unchanged(mine, given) -> bool:
    return not isinstance(given, Tensor | list) or equal(mine, given)


def _hint(mistake, result, right) -> str | None:
    if callable(mistake):
        return None if result is None else mistake(result)
    wrong, hint = mistake
    if wrong is None:
        return hint if result is None else None
    return hint if equal(result, wrong) and not equal(right, wrong) else None


def _difference(name, given, result, right) -> str:
    if result is None:
        return f"your {name} returned None; did you forget `return`?"
    if not isinstance(right, Tensor):
        shown = ", ".join(map(repr, given))
        return f"for {shown} it returned {result!r}; it should be {right!r}"
    value = _as_tensor(result)
    if value is None or (value.ndim == 0 and right.ndim):
        kind = type(result).__name__
        return f"your {name} returned {kind}; it should return a tensor"
    if value.shape != right.shape:
        return f"your result has shape {tuple(value.shape)}; it should be {tuple(right.shape)}"
    value = value.to(right)
    first = (~torch.isclose(value, right)).nonzero()[0].tolist()
    table = ", so first in row {}, column {}".format(*first) if len(first) == 2 else ""
    finite = "" if torch.isfinite(value).all() else "some of your numbers are not finite; "
    largest = (value - right).abs().max()
    return (
        f"{finite}the numbers differ, first at {first} (counting from 0){table}; the largest "
        f"difference is {largest:.3g}"
    )


def _as_tensor(value) -> Tensor | None:
    try:
        return torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError):
        return None


def draw(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    """Normal numbers in float64 for a case, the same every time."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def equal(left: Any, right: Any) -> bool:
    """The same shape and, to the rounding of float32, the same numbers; lists entry by entry."""
    if isinstance(right, list | tuple):
        try:
            return len(left) == len(right) and all(map(equal, left, right))
        except TypeError:
            return False
    if isinstance(right, Real) and not isinstance(left, Tensor):
        try:
            return math.isclose(float(left), right, rel_tol=1e-6)
        except (TypeError, ValueError):
            return False
    left, right = _as_tensor(left), _as_tensor(right)
    if left is None or right is None or left.shape != right.shape:
        return False
    if left.is_complex():
        return bool(left.imag.abs().max() < 1e-9) and equal(left.real, right)
    return torch.allclose(left.to(right), right, atol=1e-6, equal_nan=True)
