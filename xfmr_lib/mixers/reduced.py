"""Reduced Extractors of our own: a vector or a number for each distance in place of a matrix.

Chen 2023 (arXiv 2308.07661) names three simplified Extractors, HE, WE and ME, whose form is not
known to us. These two are candidates of ours and carry names of ours. Taught in: chapter 08.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.base import Mixer, Row, Rows
from xfmr_lib.mixers.extractors import Scaling, rows_seen, unscaled

Weights = Float[Tensor, "window _"]
Memory = Float[Tensor, "batch _ width"]  # the values of the rows in the window, newest first


def lower_toeplitz(weights: Weights, time: int) -> Float[Tensor, "channels time time"]:
    """A triangular matrix for each channel: T[c, i, j] = weights[i - j, c] for j <= i, else 0."""
    place = torch.arange(time, device=weights.device)
    distance = place[:, None] - place
    seen = (distance >= 0) & (distance < len(weights))
    return weights.T[:, distance.clamp(0, len(weights) - 1)] * seen


def by_product(values: Rows, weights: Weights) -> Rows:
    """The sum as one triangular Toeplitz matrix for each channel."""
    filters = lower_toeplitz(weights, values.shape[1])
    return (filters @ values.permute(2, 1, 0)).permute(2, 1, 0)


def by_transform(values: Rows, weights: Weights) -> Rows:
    """The same sum frequency by frequency, padded to twice the length."""
    time = values.shape[1]
    spectrum = torch.fft.rfft(values, n=2 * time, dim=1)
    response = torch.fft.rfft(weights[:time], n=2 * time, dim=0)
    return torch.fft.irfft(spectrum * response, n=2 * time, dim=1)[:, :time]


def causal_filter(values: Rows, weights: Weights) -> Rows:
    """sum_{j<=i} values_j * weights_{i-j+1} in every channel.

    weights: (window, width) or (window, 1). Short texts go by a product, which a counter of
    operations can count; beyond 64 rows the transform is 2 to 100 times faster.
    """
    return (by_product if values.shape[1] <= 64 else by_transform)(values, weights)


class VectorExtractor(Mixer):
    """An Extractor with one vector of weights for each distance.

        e_i = s(i) * sum_{j<=i} (x_j V) * w_{i-j+1},    y_i = (x_i A) * e_i

    `weights[k]`: (width,), meets the row k places back; `values` V and `adjustment` A: (width,
    width). Worth remembering: it is SHE with every W_k = V diag(w_k): one map, then a filter a
    channel.
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__()
        self.window, self.scaling = window, scaling
        self.weights = nn.Parameter(torch.randn(window, width))
        self.values = nn.Parameter(torch.randn(width, width) / width**0.5)
        self.adjustment = nn.Parameter(torch.randn(width, width) / width**0.5)

    def extract(self, x: Rows) -> Rows:
        """The scaled sum e, before the adjustment."""
        sums = causal_filter(x @ self.values, self.weights)
        return sums * self.scaling(rows_seen(x, self.window))[:, None]

    def forward(self, x: Rows) -> Rows:
        return (x @ self.adjustment) * self.extract(x)

    def remember(self, x: Rows) -> Memory:
        return (x @ self.values).flip(1)[:, : self.window]

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        """The output of one more row: one sum over the window, O(window width) products."""
        memory = torch.cat([(x @ self.values)[:, None], memory], 1)[:, : self.window]
        seen = memory.shape[1]
        extracted = (memory * self.weights[:seen]).sum(1) * self.scaling(x.new_tensor([seen]))
        return (x @ self.adjustment) * extracted, memory


class ScalarExtractor(VectorExtractor):
    """An Extractor with one number for each distance: attention's pattern, frozen and Toeplitz.

        e_i = s(i) * sum_{j<=i} a_{i-j+1} (x_j V),    y_i = (x_i A) * e_i

    `weights[k]`: (1,). It is the vector Extractor with w_k = (a_k, ..., a_k).
    """

    def __init__(self, width: int, window: int, scaling: Scaling = unscaled):
        super().__init__(width, window, scaling)
        self.weights = nn.Parameter(torch.randn(window, 1))
