"""Checks for the exercises of chapter 13: T5's buckets, and what a few heads remember."""

import math

import torch

from xfmr_lib.exercises.answers import judge, judge_cases
from xfmr_lib.positions import t5_bucket


def check_t5_bucket(answer) -> bool:
    """Check answer(distance, buckets, max_distance) -> T5's bucket."""
    cases = [((z, 32, 128), z, []) for z in (0, 15, 16)]
    for z in (22, 50, 112, 120, 128, 1000):
        logarithm = math.log(z / 16)
        place = 16 * logarithm / math.log(128 / 16)  # among the 16 shared buckets
        mistakes = [
            (16 + int(place), "the last bucket holds all that lies beyond: cap at buckets - 1"),
            (min(16 + round(place), 31), "you rounded to the nearest; the formula rounds down"),
            (min(16 + int(16 * logarithm), 31), "the logarithm's base is missing: it is D / B"),
        ]
        cases.append(((z, 32, 128), t5_bucket(torch.tensor(z)).item(), mistakes))
    return judge_cases(answer, cases, "your buckets are T5's, near and far.")


def check_remembered(answer) -> bool:
    """Check answer(strengths, slopes, reach) -> kernel: what heads with a log bias remember.

    strengths, slopes: (heads,); kernel: (reach,), the sum of strength softmax(-slope log(1 + z)).
    """
    strengths, slopes = torch.tensor([2.0, -0.5]), torch.tensor([0.5, 1.5])
    place = torch.arange(6.0)
    bias, linear = -torch.outer(slopes, place.log1p()), -torch.outer(slopes, place)
    bare = "the softmax's denominator is missing: weights of a head sum to 1"
    mistakes = [
        (strengths @ bias.exp(), bare),
        (strengths @ linear.softmax(-1), "that is the linear bias, -p z; here it is -p log(1 + z)"),
        (strengths @ (-bias).softmax(-1), "the sign: a bias falls with the distance"),
    ]
    right = strengths @ bias.softmax(-1)
    return judge(answer, (strengths, slopes, 6), right, mistakes, "so much is left of each row.")
