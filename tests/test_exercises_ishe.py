"""The check of chapter 09 accepts the library's layer and names the usual mistakes."""

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_ishe
from xfmr_lib.mixers.extractors import Extractor, inverse_sqrt


def librarys(x, extraction, adjustment):
    layer = Extractor(x.shape[1], len(x), inverse_sqrt).double()
    layer.load_state_dict({"extraction": extraction, "adjustment": adjustment})
    return layer(x[None])[0]


def she(x, extraction, adjustment, factor=lambda i: 1.0, index=lambda i, j: i - j):
    y = torch.zeros_like(x)
    for i in range(1, len(x) + 1):
        e = sum(x[j - 1] @ extraction[index(i, j)] for j in range(1, i + 1))
        y[i - 1] = (x[i - 1] @ adjustment) * e * factor(i)
    return y


def from_zero(*given):
    return she(*given, lambda i: torch.tensor(i - 1.0).double() ** -0.5)


def absolute(*given):
    return she(*given, lambda i: i**-0.5, lambda i, j: j - 1)


def test_right_answers():
    assert check_ishe(librarys) and check_ishe(lambda *given: she(*given, lambda i: i**-0.5))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (she, "1/sqrt(i) is missing"),
        (from_zero, "Did you start i at 0"),
        (absolute, "matrix j for row j"),
        (lambda *given: she(*given, lambda i: 1 / i), "divided by i"),
    ],
)
def test_usual_mistakes(wrong, message, capsys):
    refused(check_ishe, wrong, message, capsys)
