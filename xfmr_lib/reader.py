"""The network of the approximation theorems: numbers in, at the last row a number out.

Source: Wang & E 2024 (arXiv 2402.00522), section 2. Taught in: chapters 11 to 14.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from xfmr_lib.config import Config

Given = Float[Tensor, "batch time inputs"]
Last = Float[Tensor, "batch outputs"]


def relu_layer(width: int, hidden: int, outputs: int) -> nn.Sequential:
    """sum_k a_k relu(b_k . x + c_k): the theorems' feed-forward layer of width `hidden`."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Reader(nn.Module):
    """What the past says at the last row: y_t = f(x_t, x_{t-1}, ...), computed without any norm.

        X <- x W_E + b_E;   in every layer X <- X + Mix(X), X <- X + FFN(X);   y = last FFN(X)

    From `config`: width D, layers L, heads H, mixer, position, hidden = the paper's m. The last FFN
    has no residual.
    Worth remembering: with one layer and a DP-free mixer, all but the readout is linear in x.
    """

    def __init__(self, config: Config, inputs: int = 1, outputs: int = 1):
        super().__init__()
        if config.layers < 1 or config.position in ("learned", "sinusoidal"):
            raise ValueError(
                "a Reader has at least one layer and no table of positions, got "
                f"layers={config.layers}, position={config.position!r}"
            )
        width, hidden = config.width, config.hidden or 4 * config.width
        self.embed = nn.Linear(inputs, width)
        self.mix = nn.ModuleList(config.make_mixer() for _ in range(config.layers))
        self.feed = nn.ModuleList(relu_layer(width, hidden, width) for _ in self.mix[1:])
        self.readout = relu_layer(width, hidden, outputs)

    def forward(self, x: Given) -> Last:
        rows = self.embed(x)
        for mix, feed in zip(self.mix[:-1], self.feed, strict=True):
            rows = rows + mix(rows)
            rows = rows + feed(rows)
        newest, mix = rows[:, -1], self.mix[-1]  # in the last layer one row looks back, not all
        update, _ = mix.step(newest, mix.remember(rows[:, :-1]))
        return self.readout(newest + update)

    def parameter_count(self) -> int:
        """Trainable numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


def last_squared_loss(model: Reader, batch: tuple[Given, Last]) -> Float[Tensor, ""]:
    """Mean squared error at the last row, for `training.fit(loss=...)`."""
    x, y = batch
    return F.mse_loss(model(x), y)
