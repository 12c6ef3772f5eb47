"""How well a few heads remember: best fits, slopes of their errors, a theorem's bound in numbers.

A head whose weights depend on distance alone adds a_k (1 + t)^-b_k (log bias) or a_k e^(-b_k t)
(linear bias) to what is remembered of the row t back; the softmax's denominator is part of a_k.

Source: Wang & E 2024 (arXiv 2402.00522). Taught in: chapter 11.
"""

from dataclasses import dataclass
from functools import partial
from math import comb, factorial, pi
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats

Kernel = Float[np.ndarray, "places *memories"]
DISTANCE = {"log": np.log1p, "linear": np.positive}
DOUBLE = 1e-13  # float64's rounding, with room for sums of a thousand products
LIMITS = 1e-5, 300.0  # of the exponents
WIDTHS = 1.3, 3, 10, 30, 100, 1000  # of ladders: last exponent over first


def curves(kind: str, exponents, places: int) -> Float[np.ndarray, "places heads"]:
    """What one head each remembers: (1 + t)^-b for kind "log", e^(-b t) for "linear"."""
    if kind not in DISTANCE:
        raise ValueError(f"unknown kind {kind!r}; choose from {', '.join(DISTANCE)}")
    return np.exp(-np.outer(DISTANCE[kind](np.arange(places, dtype=float)), exponents))


@dataclass(frozen=True)
class Fit:
    """A sum of curves. error: root of |kernel - sum|^2 + (precision size)^2; size: root of
    sum_k |a_k curve_k|^2, what rounding is paid on; an error below `floor` says "exact".
    """

    kind: str
    exponents: Float[np.ndarray, " heads"]
    coefficients: Float[np.ndarray, "heads *memories"]
    error: float
    size: float
    floor: float

    def kernel(self, places: int) -> Kernel:
        """The fitted sum itself."""
        return curves(self.kind, self.exponents, places) @ self.coefficients


def best_fit(kernel: Kernel, kind: str, heads: int, precision: float = DOUBLE) -> Fit:
    """The best sum of `heads` curves that numbers of this relative precision can hold.

        min over a, b of |kernel - sum_k a_k curve_k|^2 + precision^2 sum_k |a_k curve_k|^2

    kernel: (places,), or (places, memories) for heads that several memories share. Coefficients are
    solved for, logarithms of the exponents searched (variable projection), from the best few
    of fixed ladders. The search is local: its error bounds the least one from above.
    Worth remembering: without the price on rounding there may be no best fit. T + 1 heads reach any
    error for the indicator at T, with coefficients that grow without end.
    Source: Golub & Pereyra 1973; the price is ours.
    """
    goal = np.asarray(kernel, dtype=float)
    problem = _Projection(goal.reshape(len(goal), -1), kind, heads, precision)
    logs = problem.search()
    _, lengths, _, sized, residual = problem.parts(logs)
    coefficients = (sized / lengths[:, None]).reshape(heads, *goal.shape[1:])
    error, size, whole = (float(np.linalg.norm(x)) for x in (residual, sized, goal))
    return Fit(kind, np.exp(logs), coefficients, error, size, 10 * precision * whole)


class _Projection:
    """The residual as a function of the logarithms of the exponents, coefficients solved for."""

    def __init__(self, goal, kind, heads, precision):
        self.kind, self.heads, self.places = kind, heads, len(goal)
        self.goal = np.vstack([goal, np.zeros((heads, goal.shape[1]))])
        self.price = precision * np.eye(heads)

    def parts(self, logs):
        columns = curves(self.kind, np.exp(logs), self.places)
        lengths = np.linalg.norm(columns, axis=0)
        q, r = np.linalg.qr(np.vstack([columns / lengths, self.price]))
        reached = q.T @ self.goal
        return columns / lengths, lengths, q, np.linalg.solve(r, reached), self.goal - q @ reached

    def residual(self, logs):
        return self.parts(logs)[-1].ravel()

    def jacobian(self, logs):
        """Kaufman's: how the columns move, less what the coefficients make good."""
        columns, _, q, sized, _ = self.parts(logs)
        moved = DISTANCE[self.kind](np.arange(self.places))[:, None] * columns * -np.exp(logs)
        moved = np.vstack([moved - columns * (columns * moved).sum(0), 0 * self.price])
        return -np.einsum("nk,km->nmk", moved - q @ (q.T @ moved), sized).reshape(-1, self.heads)

    def search(self):
        """From the best of many ladders, geometric and arithmetic, narrow and wide."""
        ends = [(low, low * wide) for low in np.geomspace(1e-3, 60, 14) for wide in WIDTHS]
        ends = [(low, high) for low, high in ends if high < LIMITS[1]]
        ladders = (np.geomspace, np.linspace)
        starts = [np.log(lay(*pair, self.heads)) for pair in ends for lay in ladders]
        starts.sort(key=lambda logs: np.linalg.norm(self.residual(logs)))
        most = {"ftol": 1e-10, "xtol": 1e-8, "gtol": None, "max_nfev": 120}
        walk = partial(optimize.least_squares, jac=self.jacobian, bounds=np.log(LIMITS), **most)
        found = [walk(self.residual, start) for start in starts[: 2 + 8 // (1 + self.heads)]]
        return min(found, key=lambda result: result.cost).x


def bound(kind: str, place: int, heads: int, order: int, step: float = 0.01) -> float:
    """What Theorem 3.1 promises for one memory, `place` rows back, with its constant written out.

        sum_t |1{t = place} - sum| <= W P (pi/4)^n c_n d^-n / (H (H - 1) ... (H - n + 1))

    n = order < H = heads; exponents step (k + 1), or 1 + step (k + 1) for log, k < H. With the
    curve v = e^(-step t) or (1 + t)^-step: d is from v(place) to v(place + 1); P the inverse of the
    first head's curve at `place`, W its sum; c_n from `_bump`; the rest is Jackson's theorem.
    Source: ours, along Wang & E 2024, lemmas F.1 and F.4, whose C(n) is not written out.
    """
    if not 1 <= order < heads:
        raise ValueError(f"order {order} must lie between 1 and heads - 1 = {heads - 1}")
    first = step if kind == "linear" else 1 + step
    here, following = curves(kind, [step], place + 2)[place:, 0]
    peak = 1 / curves(kind, [first], place + 1)[place, 0]
    whole = -1 / np.expm1(-step) if kind == "linear" else special.zeta(first)
    factors = [pi / 4 / (here - following) / (heads - j) for j in range(order)]
    return float(whole * peak * _bump(order) * np.prod(factors))


def _bump(order):
    """Largest n-th derivative of the B-spline of degree n on [-1, 1], over its height."""
    alternating = [(-1) ** k * comb(order + 1, k) for k in range(order // 2 + 1)]
    powers = [(order + 1 - 2 * k) ** order for k in range(order // 2 + 1)]
    height = sum(a * b for a, b in zip(alternating, powers)) / (2**order * factorial(order))
    return comb(order, order // 2) * ((order + 1) / 2) ** order / height


class Slope(NamedTuple):
    """A fitted power, error about heads^value, and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def slope(heads, errors, confidence: float = 0.95) -> Slope:
    """Slope of log error against log heads, with Student's interval about the fitted line.

    Worth remembering: the interval speaks of scatter about a line, also where the truth is a curve.
    """
    if len(heads) < 3:
        raise ValueError(f"{len(heads)} points do not say how sure a slope is; give three or more")
    line = stats.linregress(np.log(heads), np.log(errors))
    half = line.stderr * stats.t.ppf((1 + confidence) / 2, len(heads) - 2)
    return Slope(*map(float, (line.slope, line.slope - half, line.slope + half)))
