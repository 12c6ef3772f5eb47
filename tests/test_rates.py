"""Best fits, against formulas that know the answer."""

import numpy as np
import pytest

from xfmr_lib import rates

t = np.arange(300)


def kernel_of(fit):
    return rates.curves(fit.kind, fit.exponents, 300) @ fit.coefficients


def indicator(place, places=300):
    return (np.arange(places) == place) * 1.0


def exact_error(exponents, place):
    """Error of the best sum of linear heads for an indicator, infinite past, by Blaschke products.

    What no head sees are the multiples of B(z) = prod (z - z_k) / (1 - z_k z), z_k = e^-b_k.
    """
    beta = np.eye(place + 1)[0]
    for z in np.exp(-np.asarray(exponents)):
        new = -z * beta
        for j in range(1, place + 1):
            new[j] += beta[j - 1] + z * new[j - 1]
        beta = new
    return np.linalg.norm(beta)


@pytest.mark.parametrize(
    ("kind", "b"), [("log", 0.5), ("log", 2.0), ("linear", 0.1), ("linear", 5)]
)
def test_one_head_finds_its_own_curve(kind, b):
    fit = rates.best_fit(3 * rates.curves(kind, [b], 300)[:, 0], kind, 1)
    # the error's own minimum is flat: an exponent off by 1e-7 costs less than the rounding's price
    assert fit.error < fit.floor and fit.exponents[0] == pytest.approx(b, rel=1e-6)
    assert fit.coefficients[0] == pytest.approx(3, rel=1e-6)


@pytest.mark.parametrize("place", [1, 2, 8])
def test_the_best_single_linear_head_is_the_one_calculus_finds(place):
    # largest (1 - z^2) z^(2T) over z is at z^2 = T / (T + 1)
    caught = (place / (place + 1)) ** place / (place + 1)
    fit = rates.best_fit(indicator(place), "linear", 1)
    assert fit.error == pytest.approx((1 - caught) ** 0.5, rel=1e-9)
    assert fit.exponents[0] == pytest.approx(np.log1p(1 / place) / 2, rel=1e-4)


@pytest.mark.parametrize("heads", [2, 3, 5])
def test_coefficients_are_the_best_for_their_exponents(heads):
    fit = rates.best_fit(indicator(4), "linear", heads)
    distance = np.linalg.norm(kernel_of(fit) - indicator(4))
    # rounding's price may cost a little of the distance, never gain
    assert distance == pytest.approx(exact_error(fit.exponents, 4), rel=0.01)
    assert distance >= exact_error(fit.exponents, 4) * (1 - 1e-6)


@pytest.mark.parametrize("kind", ["log", "linear"])
def test_the_error_contains_both_parts(kind):
    fit = rates.best_fit(indicator(2), kind, 3, precision=1e-6)
    columns = rates.curves(kind, fit.exponents, 300) * fit.coefficients
    size = np.linalg.norm(np.linalg.norm(columns, axis=0))
    off = np.linalg.norm(columns.sum(1) - indicator(2))
    assert fit.size == pytest.approx(size, rel=1e-6)
    assert fit.error == pytest.approx(np.hypot(off, 1e-6 * size), rel=1e-5)


def test_more_heads_and_more_digits_never_hurt():
    kernel = (1 + t) ** -0.5
    errors = [rates.best_fit(kernel, "linear", h).error for h in (1, 2, 4, 6)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0] / 100
    errors = [rates.best_fit(indicator(2), "linear", 3, p).error for p in (1e-2, 1e-5, 1e-9)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0] / 100


def test_the_cliff_stands_at_one_head_more_than_places():
    for place in (1, 2, 3):
        before, after = (rates.best_fit(indicator(place), "linear", place + h) for h in (0, 1))
        assert before.error > 0.5 and after.error < 0.01


def test_shared_heads_are_fitted_to_all_memories_at_once():
    both = np.stack([indicator(1), indicator(3)], axis=1)
    fit = rates.best_fit(both, "linear", 4)
    assert fit.coefficients.shape == (4, 2) and kernel_of(fit).shape == (300, 2)
    assert np.linalg.norm(kernel_of(fit) - both) <= fit.error < 0.01


def test_jacobian_is_the_derivative_where_the_residual_is_small():
    # Kaufman's form leaves out a term in proportion to the residual; with the residual it vanishes
    exponents = np.array([0.2, 0.9, 2.0])
    goal = rates.curves("linear", exponents, 40) @ np.array([[1.0], [-2.0], [0.5]])
    problem = rates._Projection(goal, "linear", 3, 1e-9)
    logs = np.log(exponents) + 1e-4
    steps = 1e-6 * np.eye(3)
    moved = [(problem.residual(logs + e) - problem.residual(logs - e)) / 2e-6 for e in steps]
    assert np.allclose(problem.jacobian(logs), np.stack(moved, axis=1), atol=1e-3)


def test_memories_by_name():
    assert rates.weights("heavy", 4).tolist() == pytest.approx([1, 2**-0.5, 3**-0.5, 0.5])
    assert rates.weights("light", 2).tolist() == pytest.approx([1, 0.006737947], rel=1e-6)
    assert rates.weights("half", 3).tolist() == pytest.approx([1, 0.60653066, 0.36787944])


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="unknown kind 'cosine'; choose from log, linear"):
        rates.curves("cosine", [1.0], 3)
    with pytest.raises(ValueError, match="unknown memory 'loud'; choose from heavy"):
        rates.weights("loud", 3)
