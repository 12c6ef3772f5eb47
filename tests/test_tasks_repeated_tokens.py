"""Sequences that repeat, each with a period of its own."""

import pytest
import torch

from xfmr_lib.tasks.repeated_tokens import RepeatedTokens


def test_what_is_called_known_can_be_looked_up():
    task = RepeatedTokens(vocabulary=1000, batch=40)
    inputs, targets = task(3)
    known = task.known(3)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    for row in range(40):
        period = int((~known[row]).sum())
        assert 6 <= period <= 16
        whole = torch.cat([inputs[row, :1], targets[row]])
        assert torch.equal(whole[period:], whole[:-period])
        assert torch.equal(known[row], torch.arange(1, 33) > period)


def test_whatever_is_known_has_stood_behind_the_same_token_before():
    inputs, targets = (task := RepeatedTokens(batch=40))(5)
    for row, place in task.known(5).nonzero().tolist():
        earlier = inputs[row, :place] == inputs[row, place]
        assert targets[row, place] in targets[row, :place][earlier]


def test_every_period_is_drawn_about_as_often():
    task = RepeatedTokens(shortest=3, longest=6, batch=4000)
    counts = torch.bincount((~task.known(0)).sum(1))[3:].tolist()
    # 1000 expected of each, with a spread of 27: four of them
    assert len(counts) == 4 and all(abs(count - 1000) < 110 for count in counts)


def test_a_batch_depends_on_seed_and_step_alone():
    first, again = RepeatedTokens()(5), RepeatedTokens()(5)
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], RepeatedTokens()(6)[0])
    assert not torch.equal(first[0], RepeatedTokens(seed=1)(5)[0])


@pytest.mark.parametrize("periods", [(0, 5), (9, 8), (6, 33)])
def test_impossible_periods_are_refused(periods):
    with pytest.raises(ValueError, match=f"periods {periods[0]} to {periods[1]}.*window of 32"):
        RepeatedTokens(shortest=periods[0], longest=periods[1])
