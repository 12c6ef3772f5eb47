"""The causal product told one row at a time equals the product told at once."""

import pytest
import torch

from xfmr_lib.mixers import tiling
from xfmr_lib.mixers.causal_conv import causal_conv


def draw(window=50, width=3, batch=2):
    torch.manual_seed(0)
    x = torch.randn(batch, window, width, dtype=torch.float64)
    return x, torch.randn(window, width, width, dtype=torch.float64)


@pytest.mark.parametrize("block", [1, 2, 7, 16, 50, 64])
@pytest.mark.parametrize("primed", [0, 1, 13, 49, 50])
def test_equals_the_product_of_the_whole_text(block, primed):
    x, kernel = draw()
    memory, rows = tiling.start(x[:, :primed], kernel, block), []
    for row in x[:, primed:].unbind(1):
        sums, memory = tiling.push(row, memory, kernel)
        rows.append(sums)
    if rows:
        # float64 rounding of at most 150 added products
        expected = causal_conv(x, kernel, "plain")[:, primed:]
        torch.testing.assert_close(torch.stack(rows, 1), expected, rtol=0, atol=1e-11)
    with pytest.raises(ValueError, match="window of 50 rows is full"):
        tiling.push(x[:, 0], memory, kernel)


def test_one_memory_can_be_continued_twice():
    x, kernel = draw()
    memory = tiling.start(x[:, :5], kernel, block=4)
    first, _ = tiling.push(x[:, 5], memory, kernel)
    _, other = tiling.push(-x[:, 5], memory, kernel)
    tiling.push(x[:, 6], other, kernel)
    again, _ = tiling.push(x[:, 5], memory, kernel)
    assert torch.equal(first, again)


def test_more_rows_than_the_window_are_refused():
    x, kernel = draw()
    with pytest.raises(ValueError, match="50 rows but a window of 20; keep the newest 20"):
        tiling.start(x, kernel[:20])
