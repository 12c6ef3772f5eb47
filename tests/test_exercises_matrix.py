"""The checks of chapter 02 accept right answers and name the usual mistakes."""

import numpy as np
import pytest
import torch

from xfmr_lib.exercises.matrix import check_causal_targets, check_sinusoids, check_stationary


def table(window, width, start=0, share=1.0, sign=-1, swapped=False, halves=False):
    place = torch.arange(start, start + window, dtype=torch.float64)
    speed = 10_000.0 ** (sign * share * torch.arange(0, width, 2, dtype=torch.float64) / width)
    angle = torch.outer(place, speed)
    parts = [angle.cos(), angle.sin()] if swapped else [angle.sin(), angle.cos()]
    return torch.cat(parts, 1) if halves else torch.stack(parts, -1).flatten(1)


def own_speeds(window, width):
    column = torch.arange(width)
    angle = torch.outer(torch.arange(window).double(), 10_000.0 ** (-column.double() / width))
    return torch.where(column % 2 == 0, angle.sin(), angle.cos())


def eigenvector(matrix):
    values, vectors = np.linalg.eig(matrix)
    vector = vectors[:, np.argmin(abs(values - 1))].real
    return vector / vector.sum()


def powers(steps):
    return lambda matrix: np.linalg.matrix_power(matrix, steps)[0]


def stop(*_):
    raise KeyError("oops")


def test_right_answers(capsys):
    assert check_causal_targets(lambda text: (text[:-1], text[1:]))
    assert check_causal_targets(lambda text: (text[:-1].tolist(), text[1:].tolist()))
    assert check_sinusoids(table)
    assert check_stationary(lambda matrix: eigenvector(matrix.T))
    assert check_stationary(powers(200))
    assert capsys.readouterr().out.count("Right:") == 5


def refused(check, wrong, message, capsys):
    assert not check(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda text: (text, text), "learns to copy"),
        (lambda text: (text, torch.roll(text, -1)), "wraps round"),
        (lambda text: (text[1:], text[:-1]), "the token before"),
        (lambda text: (text, text[1:]), "drop the last token"),
        (lambda text: (text[:-2], text[2:]), "two places ahead"),
        (lambda text: (text[:-2], text[1:-1]), "8 tokens give 7 pairs"),
        (lambda text: (text[:-1], torch.cat([text[1:4], text[4:].flip(0)])), "place 3"),
        (lambda text: text, "return two rows"),
        (lambda text: "12", "return two rows"),
        (lambda text: None, "forget `return`"),
        (stop, "stopped with KeyError"),
    ],
)
def test_targets(wrong, message, capsys):
    refused(check_causal_targets, wrong, message, capsys)


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda window, width: table(window, width, start=1), "start at 1"),
        (lambda window, width: table(window, width, halves=True), "alternate"),
        (lambda window, width: table(window, width, swapped=True), "swapped"),
        (lambda window, width: table(window, width, share=0.5), "exponent is k/width"),
        (lambda window, width: table(window, width, sign=1), "sign of your exponent"),
        (own_speeds, "share one"),
        (lambda window, width: table(window, width).T, "transposed"),
        (lambda window, width: table(window, width)[1:], "shape (6, 6)"),
        (lambda window, width: table(window, width) + 1, "row 0, column 0"),
        (lambda window, width: 3, "returned int"),
        (lambda window, width: None, "forget `return`"),
        (stop, "stopped with KeyError"),
    ],
)
def test_sinusoids(wrong, message, capsys):
    refused(check_sinusoids, wrong, message, capsys)


@pytest.mark.parametrize(
    "wrong,message",
    [
        (eigenvector, "transposed matrix"),
        (lambda matrix: 3 * eigenvector(matrix.T), "the sum is 3.000"),
        (lambda matrix: np.linalg.eig(matrix.T)[1][:, 1], "complex"),
        (powers(5), "iterate longer"),
        (lambda matrix: matrix[0], "pi @ transitions is not pi"),
        (lambda matrix: matrix, "shape (3, 3)"),
        (lambda matrix: "no", "array of numbers"),
        (lambda matrix: None, "forget `return`"),
        (stop, "stopped with KeyError"),
    ],
)
def test_stationary(wrong, message, capsys):
    refused(check_stationary, wrong, message, capsys)
