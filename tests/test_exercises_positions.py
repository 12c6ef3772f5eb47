"""The checks of chapter 13 accept right answers and name the usual mistakes."""

import math

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_remembered, check_t5_bucket


def bucket(z, buckets, largest, rounded=math.floor, cap=31, divided=True):
    exact = buckets // 2
    if z < exact:
        return z
    base = math.log(largest / exact) if divided else 1
    return min(exact + rounded(math.log(z / exact) / base * exact), cap)


def remembered(strengths, slopes, reach, decay=torch.log1p):
    bias = -torch.outer(slopes, decay(torch.arange(float(reach))))
    return strengths @ bias.softmax(-1)


def unnormalized(strengths, slopes, reach):
    return strengths @ (1 + torch.arange(float(reach))) ** -slopes[:, None]


def test_right_bucket():
    assert check_t5_bucket(bucket)


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_t5_bucket, lambda *given: bucket(*given, cap=999), "cap at buckets - 1"),
        (check_t5_bucket, lambda *given: bucket(*given, round), "to the nearest"),
        (check_t5_bucket, lambda *given: bucket(*given, divided=False), "base is missing"),
        (check_remembered, unnormalized, "denominator is missing"),
        (check_remembered, lambda *given: remembered(*given, lambda z: z), "the linear bias"),
        (check_remembered, lambda a, p, n: remembered(a, -p, n), "the sign"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
