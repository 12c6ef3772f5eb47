"""The checks of chapter 11 accept right answers and name the usual mistakes."""

import numpy as np
import pytest
import torch
from exercise_checks import refused

from xfmr_lib import rates
from xfmr_lib.exercises import check_exact_error, check_inner_fit


def curves(kernel, exponents):
    return (1 + torch.arange(len(kernel), dtype=kernel.dtype))[:, None] ** -exponents


def solve(columns, kernel):
    return torch.linalg.lstsq(columns, kernel[:, None]).solution[:, 0]


def linear(kernel, exponents):
    return solve(torch.exp(-torch.outer(torch.arange(8.0).to(kernel), exponents)), kernel)


def error(exponents, place):
    """By least squares; 400 places stand for an infinite past: e^(-0.3 * 400) vanishes."""
    columns, goal = rates.curves("linear", exponents.numpy(), 400), np.eye(400)[place]
    return np.linalg.norm(columns @ np.linalg.lstsq(columns, goal, rcond=None)[0] - goal)


def test_right_answers():
    assert check_inner_fit(lambda k, b: solve(curves(k, b), k))
    assert check_exact_error(error)


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_inner_fit, lambda k, b: curves(k, b).T @ k, "by the transpose"),
        (
            check_inner_fit,
            lambda k, b: curves(k, b).T @ k / curves(k, b).square().sum(0),
            "on its own",
        ),
        (check_inner_fit, linear, "linear heads"),
        (check_exact_error, lambda b, place: error(b, place) ** 2, "take its root"),
        (check_exact_error, lambda b, place: (1 - error(b, place) ** 2) ** 0.5, "heads catch"),
        (
            check_exact_error,
            lambda b, place: (error(b, place) ** 2 - error(b, place - 1) ** 2) ** 0.5,
            "beta_T alone",
        ),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
