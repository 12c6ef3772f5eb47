"""Random tokens that repeat after a period drawn anew for each sequence.

What comes next can only be known by finding where the same token stood before: induction.
Source: Olsson et al. 2022, with the period drawn by us. Taught in: chapter 05.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from xfmr_lib.tasks import generator

Tokens = Int[Tensor, "batch time"]


@dataclass(frozen=True)
class RepeatedTokens:
    """Sequences that repeat with a period between `shortest` and `longest`, both included.

    Called with a step: (inputs, targets), each (batch, window). Tokens are drawn uniformly.
    shortest = longest gives the task that position alone solves.
    Worth remembering: within a period a token may occur twice, so even induction errs now and then.
    """

    vocabulary: int = 64
    window: int = 32
    shortest: int = 6
    longest: int = 16
    batch: int = 48
    seed: int = 0

    def __post_init__(self):
        if not 1 <= self.shortest <= self.longest <= self.window:
            raise ValueError(
                f"periods {self.shortest} to {self.longest} must lie in order between 1 and the "
                f"window of {self.window}"
            )

    def __call__(self, step: int) -> tuple[Tokens, Tokens]:
        tokens, _ = self._drawn(step)
        return tokens[:, :-1], tokens[:, 1:]

    def known(self, step: int) -> Bool[Tensor, "batch time"]:
        """Which targets repeat an earlier token; not the first, which shows that a period ended."""
        _, periods = self._drawn(step)
        return torch.arange(1, self.window + 1) > periods[:, None]

    def _drawn(self, step):
        drawn = generator(self.seed, step)
        tokens = torch.randint(self.vocabulary, (self.batch, self.longest), generator=drawn)
        spread = torch.rand(self.batch, generator=drawn) * (self.longest - self.shortest + 1)
        periods = self.shortest + spread.long()
        return tokens.gather(1, torch.arange(self.window + 1) % periods[:, None]), periods
