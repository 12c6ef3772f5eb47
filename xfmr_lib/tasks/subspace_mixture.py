"""Tokens that lie near a few subspaces: the world in which denoising is attention.

Source: the signal model of Wang et al. 2025 (AoT). Taught in: chapter 15.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.tasks import generator

Rows = Float[Tensor, "time width"]
Bases = Float[Tensor, "subspaces width head_width"]


@dataclass(frozen=True)
class SubspaceMixture:
    """Each row lies in a subspace of its own, but for a little noise in all the others.

        z_i = a_i U_k^T + sum_{j != k} e_ij U_j^T,   a_i ~ N(0, I),   e_ij ~ N(0, noise^2 I)

    U_k: orthonormal columns (width, head_width), orthogonal to one another, drawn by the seed. Row
    i belongs to subspace i * subspaces // rows. `step` counts draws, as in the other tasks.
    Worth remembering: the expected ratio of signal to noise is 1 / (noise sqrt(subspaces - 1)).
    """

    subspaces: int = 4
    head_width: int = 32
    rows: int = 160
    noise: float = 0.05
    seed: int = 0

    def __call__(self, step: int) -> tuple[Rows, Bases, Int[Tensor, " time"]]:
        """Rows in float64, the bases, and the subspace that each row belongs to."""
        drawn, width = generator(self.seed, step), self.subspaces * self.head_width
        square = torch.randn(width, width, generator=drawn, dtype=torch.float64)
        bases = torch.linalg.qr(square).Q.view(width, self.subspaces, -1).transpose(0, 1)
        home = torch.arange(self.rows) * self.subspaces // self.rows
        shape = (self.subspaces, self.rows, self.head_width)
        amounts = torch.randn(shape, generator=drawn, dtype=torch.float64)
        at_home = home == torch.arange(self.subspaces)[:, None]
        amounts *= torch.where(at_home, 1.0, self.noise)[..., None]
        return (amounts @ bases.mT).sum(0), bases, home
