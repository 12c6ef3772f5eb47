"""Synthetic tasks, one a file: batches as a pure function of a step, and the exact optimum."""

import torch


def generator(seed: int, step: int) -> torch.Generator:
    """Random numbers fixed by seed and step: a resumed training sees what it would have seen."""
    return torch.Generator().manual_seed(1_000_003 * seed + step)
