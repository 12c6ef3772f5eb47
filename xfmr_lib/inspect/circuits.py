"""What attention heads are made of, and how they read each other.

Source: Elhage et al. 2021, here for row vectors; Olsson et al. 2022. Taught in: chapters 04, 05.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.mixers.attention import Pattern
from xfmr_lib.transformer import Tokens, Transformer

Map = Float[Tensor, "width width"]


@dataclass(frozen=True)
class Head:
    """One head's four maps: it moves x W_V W_O to row i from the rows that x_i W_Q W_K^T finds."""

    query: Float[Tensor, "width head_width"]
    key: Float[Tensor, "width head_width"]
    value: Float[Tensor, "width head_width"]
    output: Float[Tensor, "head_width width"]

    @property
    def qk(self) -> Map:
        """W_Q W_K^T / sqrt(c): which rows look at which; rank at most c."""
        return self.query @ self.key.T / self.query.shape[1] ** 0.5

    @property
    def ov(self) -> Map:
        """W_V W_O: what is moved once it is decided from where; rank at most c."""
        return self.value @ self.output


@torch.no_grad()
def head(model: Transformer, layer: int, number: int) -> Head:
    """The maps of one head, layer and head counted from 0, biases and norms left aside.

    Worth remembering: only the two products `qk` and `ov` matter; the four factors are not unique.
    """
    config = model.config
    if not (0 <= layer < config.layers and 0 <= number < config.heads):
        there = f"there are {config.layers} layers of {config.heads} heads, counted from 0"
        raise ValueError(f"no head {number} in layer {layer}: {there}")
    mixer = model.blocks[layer].mix.inner
    parts = rearrange(mixer.qkv.weight, "(p h c) d -> p h d c", p=3, h=config.heads)[:, number]
    output = rearrange(mixer.output.weight, "d (h c) -> h c d", h=config.heads)[number]
    return Head(*parts, output)


def composition(later: Head, earlier: Head) -> dict[str, float]:
    """How much of what an earlier head writes the queries, keys and values of a later one read.

        |W_OV W| / (|W_OV| |W|),   Frobenius norms, W = W_QK, W_QK^T, W_OV of the later head

    Worth remembering: two random maps already score about 1/sqrt(width); what counts is the excess.
    """

    def size(left, right):  # of left @ right, without making that large matrix
        return ((left.T @ left) * (right @ right.T)).sum().sqrt()

    def score(into, out):
        through = size(earlier.value @ (earlier.output @ into), out)
        return (through / (size(earlier.value, earlier.output) * size(into, out))).item()

    query, key = score(later.query, later.key.T), score(later.key, later.query.T)
    return {"query": query, "key": key, "value": score(later.value, later.output)}


@torch.no_grad()
def copying(model: Transformer, layer: int, number: int) -> float:
    """Sum of eigenvalues over the sum of their sizes, of W_E W_OV W_U: 1 copies, -1 avoids.

    Departures from Elhage et al. 2021: norms left aside; W_U is centred over the vocabulary. The
    softmax does not see what all logits share, the eigenvalues do, and one large one can turn the
    score's sign.
    """
    maps = head(model, layer, number)
    centred = model.unembed.weight - model.unembed.weight.mean(0)
    same_eigenvalues = (maps.output @ centred.T) @ (model.tokens.weight @ maps.value)
    values = torch.linalg.eigvals(same_eigenvalues)
    return (values.sum().real / values.abs().sum()).item()


@torch.no_grad()
def patterns(model: Transformer, tokens: Tokens) -> list[Pattern]:
    """The attention patterns of every layer on this text."""
    found, rows = [], model.embed(tokens)
    for block in model.blocks:
        found.append(block.mix.inner.pattern(block.mix.before(rows)))
        rows = block(rows)
    return found


def previous_token(pattern: Pattern) -> Float[Tensor, " heads"]:
    """Mean attention of each head to the row just before."""
    return pattern.diagonal(-1, dim1=-2, dim2=-1).mean((0, -1))
