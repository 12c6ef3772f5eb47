"""The sparse functions look where they say, and their exact moments are exact."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
import torch

from xfmr_lib.tasks.sparse_functions import SparseFunction, neurons


def total(u):
    return u.sum(-1, keepdim=True)


def wave(u):
    return torch.sin(3 * total(u))


def each(u):
    return u


def test_only_the_memories_decide():
    task = SparseFunction((1, 4), total, time=6, batch=50, raw=True)
    x, y = task(0)
    assert x.shape == (50, 6, 1) and set(x.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(y[:, 0], x[:, 4, 0] + x[:, 1, 0])  # 1 and 4 rows back from row 5
    others = x.clone()
    others[:, [0, 2, 3, 5]] *= -1
    assert torch.equal(task.target(others[:, [4, 1], 0]), y)


@pytest.mark.parametrize("readout", [neurons, partial(neurons, seed=7), total, wave])
def test_standardised_exactly(readout):
    task = SparseFunction((0, 3, 5), readout, time=8, levels=4)
    y = task.target(task.cases())
    # float64 rounding over 64 cases
    assert y.mean().abs() < 1e-12 and y.square().mean().item() == pytest.approx(1, abs=1e-12)
    raw = replace(task, raw=True).target(task.cases())
    mean, deviation = task.moments
    assert torch.allclose(raw, y * deviation + mean)


def test_every_output_is_standardised_by_itself():
    task = SparseFunction((2, 5), each, time=8, batch=4000, levels=5)
    _, y = task(0)
    assert y.shape == (4000, 2)
    assert y.mean(0).abs().max() < 0.08 and (y.square().mean(0) - 1).abs().max() < 0.08  # 5 s.e.


def test_exact_moments_agree_with_many_samples():
    task = SparseFunction((3, 7, 14), time=16, batch=20_000)
    _, y = task(0)
    assert y.mean().abs() < 0.035  # five standard errors of 20,000 samples of variance 1
    assert y.square().mean().item() == pytest.approx(1, abs=0.06)


def test_levels_are_evenly_spaced_and_equally_likely():
    x, _ = SparseFunction((0,), time=4, batch=5000, levels=3)(0)
    values, counts = x.unique(return_counts=True)
    assert values.tolist() == [-1.0, 0.0, 1.0]
    assert (counts / x.numel() - 1 / 3).abs().max() < 0.017  # five standard errors


def test_neurons_by_hand():
    w = torch.randn(2, 3, generator=torch.Generator().manual_seed(3)).tolist()
    u = [0.5, -1.0, 0.25]
    by_hand = sum(max(0.0, sum(a * b for a, b in zip(row, u, strict=True))) for row in w)
    assert neurons(torch.tensor([u]), count=2, seed=3).item() == pytest.approx(by_hand)


def test_cases_are_all_there_once():
    cases = SparseFunction((0, 1, 2), time=4).cases().tolist()
    assert sorted(cases) == sorted(map(list, itertools.product([-1.0, 1.0], repeat=3)))


def test_a_batch_depends_on_seed_and_step_alone():
    task = SparseFunction(time=128, batch=3, seed=4)
    x, y = task(9)
    torch.manual_seed(1)
    assert torch.equal(task(9)[0], x) and torch.equal(task(9)[1], y)
    assert not torch.equal(task(10)[0], x)
    assert not torch.equal(replace(task, seed=5)(9)[0], x)


def test_impossible_settings_are_named():
    with pytest.raises(ValueError, match="16 rows"):
        SparseFunction((3, 16), time=16)
