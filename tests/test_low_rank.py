"""Chapter 18's LoRA beside a map, folded in and taken out, and the gradients it starts with."""

import pytest
import torch
from book_notebooks import defined
from torch import nn

from xfmr_lib.transformer import Config, Transformer

low_rank = defined("18", "LowRank", "adapt", "merge", "add")
LowRank = low_rank.LowRank


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def small():
    return Transformer(Config(11, window=8, width=12, layers=2, heads=2)).double()


def moved(model):
    """The same model with random numbers in every B."""
    for part in model.modules():
        if isinstance(part, LowRank):
            nn.init.normal_(part.B, std=0.1)
    return model


TEXT = torch.arange(8).reshape(1, 8)


def test_nothing_changes_at_the_start():
    base = nn.Linear(6, 4)
    x = torch.randn(3, 5, 6)
    assert torch.equal(LowRank(base, 2)(x), base(x))


def test_it_equals_the_formula():
    base, x = nn.Linear(6, 4).double(), torch.randn(3, 6).double()
    path = moved(LowRank(base, 3, alpha=6.0))
    expected = x @ (base.weight + 6 / 3 * path.B @ path.A).T + base.bias
    torch.testing.assert_close(path(x), expected, rtol=0, atol=1e-12)  # float64 rounding


def test_first_gradient_is_the_maps_seen_through_A():
    base, x = nn.Linear(6, 4).double(), torch.randn(7, 6).double()
    path = LowRank(base, 2, alpha=3.0)
    path(x).square().sum().backward()
    torch.testing.assert_close(path.B.grad, 1.5 * base.weight.grad @ path.A.mT)
    assert not path.A.grad.any()


def test_adapt_freezes_all_but_the_chosen_paths():
    model = small()
    low_rank.adapt(model, "blocks.*.qkv", 3)
    trained = [name for name, part in model.named_parameters() if part.requires_grad]
    assert trained == [f"blocks.{k}.mix.inner.qkv.{part}" for k in (0, 1) for part in "AB"]
    before = {name: part.clone() for name, part in model.named_parameters()}
    model(TEXT).square().mean().backward()
    torch.optim.SGD(model.parameters(), lr=1.0).step()
    changed = {n for n, part in model.named_parameters() if not torch.equal(part, before[n])}
    assert changed == {f"blocks.{k}.mix.inner.qkv.B" for k in (0, 1)}


def test_merged_equals_unmerged_and_can_be_undone():
    model = small()
    names, at_first = [name for name, _ in model.named_parameters()], model(TEXT)
    low_rank.adapt(model, "blocks.*", 2, alpha=8.0)
    beside = moved(model)(TEXT)
    assert (beside - at_first).abs().max() > 1e-3
    updates = low_rank.merge(model)
    assert [name for name, _ in model.named_parameters()] == names
    torch.testing.assert_close(model(TEXT), beside, rtol=0, atol=1e-12)  # float64 rounding
    assert all(torch.linalg.matrix_rank(update) == 2 for update in updates.values())
    low_rank.add(model, updates, times=-1)
    torch.testing.assert_close(model(TEXT), at_first, rtol=0, atol=1e-12)


def test_merging_what_has_no_path_changes_nothing():
    model = small()
    before = model(TEXT)
    assert low_rank.merge(model) == {} and torch.equal(model(TEXT), before)


def test_a_pattern_that_fits_nothing_is_named_and_leaves_the_model_alone():
    model = small()
    with pytest.raises(AssertionError, match="no free linear map fits 'layers.*'.*blocks.0.mix"):
        low_rank.adapt(model, "layers.*", 2)
    assert all(part.requires_grad for part in model.parameters())
    assert not any(isinstance(part, LowRank) for part in model.modules())


def test_a_map_is_not_wrapped_twice():
    model = small()
    low_rank.adapt(model, "blocks.*", 2)
    with pytest.raises(AssertionError, match="no free linear map"):
        low_rank.adapt(model, "blocks.*", 2)
