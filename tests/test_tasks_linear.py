"""Rules and laws to be learned in context: what is drawn, and what it costs not to know."""

import pytest
import torch

from xfmr_lib.tasks.linear_dynamics import LinearDynamics
from xfmr_lib.tasks.linear_regression import LinearRegression


@pytest.mark.parametrize(("reach", "noise"), [(1.0, 0.0), (0.5, 0.0), (1.0, 0.3)])
def test_one_step_loses_what_the_formula_says(reach, noise):
    task = LinearRegression(reach=reach, noise=noise, batch=50_000)
    rows, wanted = task(0)
    rate, expected = task.one_step()
    X, y, asked = rows[:, :-1, :10], rows[:, :-1, 10:], rows[:, -1, :10]

    def loss(rate):
        answer = (rate / 10 * (X * y).sum(1) * asked).sum(1)
        return (answer - wanted).square().mean().item()

    # 50,000 squared errors with deviation about 1.6 means: 0.7 %; four of them
    assert loss(rate) == pytest.approx(expected, rel=0.03)
    assert loss(rate) < min(loss(0.9 * rate), loss(1.1 * rate))


def test_the_two_conventions_differ_by_a_factor_of_four():
    text, code = (LinearRegression(reach=reach).one_step() for reach in (1.0, 0.5))
    assert text == pytest.approx((1.5152, 1.6498), abs=1e-4)
    assert code == pytest.approx((4 * text[0], text[1] / 4))


def test_answers_are_a_rule_plus_noise_and_the_question_has_none():
    rows, wanted = LinearRegression(width=3, examples=500, noise=0.3, batch=4)(0)
    for given, target in zip(rows.double(), wanted):
        x, y = given[:-1, :3], given[:-1, 3:]
        rule = torch.linalg.lstsq(x, y).solution
        # 497 degrees of freedom: relative deviation of the noise 1 / sqrt(2 * 497) = 3 %, four
        assert (y - x @ rule).std().item() == pytest.approx(0.3, rel=0.13)
        assert given[-1, 3] == 0
        # three numbers known to 0.3 / sqrt(500 / 3) = 0.023 each, times inputs below 1
        assert (given[-1:, :3] @ rule).item() == pytest.approx(target.item(), abs=0.15)


def test_inputs_stay_within_reach():
    rows, _ = LinearRegression(reach=0.5, batch=100)(3)
    assert 0.49 < rows[..., :10].abs().max() <= 0.5


@pytest.mark.parametrize("task", [LinearRegression(batch=8), LinearDynamics(batch=8, time=6)])
def test_batches_are_fixed_by_seed_and_step(task):
    for again, first in zip(task(5), task(5)):
        assert torch.equal(again, first)
    assert not torch.equal(task(5)[0], task(6)[0])


def test_a_trajectory_obeys_one_orthogonal_law():
    states, following = LinearDynamics(width=4, time=12, noise=0.0, batch=3)(0)
    assert torch.equal(states[:, 1:], following[:, :-1])
    for now, then in zip(states.double(), following.double()):
        law = torch.linalg.lstsq(now, then).solution
        torch.testing.assert_close(now @ law, then, rtol=0, atol=1e-5)  # float32 states
        torch.testing.assert_close(law @ law.T, torch.eye(4).double(), rtol=0, atol=1e-4)


def test_laws_lean_to_no_side():
    """The QR decomposition's own signs would favour -I: the mean of W must be 0."""
    states, following = LinearDynamics(time=2, batch=20_000)(0)
    mean = states[:, 0].T @ following[:, 0] / 20_000
    # entries of one product have deviation 1: 1 / sqrt(20,000) = 0.007; five of them, 100 entries
    assert mean.abs().max() < 0.035


def test_noise_of_the_law():
    states, following = LinearDynamics(width=3, time=400, noise=0.1, batch=1)(0)
    law = torch.linalg.lstsq(states[0], following[0]).solution
    left = following[0] - states[0] @ law
    # 1,200 numbers: relative deviation 1 / sqrt(2 * 1,200) = 2 %; five of them
    assert left.std().item() == pytest.approx(0.1, rel=0.1)
