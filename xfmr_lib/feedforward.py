"""Sublayer 2: the part that works on each row alone. Taught in: chapter 03."""

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
