"""A law to be found in a trajectory (von Oswald et al. 2023, 2309.05858). Taught in: chapter 16."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.tasks import generator

States = Float[Tensor, "batch time width"]


@dataclass(frozen=True)
class LinearDynamics:
    """States s_1 ... s_T, and for each the state that follows.

        s_1 ~ N(0, I),   s_{t+1} = s_t W + noise * N(0, I),   W uniform among orthogonal matrices

    Worth remembering: answering 0 costs about 1 for each number, knowing W noise^2; with fewer
    than `width` steps seen nobody can know W.
    """

    width: int = 10
    time: int = 50
    noise: float = 0.01
    batch: int = 64
    seed: int = 0

    def __call__(self, step: int) -> tuple[States, States]:
        shape, drawn = (self.batch, self.width, self.width), generator(self.seed, step)
        law, triangle = torch.linalg.qr(torch.randn(shape, generator=drawn))
        law = law * triangle.diagonal(dim1=1, dim2=2).sign()[:, None]  # else W leans towards -I
        states = [torch.randn(self.batch, 1, self.width, generator=drawn)]
        for _ in range(self.time):
            noise = torch.randn(self.batch, 1, self.width, generator=drawn)
            states.append(states[-1] @ law + self.noise * noise)
        rows = torch.cat(states, 1)
        return rows[:, :-1], rows[:, 1:]
