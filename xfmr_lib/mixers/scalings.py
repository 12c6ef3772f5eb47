"""Other answers to "by what is the sum of the past divided?": the rivals of iSHE's 1 / sqrt(i).

    e_i = s(i) * sum_{j<=i} x_j W_{i-j+1}

`unscaled` (SHE) and `inverse_sqrt` (iSHE) stand in extractors.py. Here: 1 / i; a factor learned for
each place; and no fixed factor at all, every row divided by its own size.

Source: none of them is in Chen 2023; they are our ablation. Taught in: chapter 09.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.extractors import Extractor, inverse_sqrt

Counts = Float[Tensor, " time"]


def inverse(rows_seen: Counts) -> Counts:
    """s(i) = 1 / i: a mean. Exact when all rows are equal and all matrices are equal."""
    return rows_seen.reciprocal()


class LearnedScale(nn.Module):
    """s(i) = a number learned for each place, 1 / sqrt(i) before training.

    factor: (window,), factor[i - 1] for a row that has seen i. Each layer needs its own instance.
    Worth remembering: it can become any of the fixed scalings, so where it stays is an answer.
    Taught in: chapter 09.
    """

    def __init__(self, window: int):
        super().__init__()
        self.factor = nn.Parameter(inverse_sqrt(torch.arange(1.0, window + 1)))

    def forward(self, rows_seen: Counts) -> Counts:
        return self.factor[rows_seen.long() - 1]


class RMSExtractor(Extractor):
    """An Extractor whose sum is divided by its own size, row by row: no i in the formula.

        e_i = r_i / sqrt(mean(r_i^2) + epsilon),    r_i = sum_{j<=i} x_j W_{i-j+1}

    Shapes as in `Extractor`; epsilon keeps a row of zeros finite.
    Worth remembering: every e_i has size one whatever the rows and the matrices do, but how much
    was found in the past can no longer be heard in it.
    Source: RMS norm, Zhang & Sennrich 2019, put here by us. Taught in: chapter 09.
    """

    epsilon = 1e-6

    def scale(self, sums: Tensor, seen: Counts) -> Tensor:
        """Each sum divided by its own size; how many rows are in it does not matter."""
        return sums * (sums.square().mean(-1, keepdim=True) + self.epsilon).rsqrt()
