"""MSSA by loops, and chapter 15's ISTA as a descent."""

import pytest
import torch
from book_notebooks import defined
from sklearn.linear_model import Lasso
from torch import nn

from xfmr_lib.mixers.subspace import MSSA

ISTA = defined("15", "ISTA").ISTA


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def by_loops(mixer, x):
    """The formula of the docstring, one row and one head at a time."""
    head_width = x.shape[1] // mixer.heads
    y = torch.zeros_like(x)
    for h in range(mixer.heads):
        part = slice(h * head_width, (h + 1) * head_width)
        z = x @ mixer.subspaces.weight[part].T
        for i in range(len(x)):
            scores = torch.stack([z[i] @ z[j] for j in range(i + 1)]) / head_width**0.5
            shares = scores.exp() / scores.exp().sum()
            y[i] += (shares[:, None] * z[: i + 1]).sum(0) @ mixer.output.weight[:, part].T
    return y + mixer.output.bias


def test_mssa_equals_its_formula():
    mixer, x = MSSA(12, heads=3).double(), torch.randn(2, 7, 12, dtype=torch.float64)
    expected = torch.stack([by_loops(mixer, text) for text in x])
    torch.testing.assert_close(mixer(x), expected, rtol=0, atol=1e-12)  # float64 rounding


def test_mssa_is_torchs_attention_with_one_map_three_times():
    ours, theirs = MSSA(12, heads=3), nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.subspaces.weight.repeat(3, 1))
        theirs.in_proj_bias.zero_()
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    x, mask = torch.randn(2, 7, 12), nn.Transformer.generate_square_subsequent_mask(7)
    expected, pattern = theirs(x, x, x, attn_mask=mask, average_attn_weights=False)
    torch.testing.assert_close(ours(x), expected, rtol=1e-5, atol=1e-6)  # float32 rounding
    torch.testing.assert_close(ours.pattern(x), pattern, rtol=1e-5, atol=1e-6)


def test_mssa_has_two_square_maps_and_needs_heads_that_divide():
    assert sum(p.numel() for p in MSSA(12, heads=3).parameters()) == 2 * 12**2 + 12
    with pytest.raises(ValueError, match="width 12 is not divisible by 5 heads"):
        MSSA(12, heads=5)


def objective(layer, a, x):
    return (x - a @ layer.dictionary.mT).square().sum() / 2 + layer.penalty * a.sum()


def ista_layer(width):
    layer = ISTA(width).double()
    layer.step = 1 / torch.linalg.matrix_norm(layer.dictionary, 2).item() ** 2
    return layer  # with this step, and no longer one, a proximal step must go down


@torch.no_grad()
def test_a_step_of_ista_lowers_its_objective_and_a_wrong_sign_sparsifies_less():
    layer, x = ista_layer(8), torch.rand(20, 8, dtype=torch.float64)  # positive: a = x is allowed
    y = layer(x)
    assert objective(layer, y, x) < objective(layer, x, x)
    layer.penalty = -layer.penalty
    assert (layer(x) > 0).sum() > (y > 0).sum()


@torch.no_grad()
def test_a_fixed_point_of_ista_is_scikit_learns_lasso():
    layer, x = ista_layer(8), torch.randn(8, dtype=torch.float64)
    a = x.relu()
    for _ in range(20_000):
        error = a @ layer.dictionary.mT - x
        a = (a - layer.step * (error @ layer.dictionary) - layer.step * layer.penalty).relu()
    lasso = Lasso(alpha=layer.penalty / 8, fit_intercept=False, positive=True, tol=1e-12)
    lasso.max_iter = 100_000
    lasso.fit(layer.dictionary.numpy(), x.numpy())
    expected = torch.from_numpy(lasso.coef_)
    torch.testing.assert_close(a, expected, rtol=0, atol=1e-6)  # both stop at 1e-7 or below


def test_ista_kills_what_lies_below_the_penalty():
    layer = ISTA(3)
    nn.init.eye_(layer.dictionary)  # the square is already zero: only the penalty acts
    x = torch.tensor([[-1.0, 0.009, 0.5]])
    torch.testing.assert_close(layer(x), torch.tensor([[0.0, 0.0, 0.49]]))
