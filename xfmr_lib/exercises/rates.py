"""Checks for the exercises of chapter 11: the best coefficients of heads, and an exact error."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from xfmr_lib.exercises.answers import Mistake, judge


def check_inner_fit(answer: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Check answer(kernel, exponents) -> coefficients of the best sum of logarithmic heads.

    kernel: (places,) from distance 0 on; exponents and coefficients: (heads,); the sum is
    sum_k a_k (1 + t)^-b_k, its error Euclidean. Taught in: chapter 11.
    """
    exponents = torch.tensor([0.4, 1.1, 2.5], dtype=torch.float64)
    kernel = torch.exp(-torch.arange(8, dtype=torch.float64) / 2)
    curves = torch.arange(1, 9, dtype=torch.float64)[:, None] ** -exponents
    praise = "no other coefficients come nearer with these exponents."
    mistakes = _fit_mistakes(kernel, exponents, curves)
    return judge(answer, (kernel, exponents), _solve(curves, kernel), mistakes, praise)


def _fit_mistakes(kernel: Tensor, exponents: Tensor, curves: Tensor) -> Iterator[Mistake]:
    alone = "as if the curves were orthogonal; they overlap, so solve for all at once"
    yield curves.T @ kernel, f"you multiplied by the transpose, {alone}"
    yield curves.T @ kernel / curves.square().sum(0), f"each is fitted on its own, {alone}"
    distance = torch.arange(len(kernel), dtype=torch.float64)
    linear = _solve(torch.exp(-torch.outer(distance, exponents)), kernel)
    yield linear, "these are linear heads, e^(-b t); logarithmic ones fall as powers"
    shares = _solve(curves / curves.sum(0), kernel)
    yield shares, "the softmax's denominator is part of the coefficients: do not divide"
    yield _solve(1 / curves, kernel), "your curves grow with the distance; the exponent is -b"
    right = _solve(curves, kernel)
    yield curves @ right, "that is the fitted kernel; return its coefficients"
    yield right[:, None], "one axis too many: return shape (heads,)"


def check_exact_error(answer: Callable[[Tensor, int], Tensor]) -> bool:
    """Check answer(exponents, place) -> error of the best sum of linear heads with these exponents.

    The kernel is 1 at `place` and 0 elsewhere, the past infinite, the error Euclidean.
    Taught in: chapter 11.
    """
    exponents, place = torch.tensor([0.3, 0.7, 1.6], dtype=torch.float64), 3
    beta = _blaschke(exponents, 60)
    right = beta[: place + 1].norm()
    praise = "exact, without solving for a single coefficient."
    return judge(answer, (exponents, place), right, _error_mistakes(beta, place), praise)


def _error_mistakes(beta: Tensor, place: int) -> Iterator[Mistake]:
    yield beta[: place + 1].square().sum(), "that is the squared error; take its root"
    yield beta[:place].norm(), "one entry is missing: beta_0 to beta_T are T + 1 entries"
    yield beta[place].abs(), "that is beta_T alone; all entries up to it count"
    yield beta[place + 1 :].norm(), "that is what the heads catch; the error is what they miss"
    yield beta[: place + 1].abs().sum(), "add squares, not sizes"
    yield beta[: place + 1], "these are the entries of B; the error is their Euclidean length"


def _blaschke(exponents: Tensor, length: int) -> Tensor:
    """Coefficients of prod_k (z - z_k) / (1 - z_k z), z_k = e^-b_k."""
    unit = product = torch.eye(length, dtype=exponents.dtype)
    shift = unit.roll(1, 0).tril()
    for z in torch.exp(-exponents):
        product = torch.linalg.solve(unit - z * shift, shift - z * unit) @ product
    return product[:, 0]


def _solve(curves: Tensor, kernel: Tensor) -> Tensor:
    return torch.linalg.lstsq(curves, kernel[:, None]).solution[:, 0]
