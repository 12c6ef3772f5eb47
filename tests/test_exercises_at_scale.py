"""The checks of chapter 10 accept right answers and name the usual mistakes."""

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_multiplications, check_right_angle


def turned(x, w, angle=torch.pi / 2, back=True, only_x=False, inverse=torch.fft.ifft):
    turn = torch.exp(1j * angle * torch.arange(len(x), dtype=torch.float64) / len(x))
    product = torch.fft.fft(x * turn) * torch.fft.fft(w + 0j if only_x else w * turn)
    return inverse(product) / turn if back else inverse(product)


def prices(length, width, pairs=lambda n: n * (n + 1) // 2, maps=4):
    attention = maps * length * width**2 + 2 * pairs(length) * width
    return [attention, (pairs(length) + length) * width**2 + length * width]


def by_definition(x, w):
    return torch.stack([sum(x[j] * w[i - j] for j in range(i + 1)) for i in range(len(x))])


@pytest.mark.parametrize("right", [by_definition, lambda x, w: turned(x, w).real])
def test_right_products(right):
    assert check_right_angle(right)


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_right_angle, lambda x, w: turned(x, w, 0.0).real, "wrapped round"),
        (check_right_angle, lambda x, w: turned(x, w, torch.pi).real, "pi t / n"),
        (check_right_angle, lambda x, w: turned(x, w).imag, "this is the imaginary part"),
        (check_right_angle, turned, "take the real part; the imaginary"),
        (check_right_angle, lambda x, w: turned(x, w, back=False).real, "turn back before"),
        (check_right_angle, lambda x, w: turned(x, w, only_x=True).real, "only x was turned"),
        (check_right_angle, lambda x, w: turned(x, w, inverse=torch.clone).real, "ifft"),
        (check_multiplications, lambda n, d: prices(n, d, lambda n: n * n), "the future too"),
        (
            check_multiplications,
            lambda n, d: prices(n, d, lambda n: n * (n - 1) // 2),
            "meets itself",
        ),
        (check_multiplications, lambda n, d: prices(n, d, maps=3), "four maps"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
