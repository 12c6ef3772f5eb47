"""The network of the theorems, by its formula."""

import pytest
import torch

from xfmr_lib import mixers
from xfmr_lib.config import Config
from xfmr_lib.reader import Reader, last_squared_loss
from xfmr_lib.training import Recipe, fit

NAMES = ["attention", *sorted(name for name in mixers.REGISTRY if name.startswith("attention_"))]


def small(mixer="attention_dp_free", layers=1, position="log"):
    torch.manual_seed(0)
    config = Config(1, 9, width=8, layers=layers, heads=2, mixer=mixer, position=position, hidden=5)
    return Reader(config, inputs=2, outputs=3).double()


@pytest.mark.parametrize("mixer", NAMES)
def test_by_the_formula(mixer):
    """All rows are computed here; the model computes the last alone."""
    model = small(mixer, layers=2)
    x = torch.randn(4, 6, 2, dtype=torch.float64)
    rows = x @ model.embed.weight.T + model.embed.bias
    rows = rows + model.mix[0](rows)
    first, _, second = model.feed[0]
    rows = rows + second((first(rows)).clamp(min=0))
    rows = rows + model.mix[1](rows)
    first, _, second = model.readout
    expected = second(first(rows).clamp(min=0))
    torch.testing.assert_close(model(x), expected[:, -1], rtol=0, atol=1e-12)
    assert len(model.feed) == 1 and expected.shape == (4, 6, 3)


def test_it_learns_a_copy_of_the_row_before():
    model = small().float()
    x = torch.sign(torch.randn(64, 9, 2))
    batch = (x, x[:, -2, [0, 1, 0]])
    before = last_squared_loss(model, batch).item()
    fit(model, lambda step: batch, Recipe(150, rate=1e-2), loss=last_squared_loss)
    assert last_squared_loss(model, batch).item() < 0.8 * before


@pytest.mark.parametrize("changes", [{"layers": 0}, {"position": "learned"}])
def test_a_reader_without_layers_or_with_a_table_is_refused(changes):
    with pytest.raises(ValueError, match="at least one layer and no table"):
        Reader(Config(1, 9, **({"layers": 1, "position": "log"} | changes)))
