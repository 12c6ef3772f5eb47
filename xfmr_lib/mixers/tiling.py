"""The causal product told one row at a time: relaxed (online) evaluation in blocks.

Adding up the whole window for every new row reads all of the kernel again and again; the processor
waits for memory. Here each new row meets only the rows of its own block. When the block is full,
the debt of its rows to all later places is paid at once, in matrix products that read the kernel
once a block.

Source: relaxed multiplication, van der Hoeven 2002, in its simplest form of two levels.
Taught in: chapter 10.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.mixers.base import Row, Rows

Kernel = Float[Tensor, "window width width"]
Owed = Float[Tensor, "batch left width"]
BLOCK = 32  # measured: flat between 16 and 64 for width 128


class Tiles(NamedTuple):
    """What an Extractor remembers; nothing is changed in place, so it may be continued twice."""

    owed: Owed  # what full blocks add to the places from the current block's first to the window's
    recent: Float[Tensor, "batch few width"]  # the current block's rows, newest first
    block: int = BLOCK  # block >= window is the plain window product


def start(x: Rows, kernel: Kernel, block: int = BLOCK) -> Tiles:
    """The memory after the rows x. Raises ValueError when they are more than the window."""
    past, window = x.shape[1], len(kernel)
    if past > window:
        raise ValueError(f"{past} rows but a window of {window}; keep the newest {window}")
    owed = x.new_zeros(len(x), window, x.shape[2])
    for first in range(0, past, block):
        rows = x[:, first : first + block].flip(1)
        owed = _pay(rows, owed[:, rows.shape[1] :], kernel)
    return Tiles(owed, x[:, :0], block)


def push(x: Row, tiles: Tiles, kernel: Kernel) -> tuple[Row, Tiles]:
    """The sum for one more row, sum_{j<=i} x_j W_{i-j+1}, and the memory after it."""
    owed, recent, block = tiles
    recent = torch.cat([x[:, None], recent], 1)
    place = recent.shape[1] - 1
    if place >= owed.shape[1]:
        raise ValueError(f"the window of {len(kernel)} rows is full; start again with newer rows")
    sums = owed[:, place] + recent.flatten(1) @ kernel[: place + 1].flatten(0, 1)
    if place + 1 < block:
        return sums, Tiles(owed, recent, block)
    return sums, Tiles(_pay(recent, owed[:, block:], kernel), recent[:, :0], block)


def _pay(recent: Rows, owed: Owed, kernel: Kernel) -> Owed:
    """Add what a full block gives to every later place: each tap's matrix is read once."""
    batch, block, width = recent.shape
    left = owed.shape[1]
    taps = kernel[1 : block + left]
    products = (recent.flatten(0, 1) @ taps).view(-1, batch, block, width)
    for back in range(block):  # newest first: `back` rows before the end
        owed = owed + products[back : back + left, :, back].transpose(0, 1)
    return owed
