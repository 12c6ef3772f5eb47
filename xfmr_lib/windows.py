"""From one long list of ids to batches: random windows to train on, windows in order to test on."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

Batch = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


class Windows:
    """Stretches of a long list of ids as batches (inputs, targets), drawn at random.

    Row b begins at a random place s_b of the text: inputs[b, t] = ids[s_b + t] and targets[b, t] =
    ids[s_b + t + 1], so each of the `window` places has a next token to predict. `windows(step)`
    depends on seed and step alone, so a training can stop and go on. Taught in: chapter 02.
    """

    def __init__(self, ids: Sequence[int] | Tensor, window: int, batch: int, seed: int = 0):
        if window < 1 or batch < 1:
            raise ValueError(f"window={window} and batch={batch} must be at least 1")
        if len(ids) < window + 1:
            raise ValueError(
                f"the text has {len(ids)} tokens but a context window of {window} needs "
                f"{window + 1} (targets are one place on): pass more text or "
                f"window<={max(len(ids) - 1, 0)}"
            )
        self.ids = torch.as_tensor(ids, dtype=torch.long)
        self.window, self.batch, self.seed = window, batch, seed

    def __call__(self, step: int) -> Batch:
        """The random batch of this step."""
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + step)
        places = len(self.ids) - self.window
        return self._at(torch.randint(places, (self.batch,), generator=generator))

    def in_order(self) -> list[Batch]:
        """Windows side by side from the start, each once, for evaluation.

        All batches are full, so a mean of batch means is a mean over tokens; windows left over at
        the end are dropped. A text with fewer windows than `batch` gives one smaller batch.
        """
        starts = torch.arange(0, len(self.ids) - self.window, self.window)
        whole = max(len(starts) // self.batch, 1) * self.batch
        return [self._at(some) for some in starts[:whole].split(self.batch)]

    def _at(self, starts: Int[Tensor, " batch"]) -> Batch:
        stretch = self.ids[starts[:, None] + torch.arange(self.window + 1)]
        return stretch[:, :-1], stretch[:, 1:]
