"""Handwritten digits, row by row: a picture of 8 x 8 grey values is a text of 8 rows of width 8.

The pictures come with scikit-learn, so nothing is downloaded.
Source: Alpaydin and Kaynak 1998, by way of Pedregosa et al. 2011. Taught in: chapter 10.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xfmr_lib.tasks import generator

Pictures = Float[Tensor, "batch time row_width"]
Labels = Int[Tensor, " batch"]

PARTS = {"train": (0, 1000), "validation": (1000, 1297), "test": (1297, 1797)}
CLASSES = 10


@lru_cache(maxsize=1)
def _shuffled() -> tuple[Pictures, Labels]:
    """All 1,797 pictures in one fixed order, grey values from 0 to 1."""
    from sklearn.datasets import load_digits  # on request: it takes a second to import

    pictures, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=generator(0, 0))
    pictures = torch.tensor(pictures, dtype=torch.float32).view(-1, 8, 8) / 16
    return pictures[order], torch.tensor(labels, dtype=torch.long)[order]


def part(name: str) -> tuple[Pictures, Labels]:
    """Pictures (batch, 8, 8) and labels: train (1,000, always the same), validation or test."""
    if name not in PARTS:
        raise ValueError(f"unknown part {name!r}; choose from {', '.join(PARTS)}")
    return tuple(both[slice(*PARTS[name])] for both in _shuffled())


@dataclass(frozen=True)
class Digits:
    """Random batches of the training pictures and their labels."""

    batch: int = 64
    seed: int = 0

    def __call__(self, step: int) -> tuple[Pictures, Labels]:
        pictures, labels = part("train")
        chosen = torch.randint(len(labels), (self.batch,), generator=generator(self.seed, step))
        return pictures[chosen], labels[chosen]
