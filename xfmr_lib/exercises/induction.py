"""Check for an exercise of chapter 05: the two steps of induction, written as matrices."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge

TOKENS, SHARPNESS = [2, 0, 3, 1, 2, 0, 3, 2], 3.0


def check_induction_machine(answer: Callable[[Tensor, float], Tensor]) -> bool:
    """Check answer(x, sharpness) -> rows: what a previous-token head and an induction head bring.

    x: (time, vocabulary), one-hot rows. The second head's pattern is the causal softmax of
    sharpness * (x_i . what stands before row j); its values are the rows. Taught in: chapter 05.
    """
    x = torch.eye(4, dtype=torch.float64)[TOKENS]
    praise = "keys from the row before, values from the row itself."
    return judge(answer, (x, SHARPNESS), _pattern(x, _moved(x, 1)) @ x, _mistakes(x), praise)


def _moved(x: Tensor, by: int) -> Tensor:
    return torch.diag(torch.ones(len(x) - 1, dtype=x.dtype), -by) @ x


def _pattern(queries: Tensor, keys: Tensor, causal: bool = True) -> Tensor:
    scores = SHARPNESS * queries @ keys.T
    future = torch.ones_like(scores).triu(1) > 0
    return (scores.masked_fill(future, -torch.inf) if causal else scores).softmax(-1)


def _mistakes(x: Tensor) -> Iterator[Mistake]:
    before = _moved(x, 1)
    yield _pattern(x, x) @ x, "your keys are the tokens themselves: those are copies; look behind"
    yield _pattern(x, _moved(x, -1)) @ x, "you moved the rows up; the key of j is the row before j"
    yield _pattern(before, x) @ x, "you moved the queries; it is the keys that need the row before"
    yield _pattern(x, before) @ before, "you brought what stood before; the values are the rows"
    yield _pattern(x, before, False) @ x, "there is no causal mask: row i sees rows up to i only"
    yield _pattern(x, before), "that is the pattern; multiply the rows by it"
