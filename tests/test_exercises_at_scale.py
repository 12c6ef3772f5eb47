"""The checks of chapter 10 accept right answers and name the usual mistakes."""

import math

import pytest
import torch

from xfmr_lib.exercises.at_scale import check_multiplications, check_right_angle


def turned(x, w, angle=math.pi / 2, part="real", back=True):
    n = len(x)
    turn = torch.exp(1j * angle * torch.arange(n, dtype=torch.float64) / n)
    product = torch.fft.ifft(torch.fft.fft(x * turn) * torch.fft.fft(w * turn))
    return getattr(product / turn if back else product, part)


def padded(x, w):
    n = len(x)
    return torch.fft.irfft(torch.fft.rfft(x, 2 * n) * torch.fft.rfft(w, 2 * n), 2 * n)[:n]


def loops(x, w):
    return torch.stack([sum(x[j] * w[i - j] for j in range(i + 1)) for i in range(len(x))])


def one_turned(x, w):
    n = len(x)
    turn = torch.exp(0.5j * math.pi * torch.arange(n, dtype=torch.float64) / n)
    return (torch.fft.ifft(torch.fft.fft(x * turn) * torch.fft.fft(w + 0j)) / turn).real


def no_way_back(x, w):
    n = len(x)
    turn = torch.exp(0.5j * math.pi * torch.arange(n, dtype=torch.float64) / n)
    return (torch.fft.fft(x * turn) * torch.fft.fft(w * turn) / turn).real


@pytest.mark.parametrize("answer", [turned, padded, loops])
def test_right_products(answer, capsys):
    assert check_right_angle(answer)
    assert capsys.readouterr().out.startswith("Right:")


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda x, w: turned(x, w, angle=0.0), "wrapped round to the beginning"),
        (lambda x, w: turned(x, w, angle=math.pi), "pi t / n"),
        (lambda x, w: turned(x, w, part="imag"), "imaginary part"),
        (lambda x, w: turned(x, w, back=False), "turn back before"),
        (one_turned, "only x was turned"),
        (no_way_back, "torch.fft.ifft"),
        (lambda x, w: None, "did you forget `return`"),
        (lambda x, w: padded(x, w)[:-1], "shape (6,)"),
        (lambda x, w: x, "differ, first at [0]"),
    ],
)
def test_usual_mistakes_of_the_transform(wrong, message, capsys):
    assert not check_right_angle(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def prices(length, width, pairs=lambda n: n * (n + 1) // 2, maps=4, uses=2, gate=True, adjust=True):
    attention = maps * length * width**2 + uses * pairs(length) * width
    she = pairs(length) * width**2 + adjust * length * width**2 + gate * length * width
    return [attention, she]


def test_right_prices(capsys):
    assert check_multiplications(prices)
    assert capsys.readouterr().out.startswith("Right:")


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"pairs": lambda n: n * n}, "the future too"),
        ({"pairs": lambda n: n * (n - 1) // 2}, "meets itself"),
        ({"maps": 3}, "four maps"),
        ({"uses": 1}, "each pair twice"),
        ({"adjust": False}, "adjustment is a map"),
        ({"gate": False}, "entry by entry"),
    ],
)
def test_usual_mistakes_of_the_count(changes, message, capsys):
    assert not check_multiplications(lambda length, width: prices(length, width, **changes))
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line


def test_prices_by_really_multiplying():
    """Count what the definition does, one multiplication at a time, for a tiny case."""
    length, width, count = 4, 3, 0
    for i in range(length):
        for _ in range(i + 1):
            count += width * width  # x_j W
        count += width * width + width  # x_i A, and entry by entry
    assert prices(length, width)[1] == count
