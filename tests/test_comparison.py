"""Matched models: the width that comes closest, whatever is held equal."""

from dataclasses import replace

import pytest
import torch

from xfmr_lib.comparison import matched
from xfmr_lib.transformer import Config, Transformer

ATTENTION = Config(vocabulary=50, window=16, width=16, layers=2, heads=2)
SHE = replace(ATTENTION, mixer="she", position="none", heads=1)


def measured(config, measure):
    with torch.device("meta"):
        return measure(Transformer(config))


def rows_kept(model):
    """Another measure: numbers of the mixing layers alone."""
    return sum(p.numel() for block in model.blocks for p in block.mix.inner.parameters())


@pytest.mark.parametrize("measure", [Transformer.parameter_count, rows_kept])
def test_no_width_comes_closer(measure):
    size = measured(ATTENTION, measure)
    found = matched(SHE, size, measure)
    gaps = {
        width: abs(measured(replace(SHE, width=width), measure) - size) for width in range(2, 40, 2)
    }
    assert gaps[found.width] == min(gaps.values())
    assert found == replace(SHE, width=found.width)


def test_widths_stay_divisible_by_the_heads():
    size = measured(replace(SHE, width=40), Transformer.parameter_count)
    assert matched(ATTENTION, size).width % ATTENTION.heads == 0


def test_nothing_is_allocated():
    devices = []

    def measure(model):
        devices.append(model.tokens.weight.device.type)
        return model.parameter_count()

    matched(SHE, 1000, measure)
    assert set(devices) == {"meta"}
