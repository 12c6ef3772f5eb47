"""What every mixer can do besides mixing: go on by one row from a memory of those before."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

Row = Float[Tensor, "batch width"]
Rows = Float[Tensor, "batch time width"]


class Mixer(nn.Module):
    """A causal map of rows, `forward(rows) -> rows`, whose memory is all the rows it has seen.

    Right for every causal mixer; one that can keep less, or compute less, has a `remember` and a
    `step` of its own. Taught in: chapter 10.
    """

    def remember(self, x: Rows) -> Any:
        """What later rows need of these."""
        return x

    def prime(self, x: Rows) -> tuple[Rows, Any]:
        """Outputs, and the memory for what follows."""
        return self(x), self.remember(x)

    def step(self, x: Row, memory: Any) -> tuple[Row, Any]:
        """The output of one more row, and the memory after it."""
        rows = torch.cat([memory, x[:, None]], 1)
        return self(rows)[:, -1], rows
