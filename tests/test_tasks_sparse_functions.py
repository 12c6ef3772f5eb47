"""The sparse functions look where they say, and their exact moments and coefficients are exact."""

import itertools
import math
from dataclasses import replace

import pytest
import torch

from xfmr_lib.tasks.sparse_functions import Neurons, SparseFunction, Wave, each, total


def test_only_the_memories_decide():
    task = SparseFunction((1, 4), total, time=6, batch=50, raw=True)
    x, y = task(0)
    assert x.shape == (50, 6, 1) and set(x.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(y[:, 0], x[:, 4, 0] + x[:, 1, 0])  # 1 and 4 rows back from row 5
    others = x.clone()
    others[:, [0, 2, 3, 5]] *= -1
    assert torch.equal(task.target(task.memories(others)), y)


@pytest.mark.parametrize("readout", [Neurons(), Neurons(7), total, Wave(1)])
def test_standardised_exactly(readout):
    task = SparseFunction((0, 3, 5), readout, time=8, levels=4)
    y = task.target(task.cases())
    # float64 rounding over 64 cases
    assert y.mean().abs() < 1e-12 and y.square().mean().item() == pytest.approx(1, abs=1e-12)
    raw = replace(task, raw=True).target(task.cases())
    mean, deviation = task.moments()
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


def test_walsh_coefficients_rebuild_the_target():
    task = SparseFunction((0, 2, 5), time=8)
    cases = task.cases()
    places = {distance: i for i, distance in enumerate(task.distances)}
    rebuilt = sum(
        coefficient * cases[:, [places[d] for d in chosen]].prod(-1)
        for chosen, coefficient in task.walsh().items()
    )
    torch.testing.assert_close(rebuilt, task.target(cases)[:, 0], rtol=0, atol=1e-12)
    assert sum(c * c for c in task.walsh().values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_neurons_without_thresholds_have_no_term_of_three(seed):
    walsh = SparseFunction((1, 2, 3), Neurons(seed), time=8).walsh()
    assert abs(walsh[(1, 2, 3)]) < 1e-12 and abs(walsh[(1, 2)]) > 1e-3
    one = SparseFunction((5,), Neurons(seed), time=8, raw=True)
    slope, mean = one.walsh()[(5,)], one.walsh()[()]
    u = one.cases()  # a function of one sign is a straight line
    torch.testing.assert_close(one.target(u), mean + slope * u)


def test_neurons_by_hand():
    readout = Neurons(seed=3, count=2)
    w = torch.randn(2, 3, generator=torch.Generator().manual_seed(3)).tolist()
    u = [0.5, -1.0, 0.25]
    by_hand = sum(max(0.0, sum(a * b for a, b in zip(row, u, strict=True))) for row in w)
    assert readout(torch.tensor([u])).item() == pytest.approx(by_hand)


def test_wave_turns_as_often_as_it_says():
    u = torch.linspace(-1, 1, 2001, dtype=torch.float64)[:, None]
    for turns in (1, 2, 3):
        slopes = Wave(turns)(u).diff(dim=0).sign()
        assert (slopes.diff(dim=0) != 0).sum() == 2 * turns  # peaks and valleys
    assert Wave(1)(torch.tensor([[0.5]])).item() == pytest.approx(math.sin(math.pi / 2))


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
    with pytest.raises(ValueError, match="256 levels"):
        SparseFunction((1, 2, 3), levels=256, time=8)
    with pytest.raises(ValueError, match="levels=2"):
        SparseFunction((1,), levels=4, time=8).walsh()
