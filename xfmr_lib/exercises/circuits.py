"""Check for an exercise of chapter 04: a head written with its two circuits alone."""

from collections.abc import Callable

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import draw, judge

WIDTH, TIME = 6, 5


def check_head_from_circuits(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> bool:
    """Check answer(rows, qk, ov) -> what one head adds; qk holds its 1 / sqrt(head width).

    rows: (time, width); qk, ov: (width, width). Taught in: chapter 04.
    """
    rows, qk, ov = draw(4, (TIME, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH))
    scores, past = rows @ qk @ rows.T, torch.ones(TIME, TIME).tril().bool()

    def added(scores):
        return scores.masked_fill(~past, float("-inf")).softmax(-1) @ rows @ ov

    right, free = added(scores), scores.softmax(-1)
    mistakes = [
        (free @ rows @ ov, "the future is not masked: row i looks at rows up to i"),
        (free.tril() @ rows @ ov, "mask before the softmax, or lines sum to less than 1"),
        ((scores * past).softmax(-1) @ rows @ ov, "a masked score of 0 still counts: use -inf"),
        (added(scores.T), "queries and keys are swapped: the score of i for j is x_i QK x_j"),
        (added(scores / WIDTH**0.5), "you divided the scores again; qk holds its root already"),
        (rows + right, "the rows themselves are not the head's: return only what it adds"),
    ]
    return judge(answer, (rows, qk, ov), right, mistakes, "a head is two matrices.")
