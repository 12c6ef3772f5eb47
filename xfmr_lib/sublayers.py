"""How updates join the stream: a sublayer with its norm before, after or nowhere, a block of two.

Source: Vaswani et al. 2017 (after), Radford et al. 2019 (before), Wang & Komatsuzaki 2021 (blocks
in parallel), He & Hofmann 2024 (SAS, SAS-P). Taught in: chapters 03 and 17.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.config import Config
from xfmr_lib.feedforward import MLP

Rows = Float[Tensor, "*rows width"]


class NoNorm(nn.Module):
    """x + f(x): the bare residual connection."""

    make_norm = nn.Identity

    def __init__(self, inner: nn.Module, width: int, bias: bool, dropout: float):
        super().__init__()
        self.norm = self.make_norm(width, bias=bias)
        self.inner = inner
        self.dropout = nn.Dropout(dropout)

    def before(self, rows: Rows) -> Rows:
        """What the inner function reads."""
        return self.norm(rows)

    def after(self, rows: Rows, update: Rows) -> Rows:
        """How its update joins the rows."""
        return rows + self.dropout(update)

    def forward(self, rows: Rows) -> Rows:
        return self.after(rows, self.inner(self.before(rows)))


class PreNorm(NoNorm):
    """x + f(norm(x)): the row itself is never touched, only added to."""

    make_norm = nn.LayerNorm


class PostNorm(NoNorm):
    """norm(x + f(x)): the 2017 order; every row lands back on one sphere."""

    make_norm = nn.LayerNorm

    def before(self, rows: Rows) -> Rows:
        return rows

    def after(self, rows: Rows, update: Rows) -> Rows:
        return self.norm(super().after(rows, update))


SUBLAYERS = {"pre": PreNorm, "post": PostNorm, "none": NoNorm}


class Block(nn.Module):
    """One layer: rows look at each other (mix), then each row thinks alone (feed).

    A kind of block is its `join` of the rows, what the mixer read of them, and its update.
    """

    one_norm = False
    shrunk: tuple[str, ...] = ("mix.inner.output", "feed.inner.contract")  # see Transformer

    def __init__(self, config: Config):
        super().__init__()
        sublayer = SUBLAYERS[config.norm]
        width, bias, _ = shared = (config.width, config.bias, config.dropout)
        hidden = 4 * width if config.hidden is None else config.hidden
        self.mix = sublayer(config.make_mixer(), *shared)
        feed = NoNorm if self.one_norm else sublayer
        self.feed = feed(MLP(width, hidden, bias), *shared) if hidden else nn.Identity()

    def join(self, rows: Rows, read: Rows, update: Rows) -> Rows:
        return self.feed(self.mix.after(rows, update))

    def forward(self, rows: Rows) -> Rows:
        read = self.mix.before(rows)
        return self.join(rows, read, self.mix.inner(read))

    def prime(self, rows: Rows) -> tuple[Rows, Any]:
        """As `forward`, and what the mixer must keep to go on one row at a time."""
        return self(rows), self.mix.inner.remember(self.mix.before(rows))

    def step(self, row: Rows, memory: Any) -> tuple[Rows, Any]:
        """The next row alone, given the mixer's memory of those before it."""
        read = self.mix.before(row)
        update, memory = self.mix.inner.step(read, memory)
        return self.join(row, read, update), memory


class Parallel(Block):
    """x + mix(norm(x)) + feed(norm(x)): neither part waits for the other."""

    one_norm = True

    def join(self, rows: Rows, read: Rows, update: Rows) -> Rows:
        return self.feed.after(self.mix.after(rows, update), self.feed.inner(read))


class SAS(Block):
    """y = mix(norm(x)), then y + gain * feed(norm(y)): no way round the mixer, so take `shaped`."""

    shrunk = ()  # the gain does it: 0.1 in the paper's 18 layers, falling as 1/sqrt(layers)

    def __init__(self, config: Config):
        super().__init__(config)
        self.gain = nn.Parameter(torch.tensor([0.1 * (18 / max(1, config.layers)) ** 0.5]))

    def join(self, rows: Rows, read: Rows, update: Rows) -> Rows:
        return self.feed.after(update, self.gain * self.feed.inner(self.feed.before(update)))


class SASP(SAS):
    """mix(norm(x)) + gain * feed(norm(x)): no skip at all."""

    one_norm = True

    def join(self, rows: Rows, read: Rows, update: Rows) -> Rows:
        return self.feed.after(update, self.gain * self.feed.inner(read))


BLOCKS = {"sequential": Block, "parallel": Parallel, "sas": SAS, "sas_p": SASP}
