"""Count in binary: `0110,0111,1000,...` from a random start, fixed width, largest bit first.

Chen 2023 trains on "binary number generation" without, in what we could read, naming the sequence;
this one is our choice. Taught in: chapter 09.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from xfmr_lib.tasks import generator

ALPHABET = "01,"
Batch = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


@dataclass(frozen=True)
class BinaryNumbers:
    """Windows of consecutive binary numerals, starting at a numeral drawn at random.

    bits: width of a numeral, at most the window; counting wraps round at 2^bits. Calling with a
    step gives (inputs, targets), each (batch, window), targets one place ahead.
    Worth remembering: only the first numeral is news. The rest follows, so the best possible mean
    loss is `optimum()` = (bits - 1) ln 2 / window nats: one bit is given, bits - 1 are guessed.
    """

    bits: int = 5
    window: int = 32
    batch: int = 32
    seed: int = 0

    vocabulary = len(ALPHABET)

    def __post_init__(self):
        if self.window < self.bits:
            raise ValueError(f"a window of {self.window} is too short for {self.bits} bits")

    def __call__(self, step: int) -> Batch:
        starts = torch.randint(2**self.bits, (self.batch,), generator=generator(self.seed, step))
        return self.windows(starts)

    def windows(self, starts: Int[Tensor, " batch"]) -> Batch:
        """Inputs and targets for given first numbers."""
        numerals = -(-(self.window + 1) // (self.bits + 1))
        numbers = (starts[:, None] + torch.arange(numerals)) % 2**self.bits
        powers = 2 ** torch.arange(self.bits - 1, -1, -1)
        digits = numbers[..., None] // powers % 2
        commas = torch.full((*numbers.shape, 1), ALPHABET.index(","))
        tokens = torch.cat([digits, commas], dim=-1).flatten(1)
        return tokens[:, : self.window], tokens[:, 1 : self.window + 1]

    def everything(self) -> Batch:
        """All 2^bits windows there are: the exact expectation of a loss, without sampling."""
        return self.windows(torch.arange(2**self.bits))

    def optimum(self) -> float:
        """The smallest mean loss any causal model can reach, in nats a token."""
        return (self.bits - 1) * math.log(2) / self.window

    @staticmethod
    def decode(tokens: Int[Tensor, " time"]) -> str:
        """Tokens as text: `0110,0111,10`."""
        return "".join(ALPHABET[token] for token in tokens.tolist())
