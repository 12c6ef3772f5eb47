"""Where rows travel: the norm as a sphere, heads as maps of it, directions read as tokens.

Source: Molina 2023 (arXiv 2309.07315, "Traveling Words"). Taught in: chapter 06.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Rows = Float[Tensor, "*rows width"]


def on_sphere(rows: Rows) -> Rows:
    """Layer norm without gain, shift and epsilon: centre a row, then bring it to length sqrt(d).

        x -> sqrt(d) P x / |P x|,   P = I - 1 1^T / d

    Worth remembering: P projects along (1, ..., 1), so every row lands on one sphere of radius
    sqrt(d) in d - 1 dimensions; a gain makes it an ellipsoid, a shift moves it.
    Source: Molina 2023; Brody et al. 2023. Taught in: chapter 06.
    """
    centred = rows - rows.mean(-1, keepdim=True)
    return rows.shape[-1] ** 0.5 * centred / centred.norm(dim=-1, keepdim=True)


@dataclass(frozen=True)
class SingularPairs:
    """A map as a sum of rank-one maps, strongest first: sum_r strengths_r left_r^T right_r.

    left: the directions queried; right: those written or attended to.
    """

    left: Float[Tensor, "pairs in_width"]
    right: Float[Tensor, "pairs out_width"]
    strengths: Float[Tensor, " pairs"]


def singular_pairs(
    matrix: Float[Tensor, "in_width out_width"], pairs: int, words: Float[Tensor, "words out_width"]
) -> SingularPairs:
    """The strongest singular pairs of a map, their common sign set by what they mean.

    A pair (u, v) is as good as (-u, -v): the sign is chosen so that v's dot product of largest size
    with one of `words` is positive. Raises ValueError beyond the map's rank: the rest is noise.
    Worth remembering: signs belong to pairs. Turning one side alone changes the map.
    Source: Molina 2023, section on singular value decomposition. Taught in: chapter 06.
    """
    rank = int(torch.linalg.matrix_rank(matrix))
    if pairs > rank:
        raise ValueError(f"{pairs} pairs were asked for, but the map has rank {rank}")
    u, strengths, vh = torch.linalg.svd(matrix, full_matrices=False)
    left, right = u.T[:pairs], vh[:pairs]
    dots = right @ words.T
    sign = torch.where(dots.amax(1) >= -dots.amin(1), 1.0, -1.0).to(matrix)[:, None]
    return SingularPairs(sign * left, sign * right, strengths[:pairs])
