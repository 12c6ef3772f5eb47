"""The causal Toeplitz product, the one operation behind every relative Extractor.

    y_i = sum_{j=1..i} x_j W_{i-j+1}        (row vectors; W_k is kernel[k - 1])

Four forms of the same function that differ in speed. Taught in: chapter 09 (definition), chapter 10
(speed).
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from xfmr_lib.mixers.right_angle import dft

Rows = Float[Tensor, "batch time width_in"]
Kernel = Float[Tensor, "window width_in width_out"]
Outputs = Float[Tensor, "batch time width_out"]


def plain(x: Rows, kernel: Kernel) -> Outputs:
    """The definition, one matrix at a time: each row passes `kernel[k]` to the row k later."""
    time = x.shape[1]
    y = x @ kernel[0]
    for k in range(1, min(len(kernel), time)):
        y = y + F.pad(x[:, : time - k] @ kernel[k], (0, 0, k, 0))
    return y


def gather(x: Rows, kernel: Kernel) -> Outputs:
    """Lay the last `window` rows of each position side by side, then one matrix product."""
    batch, time, width_in = x.shape
    kernel = kernel[:time]
    window = len(kernel)
    padded = F.pad(x, (0, 0, window - 1, 0))
    past = padded.unfold(1, window, 1).reshape(batch, time, width_in * window)
    newest_last = kernel.flip(0).transpose(0, 1).reshape(width_in * window, -1)
    return past @ newest_last


def fft(x: Rows, kernel: Kernel) -> Outputs:
    """Pad to twice the length, multiply frequency by frequency, transform back."""
    time = x.shape[1]
    kernel = kernel[:time]
    length = 2 ** math.ceil(math.log2(time + len(kernel)))  # no wrap-around, and a fast size
    x_hat = torch.fft.rfft(x, n=length, dim=1).transpose(0, 1)
    kernel_hat = torch.fft.rfft(kernel, n=length, dim=0)
    return torch.fft.irfft((x_hat @ kernel_hat).transpose(0, 1), n=length, dim=1)[:, :time]


METHODS = {"plain": plain, "gather": gather, "fft": fft, "dft": dft}


def causal_conv(
    x: Rows, kernel: Float[Tensor, "window kernel_in width_out"], method: str = "auto"
) -> Outputs:
    """Causal Toeplitz product of rows with a stack of matrices.

        y_i = sum_{k=0..min(i, window)-1} x_{i-k} kernel[k]

    `method` is one of plain, gather, fft, dft, or auto, which picks by size.
    Worth remembering: it is a causal convolution with full matrices as its taps, so it costs
    O(n^2) products by the definition and O(n) products in the frequency domain.
    Taught in: chapters 09 and 10.
    """
    if x.shape[-1] != kernel.shape[1]:
        raise ValueError(
            f"rows have width {x.shape[-1]} but the kernel expects {kernel.shape[1]}; "
            "pass a kernel of shape (window, width_in, width_out)"
        )
    if method == "auto":
        method = pick(x.shape[0], x.shape[1])
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; choose from auto, {', '.join(METHODS)}")
    return METHODS[method](x, kernel)


def pick(batch: int, time: int) -> str:
    """The fastest form for this size: `gather` up to batch * time = 128, `dft` beyond.

    Measured forward and backward on batches 1 to 32, lengths 16 to 512, widths 32 and 128
    (benchmarks/extractors.py): the choice was within 1.6 times the best form at width 32 and within
    1.2 times at width 128, and torch's FFT was never the best.
    """
    return "gather" if batch * time <= 128 else "dft"
