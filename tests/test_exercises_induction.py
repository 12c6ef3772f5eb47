"""The check of chapter 05 accepts right answers and names the usual mistakes."""

import pytest
import torch

from xfmr_lib.exercises.induction import check_induction_machine


def machine(x, sharpness, shift=1, queries=None, causal=True, values=None, whole=True):
    before = torch.zeros_like(x)
    if shift > 0:
        before[shift:] = x[:-shift]
    elif shift < 0:
        before[:shift] = x[-shift:]
    else:
        before = x
    scores = sharpness * (x if queries is None else queries) @ before.T
    if causal:
        scores = scores.masked_fill(torch.ones_like(scores).triu(1) > 0, float("-inf"))
    pattern = scores.softmax(-1)
    return pattern @ (x if values is None else values) if whole else pattern


def by_loops(x, sharpness):
    rows = []
    for i in range(len(x)):
        keys = [torch.zeros_like(x[0]), *x[:i]]
        weights = torch.stack([(sharpness * x[i] @ key).exp() for key in keys])
        rows.append((weights[:, None] * x[: i + 1]).sum(0) / weights.sum())
    return torch.stack(rows)


def moved(x, by=1):
    return torch.cat([torch.zeros_like(x[:by]), x[:-by]])


@pytest.mark.parametrize("answer", [machine, by_loops])
def test_right_machines(answer, capsys):
    assert check_induction_machine(answer)
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda x, s: machine(x, s, shift=0), "those are copies"),
        (lambda x, s: machine(x, s, shift=-1), "moved the rows up"),
        (lambda x, s: machine(x, s, shift=0, queries=moved(x)), "moved the queries"),
        (lambda x, s: machine(x, s, values=moved(x)), "you brought what stood before"),
        (lambda x, s: machine(x, s, causal=False), "no causal mask"),
        (lambda x, s: machine(x, s, whole=False), "that is the pattern"),
        (lambda x, s: None, "did you forget `return`"),
        (lambda x, s: machine(x, s) * 2, "differ, first at [0, 2]"),
        (lambda x, s: x.mul_(2), "changed the rows"),
    ],
)
def test_usual_mistakes_get_their_own_message(wrong, message, capsys):
    assert not check_induction_machine(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
