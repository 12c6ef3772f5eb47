"""Checks for the exercises of chapter 13: T5's buckets, and what a few heads remember.

A check tries an answer on small cases, prints one line, and returns whether it was right.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge, judge_cases
from xfmr_lib.positions import t5_bucket

BUCKETS, LARGEST = 32, 128  # T5's own


def check_t5_bucket(answer: Callable[[int, int, int], int]) -> bool:
    """Check answer(distance, buckets, max_distance) -> T5's bucket. Taught in: chapter 13."""
    cases = [
        ((z, BUCKETS, LARGEST), t5_bucket(torch.tensor(z)).item(), _bucket_mistakes(z))
        for z in (0, 15, 16, 22, 50, 90, 112, 120, 128, 1000)
    ]
    return judge_cases(answer, cases, "your buckets are T5's, near and far.")


def _bucket_mistakes(z) -> Iterator[Mistake]:
    yield z, "beyond buckets // 2 distances share a bucket; yours has one for every distance"
    if z >= 16:
        logarithm = math.log(z / 16)
        place = 16 * logarithm / math.log(LARGEST / 16)  # among the shared buckets
        yield 16 + int(place), "the last bucket holds all that lies beyond: cap at buckets - 1"
        yield min(16 + int(place), 32), "buckets are counted from 0: the last is buckets - 1"
        yield min(16 + round(place), 31), "you rounded to the nearest; the formula rounds down"
        yield min(16 + math.ceil(place), 31), "you rounded up; the formula rounds down"
        natural, no_base = 16 + int(16 * logarithm), int(16 * logarithm / math.log(LARGEST))
        yield min(natural, 31), "the logarithm's base is missing: divide by log(max_distance / B)"
        yield 16 + min(no_base, 15), "divide by log(max_distance / B), not by log(max_distance)"
        yield min(int(place), 15), "the shared buckets come after the B exact ones"
    yield 31 - t5_bucket(torch.tensor(z)).item(), "bucket 0 is for the row itself; yours is turned"


def check_remembered(answer: Callable[[Tensor, Tensor, int], Tensor]) -> bool:
    """Check answer(strengths, slopes, reach) -> kernel: what heads with a log bias remember.

    strengths, slopes: (heads,); kernel: (reach,), the sum of each head's softmax over -p log(1 + z)
    times its strength. Taught in: chapter 13.
    """
    given = torch.tensor([2.0, -0.5]), torch.tensor([0.5, 1.5]), 6
    right = given[0] @ torch.softmax(-torch.outer(given[1], torch.arange(6.0).log1p()), -1)
    return judge(answer, given, right, _kernel_mistakes(*given), "so much is left of each row.")


def _kernel_mistakes(strengths, slopes, reach) -> Iterator[Mistake]:
    place = torch.arange(float(reach))
    bias = -torch.outer(slopes, place.log1p())
    yield strengths @ bias.exp(), "the softmax's denominator is missing: weights of a head sum to 1"
    yield strengths @ bias, "that is the bias; the weights are its softmax"
    linear = -torch.outer(slopes, place)
    yield strengths @ linear.softmax(-1), "that is the linear bias, -p z; here it is -p log(1 + z)"
    yield strengths @ (-bias).softmax(-1), "the sign: a bias falls with the distance"
    yield bias.softmax(-1).sum(0), "each head's weights are multiplied by its strength"
    yield strengths @ bias.softmax(0), "the softmax runs over distances, not over heads"
    yield (strengths @ bias).softmax(-1), "every head has a softmax of its own; then they are added"
    yield strengths @ bias.softmax(-1).flip(1), "entry 0 is for the row itself; yours is turned"
    hidden = -torch.outer(slopes, place.log())
    hidden[:, 0] = -torch.inf
    yield strengths @ hidden.softmax(-1), "log z hides the row itself; take log(1 + z)"
