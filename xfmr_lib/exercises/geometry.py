"""Checks for the exercises of chapter 06: a head's scores, an axis along which a row arrives."""

from collections.abc import Callable

from torch import Tensor

from xfmr_lib.exercises.answers import draw, judge


def check_scores(answer: Callable[..., Tensor]) -> bool:
    """Check answer(rows, query, key, query_bias, key_bias) -> scores, for maps (d, h).

    Taught in: chapter 06.
    """
    given = rows, query, key, b_q, b_k = tuple(draw(6, (5, 6), (6, 3), (6, 3), (3,), (3,)))
    content, both = rows @ query @ key.T @ rows.T, b_q @ b_k
    asked, standing = (rows @ query @ b_k)[:, None], (rows @ key @ b_q)[None]
    whole, root = content + asked + standing + both, 3**0.5
    mistakes = [
        (whole, "divide by the root of h, the head's width"),
        (whole / 6**0.5, "divide by the root of the head's width h, not of the rows' width d"),
        (content / root + whole - content, "the terms with biases are divided by the root too"),
        (content / root, "the biases are missing: multiply out (x W_Q + b_Q) (y W_K + b_K)^T"),
        (whole.T / root, "row i asks and column j is looked at; yours is transposed"),
    ]
    return judge(answer, given, whole / root, mistakes, "four terms make the scores.")


def check_faking_axis(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> bool:
    """Check answer(first, last, goal) -> the unit axis on which `last` falls on the goal.

    Taught in: chapter 06.
    """
    first, last, goal = given = tuple(draw(7, (5,), (5,), (5,)))
    way, missing = last - first, goal - last
    right = way - (along := (way @ missing) / (missing @ missing) * missing)
    unit = right / right.norm()
    mistakes = [
        (right, "an axis has length 1: divide by its length"),
        (-unit, "the journey goes from first to last; yours points back"),
        (way / way.norm(), "that is the way itself; take out of it what points along goal - last"),
        (along / along.norm(), "that is the part to leave out; keep the rest"),
        ((wrong := way - (way @ missing) * missing) / wrong.norm(), "divide by |goal - last|^2"),
    ]
    return judge(answer, given, unit, mistakes, "whatever the goal, in this picture it arrives.")
