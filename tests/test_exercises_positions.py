"""The checks of chapter 13 accept right answers and name the usual mistakes."""

import math

import pytest
import torch

from xfmr_lib.exercises.positions import check_remembered, check_t5_bucket


def bucket(z, buckets, largest, rounded=math.floor, cap=0):
    exact = buckets // 2
    if z < exact:
        return z
    place = math.log(z / exact) / math.log(largest / exact) * exact
    return min(exact + rounded(place), buckets - 1 + cap)


def no_base(z, buckets, largest):
    exact = buckets // 2
    return z if z < exact else min(exact + int(exact * math.log(z / exact)), buckets - 1)


def wrong_base(z, buckets, largest):
    exact, growth = buckets // 2, math.log(largest)
    return z if z < exact else min(exact + int(exact * math.log(z / exact) / growth), buckets - 1)


def remembered(strengths, slopes, reach, decay=torch.log1p):
    bias = -torch.outer(slopes, decay(torch.arange(float(reach))))
    return strengths @ bias.softmax(-1)


def unnormalized(strengths, slopes, reach):
    return strengths @ (1 + torch.arange(float(reach))) ** -slopes[:, None]


def test_right_answers(capsys):
    assert check_t5_bucket(bucket)
    assert check_remembered(remembered)
    assert capsys.readouterr().out.count("Right:") == 2


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda z, b, d: z, "one for every distance"),
        (lambda z, b, d: min(z, b - 1), "one for every distance"),
        (lambda z, b, d: bucket(z, b, d, cap=1000), "cap at buckets - 1"),
        (lambda z, b, d: bucket(z, b, d, cap=1), "cap at buckets - 1"),
        (lambda z, b, d: bucket(z, b, d, round), "to the nearest"),
        (lambda z, b, d: bucket(z, b, d, math.ceil), "rounded up"),
        (no_base, "base is missing"),
        (wrong_base, "not by log(max_distance)"),
        (lambda z, b, d: z if z < b // 2 else bucket(z, b, d) - b // 2, "after the B exact"),
        (lambda z, b, d: b - 1 - bucket(z, b, d), "yours is turned"),
        (lambda z, b, d: None, "returned None"),
        (lambda z, b, d: int(math.log(z)), "stopped with ValueError"),
    ],
)
def test_usual_mistakes_with_buckets(wrong, message, capsys):
    assert not check_t5_bucket(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


@pytest.mark.parametrize(
    "wrong,message",
    [
        (unnormalized, "denominator is missing"),
        (lambda a, p, n: a @ -torch.outer(p, torch.arange(float(n)).log1p()), "that is the bias"),
        (lambda a, p, n: remembered(a, p, n, lambda z: z), "that is the linear bias"),
        (lambda a, p, n: remembered(a, -p, n), "the sign"),
        (lambda a, p, n: remembered(torch.ones(2), p, n), "multiplied by its strength"),
        (lambda a, p, n: remembered(a, p, n).flip(0), "yours is turned"),
        (lambda a, p, n: remembered(a, p, n + 1), "shape (7,); it should be (6,)"),
        (lambda a, p, n: 2 * remembered(a, p, n), "the numbers differ"),
    ],
)
def test_usual_mistakes_with_kernels(wrong, message, capsys):
    assert not check_remembered(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def test_hiding_the_row_itself_is_named(capsys):
    def hidden(strengths, slopes, reach):
        decay = torch.arange(float(reach)).log()
        bias = -torch.outer(slopes, decay)  # +inf at distance 0
        bias[:, 0] = -torch.inf
        return strengths @ bias.softmax(-1)

    assert not check_remembered(hidden)
    assert "log z hides the row itself" in capsys.readouterr().out
