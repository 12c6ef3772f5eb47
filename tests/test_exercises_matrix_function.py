"""The checks of chapter 07 name the usual mistakes."""

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_distance_by_stage, check_stacked_matrix
from xfmr_lib.mixers.extractors import Extractor


def stack(extraction, i):
    return torch.cat([extraction[i - j] for j in range(1, i + 1)])


def test_the_reference_is_the_librarys_extraction():
    assert check_stacked_matrix(stack)
    layer, x = Extractor(width=2, window=5), torch.randn(1, 5, 2)
    for i in range(1, 6):
        e = layer.extract(x)[0, i - 1]
        assert torch.allclose(x[0, :i].flatten() @ stack(layer.extraction, i), e, atol=1e-6)


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_stacked_matrix, lambda w, i: torch.cat(list(w[:i])), "turned round"),
        (check_stacked_matrix, lambda w, i: stack(w, i - 1), "one matrix is missing"),
        (check_stacked_matrix, lambda w, i: stack(w, len(w)), "whole window"),
        (check_stacked_matrix, lambda w, i: w[i, i, i], "stopped with IndexError"),
        (
            check_distance_by_stage,
            lambda r, t: (r - t).square().sum(-1).mean((1, 2)),
            "squared distances",
        ),
        (
            check_distance_by_stage,
            lambda r, t: (r - t).square().sum(-1).mean((1, 2)).sqrt(),
            "mean of roots",
        ),
        (check_distance_by_stage, lambda r, t: (r - t).norm(dim=-1).mean(), "first axis"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
