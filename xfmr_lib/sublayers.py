"""How an update joins the stream: a residual connection with its norm before, after or nowhere.

Source: Vaswani et al. 2017 (after), Radford et al. 2019 (before). Taught in: chapter 03.
"""

from jaxtyping import Float
from torch import Tensor, nn

Rows = Float[Tensor, "*rows width"]


class NoNorm(nn.Module):
    """x + f(x): the bare residual connection."""

    def __init__(self, inner: nn.Module, width: int, bias: bool, dropout: float):
        super().__init__()
        self.norm = self.make_norm(width, bias)
        self.inner = inner
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def make_norm(self, width: int, bias: bool) -> nn.Module:
        return nn.Identity()

    def before(self, rows: Rows) -> Rows:
        """What the inner function reads."""
        return rows

    def after(self, rows: Rows, update: Rows) -> Rows:
        """How its update joins the rows."""
        return rows + self.dropout(update)

    def forward(self, rows: Rows) -> Rows:
        return self.after(rows, self.inner(self.before(rows)))


class PreNorm(NoNorm):
    """x + f(norm(x)): the row itself is never touched, only added to."""

    def make_norm(self, width: int, bias: bool) -> nn.Module:
        return nn.LayerNorm(width, bias=bias)

    def before(self, rows: Rows) -> Rows:
        return self.norm(rows)


class PostNorm(NoNorm):
    """norm(x + f(x)): the 2017 order; every row lands back on one sphere."""

    make_norm = PreNorm.make_norm

    def after(self, rows: Rows, update: Rows) -> Rows:
        return self.norm(super().after(rows, update))


SUBLAYERS = {"pre": PreNorm, "post": PostNorm, "none": NoNorm}
