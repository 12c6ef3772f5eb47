"""How well a few heads can remember: memories, and the best sums of what heads hold.

Source: Wang & E 2024 (arXiv 2402.00522). Taught in: chapters 11 and 13.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from scipy import optimize
from torch import Tensor

DISTANCE = {"log": np.log1p, "linear": np.positive}
DOUBLE = 1e-13  # float64's rounding, with room for sums of a thousand products
LIMITS = 1e-5, 300.0  # of the exponents
WIDTHS = 1.3, 3, 10, 30, 100, 1000  # of ladders: last exponent over first
MEMORIES = {
    "heavy": lambda distance: (distance + 1) ** -0.5,  # shifted: the paper's t^-0.5 is infinite
    "light": lambda distance: torch.exp(-5 * distance),
    "half": lambda distance: torch.exp(-distance / 2),
}


def weights(memory: str, places: int) -> Float[Tensor, " places"]:
    """How much the memory "heavy", "light" or "half" keeps of the row 0, 1, 2 ... back."""
    if memory not in MEMORIES:
        raise ValueError(f"unknown memory {memory!r}; choose from {', '.join(MEMORIES)}")
    return MEMORIES[memory](torch.arange(places, dtype=torch.float64))


def curves(kind: str, exponents, places: int) -> Float[np.ndarray, "places heads"]:
    """What a head keeps of the row t back: (1 + t)^-b (log bias) or e^(-b t) (linear bias)."""
    if kind not in DISTANCE:
        raise ValueError(f"unknown kind {kind!r}; choose from {', '.join(DISTANCE)}")
    return np.exp(-np.outer(DISTANCE[kind](np.arange(places, dtype=float)), exponents))


@dataclass(frozen=True)
class Fit:
    """A sum `curves(kind, exponents, places) @ coefficients`; an error below `floor` says "exact".

    size: root of sum_k |a_k curve_k|^2; error: root of |kernel - sum|^2 + (precision size)^2.
    """

    kind: str
    exponents: Float[np.ndarray, " heads"]
    coefficients: Float[np.ndarray, "heads *memories"]
    error: float
    size: float
    floor: float


def best_fit(
    kernel: Float[np.ndarray, "places *memories"], kind: str, heads: int, precision: float = DOUBLE
) -> Fit:
    """The best sum of `heads` curves that numbers of this relative precision can hold.

        min over a, b of |kernel - sum_k a_k curve_k|^2 + precision^2 sum_k |a_k curve_k|^2

    Coefficients are solved for, logarithms of the exponents searched (variable projection). The
    search is local, from fixed starts: its error bounds the least one from above.
    Worth remembering: without the price on rounding there may be no best fit.
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
