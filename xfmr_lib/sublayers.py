"""How an update joins the stream: a residual connection with its norm before, after or nowhere.

Source: Vaswani et al. 2017 (after), Radford et al. 2019 (before). Taught in: chapter 03.
"""

from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "batch time width"]


class PreNorm(nn.Module):
    """x + f(norm(x)): the row itself is never touched, only added to. Taught in: chapter 03."""

    def __init__(self, inner: nn.Module, width: int, bias: bool, dropout: float):
        super().__init__()
        self.norm, self.inner = nn.LayerNorm(width, bias=bias), inner
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Rows) -> Rows:
        return rows + self.dropout(self.inner(self.norm(rows)))


class PostNorm(nn.Module):
    """norm(x + f(x)): the 2017 order; every row lands back on one sphere. Taught in: chapter 03."""

    def __init__(self, inner: nn.Module, width: int, bias: bool, dropout: float):
        super().__init__()
        self.norm, self.inner = nn.LayerNorm(width, bias=bias), inner
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Rows) -> Rows:
        return self.norm(rows + self.dropout(self.inner(rows)))


class NoNorm(nn.Module):
    """x + f(x): the bare residual connection. Taught in: chapter 03."""

    def __init__(self, inner: nn.Module, width: int, bias: bool, dropout: float):
        super().__init__()
        self.inner, self.dropout = inner, nn.Dropout(dropout)

    def forward(self, rows: Rows) -> Rows:
        return rows + self.dropout(self.inner(rows))


SUBLAYERS = {"pre": PreNorm, "post": PostNorm, "none": NoNorm}
