"""Every form of the causal Toeplitz product equals the definition, and so do its gradients."""

import pytest
import torch

from xfmr_lib.mixers.causal_conv import METHODS, causal_conv

FAST = [name for name in METHODS if name != "plain"]
SIZES = [  # batch, time, window, width_in, width_out
    (1, 1, 1, 1, 1),
    (3, 17, 5, 4, 6),
    (2, 7, 9, 3, 3),
    (1, 100, 100, 2, 1),
    (2, 129, 64, 1, 3),
    (1, 65, 80, 2, 2),  # the stages of the transform change at 64 and at 256
    (1, 257, 257, 1, 1),
    (1, 1000, 1024, 2, 2),
]


def by_three_loops(x, kernel):
    """The definition with i counted from 1, as the paper would write it."""
    batch, time, _ = x.shape
    window = len(kernel)
    y = torch.zeros(batch, time, kernel.shape[2], dtype=x.dtype)
    for b in range(batch):
        for i in range(1, time + 1):
            for j in range(max(1, i - window + 1), i + 1):
                y[b, i - 1] += x[b, j - 1] @ kernel[i - j + 1 - 1]
    return y


def draw(size, dtype):
    torch.manual_seed(0)
    batch, time, window, width_in, width_out = size
    return (
        torch.randn(batch, time, width_in, dtype=dtype),
        torch.randn(window, width_in, width_out, dtype=dtype),
    )


@pytest.mark.parametrize("method", METHODS)
def test_equals_three_loops(method):
    x, kernel = draw((2, 11, 6, 3, 4), torch.float64)
    # float64 rounding of at most 18 added products: far below 1e-12
    torch.testing.assert_close(
        causal_conv(x, kernel, method), by_three_loops(x, kernel), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("method", FAST)
@pytest.mark.parametrize("dtype,tolerance", [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_fast_forms_equal_plain(method, size, dtype, tolerance):
    # relative to the largest output: a transform's error spreads evenly over the rows
    x, kernel = draw(size, dtype)
    expected = causal_conv(x, kernel, "plain")
    error = (causal_conv(x, kernel, method) - expected).abs().max()
    assert error <= tolerance * expected.abs().max()


@pytest.mark.parametrize("method", METHODS)
def test_gradients(method):
    x, kernel = draw((2, 5, 3, 2, 2), torch.float64)
    x.requires_grad_()
    kernel.requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: causal_conv(a, b, method), (x, kernel))


def test_auto_equals_plain_on_both_sides_of_every_rule():
    for time in (1, 16, 128, 129, 256, 257):
        x, kernel = draw((2, time, time, 2, 2), torch.float64)
        torch.testing.assert_close(
            causal_conv(x, kernel), causal_conv(x, kernel, "plain"), rtol=0, atol=1e-10
        )


def test_unknown_method_is_named():
    x, kernel = draw((1, 2, 2, 1, 1), torch.float32)
    with pytest.raises(ValueError, match=r"'fast'.*plain, gather, fft, dft"):
        causal_conv(x, kernel, "fast")


def test_widths_that_do_not_meet():
    with pytest.raises(ValueError, match="width 3 but the kernel expects 4"):
        causal_conv(torch.zeros(1, 2, 3), torch.zeros(2, 4, 4))


def test_tables_made_while_writing_serve_training():
    x, kernel = draw((2, 70, 70, 2, 3), torch.float64)
    with torch.inference_mode():
        before = causal_conv(x, kernel, "dft")
    x.requires_grad_()
    after = causal_conv(x, kernel, "dft")
    after.sum().backward()
    assert torch.equal(before, after)
