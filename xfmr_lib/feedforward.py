"""Sublayer 2: the part that works on each row alone. Taught in: chapters 03 and 15."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "*rows width"]


class MLP(nn.Module):
    """Two linear maps with a smooth bend between them, applied to every row separately.

        y_i = gelu(x_i W_1 + b_1) W_2 + b_2

    Worth remembering: no row sees another here; two thirds of a GPT-2 block's weights live here.
    Source: Vaswani et al. 2017, equation 2, with GPT-2's GELU in its tanh form in place of ReLU.
    """

    def __init__(self, width: int, hidden: int, bias: bool = True):
        super().__init__()
        self.expand = nn.Linear(width, hidden, bias=bias)
        self.bend = nn.GELU(approximate="tanh")
        self.contract = nn.Linear(hidden, width, bias=bias)

    def forward(self, x: Rows) -> Rows:
        return self.contract(self.bend(self.expand(x)))


class ISTA(nn.Module):
    """One step of sparse coding: each row as a few positive shares of a learned dictionary.

        y_i = relu(x_i - step (x_i D^T - x_i) D - step * penalty)

    D: (width, width), its columns the words. It is a proximal gradient step, from a = x_i, on
    |x_i - a D^T|^2 / 2 + penalty * sum(a) over a >= 0. Worth remembering: no path leads round it;
    what the step sets to zero is gone.
    Source: Yu et al. 2023 (CRATE), step and penalty as in the released code, which subtracts the
    penalty where a later text prints a plus.
    """

    def __init__(self, width: int, step: float = 0.1, penalty: float = 0.1):
        super().__init__()
        self.dictionary = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(width, width)))
        self.step, self.penalty = step, penalty

    def forward(self, x: Rows) -> Rows:
        error = x @ self.dictionary.mT - x
        return F.relu(x - self.step * (error @ self.dictionary) - self.step * self.penalty)
