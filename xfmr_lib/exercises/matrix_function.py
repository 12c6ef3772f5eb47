"""Checks for the exercises of chapter 07: the stacked matrix, and the distance after each stage."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge


def check_stacked_matrix(answer: Callable[[Tensor, int], Tensor]) -> bool:
    """Check answer(extraction, i) -> S_i, with [x_1 ... x_i] S_i = e_i for SHE, relative index.

    extraction: (window, width, width), extraction[k] meets the row k places back; i counts from 1;
    S_i: (i width, width). Taught in: chapter 07.
    """
    generator = torch.Generator().manual_seed(7)
    extraction = torch.randn(5, 2, 2, generator=generator, dtype=torch.float64)
    right = extraction[:3].flip(0).reshape(6, 2)
    praise = "your tall matrix takes three rows to SHE's extraction."
    return judge(answer, (extraction, 3), right, _stacking_mistakes(extraction, right), praise)


def _stacking_mistakes(extraction: Tensor, right: Tensor) -> Iterator[Mistake]:
    nearest_first = extraction[:3].reshape(6, 2)
    yield nearest_first, "the order is turned round: x_1 is the farthest row and meets W_i"
    yield extraction[:4].flip(0).reshape(8, 2), "one matrix too many: row i sees i rows, itself too"
    yield extraction[:2].flip(0).reshape(4, 2), "one matrix is missing: row i sees itself too"
    yield extraction.flip(0).reshape(10, 2), "you stacked the whole window; row i sees only i rows"
    yield right / 3**0.5, "this is iSHE's matrix; SHE has no factor 1/sqrt(i)"
    yield right.T, "rows multiply from the left: stack the matrices under each other, not beside"
    beside = torch.cat(list(extraction[:3].flip(0)), dim=1)
    yield beside, "you put the matrices side by side; under each other they add up"
    turned = extraction[:3].flip(0).transpose(1, 2).reshape(6, 2)
    yield turned, "each matrix is transposed; a row x meets it as x @ W"
    yield extraction[:3].flip(0), "the matrices are in the right order; lay them into one, (i d, d)"
    yield extraction[:3].sum(0), "you added the matrices; each row needs its own"


def check_distance_by_stage(answer: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Check answer(rows, targets) -> mean Euclidean distance to the target after each stage.

    rows: (stages, batch, time, width); targets: (batch, time, width); result: (stages,).
    Taught in: chapter 07.
    """
    generator = torch.Generator().manual_seed(8)
    rows = torch.randn(4, 3, 5, 2, generator=generator, dtype=torch.float64)
    targets = torch.randn(3, 5, 2, generator=generator, dtype=torch.float64)
    right = (rows - targets).norm(dim=-1).mean((1, 2))
    mistakes = _distance_mistakes(rows, targets)
    return judge(answer, (rows, targets), right, mistakes, "one mean distance for each stage.")


def _distance_mistakes(rows: Tensor, targets: Tensor) -> Iterator[Mistake]:
    gap = rows - targets
    distance = gap.norm(dim=-1)
    yield gap.square().sum(-1).mean((1, 2)), "these are squared distances; take the root of each"
    root = gap.square().sum(-1).mean((1, 2)).sqrt()
    yield root, "the root of a mean is not the mean of roots: take the root for each row first"
    yield (
        gap.mean((1, 2)).norm(dim=-1),
        "opposite gaps cancelled; norm first, then mean",
    )
    yield distance.sum((1, 2)), "you summed over rows; take the mean"
    yield distance.mean(), "the stages are averaged too; keep the first axis"
    yield distance.mean((0, 2)), "the axes are mixed up: the first one counts stages"
    yield distance.mean((0, 1)), "the axes are mixed up: the first one counts stages"
    yield distance, "one number for each row; average over texts and places"
    yield distance.mean(1), "average over places too, not over texts alone"
    yield distance.mean(2), "average over texts too, not over places alone"
    yield gap.abs().sum(-1).mean((1, 2)), "you summed absolute values; Euclid squares, sums, roots"
    yield gap.abs().mean((1, 2, 3)), "this averages coordinates; a distance belongs to a whole row"
    yield (
        gap.flatten(1).norm(dim=1),
        "this is the length of the whole matrix; one norm for each row",
    )
    yield rows.norm(dim=-1).mean((1, 2)), "this is the length of the rows; subtract the targets"
    steps = rows.diff(dim=0).norm(dim=-1).mean((1, 2))
    yield steps, "this is how far rows moved from stage to stage, not how far they still have to go"
