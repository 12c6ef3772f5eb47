"""Checks for the exercises of chapter 11: the best coefficients of heads, and an exact error."""

import numpy as np
import torch
from scipy.signal import lfilter

from xfmr_lib.exercises.answers import judge


def check_inner_fit(answer) -> bool:
    """Check answer(kernel, exponents) -> coefficients of the best sum of logarithmic heads.

    kernel: (places,) from distance 0 on; coefficients: (heads,); the sum: sum_k a_k (1 + t)^-b_k.
    """
    exponents = torch.tensor([0.4, 1.1, 2.5], dtype=torch.float64)
    distance = torch.arange(8, dtype=torch.float64)
    kernel, curves = torch.exp(-distance / 2), (1 + distance)[:, None] ** -exponents

    def best(columns):
        return torch.linalg.lstsq(columns, kernel[:, None]).solution[:, 0]

    alone = "as if the curves were orthogonal; they overlap, so solve for all at once"
    mistakes = [
        (curves.T @ kernel, f"you multiplied by the transpose, {alone}"),
        (curves.T @ kernel / curves.square().sum(0), f"each is fitted on its own, {alone}"),
        (best(torch.exp(-torch.outer(distance, exponents))), "linear heads; take powers of 1 + t"),
    ]
    return judge(answer, (kernel, exponents), best(curves), mistakes, "no others come nearer.")


def check_exact_error(answer) -> bool:
    """Check answer(exponents, place) -> error of the best sum of linear heads with these exponents.

    The kernel is 1 at `place` and 0 elsewhere, the past infinite, the error Euclidean.
    """
    exponents, place = torch.tensor([0.3, 0.7, 1.6], dtype=torch.float64), 3
    product = np.poly(torch.exp(-exponents).numpy())  # prod_k (z - z_k), highest power first
    beta = lfilter(product[::-1], product, np.eye(place + 1)[0])
    error = float(np.linalg.norm(beta))
    mistakes = [
        (error**2, "that is the squared error; take its root"),
        (abs(beta[-1]), "that is beta_T alone; all entries up to it count"),
        ((1 - error**2) ** 0.5, "that is what the heads catch; the error is what they miss"),
    ]
    return judge(answer, (exponents, place), error, mistakes, "exact, without a coefficient.")
