"""Checks for the exercises of chapter 14: rows that choose distances, and what others miss."""

import torch

from xfmr_lib.exercises.answers import draw, judge


def check_content_distance(answer) -> bool:
    """Check answer(bias, own) -> weights, the pattern of a content x distance head.

        A_ij = softmax_j(bias[i - j] + own[i, i - j]) for j <= i, and 0 for j > i

    bias: (time,), own: (time, time), own[i, z] what row i adds to distance z.
    """
    bias, own = draw(14, (5,), (5, 5))
    place = torch.arange(5)
    future = place > place[:, None]
    back = (place[:, None] - place).clamp(min=0)
    by_distance, by_row = bias[back], own.gather(1, back)
    scores = by_distance + by_row

    def pattern(scores, hidden=float("-inf"), dim=-1):
        return scores.masked_fill(future, hidden).softmax(dim)

    unseen = pattern(scores, 0.0)
    mistakes = [
        (pattern(bias + own), "you read bias and own at the place j; they count rows back, i - j"),
        (unseen, "the future has the score 0, and exp(0) = 1: give it minus infinity"),
        (unseen.tril(), "the future took part in the softmax; mask before it, not after"),
        (pattern(scores, dim=0), "the weights of a row sum to one: softmax over j, not i"),
        (pattern(by_distance + own[place, back]), "the row that looks chooses: own[i, i - j]"),
        (pattern(by_distance), "this is DP-free: the rows' own part is missing"),
        (pattern(by_row), "the bias by distance, the same for all, is missing"),
        (scores.exp().tril(), "these weights are not divided by their sum over the row"),
    ]
    return judge(answer, (bias, own), pattern(scores), mistakes, "every row chooses for itself.")


def check_affine_floor(answer) -> bool:
    """Check answer(kinds) -> the least mean square error of a DP-free layer, y of variance 1.

    y = x at g(newest token) rows back; g takes the distances 1 ... kinds equally often; the rows
    are independent, with mean 0 and variance 1.
    """
    mistakes = [
        (1 / 8, "that is the share explained; the error is what remains"),
        (1 - 1 / 8**2, "that is what one distance explains; there are as many as kinds"),
        (0, "a layer without a dot product cannot know which distance is meant"),
    ]
    return judge(answer, (8,), 1 - 1 / 8, mistakes, "each distance explains 1/kinds^2.")
