"""A few rows of a long past decide.

Source: Wang & E 2024, task I (section 3) and appendix H.2. Taught in: chapters 12 and 14.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.tasks import generator

Memories = Float[Tensor, "*cases memories"]
Outputs = Float[Tensor, "*cases outputs"]


def neurons(memories: Memories, count: int = 64, seed: int = 0) -> Outputs:
    """A drawn readout: g(u) = sum over k of relu(w_k . u), w_k ~ N(0, 1) for each memory."""
    drawn = torch.Generator().manual_seed(seed)
    weights = torch.randn(count, memories.shape[-1], generator=drawn)
    return (memories @ weights.T.to(memories)).relu().sum(-1, keepdim=True)


@dataclass(frozen=True)
class SparseFunction:
    """Rows drawn at random, of which the last must answer for a few.

        y = (g(u) - mean) / deviation,   u_i = x at `distances[i]` rows back from the last row

    readout: g. levels: the values a row can take, evenly spaced from -1 to 1 (2: signs). raw: y =
    g(u) as it is. Mean and deviation are exact: all levels^M cases are counted through.
    Calling with a step gives x (batch, time, 1) and y (batch, outputs).
    Worth remembering: standardised, the best constant answer has the loss 1.
    """

    distances: tuple[int, ...] = (48, 56, 99)
    readout: Callable[[Memories], Outputs] = neurons
    time: int = 128
    batch: int = 100
    seed: int = 0
    levels: int = 2
    raw: bool = False

    def __post_init__(self):
        if not all(0 <= distance < self.time for distance in self.distances):
            raise ValueError(
                f"distances {self.distances} do not lie within a text of {self.time} rows: "
                f"0 is the last row, {self.time - 1} the first"
            )

    def __call__(self, step: int) -> tuple[Float[Tensor, "batch time 1"], Outputs]:
        shape, drawn = (self.batch, self.time, 1), generator(self.seed, step)
        x = torch.randint(self.levels, shape, generator=drawn) * (2 / (self.levels - 1)) - 1
        return x, self.target(x[:, [self.time - 1 - back for back in self.distances], 0])

    def target(self, memories: Memories) -> Outputs:
        """y of given memories, in the order of `distances`."""
        values = self.readout(memories)
        if self.raw:
            return values
        mean, deviation = self.moments
        return (values - mean.to(values)) / deviation.to(values)

    def cases(self) -> Float[Tensor, "cases memories"]:
        """Everything that can stand at the memory places, each equally likely, in float64."""
        values = torch.linspace(-1, 1, self.levels, dtype=torch.float64)
        return torch.cartesian_prod(*[values] * len(self.distances)).view(-1, len(self.distances))

    @cached_property
    def moments(self) -> tuple[Float[Tensor, " outputs"], Float[Tensor, " outputs"]]:
        """Exact mean and standard deviation of every output of g over all cases."""
        values = self.readout(self.cases())
        return values.mean(0), values.std(0, correction=0)
