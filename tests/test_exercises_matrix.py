"""The checks of chapter 02 name the usual mistakes."""

import numpy as np
import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_causal_targets, check_sinusoids, check_stationary


def table(window, width, start=0, swapped=False, halves=False):
    place = torch.arange(start, start + window, dtype=torch.float64)
    angle = torch.outer(place, 10_000.0 ** (-torch.arange(0, width, 2) / width))
    parts = [angle.cos(), angle.sin()] if swapped else [angle.sin(), angle.cos()]
    return torch.cat(parts, 1) if halves else torch.stack(parts, -1).flatten(1)


def eigenvector(matrix):
    values, vectors = np.linalg.eig(matrix)
    vector = vectors[:, np.argmin(abs(values - 1))].real
    return vector / vector.sum()


def unit_eigenvector(matrix):
    vector = eigenvector(matrix.T)
    return vector / np.linalg.norm(vector)


def test_right_by_other_means():
    assert check_causal_targets(lambda text: (text[:-1].tolist(), text[1:].tolist()))
    assert check_stationary(lambda matrix: np.linalg.matrix_power(matrix, 200)[0])


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_causal_targets, lambda text: (text, text), "learns to copy"),
        (check_causal_targets, lambda text: (text, text.roll(-1)), "wraps round"),
        (check_causal_targets, lambda text: (text[1:], text[:-1]), "the token before"),
        (check_causal_targets, lambda text: (text, text[1:]), "it should be (tensor("),
        (check_sinusoids, lambda n, d: table(n, d, start=1), "start at 1"),
        (check_sinusoids, lambda n, d: table(n, d, halves=True), "alternate"),
        (check_sinusoids, lambda n, d: table(n, d, swapped=True), "even columns are sines"),
        (check_stationary, eigenvector, "transposed matrix"),
        (check_stationary, unit_eigenvector, "the sum is not 1"),
        (check_stationary, lambda matrix: np.full(3, 1 / 3) @ matrix, "iterate longer"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
