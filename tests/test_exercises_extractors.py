"""The checks of chapter 08 accept the library's layer and name the usual mistakes."""

import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises import check_scalar_extractor, check_vector_as_she
from xfmr_lib.mixers.reduced import ScalarExtractor


def librarys(x, weights, values, adjustment):
    layer = ScalarExtractor(x.shape[1], len(x)).double()
    layer.load_state_dict({"weights": weights[:, None], "values": values, "adjustment": adjustment})
    return layer(x[None])[0]


def collect(x, weights, index=lambda i, j: i - j, last=lambda i: i):
    rows = range(len(x))
    return torch.stack([sum(weights[index(i, j)] * x[j] for j in range(last(i) + 1)) for i in rows])


def absolute(x, weights, values, adjustment):
    return (x @ adjustment) * (collect(x, weights, lambda i, j: j) @ values)


def not_causal(x, weights, values, adjustment):
    everything = collect(x, weights, lambda i, j: abs(i - j), lambda i: len(x) - 1)
    return (x @ adjustment) * (everything @ values)


def test_right_answers():
    assert check_scalar_extractor(librarys)
    assert check_scalar_extractor(lambda x, w, v, a: (x @ a) * (collect(x, w) @ v))


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_scalar_extractor, absolute, "weight j for row j"),
        (check_scalar_extractor, not_causal, "later rows"),
        (check_scalar_extractor, lambda x, w, v, a: collect(x, w) @ v, "adjustment is missing"),
        (check_vector_as_she, lambda w, v: v * w[:, :, None], "scaled the rows"),
        (check_vector_as_she, lambda w, v: torch.diag_embed(w), "alone"),
        (check_vector_as_she, lambda w, v: v.T * w[:, None, :], "transpose"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
