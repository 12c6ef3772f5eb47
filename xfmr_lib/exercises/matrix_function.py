"""Checks for the exercises of chapter 07: the stacked matrix, and the distance after each stage."""

from xfmr_lib.exercises.answers import draw, judge


def check_stacked_matrix(answer) -> bool:
    """Check answer(extraction, i) -> S_i, with [x_1 ... x_i] S_i = e_i for SHE, relative index.

    extraction: (window, width, width), by distance; i counts from 1; S_i: (i width, width).
    """
    (extraction,) = draw(7, (5, 2, 2))
    stack = extraction[:3].flip(0).flatten(0, 1)
    order = "the order is turned round: x_1 is the farthest row and meets W_i"
    mistakes = [
        (extraction[:3].flatten(0, 1), order),
        (stack[2:], "one matrix is missing: row i sees itself too"),
        (extraction.flip(0).flatten(0, 1), "you stacked the whole window; row i sees only i rows"),
    ]
    return judge(answer, (extraction, 3), stack, mistakes, "it takes three rows to SHE's e_3.")


def check_distance_by_stage(answer) -> bool:
    """Check answer(rows, targets) -> mean Euclidean distance to the target after each stage.

    rows: (stages, batch, time, width); targets: (batch, time, width); result: (stages,).
    """
    rows, targets = draw(8, (4, 3, 5, 2), (3, 5, 2))
    gap = rows - targets
    squares = gap.square().sum(-1).mean((1, 2))
    root = "the root of a mean is not the mean of roots: take the root for each row first"
    mistakes = [
        (squares.sqrt(), root),
        (squares, "these are squared distances; take the root of each"),
        (gap.norm(dim=-1).mean(), "the stages are averaged too; keep the first axis"),
    ]
    right = gap.norm(dim=-1).mean((1, 2))
    return judge(answer, (rows, targets), right, mistakes, "one mean distance for each stage.")
