"""The checks of chapter 14 accept right answers and name the usual mistakes."""

import itertools

import pytest
import torch

from xfmr_lib.exercises.dot_product import check_affine_floor, check_content_distance


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


def test_right_patterns(capsys):
    assert check_content_distance(by_loops)
    assert check_content_distance(lambda bias, own: scores(bias, own).softmax(-1))
    assert capsys.readouterr().out.count("Right:") == 2


def by_place(bias, own):
    return (bias + own).masked_fill(torch.ones(5, 5).triu(1).bool(), float("-inf")).softmax(-1)


def the_asked_row_chooses(bias, own):
    i = torch.arange(5)[:, None]
    z = i - i.T
    asked = bias[z] + own[i.T.expand(5, 5), z.clamp(min=0)]
    return asked.masked_fill(z < 0, float("-inf")).softmax(-1)


@pytest.mark.parametrize(
    "wrong,message",
    [
        (by_place, "count rows back"),
        (lambda b, o: scores(b, o, 0.0).softmax(-1), "minus infinity"),
        (lambda b, o: scores(b, o, 0.0).softmax(-1).tril(), "mask before"),
        (lambda b, o: scores(b, o).softmax(0), "softmax over j"),
        (the_asked_row_chooses, "the row that looks chooses"),
        (lambda b, o: by_loops(b, 0 * o), "own part is missing"),
        (lambda b, o: by_loops(0 * b, o), "the same for all"),
        (lambda b, o: scores(b, o).exp(), "not divided"),
        (lambda b, o: None, "did you forget `return`"),
        (lambda b, o: by_loops(b, o)[:, :4], "shape (5, 4)"),
    ],
)
def test_usual_mistakes_of_the_pattern(wrong, message, capsys):
    assert not check_content_distance(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def test_right_floor(capsys):
    assert check_affine_floor(lambda kinds: (kinds - 1) / kinds)
    assert capsys.readouterr().out.startswith("Right:")


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda kinds: 1.0, "zero map"),
        (lambda kinds: 1 / kinds, "share explained"),
        (lambda kinds: 1 - kinds**-2, "one distance explains"),
        (lambda kinds: 0, "which distance is meant"),
    ],
)
def test_usual_mistakes_of_the_floor(wrong, message, capsys):
    assert not check_affine_floor(wrong)
    assert message in capsys.readouterr().out


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
