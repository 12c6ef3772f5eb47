"""The checks of chapter 07 accept right answers and name the usual mistakes."""

import pytest
import torch

from xfmr_lib.exercises import check_distance_by_stage, check_stacked_matrix
from xfmr_lib.mixers.extractors import Extractor


def stack(extraction, i):
    return torch.cat([extraction[i - j] for j in range(1, i + 1)])


def distance(rows, targets):
    return (rows - targets).square().sum(-1).sqrt().mean(dim=(1, 2))


def test_right_answers(capsys):
    assert check_stacked_matrix(stack) and check_distance_by_stage(distance)
    assert capsys.readouterr().out.count("Right:") == 2


def test_the_reference_is_the_librarys_extraction():
    layer, x = Extractor(width=2, window=5), torch.randn(1, 5, 2)
    for i in range(1, 6):
        e = layer.extract(x)[0, i - 1]
        assert torch.allclose(x[0, :i].flatten() @ stack(layer.extraction, i), e, atol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda w, i: torch.cat(list(w[:i])), "turned round"),
        (lambda w, i: stack(w, i + 1), "one matrix too many"),
        (lambda w, i: stack(w, i - 1), "one matrix is missing"),
        (lambda w, i: stack(w, len(w)), "whole window"),
        (lambda w, i: stack(w, i) / i**0.5, "SHE has no factor"),
        (lambda w, i: stack(w, i).T, "under each other"),
        (lambda w, i: torch.cat(list(w[:i].flip(0)), dim=1), "side by side"),
        (lambda w, i: stack(w.transpose(1, 2), i), "transposed"),
        (lambda w, i: w[:i].flip(0), "lay them into one"),
        (lambda w, i: w[:i].sum(0), "each row needs its own"),
        (lambda w, i: None, "forget `return`"),
        (lambda w, i: stack(w, i) + 1, "first at [0, 0]"),
        (lambda w, i: w[i, i, i], "stopped with IndexError"),
    ],
)
def test_stacking_mistakes(wrong, message, capsys):
    assert not check_stacked_matrix(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda r, t: (r - t).square().sum(-1).mean((1, 2)), "squared"),
        (lambda r, t: (r - t).square().sum(-1).mean((1, 2)).sqrt(), "mean of roots"),
        (lambda r, t: (r - t).mean((1, 2)).norm(dim=-1), "cancelled"),
        (lambda r, t: (r - t).norm(dim=-1).sum((1, 2)), "summed over rows"),
        (lambda r, t: (r - t).norm(dim=-1).mean(), "keep the first axis"),
        (lambda r, t: (r - t).norm(dim=-1).mean((0, 1)), "counts stages"),
        (lambda r, t: (r - t).norm(dim=-1), "texts and places"),
        (lambda r, t: (r - t).norm(dim=-1).mean(1), "over places too"),
        (lambda r, t: (r - t).norm(dim=-1).mean(2), "over texts too"),
        (lambda r, t: (r - t).abs().sum(-1).mean((1, 2)), "Euclid"),
        (lambda r, t: (r - t).abs().mean((1, 2, 3)), "coordinates"),
        (lambda r, t: r.norm(dim=-1).mean((1, 2)), "subtract the targets"),
        (lambda r, t: r.diff(dim=0).norm(dim=-1).mean((1, 2)), "from stage to stage"),
    ],
)
def test_distance_mistakes(wrong, message, capsys):
    assert not check_distance_by_stage(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
