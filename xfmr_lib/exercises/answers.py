"""How a reader's answer is judged: against the right result, and against the usual mistakes.

A check tries the answer on one small case, prints one line, and returns whether it was right:
`Right: ...`, or `Not yet: ...` with the mistake that gives the same numbers. It never raises.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

Mistake = tuple[Tensor, str]  # what the mistake yields, and what to tell the learner


def judge(
    answer: Callable[..., Tensor],
    given: tuple,
    right: Tensor,
    mistakes: Iterable[Mistake],
    praise: str,
) -> bool:
    """Call answer(*given), compare with `right`, and print one line of judgement.

    given: the arguments; tensors are handed over as copies. A number or a list counts as a tensor.
    mistakes: tried in their order when the answer is wrong; those that happen to equal `right` on
    this case are skipped. praise: what follows "Right: ".
    """
    message = _fault(answer, given, right, mistakes)
    print(f"Not yet: {message}" if message else f"Right: {praise}")
    return message is None


def _fault(answer, given, right, mistakes) -> str | None:
    name = getattr(answer, "__name__", "function")
    try:
        result = answer(*(part.clone() if isinstance(part, Tensor) else part for part in given))
    except Exception as error:  # a learner's code may fail in any way
        return f"your {name} stopped with {type(error).__name__}: {error}"
    if result is None:
        return f"your {name} returned None; did you forget `return`?"
    try:
        result = torch.as_tensor(result).detach().to(right)
    except (TypeError, ValueError, RuntimeError):
        return f"your {name} returned {type(result).__name__}; it should return a tensor"
    if equal(result, right):
        return None
    for wrong, hint in mistakes:
        if equal(result, wrong) and not equal(right, wrong):
            return hint
    if result.shape != right.shape:
        return f"your result has shape {tuple(result.shape)}; it should be {tuple(right.shape)}"
    if not torch.isfinite(result).all():
        return "some of your numbers are not finite; did you divide by zero?"
    place = (~torch.isclose(result, right)).nonzero()[0].tolist()
    return f"the numbers differ, first at {place} (counting from 0)"


def equal(left: Tensor, right: Tensor) -> bool:
    """The same shape and, to rounding, the same numbers."""
    return left.shape == right.shape and torch.allclose(left, right.to(left), equal_nan=True)
