"""Matched models, whatever is held equal; where an arm is trained; how far a sweep goes."""

from dataclasses import replace

import pytest
import torch

from xfmr_lib import comparison, parallel
from xfmr_lib.comparison import Run, Task, matched, train_arm, tune
from xfmr_lib.tasks.binary_numbers import BinaryNumbers
from xfmr_lib.training import Recipe
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


class Seen(Exception):
    """What a loss was given, instead of a number that the device `meta` does not have."""


def test_an_arm_is_drawn_on_the_processor_and_trained_on_the_card(monkeypatch):
    """`meta` stands in for a graphics card; that a card computes the same is not shown here."""
    drawn, task = [], BinaryNumbers(bits=3, window=12, batch=8)

    def model(config):
        drawn.append(Transformer(config))
        return drawn[0]

    def loss(model, batch):
        raise Seen(model.unembed.weight.device.type, batch[0].device.type)

    monkeypatch.setattr(parallel, "DEVICE", "meta")
    weight = comparison.fresh(Config(3, 12, 16, 1, 2), 5).unembed.weight.device.type
    assert weight == "cpu"
    arm = Task(lambda seed: task, [task(0)], [task(0)], loss, model=model)
    with pytest.raises(Seen) as seen:
        train_arm("a", Config(3, 12, 16, 1, 2), arm, Recipe(1), 5)
    assert seen.value.args == ("meta", "meta")


@pytest.mark.parametrize("best", [1.0, 2.0, 4.0, 16.0])
def test_a_sweep_goes_on_until_the_best_has_neighbours(best, monkeypatch):
    def known(arm, config, task, recipe, seed):
        return Run(arm, 1, recipe.rate, seed, abs(recipe.rate - best), 0.0, 0.0)

    monkeypatch.setattr(comparison, "train_arm", known)
    task = Task(lambda seed: BinaryNumbers(), [], [])
    runs = tune("a", ATTENTION, task, Recipe(1), 0, (2.0, 4.0))
    rates = [run.rate for run in runs]
    assert rates == sorted(rates)
    assert comparison.best_rates(runs) == {"a": best}  # refuses a best that has one neighbour
