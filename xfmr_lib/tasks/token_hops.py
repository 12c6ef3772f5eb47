"""Follow the pointers: every token says how far back the next one to be read stands.

Nested memories in their smallest form, after Wang & E 2024, section 4 (task II).
Taught in: chapters 12 and 14.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from xfmr_lib.tasks import generator

Tokens = Int[Tensor, "batch time"]
OUTSIDE = -100  # cross_entropy's ignore_index: places whose chain leaves the text are not judged


@dataclass(frozen=True)
class TokenHops:
    """Random tokens; at each place the token that a chain of `hops` pointers backwards reaches.

        p_0 = t,   p_{k+1} = p_k - (token at p_k) - 1,   target at t = token at p_K

    vocabulary: tokens 0 .. V - 1, drawn uniformly, so a hop is 1 to V places long. Calling with a
    step gives (tokens, targets); targets are -100 where the chain would leave the text.
    Worth remembering: the token at the end is news: who knows K - 1 hops and guesses the last is
    right in 1/V of the cases, as who knows nothing is.
    """

    vocabulary: int = 8
    hops: int = 1
    time: int = 32
    batch: int = 64
    seed: int = 0

    def __post_init__(self):
        if (far := self.hops * self.vocabulary) >= self.time:
            raise ValueError(f"{self.hops} hops reach {far} rows back, but there are {self.time}")

    def __call__(self, step: int) -> tuple[Tokens, Tokens]:
        shape, drawn = (self.batch, self.time), generator(self.seed, step)
        tokens = torch.randint(self.vocabulary, shape, generator=drawn)
        return tokens, self.targets(tokens)

    def targets(self, tokens: Tokens) -> Tokens:
        """The token at the end of every chain."""
        place = torch.arange(tokens.shape[1]).expand_as(tokens)
        for _ in range(self.hops):
            place = place - tokens.gather(1, place.clamp(min=0)) - 1
        return tokens.gather(1, place.clamp(min=0)).masked_fill(place < 0, OUTSIDE)


def accuracy(model: nn.Module, batch: tuple[Tokens, Tokens]) -> Float[Tensor, ""]:
    """The share of right answers among the places whose chain stays inside."""
    tokens, targets = batch
    right = model(tokens).argmax(-1) == targets
    return right[targets != OUTSIDE].float().mean()
