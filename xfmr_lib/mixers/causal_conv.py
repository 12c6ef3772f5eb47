"""The causal Toeplitz product, the one operation behind every relative Extractor.

    y_i = sum_{j=1..i} x_j W_{i-j+1}        (row vectors; W_k is kernel[k - 1])

Four forms of the same function: `plain` is the definition, `gather` is one large matrix product,
`fft` and `dft` work frequency by frequency. They agree to rounding; they differ in speed.

Taught in: chapter 09 (definition), chapter 10 (speed).
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

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


def dft(x: Rows, kernel: Kernel) -> Outputs:
    """The right-angle transform written as three matrix products: no padding, no complex numbers.

    Turning x_t by exp(i pi t / 2n) sends whatever wraps around to the imaginary axis, so length n
    is enough and the real part is the causal product. A complex product is Gauss's three real ones.
    """
    batch, time, width_in = x.shape
    kernel = kernel[:time]
    of_rows, of_kernel, back = _right_angle(time, x.dtype, x.device)
    x_hat = (of_rows @ x.transpose(0, 1).reshape(time, -1)).view(3 * time, batch, width_in)
    kernel_hat = (of_kernel[:, : len(kernel)] @ kernel.flatten(1)).view(3 * time, width_in, -1)
    y = back @ torch.bmm(x_hat, kernel_hat).flatten(1)
    return y.view(time, batch, -1).transpose(0, 1)


@lru_cache(maxsize=32)
def _right_angle(
    time: int, dtype: torch.dtype, device: torch.device
) -> tuple[
    Float[Tensor, "three_n n"],
    Float[Tensor, "three_n n"],
    Float[Tensor, "n three_n"],
]:
    t = torch.arange(time, dtype=torch.float64)
    angle = torch.outer(t, t) * (2 * math.pi / time) - t * (math.pi / (2 * time))  # [frequency, t]
    cos, sin = angle.cos(), -angle.sin()
    of_rows = torch.cat([cos, sin, cos + sin])  # a, b, a + b
    of_kernel = torch.cat([sin - cos, cos + sin, cos])  # d - c, c + d, c
    # products p = a(d - c), q = b(c + d), r = c(a + b): real part r - q, imaginary part r + p
    back = torch.cat([sin, -cos, cos + sin]).T / time
    return tuple(matrix.to(dtype=dtype, device=device) for matrix in (of_rows, of_kernel, back))


METHODS = {"plain": plain, "gather": gather, "fft": fft, "dft": dft}


def causal_conv(
    x: Rows, kernel: Float[Tensor, "window kernel_in width_out"], method: str = "auto"
) -> Outputs:
    """Causal Toeplitz product of rows with a stack of matrices.

        y_i = sum_{k=0..min(i, window)-1} x_{i-k} kernel[k]

    x: (batch, time, width_in). kernel: (window, width_in, width_out); kernel[k] meets the row k
    places back. Rows more than window - 1 places back are not seen. `method` is one of plain,
    gather, fft, dft, or auto, which picks by size.
    Raises ValueError for an unknown method or for widths that do not meet.
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
        method = _pick(x.shape[0], x.shape[1])
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; choose from auto, {', '.join(METHODS)}")
    return METHODS[method](x, kernel)


def _pick(batch: int, time: int) -> str:
    if batch * time <= 128:  # few rows: one product beats any transform
        return "gather"
    return "dft" if time <= 256 else "fft"  # the dense transform itself costs O(time^2)
