"""The checks of chapter 14 accept right answers and name the usual mistakes."""

import itertools

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_affine_floor, check_content_distance


def by_loops(bias, own):
    weights = torch.zeros(len(bias), len(bias), dtype=bias.dtype)
    for i in range(len(bias)):
        back = torch.arange(i, -1, -1)
        weights[i, : i + 1] = (bias[back] + own[i, back]).softmax(0)
    return weights


def scores(bias, own, future=float("-inf")):
    i = torch.arange(len(bias))[:, None]
    z = i - i.T
    return (bias[z] + own[i, z.clamp(min=0)]).masked_fill(z < 0, future)


def by_place(bias, own):
    return (bias + own).masked_fill(torch.ones(5, 5).triu(1).bool(), float("-inf")).softmax(-1)


def the_asked_row_chooses(bias, own):
    i = torch.arange(5)[:, None]
    z = i - i.T
    asked = bias[z] + own[i.T.expand(5, 5), z.clamp(min=0)]
    return asked.masked_fill(z < 0, float("-inf")).softmax(-1)


def test_right_pattern():
    assert check_content_distance(by_loops)


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_content_distance, by_place, "count rows back"),
        (check_content_distance, lambda b, o: scores(b, o, 0.0).softmax(-1), "minus infinity"),
        (check_content_distance, lambda b, o: scores(b, o, 0.0).softmax(-1).tril(), "mask before"),
        (check_content_distance, lambda b, o: scores(b, o).softmax(0), "softmax over j"),
        (check_content_distance, the_asked_row_chooses, "the row that looks chooses"),
        (check_content_distance, lambda b, o: by_loops(b, 0 * o), "own part is missing"),
        (check_content_distance, lambda b, o: by_loops(0 * b, o), "the same for all"),
        (check_content_distance, lambda b, o: scores(b, o).exp(), "not divided"),
        (check_affine_floor, lambda kinds: 1 / kinds, "share explained"),
        (check_affine_floor, lambda kinds: 1 - kinds**-2, "one distance explains"),
        (check_affine_floor, lambda kinds: 0, "which distance is meant"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)


def test_floor_by_counting_every_text():
    """Tokens -3, -1, 1, 3 choose 1 ... 4 rows back; best affine answer over all 4^5 texts."""
    values = torch.tensor([-3.0, -1.0, 1.0, 3.0], dtype=torch.float64)
    values /= values.square().mean().sqrt()
    texts = torch.tensor(list(itertools.product(range(4), repeat=5)))
    x, back = values[texts], texts[:, -1] + 1
    y = x[torch.arange(len(x)), 4 - back]
    rows = torch.cat([torch.ones_like(x[:, :1]), x], 1)
    error = rows @ torch.linalg.lstsq(rows, y[:, None]).solution - y[:, None]
    # exact up to the rounding of float64 in a least-squares fit of 1,024 rows
    assert error.square().mean().item() == pytest.approx(1 - 1 / 4, abs=1e-10)
