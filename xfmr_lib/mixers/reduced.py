"""Reduced Extractors of our own: a vector or a number for each distance in place of a matrix.

    vector   e_i = s(i) * sum_{j<=i} (x_j V) * w_{i-j+1}       w_k: width numbers
    scalar   e_i = s(i) * sum_{j<=i} a_{i-j+1} (x_j V)         a_k: one number
    both     y_i = (x_i A) * e_i                               elementwise products

Chen 2023 (arXiv 2308.07661) names three simplified Extractors, HE, WE and ME, whose form is not
known to us. These two are candidates of ours and carry names of ours. Taught in: chapter 08.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.extractors import Row, Rows, Scaling, rows_seen, unscaled

Memory = Float[Tensor, "batch _ width"]  # the values of the rows in the window, newest first


def lower_toeplitz(weights: Float[Tensor, "window channels"], time: int) -> Tensor:
    """Matrices T of shape (channels, time, time): T[c, i, j] = weights[i - j, c], else 0."""
    distance = torch.arange(time, device=weights.device)
    distance = distance[:, None] - distance
    seen = (distance >= 0) & (distance < len(weights))
    return weights.T[:, distance.clamp(0, len(weights) - 1)] * seen


class VectorExtractor(nn.Module):
    """An Extractor with one vector of weights for each distance.

        e_i = s(i) * sum_{j<=i} (x_j V) * w_{i-j+1},    y_i = (x_i A) * e_i

    `weights[k]`: (width,), meets the row k places back; `values` V and `adjustment` A: (width,
    width). x and y: (batch, time, width). 2 width^2 + window width parameters.
    Worth remembering: it is SHE with every W_k = V diag(w_k): one map, then a filter a channel.
    Source: ours. Taught in: chapter 08.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__()
        self.window, self.scaling = window, scaling
        self.weights = nn.Parameter(torch.randn(window, width))
        self.values = nn.Parameter(torch.randn(width, width) / width**0.5)
        self.adjustment = nn.Parameter(torch.randn(width, width) / width**0.5)

    def extract(self, x: Rows) -> Rows:
        """The scaled sum e, before the adjustment."""
        filters = lower_toeplitz(self.weights, x.shape[1])
        values = (x @ self.values).permute(2, 1, 0)  # channel, time, batch
        scale = self.scaling(rows_seen(x, self.window))
        return (filters @ values).permute(2, 1, 0) * scale[:, None]

    def forward(self, x: Rows) -> Rows:
        return (x @ self.adjustment) * self.extract(x)

    def prime(self, x: Rows) -> tuple[Rows, Memory]:
        """Outputs, and the memory for what follows."""
        return self(x), (x @ self.values).flip(1)[:, : self.window]

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        """The output of one more row: one sum over the window, O(window width) products."""
        memory = torch.cat([(x @ self.values)[:, None], memory], 1)[:, : self.window]
        seen = memory.shape[1]
        extracted = (memory * self.weights[:seen]).sum(1) * self.scaling(x.new_tensor([seen]))
        return (x @ self.adjustment) * extracted, memory


class ScalarExtractor(VectorExtractor):
    """An Extractor with one number for each distance: attention's pattern, frozen and Toeplitz.

        e_i = s(i) * sum_{j<=i} a_{i-j+1} (x_j V),    y_i = (x_i A) * e_i

    `weights[k]`: (1,), meets the row k places back; the rest as in `VectorExtractor`, of which it
    is the case w_k = (a_k, ..., a_k). 2 width^2 + window parameters.
    Source: ours. Taught in: chapter 08.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__(width, window, scaling)
        self.weights = nn.Parameter(torch.randn(window, 1))
