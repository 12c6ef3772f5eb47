"""Chains of pointers end where a loop by hand says, and nothing is known before the last token."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from xfmr_lib.tasks.token_hops import OUTSIDE, TokenHops, accuracy
from xfmr_lib.training import evaluate, next_token_loss


def by_hand(tokens, hops):
    targets = []
    for place in range(len(tokens)):
        for _ in range(hops):
            place = place - tokens[place] - 1 if place >= 0 else place
        targets.append(tokens[place] if place >= 0 else OUTSIDE)
    return targets


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_targets_follow_the_chain(hops):
    task = TokenHops(vocabulary=4, hops=hops, time=20, batch=30)
    tokens, targets = task(0)
    assert tokens.shape == targets.shape == (30, 20) and tokens.max() == 3
    assert targets.tolist() == [by_hand(row, hops) for row in tokens.tolist()]


def test_an_example():
    tokens = torch.tensor([[2, 0, 1, 0]])  # 0 -> one back, 1 -> two back
    assert TokenHops(4, 1, 8).targets(tokens).tolist() == [[OUTSIDE, 2, 2, 1]]
    assert TokenHops(3, 2, 8).targets(tokens).tolist() == [[OUTSIDE, OUTSIDE, OUTSIDE, 2]]


def test_the_last_token_is_news():
    """Among judged places the answer is uniform, whatever the first token is."""
    tokens, targets = TokenHops(vocabulary=4, hops=2, time=24, batch=4000)(0)
    for first in range(4):
        answers = targets[(tokens == first) & (targets != OUTSIDE)]
        shares = answers.bincount(minlength=4) / len(answers)
        # neighbouring places share chains, so the error is a few times that of 15,000 samples
        assert (shares - 1 / 4).abs().max() < 0.03


class Constant(nn.Module):
    def forward(self, tokens):
        return torch.zeros(*tokens.shape, 4).index_fill(-1, torch.tensor([2]), 1.0)


class Follower(nn.Module):
    """Reads the answer off the text, and is sure of it."""

    def forward(self, tokens):
        right = TokenHops(4, 1, 12).targets(tokens).clamp(min=0)
        return 100.0 * nn.functional.one_hot(right, 4)


def test_accuracy_judges_inside_places_only():
    task = TokenHops(vocabulary=4, hops=1, time=12, batch=3000)
    batch = task(0)
    assert accuracy(Constant(), batch).item() == pytest.approx(1 / 4, abs=0.02)
    assert evaluate(Follower(), [batch], accuracy) == 1
    assert next_token_loss(Follower(), batch).item() < 1e-6  # cross_entropy ignores -100


def test_a_batch_depends_on_seed_and_step_alone():
    task = TokenHops(batch=3, seed=4)
    tokens, targets = task(9)
    torch.manual_seed(1)
    assert torch.equal(task(9)[0], tokens) and torch.equal(task(9)[1], targets)
    assert not torch.equal(task(10)[0], tokens)
    assert not torch.equal(replace(task, seed=5)(9)[0], tokens)


def test_too_far_a_chain_is_refused():
    with pytest.raises(ValueError, match="3 hops reach 24 rows back, but there are 24"):
        TokenHops(vocabulary=8, hops=3, time=24)
