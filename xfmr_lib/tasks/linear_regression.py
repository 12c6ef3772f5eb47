"""A rule to be found in the text (von Oswald et al. 2023, 2212.07677). Taught in: chapter 16."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.tasks import generator


@dataclass(frozen=True)
class LinearRegression:
    """Rows (x_i, x_i . w + noise N(0, 1)), then the question (x, 0); the target is x . w.

    w ~ N(0, I), x ~ U(-reach, reach). The paper's text has reach = 1, its released code 1/2:
    the same task in other units, with losses a quarter as large.
    """

    width: int = 10
    examples: int = 10
    reach: float = 1.0
    noise: float = 0.0
    batch: int = 512
    seed: int = 0

    def __call__(self, step: int) -> tuple[Float[Tensor, "batch time row"], Float[Tensor, "batch"]]:
        drawn, shape = generator(self.seed, step), (self.batch, self.examples + 1, self.width)
        x = self.reach * (2 * torch.rand(shape, generator=drawn) - 1)
        y = x @ torch.randn(self.batch, self.width, 1, generator=drawn)
        seen = y + self.noise * torch.randn(y.shape, generator=drawn)
        seen[:, -1] = 0
        return torch.cat([x, seen], 2), y[:, -1, 0]

    def one_step(self) -> tuple[float, float]:
        """Best rate of answer = rate / N sum_i y_i x_i . x, and its exact mean squared error."""
        square = self.reach**2 / 3  # mean of x^2; the mean of x^4 is 9/5 of its square
        rate = self.examples / ((self.examples + self.width - 0.2) * square + self.noise**2)
        return rate, self.width * square * (1 - rate * square)
