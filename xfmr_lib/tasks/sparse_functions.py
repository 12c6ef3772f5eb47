"""A few rows of a long past decide: y = g(x_{-T_1}, ..., x_{-T_M}), T_i rows back from the last.

Source: Wang & E 2024, task I (section 3) and experiments 1b, 2a, 2b, 3a (appendix H.2).
Taught in: chapters 12 and 14.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.tasks import generator

Memories = Float[Tensor, "*cases memories"]
Outputs = Float[Tensor, "*cases outputs"]
Readout = Callable[[Memories], Outputs]  # g: what the memories say together

MOST_CASES = 2**16


def total(memories: Memories) -> Outputs:
    """The sum of the memories: the readout of experiment 2b."""
    return memories.sum(-1, keepdim=True)


def each(memories: Memories) -> Outputs:
    """Every memory by itself, one output for each: the readout that loses nothing."""
    return memories


@dataclass(frozen=True)
class Neurons:
    """A drawn readout: g(u) = sum over k of relu(w_k . u), w_k ~ N(0, 1) for each memory.

    Worth remembering: relu(z) = z/2 + |z|/2, so the odd part of g is linear: of signs, g has no
    term of three factors, and of one sign it is a straight line.
    Source: Wang & E 2024, experiments 1b and 2a.
    """

    seed: int = 0
    count: int = 64

    def __call__(self, memories: Memories) -> Outputs:
        drawn = torch.Generator().manual_seed(self.seed)
        weights = torch.randn(self.count, memories.shape[-1], generator=drawn)
        return (memories @ weights.T.to(memories)).relu().sum(-1, keepdim=True)


@dataclass(frozen=True)
class Wave:
    """A readout that bends: g(u) = sin(pi turns u) of the sum of the memories.

    Of one memory between -1 and 1: `turns` whole waves, 2 turns - 1 bends between straight pieces.
    Our choice, for a readout that no straight line comes near.
    """

    turns: int = 2

    def __call__(self, memories: Memories) -> Outputs:
        return torch.sin(math.pi * self.turns * total(memories))


@dataclass(frozen=True)
class SparseFunction:
    """Rows drawn at random, of which the last must answer for a few.

        y = (g(u) - mean) / deviation,   u_i = x at `distances[i]` rows back from the last row

    readout: g. levels: the values a row can take, evenly spaced from -1 to 1 (2: signs). raw: y =
    g(u) as it is. Mean and deviation are exact: all levels^M cases are counted through.
    Calling with a step gives x (batch, time, 1) and y (batch, outputs).
    Worth remembering: standardised, the best constant answer has the loss 1.
    Source: Wang & E 2024; there x is a sign, time 1000, y raw.
    """

    distances: tuple[int, ...] = (48, 56, 99)
    readout: Readout = Neurons()
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
        if self.levels ** len(self.distances) > MOST_CASES:
            raise ValueError(
                f"{self.levels} levels to the power of {len(self.distances)} memories are more "
                f"than {MOST_CASES} cases; take fewer of either"
            )

    def __call__(
        self, step: int
    ) -> tuple[Float[Tensor, "batch time 1"], Float[Tensor, "batch outputs"]]:
        shape, drawn = (self.batch, self.time, 1), generator(self.seed, step)
        x = torch.randint(self.levels, shape, generator=drawn) * (2 / (self.levels - 1)) - 1
        return x, self.target(self.memories(x))

    def memories(self, x: Float[Tensor, "batch time 1"]) -> Float[Tensor, "batch memories"]:
        """What stands at the memory places, in the order of `distances`."""
        return x[:, [self.time - 1 - distance for distance in self.distances], 0]

    def target(self, memories: Memories) -> Outputs:
        """y of given memories: standardised, or g itself when raw."""
        values = self.readout(memories)
        if self.raw:
            return values
        mean, deviation = self.moments()
        return (values - mean.to(values)) / deviation.to(values)

    def cases(self) -> Float[Tensor, "cases memories"]:
        """Everything that can stand at the memory places, each equally likely, in float64."""
        values = torch.linspace(-1, 1, self.levels, dtype=torch.float64)
        memories = len(self.distances)
        return torch.cartesian_prod(*[values] * memories).view(-1, memories)

    def moments(self) -> tuple[Float[Tensor, " outputs"], Float[Tensor, " outputs"]]:
        """Exact mean and standard deviation of every output of g over all cases."""
        return _moments(self)

    def walsh(self) -> dict[tuple[int, ...], float]:
        """The target of signs as a sum of products: coefficient of each set of distances.

            y = sum over sets S of c_S * product of the memories in S,   c_S = mean of y * product

        Exact, over all 2^M cases; the squares of all c_S add up to the mean of y^2. With more than
        two levels products are no longer a basis.
        """
        if self.levels != 2:
            raise ValueError(f"Walsh coefficients are for signs (levels=2), not {self.levels}")
        cases, places = self.cases(), range(len(self.distances))
        y = self.target(cases)
        coefficients = {}
        for size in range(len(places) + 1):
            for some in itertools.combinations(places, size):
                product = cases[:, list(some)].prod(-1)
                coefficient = (y[:, 0] * product).mean().item()
                coefficients[tuple(self.distances[i] for i in some)] = coefficient
        return coefficients


@lru_cache(maxsize=64)
def _moments(task: SparseFunction) -> tuple[Tensor, Tensor]:
    values = task.readout(task.cases())
    return values.mean(0), values.std(0, correction=0)
