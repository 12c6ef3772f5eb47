"""The checks of chapter 11 accept right answers and name the usual mistakes."""

import numpy as np
import pytest
import torch

from xfmr_lib import rates
from xfmr_lib.exercises import check_exact_error, check_inner_fit


def curves(kernel, exponents):
    return (1 + torch.arange(len(kernel), dtype=kernel.dtype))[:, None] ** -exponents


def solve(columns, kernel):
    return torch.linalg.lstsq(columns, kernel[:, None]).solution[:, 0]


def fit(kernel, exponents):
    return solve(curves(kernel, exponents), kernel)


def entries(exponents, place):
    beta = torch.zeros(place + 1, dtype=exponents.dtype)
    beta[0] = 1
    for z in torch.exp(-exponents):
        new = -z * beta
        for j in range(1, place + 1):
            new[j] += beta[j - 1] + z * new[j - 1]
        beta = new
    return beta


def error(exponents, place):
    return entries(exponents, place).norm()


def test_right_answers(capsys):
    assert check_inner_fit(fit) and check_exact_error(error)
    assert capsys.readouterr().out.count("Right:") == 2


def test_the_exact_error_is_that_of_least_squares():
    exponents = np.array([0.3, 0.7, 1.6])
    columns, goal = rates.curves("linear", exponents, 400), np.eye(400)[3]
    found = columns @ np.linalg.lstsq(columns, goal, rcond=None)[0]
    # 400 places stand for an infinite past: e^(-0.3 * 400) is below rounding
    assert error(torch.tensor(exponents), 3).item() == pytest.approx(np.linalg.norm(found - goal))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda k, b: curves(k, b).T @ k, "by the transpose"),
        (lambda k, b: curves(k, b).T @ k / curves(k, b).square().sum(0), "on its own"),
        (
            lambda k, b: solve(torch.exp(-torch.outer(torch.arange(8.0).to(k), b)), k),
            "linear heads",
        ),
        (lambda k, b: solve(curves(k, b) / curves(k, b).sum(0), k), "do not divide"),
        (lambda k, b: fit(k, -b), "curves grow"),
        (lambda k, b: curves(k, b) @ fit(k, b), "return its coefficients"),
        (lambda k, b: fit(k, b)[:, None], "one axis too many"),
        (lambda k, b: None, "forget `return`"),
    ],
)
def test_fit_mistakes(wrong, message, capsys):
    assert not check_inner_fit(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda b, p: entries(b, p).square().sum(), "take its root"),
        (lambda b, p: entries(b, p - 1).norm(), "one entry is missing"),
        (lambda b, p: entries(b, p)[-1].abs(), "beta_T alone"),
        (lambda b, p: (1 - error(b, p) ** 2).sqrt(), "what the heads catch"),
        (lambda b, p: entries(b, p).abs().sum(), "add squares"),
        (lambda b, p: entries(b, p), "Euclidean length"),
        (lambda b, p: error(-b, p), "differ"),
    ],
)
def test_error_mistakes(wrong, message, capsys):
    assert not check_exact_error(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
