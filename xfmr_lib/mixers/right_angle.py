"""The right-angle transform: a causal product through frequencies, without padding, all in reals.

Turn row t by the angle (pi/2)(t/n) before a discrete Fourier transform of length n. A cyclic
product then sends whatever wraps around a quarter turn further, into the imaginary part, and the
real part is the causal product: length n is enough where the usual recipe pads to 2n.

Taught in: chapter 10.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Table = Float[Tensor, "time columns"]
Spectrum = Float[Tensor, "first_places three_second columns"]


class Stages(NamedTuple):
    """Constant matrices for length n = first * second, real ones that stand for complex ones."""

    gather: Float[Tensor, "second two_first first"]  # rows real and imaginary
    of_rows: Float[Tensor, "three_second two_second"]  # a factor's three numbers in Gauss's product
    of_kernel: Float[Tensor, "three_second two_second"]
    rejoin: Float[Tensor, "two_second three_second"]  # from the three products
    scatter: Float[Tensor, "second first two_first"]  # the real part only


def split_length(time: int) -> tuple[int, int]:
    """Factors (first, second) of the transform's length, at least `time`: two short stages.

    A stage of length f costs f products a number, so two cost about 2 sqrt(n) where one costs n.
    """
    second = 4 if time <= 64 else 8 if time <= 256 else 16  # measured; flat around the best
    return -(-time // second), second


@lru_cache(maxsize=32)
def stages(first: int, second: int, dtype: torch.dtype, device: torch.device) -> Stages:
    """The matrices of both stages: place t = a second + b, frequency k = k1 + first k2.

    exp(-2 pi i (k - 1/4) t / n) = exp(-2 pi i (k1 - 1/4) t / n) exp(-2 pi i k2 b / second)
    """
    n = first * second
    place = torch.arange(n, dtype=torch.float64)
    angle = torch.outer(place[:first] - 0.25, place) * (2 * math.pi / n)
    cos, sin = (part.view(first, first, second) for part in (angle.cos(), -angle.sin()))  # k1 a b
    turn = torch.outer(place[:second], place[:second]) * (2 * math.pi / second)  # k2 b
    c, s = turn.cos(), -turn.sin()
    real, imaginary = (torch.stack(part, -1).flatten(1) for part in ((c, -s), (s, c)))
    matrices = Stages(
        gather=torch.stack([cos, sin]).permute(3, 0, 1, 2).flatten(1, 2),
        of_rows=torch.cat([real, imaginary, real + imaginary]),  # a, b, a + b
        of_kernel=torch.cat([imaginary - real, real + imaginary, real]),  # d - c, c + d, c
        # products p = a(d - c), q = b(c + d), r = c(a + b): real part r - q, imaginary part r + p
        rejoin=torch.cat([torch.cat([s, -c, c + s], 0).T, torch.cat([c, s, c - s], 0).T]),
        scatter=torch.stack([cos, sin], 1).permute(3, 2, 0, 1).flatten(2) / n,
    )
    return Stages(*(matrix.to(dtype=dtype, device=device) for matrix in matrices))


def transform(
    table: Table, gather: Tensor, three: Float[Tensor, "three_second two_second"]
) -> Spectrum:
    """Every column of the table to its n frequencies, three real numbers each."""
    second, _, first = gather.shape
    columns = table.shape[1]
    padded = F.pad(table, (0, 0, 0, first * second - len(table)))
    turned = torch.bmm(gather, padded.view(first, second, columns).transpose(0, 1))
    turned = turned.view(2 * second, first, columns).transpose(0, 1)  # k1, (b, part)
    return torch.bmm(three.expand(first, -1, -1), turned)


def real_part(products: Spectrum, rejoin: Tensor, scatter: Tensor) -> Table:
    """Back from frequencies to places, the real part alone."""
    first, columns = products.shape[0], products.shape[2]
    second = len(scatter)
    joined = torch.bmm(rejoin.expand(first, -1, -1), products)  # k1, (part, b)
    joined = joined.view(2 * first, second, columns).transpose(0, 1)  # b, (k1, part)
    return torch.bmm(scatter, joined).transpose(0, 1).reshape(first * second, columns)


def dft(
    x: Float[Tensor, "batch time width_in"], kernel: Float[Tensor, "window width_in width_out"]
) -> Float[Tensor, "batch time width_out"]:
    """The causal Toeplitz product as matrix products only: transform, multiply, transform back.

        y = real part of T^-1((T x)(T kernel)),   T_kt = exp(-2 pi i (k - 1/4) t / n)

    A complex product is Gauss's three real ones; T is applied in two stages (Cooley and Tukey).
    Worth remembering: n matrices meet 3n products of (batch, width) with (width, width), where
    the definition needs about n^2 / 2.
    Source: the twisted ("right-angle") convolution of Crandall and Fagin 1994 and Nussbaumer's
    negacyclic transforms.
    """
    batch, time, width_in = x.shape
    kernel = kernel[:time]
    first, second = split_length(time)
    matrices = stages(first, second, x.dtype, x.device)
    frequencies = 3 * first * second
    rows = x.transpose(0, 1).reshape(time, batch * width_in)
    x_hat = transform(rows, matrices.gather, matrices.of_rows)
    kernel_hat = transform(kernel.flatten(1), matrices.gather, matrices.of_kernel)
    products = torch.bmm(
        x_hat.view(frequencies, batch, width_in), kernel_hat.view(frequencies, width_in, -1)
    )
    y = real_part(products.view(first, 3 * second, -1), matrices.rejoin, matrices.scatter)
    return y.view(first * second, batch, -1)[:time].transpose(0, 1)
