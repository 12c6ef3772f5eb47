"""The checks of chapter 08 accept right answers and name the usual mistakes."""

import pytest
import torch

from xfmr_lib.exercises.extractors import check_scalar_extractor, check_vector_as_she


def collect(x, weights, index=lambda i, j: i - j):
    rows = [sum(weights[index(i, j)] * x[j] for j in range(i + 1)) for i in range(len(x))]
    return torch.stack(rows)


def scalar(x, weights, values, adjustment):
    return (x @ adjustment) * (collect(x, weights) @ values)


def absolute(x, weights, values, adjustment):
    return (x @ adjustment) * (collect(x, weights, lambda i, j: j) @ values)


def turned_round(x, weights, values, adjustment):
    return scalar(x, weights.flip(0), values, adjustment)


def not_causal(x, weights, values, adjustment):
    every = range(len(x))
    rows = [sum(weights[abs(i - j)] * x[j] for j in every) for i in every]
    return (x @ adjustment) * (torch.stack(rows) @ values)


def softmaxed(x, weights, values, adjustment):
    rows = []
    for i in range(len(x)):
        share = weights[: i + 1].flip(0).softmax(0)  # for rows 0 ... i
        rows.append(share @ x[: i + 1])
    return (x @ adjustment) * (torch.stack(rows) @ values)


def mean(x, weights, values, adjustment):
    return scalar(x, weights, values, adjustment) / torch.arange(1, len(x) + 1)[:, None]


def with_root(x, weights, values, adjustment):
    return scalar(x, weights, values, adjustment) / torch.arange(1.0, len(x) + 1)[:, None].sqrt()


def as_she(weights, values):
    return values * weights[:, None, :]


def test_right_answers(capsys):
    assert check_scalar_extractor(scalar)
    assert check_vector_as_she(as_she)
    assert capsys.readouterr().out.count("Right:") == 2


@pytest.mark.parametrize(
    "wrong,message",
    [
        (absolute, "weight j for row j"),
        (turned_round, "turned round"),
        (not_causal, "later rows"),
        (softmaxed, "no softmax"),
        (mean, "took the mean"),
        (with_root, "next chapter"),
        (lambda x, a, v, g: (x @ g) * collect(x, a), "values are missing"),
        (lambda x, a, v, g: collect(x, a) @ v, "adjustment is missing"),
        (lambda x, a, v, g: (collect(x, a) @ v) * (collect(x, a) @ g), "not by the sum"),
        (lambda x, a, v, g: (x @ g) + collect(x, a) @ v, "entry by entry"),
        (lambda x, a, v, g: scalar(x, a, v, g)[:1], "shape (1, 3)"),
        (lambda x, a, v, g: None, "returned None"),
        (lambda x, a, v, g: 2 * scalar(x, a, v, g), "the numbers differ"),
    ],
)
def test_usual_mistakes_with_a_scalar_extractor(wrong, message, capsys):
    assert not check_scalar_extractor(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda w, v: v * w[:, :, None], "scaled the rows"),
        (lambda w, v: torch.diag_embed(w), "alone"),
        (lambda w, v: v.T * w[:, None, :], "transpose"),
        (lambda w, v: as_she(w, v).flip(0), "turned round"),
        (lambda w, v: as_she(w, v).sum(0), "summed over the distances"),
        (lambda w, v: v + torch.diag_embed(w), "you added them"),
        (lambda w, v: v * w[:, None, :] * w[:, :, None], "rows and columns"),
        (lambda w, v: as_she(w, v)[0], "shape (3, 3)"),
    ],
)
def test_usual_mistakes_with_matrices(wrong, message, capsys):
    assert not check_vector_as_she(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
