"""Checks for the exercises of chapter 14: rows that choose a distance; what a fixed kernel misses.

A check tries an answer on a small case, prints one line, and returns whether it was right.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, draw, judge, judge_cases


def check_content_distance(answer: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Check answer(bias, own) -> weights, the pattern of a content x distance head.

        A_ij = softmax_j(bias[i - j] + own[i, i - j]) for j <= i, and 0 for j > i

    bias: (time,), own: (time, time), own[i, z] what row i adds to distance z; float64.
    Taught in: chapter 14.
    """
    bias, own = draw(14, (5,), (5, 5))
    right = _scores(bias, own).softmax(-1)
    praise = "every row chooses its distances, rows sum to one, and nobody sees the future."
    return judge(answer, (bias, own), right, _pattern_mistakes(bias, own), praise)


def _distance(time: int) -> Tensor:
    place = torch.arange(time)
    return place[:, None] - place


def _scores(bias: Tensor, own: Tensor, future: float = float("-inf")) -> Tensor:
    distance = _distance(len(bias))
    scores = bias[distance] + own.gather(1, distance.clamp(min=0))
    return scores.masked_fill(distance < 0, future)


def _pattern_mistakes(bias: Tensor, own: Tensor) -> Iterator[Mistake]:
    distance, place = _distance(len(bias)), torch.zeros(len(bias), len(bias))
    past = distance >= 0
    by_place = (bias + own).masked_fill(~past, float("-inf"))
    yield by_place.softmax(-1), "you read bias and own at the place j; they count rows back, i - j"
    unseen = _scores(bias, own, future=0.0).softmax(-1)
    yield unseen, "the future has the score 0, and exp(0) = 1: give it minus infinity"
    yield unseen * past, "the future took part in the softmax; mask before it, not after"
    yield _scores(bias, own).softmax(0), "the weights of a row sum to one: softmax over j, not i"
    asked = own[torch.arange(len(bias)), distance.clamp(min=0)].masked_fill(~past, float("-inf"))
    yield (bias[distance] + asked).softmax(-1), "the row that looks chooses: own[i, i - j]"
    yield _scores(bias, place.to(own)).softmax(-1), "this is DP-free: the rows' own part is missing"
    yield _scores(0 * bias, own).softmax(-1), "the bias by distance, the same for all, is missing"
    yield _scores(bias, own).exp(), "these weights are not divided by their sum over the row"


def check_affine_floor(answer: Callable[[int], float]) -> bool:
    """Check answer(kinds) -> the least mean square error of a DP-free layer, y of variance 1.

    y = x at g(newest token) rows back; g takes the distances 1 ... kinds equally often; the rows
    are independent, with mean 0 and variance 1. Taught in: chapter 14.
    """
    cases = []
    for kinds in (3, 8):
        mistakes = [
            (1.0, "that is the zero map; a kernel with weight on the right distances does better"),
            (1 / kinds, "that is the share explained; the error is what remains"),
            (1 - 1 / kinds**2, "that is what one distance explains; there are as many as kinds"),
            (0.0, "a layer without a dot product cannot know which distance is meant"),
        ]
        cases.append(((kinds,), 1 - 1 / kinds, mistakes))
    return judge_cases(answer, cases, "each distance explains 1/kinds^2, and there are `kinds`.")
