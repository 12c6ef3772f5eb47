"""The reduced Extractors equal their definitions, and SHE with weights of a special form."""

import pytest
import torch

from xfmr_lib.mixers.extractors import (
    Extractor,
    ScalarExtractor,
    VectorExtractor,
    by_product,
    by_transform,
    inverse_sqrt,
)


@pytest.mark.parametrize("kind", [VectorExtractor, ScalarExtractor])
@pytest.mark.parametrize("time,window", [(7, 7), (9, 4), (100, 100), (100, 30)])
def test_are_she_with_matrices_of_a_special_form(kind, time, window):
    torch.manual_seed(0)
    reduced = kind(5, window, inverse_sqrt).double()
    full = Extractor(5, window, inverse_sqrt, method="plain").double()
    weights = reduced.weights.expand(window, 5)
    full.extraction.data = reduced.values * weights[:, None, :]  # V diag(w_k)
    full.adjustment.data = reduced.adjustment
    x = torch.randn(2, time, 5, dtype=torch.float64)
    # float64 rounding of at most 500 added products
    torch.testing.assert_close(reduced(x), full(x), rtol=0, atol=1e-11)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("time,window", [(1, 1), (6, 3), (6, 9)])
def test_both_ways_to_filter_agree_with_the_double_loop(channels, time, window):
    torch.manual_seed(0)
    values = torch.randn(2, time, 4, dtype=torch.float64)
    weights = torch.randn(window, channels, dtype=torch.float64, requires_grad=True)
    expected = torch.zeros_like(values)
    for i in range(time):
        for j in range(max(0, i - window + 1), i + 1):
            expected[:, i] += values[:, j] * weights[i - j]
    for form in (by_product, by_transform):
        torch.testing.assert_close(form(values, weights), expected, rtol=0, atol=1e-12)
        assert torch.autograd.gradcheck(form, (values, weights))


def test_parameter_counts():
    count = [
        sum(p.numel() for p in kind(6, 10).parameters())
        for kind in (VectorExtractor, ScalarExtractor)
    ]
    assert count == [2 * 36 + 60, 2 * 36 + 10]
