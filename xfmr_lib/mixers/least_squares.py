"""Attention without the softmax, and attention that solves: least squares over the rows seen.

Linear attention takes one step towards the fit of the values by the keys, Intention solves for it
anew at every row, the mesa layer updates an inverse. The last two agree. Taught in: chapter 16.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.mixers.attention import Attention, Heads, Kept, Mixed, Values
from xfmr_lib.mixers.base import Row, Rows

Square = Float[Tensor, "batch heads head_width head_width"]
Memory = tuple[Square, Square]  # sum of key^T value; what the keys alone leave


class LinearAttention(Attention):
    """Causal attention whose weights are the bare dot products.

        y_i = sum_{j <= i} (q_i . k_j) v_j W_O  =  q_i (sum_{j <= i} k_j^T v_j) W_O

    Its memory is the one matrix in brackets for each head, however long the text.
    Worth remembering: every weight set rightly, it is a step of gradient descent on a least-squares
    loss over the rows seen.
    Source: Katharopoulos et al. 2020 (the memory, with a feature map and a denominator), von
    Oswald et al. 2023 (the step, with neither). Departure: causal; not divided by the rows seen.
    """

    def __init__(self, width: int, heads: int = 1, bias: bool = False, **options):
        super().__init__(width, heads, bias, **options)

    def mix(self, queries: Heads, keys: Kept, values: Values) -> Mixed:
        """For the newest rows: dot products with all keys that are not later, times the values."""
        before = keys.shape[2] - queries.shape[2]
        return (queries @ keys.mT).tril(before) @ values

    def remember(self, x: Rows) -> Square:
        _, keys, values = self.project(x)
        return keys.mT @ values

    def step(self, x: Row, memory: Square) -> tuple[Row, Square]:
        """The output of one more row, at a cost that does not grow with the rows before."""
        query, key, value = self.project(x[:, None])
        memory = memory + key.mT @ value
        return self.output((query @ memory).flatten(1)), memory


class Intention(LinearAttention):
    """Ridge regression from keys to values over the past, applied to the query.

        y_i = q_i (sum_{j <= i} k_j^T k_j + alpha I)^-1 (sum_{j <= i} k_j^T v_j) W_O

    alpha > 0: one learned number a head, kept as its logarithm; `alpha` is where it starts.
    Worth remembering: it is linear attention whose queries were first divided by what the keys
    have in common; alpha times it becomes linear attention as alpha grows.
    Source: Garnelo & Czarnecki 2023 (arXiv 2305.10203). Departure: causal, solved for each row.
    """

    def __init__(self, width: int, heads: int = 1, alpha: float = 1.0, **options):
        super().__init__(width, heads, **options)
        self.log_alpha = nn.Parameter(torch.full((heads,), math.log(alpha)))

    def ridge(self, like: Heads | Kept) -> Float[Tensor, "heads head_width head_width"]:
        """alpha I of every head."""
        return self.log_alpha.exp()[:, None, None] * torch.eye(like.shape[-1]).to(like)

    def divide(self, queries: Heads, keys: Kept) -> Heads:
        """The newest rows' queries, each times the inverse of what the keys up to it leave."""
        products = (keys[..., :, None] * keys[..., None, :]).cumsum(2)[:, :, -queries.shape[2] :]
        return torch.linalg.solve(products + self.ridge(keys)[:, None], queries)

    def mix(self, queries: Heads, keys: Kept, values: Values) -> Mixed:
        return super().mix(self.divide(queries, keys), keys, values)

    def remember(self, x: Rows) -> Memory:
        _, keys, _ = self.project(x)
        return super().remember(x), keys.mT @ keys + self.ridge(keys)

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        query, key, value = self.project(x[:, None])
        fitted, products = memory[0] + key.mT @ value, memory[1] + key.mT @ key
        answer = torch.linalg.solve(products, query.mT).mT @ fitted
        return self.output(answer.flatten(1)), (fitted, products)


def add_row(inverse: Square, key: Float[Tensor, "batch heads 1 head_width"]) -> Square:
    """The inverse of P + key^T key, given the inverse of a symmetric P (Sherman & Morrison)."""
    turned = key @ inverse
    return inverse - turned.mT @ turned / (1 + turned @ key.mT)


class MesaLayer(Intention):
    """Intention by recursive least squares: one inverse a head, updated by every row.

        y_i = q_i R_i S_i W_O,   S_i = S_{i-1} + k_i^T v_i,   R_0 = I / alpha,
        R_i = R_{i-1} - (R_{i-1} k_i^T)(k_i R_{i-1}) / (1 + k_i R_{i-1} k_i^T)

    Worth remembering: c^2 operations a row where solving takes c^3, but one row after the other.
    Source: von Oswald et al. 2023 (arXiv 2309.05858), whose lambda is 1/alpha. Departure: the
    gradient is torch's own, which keeps every R_i; the paper runs the recursion backwards.
    """

    def divide(self, queries: Heads, keys: Kept) -> Heads:
        inverse = self.ridge(keys).inverse().expand(len(keys), -1, -1, -1)
        inverses = [inverse := add_row(inverse, key) for key in keys.split(1, 2)]
        newest = torch.stack(inverses[-queries.shape[2] :], 2)
        return (queries[..., None, :] @ newest)[..., 0, :]

    def remember(self, x: Rows) -> Memory:
        fitted, products = super().remember(x)
        return fitted, products.inverse()

    def step(self, x: Row, memory: Memory) -> tuple[Row, Memory]:
        query, key, value = self.project(x[:, None])
        fitted, inverse = memory[0] + key.mT @ value, add_row(memory[1], key)
        return self.output((query @ inverse @ fitted).flatten(1)), (fitted, inverse)
