"""The checks of chapter 09 accept right answers and name the usual mistakes."""

import pytest
import torch

from xfmr_lib.exercises.ishe import check_ishe, check_she


def she(x, extraction, adjustment, factor=lambda i: 1.0):
    y = torch.zeros_like(x)
    for i in range(1, len(x) + 1):
        e = sum(x[j - 1] @ extraction[i - j] for j in range(1, i + 1))
        y[i - 1] = (x[i - 1] @ adjustment) * e * factor(i)
    return y


def ishe(x, extraction, adjustment):
    return she(x, extraction, adjustment, lambda i: i**-0.5)


def from_zero(x, extraction, adjustment):
    return she(x, extraction, adjustment, lambda i: torch.tensor(i - 1.0).double() ** -0.5)


def absolute(x, extraction, adjustment):
    each = torch.einsum("td,tde->te", x, extraction)
    return (x @ adjustment) * each.cumsum(0) / torch.arange(1, len(x) + 1)[:, None].sqrt()


def without_adjustment(x, extraction, adjustment):
    return ishe(x, extraction, adjustment) / (x @ adjustment)


def not_causal(x, extraction, adjustment):
    y = torch.zeros_like(x)
    for i in range(len(x)):
        e = sum(x[j] @ extraction[abs(i - j)] for j in range(len(x)))
        y[i] = (x[i] @ adjustment) * e / (i + 1) ** 0.5
    return y


def broken(x, extraction, adjustment):
    raise KeyError("oops")


def test_right_answers(capsys):
    assert check_she(she) and check_ishe(ishe)
    assert capsys.readouterr().out.count("Right:") == 2


@pytest.mark.parametrize(
    "wrong,message",
    [
        (she, "1/sqrt(i) is missing"),
        (from_zero, "Did you start i at 0"),
        (absolute, "matrix j for row j"),
        (without_adjustment, "adjustment is missing"),
        (not_causal, "later rows"),
        (lambda x, w, a: she(x, w, a, lambda i: 1 / i), "divided by i"),
        (lambda x, w, a: she(x, w, a, lambda i: i**0.5), "multiplied by sqrt(i)"),
        (lambda x, w, a: she(x, w, a, lambda i: len(x) ** -0.5), "sqrt(time)"),
        (lambda x, w, a: she(x, w, a, lambda i: max(i - 1, 1) ** -0.5), "one too low"),
        (lambda x, w, a: None, "returned NoneType"),
        (lambda x, w, a: x[:, :1], "shape (6, 1)"),
        (lambda x, w, a: x, "first in row 0"),
        (broken, "stopped with KeyError"),
    ],
)
def test_usual_mistakes_get_their_own_message(wrong, message, capsys):
    assert not check_ishe(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def test_scaling_where_none_belongs(capsys):
    assert not check_she(ishe)
    assert "no factor" in capsys.readouterr().out
