"""Remember the past with given weights: y_t = sum over s >= 0 of rho(s) x_{t-s}, rho a kernel.

The target is linear in signs drawn independently, so the loss of a linear model is known without
drawing any. Source: Wang & E 2024, appendix H.2, experiments 4a and 4b. Taught in: chapters 11, 13.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.mixers.causal_conv import causal_conv
from xfmr_lib.tasks import generator

Weights = Float[Tensor, " time"]
Kernel = Callable[[Weights], Weights]  # distances 0, 1, 2 ... to their weights
Signs = Float[Tensor, "batch time 1"]

KERNELS: dict[str, Kernel] = {
    "heavy": lambda distance: (distance + 1) ** -0.5,  # shifted: the paper's t^-0.5 is infinite
    "light": lambda distance: torch.exp(-5 * distance),
    "half": lambda distance: torch.exp(-distance / 2),
}


def weights(rho: str | Kernel, time: int) -> Weights:
    """rho(0) ... rho(time - 1) in float64, for a name in KERNELS or a function of the distance."""
    if isinstance(rho, str) and rho not in KERNELS:
        known = ", ".join(KERNELS)
        raise ValueError(f"unknown kernel {rho!r}; choose from {known}, or pass a function")
    function = KERNELS[rho] if isinstance(rho, str) else rho
    values = function(torch.arange(time, dtype=torch.float64))
    if not torch.isfinite(values).all():
        first = int((~torch.isfinite(values)).nonzero()[0])
        raise ValueError(f"rho({first}) is {values[first]}; shift the kernel, e.g. (s + 1)^-0.5")
    return values


@dataclass(frozen=True)
class MemoryKernel:
    """Signs, and what is to be remembered of them.

        y_t = sum_{s=0}^{t} rho(s) x_{t-s},   x drawn uniformly from {-1, +1}

    rho: a name in KERNELS or a function. Calling with a step gives x (batch, time, 1) and y: of the
    last row alone (batch, 1), or of all rows (batch, time, 1).
    Worth remembering: the zero predictor's loss at the last row is the sum of the squared weights.
    """

    rho: str | Kernel = "heavy"
    time: int = 1000
    batch: int = 100
    seed: int = 0
    last_only: bool = True

    def __call__(self, step: int) -> tuple[Signs, Float[Tensor, "batch *rows 1"]]:
        shape, drawn = (self.batch, self.time, 1), generator(self.seed, step)
        x = torch.randint(2, shape, generator=drawn) * 2.0 - 1
        kernel = weights(self.rho, self.time).float()
        if self.last_only:
            return x, (x[..., 0] @ kernel.flip(0))[:, None]
        return x, causal_conv(x, kernel[:, None, None])


def population_loss(
    kernel: Weights, rho: str | Kernel | Weights, offset: Float[Tensor, ""] | float = 0.0
) -> Float[Tensor, ""]:
    """The expected squared error of the linear predictor sum_s kernel(s) x_{t-s} + offset.

        E (sum_s (kernel - rho)(s) x_{t-s} + offset)^2 = |kernel - rho|^2 + offset^2

    since signs have mean 0, square 1, and are independent: every product of two of them is 0 on
    average. Exact, differentiable, no sampling.
    """
    target = rho if isinstance(rho, Tensor) else weights(rho, len(kernel))
    return (kernel - target.to(kernel)).square().sum() + offset**2


@torch.no_grad()
def effective_kernel(
    last: Callable[[Signs], Float[Tensor, "batch 1"]], time: int
) -> tuple[Weights, Float[Tensor, ""]]:
    """What an affine reader remembers: its kernel and its offset, read off by unit impulses.

        kernel(s) = last(impulse s rows back) - last(silence),   offset = last(silence)

    last: signs to the output of the last row. Exact for affine readers only; of another one it
    tells the answers to lonely impulses.
    """
    impulses = torch.eye(time).flip(1)[..., None]  # in row s the 1 stands s rows back
    silence = last(torch.zeros(1, time, 1))[0, 0]
    return last(impulses)[:, 0] - silence, silence
