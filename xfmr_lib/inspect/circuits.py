"""What attention heads are made of: two maps each, and the paths on which they work together.

Source: Elhage et al. 2021, here for row vectors; Olsson et al. 2022. Taught in: chapters 04, 05.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.transformer import Transformer

Tokens = Int[Tensor, "batch time"]
Pattern = Float[Tensor, "batch heads time time"]
Map = Float[Tensor, "width width"]
Path = tuple[tuple[int, int], ...]  # the heads passed through, each (layer, head), from 0


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


@torch.no_grad()
def expand(model: Transformer, tokens: Tokens) -> dict[Path, Float[Tensor, "batch time _"]]:
    """The logits of an attention-only model as a sum over all paths from embedding to output.

        logits = sum over paths of A^(h_k) ... A^(h_1) x W_OV^(h_1) ... W_OV^(h_k) W_U

    The empty path goes straight through, a path of one is a head, longer ones are virtual heads.
    Worth remembering: the patterns are taken as they are; given them, the model is linear.
    """
    config = model.config
    if config.hidden != 0 or config.norm != "none" or config.bias:
        raise ValueError(
            "paths add up for attention-only models alone: hidden=0, norm='none' and bias=False"
        )
    streams: dict[Path, Tensor] = {(): model.embed(tokens)}
    for layer, pattern in enumerate(patterns(model, tokens)):
        maps = [head(model, layer, number) for number in range(config.heads)]
        streams |= {
            (*path, (layer, number)): pattern[:, number] @ rows @ maps[number].ov
            for path, rows in streams.items()
            for number in range(config.heads)
        }
    return {path: model.unembed(rows) for path, rows in streams.items()}


def previous_token(pattern: Pattern) -> Float[Tensor, " heads"]:
    """Mean attention of each head to the row just before."""
    return pattern.diagonal(-1, dim1=-2, dim2=-1).mean((0, -1))


def prefix_matching(pattern: Pattern, tokens: Tokens) -> Float[Tensor, " heads"]:
    """Mean attention of each head to the rows that followed the same token earlier.

        mean over the rows i that have such a j of sum A_ij, over j <= i with token_{j-1} = token_i

    Worth remembering: Olsson et al. write "preceded"; it must be the row *after* the earlier copy.
    """
    same = tokens[:, :, None] == tokens[:, None, :-1]
    after = torch.nn.functional.pad(same, (1, 0)).tril()
    rows = after.any(-1)
    if not rows.any():
        raise ValueError("no token of this text repeats; nothing can be matched")
    looked = (pattern * after[:, None]).sum(-1)
    return (looked * rows[:, None]).sum((0, -1)) / rows.sum()
