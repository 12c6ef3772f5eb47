"""What attention heads are made of: two maps each, and the paths on which they work together.

Row vectors: a head moves x W_V W_O from row j to row i with weight A_ij, and A comes from
x_i W_Q W_K^T x_j^T. Source: Elhage et al. 2021; Olsson et al. 2022. Taught in: chapters 04, 05.
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
    """One head's four maps, for row vectors.

    query, key, value: (width, head_width); output: (head_width, width).
    """

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

    Raises ValueError when there is no such head.
    Worth remembering: only the two products `qk` and `ov` matter; the four factors are not unique.
    Taught in: chapter 04.
    """
    config = model.config
    if not (0 <= layer < config.layers and 0 <= number < config.heads):
        raise ValueError(
            f"no head {number} in layer {layer}: there are {config.layers} layers of "
            f"{config.heads} heads, counted from 0"
        )
    mixer = model.blocks[layer].mix.inner
    parts = rearrange(mixer.qkv.weight, "(p h c) d -> p h d c", p=3, h=config.heads)[:, number]
    output = rearrange(mixer.output.weight, "d (h c) -> h c d", h=config.heads)[number]
    return Head(*parts, output)


def composition(later: Head, earlier: Head) -> dict[str, float]:
    """How much of what an earlier head writes the queries, keys and values of a later one read.

        |W_OV W| / (|W_OV| |W|),   Frobenius norms, W = W_QK, W_QK^T, W_OV of the later head

    Worth remembering: two random maps already score about 1/sqrt(width); what counts is the excess.
    Source: Elhage et al. 2021, for row vectors. Taught in: chapter 04.
    """
    reads = {
        "query": (later.query, later.key.T),
        "key": (later.key, later.query.T),
        "value": (later.value, later.output),
    }
    write, scores = _size(earlier.value, earlier.output), {}
    for name, (into, out) in reads.items():
        through = _size(earlier.value @ (earlier.output @ into), out)
        scores[name] = (through / (write * _size(into, out))).item()
    return scores


def _size(left, right):
    """The Frobenius norm of left @ right without making that large matrix."""
    return ((left.T @ left) * (right @ right.T)).sum().sqrt()


@torch.no_grad()
def copying(model: Transformer, layer: int, number: int) -> float:
    """Sum of eigenvalues over the sum of their sizes, of W_E W_OV W_U: 1 copies, -1 avoids.

    Computed from a head_width x head_width matrix, which has the same non-zero eigenvalues.
    Worth remembering: W_U is centred over the vocabulary first. The softmax does not see what all
    logits share, the eigenvalues do, and one large one can turn the score's sign.
    Source: Elhage et al. 2021. Departures: centred; norms left aside. Taught in: chapter 04.
    """
    maps = head(model, layer, number)
    centred = model.unembed.weight - model.unembed.weight.mean(0)
    small = (maps.output @ centred.T) @ (model.tokens.weight @ maps.value)
    values = torch.linalg.eigvals(small)
    return (values.sum().real / values.abs().sum()).item()


@torch.no_grad()
def patterns(model: Transformer, tokens: Tokens) -> list[Pattern]:
    """The attention patterns of every layer on this text. Taught in: chapter 04."""
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
    Raises ValueError when something else than heads would have to be counted: feed-forward
    sublayers, norms, biases.
    Worth remembering: the patterns are taken as they are; given them, the model is linear.
    Source: Elhage et al. 2021. Taught in: chapter 04.
    """
    config = model.config
    if config.hidden != 0 or config.norm != "none" or config.bias:
        raise ValueError(
            "paths add up for attention-only models alone: build with hidden=0, norm='none' and "
            f"bias=False, not hidden={config.hidden}, norm={config.norm!r}, bias={config.bias}"
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
    """Mean attention of each head to the row just before. Taught in: chapter 05."""
    return pattern.diagonal(-1, dim1=-2, dim2=-1).mean((0, -1))


def prefix_matching(pattern: Pattern, tokens: Tokens) -> Float[Tensor, " heads"]:
    """Mean attention of each head to the rows that followed the same token earlier.

        sum of A_ij over j with token_{j-1} = token_i and j - 1 < i, averaged over the rows i that
        have such a j

    Raises ValueError when no token of the text repeats.
    Worth remembering: the paper writes "preceded"; it must be the row *after* the earlier copy.
    Source: Olsson et al. 2022. Taught in: chapter 05.
    """
    same = tokens[:, :, None] == tokens[:, None, :-1]
    after = torch.nn.functional.pad(same, (1, 0)).tril()
    rows = after.any(-1)
    if not rows.any():
        raise ValueError("no token of this text repeats; nothing can be matched")
    looked = (pattern * after[:, None]).sum(-1)
    return (looked * rows[:, None]).sum((0, -1)) / rows.sum()
