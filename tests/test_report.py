"""Numbers as the book writes them, and small tables."""

import numpy as np
import pytest
import torch

from xfmr_lib import report


@pytest.mark.parametrize(
    ("value", "spread", "digits", "text"),
    [
        (42, None, 3, "42"),
        (True, None, 3, "True"),
        ("word", None, 3, "word"),
        (1.23456, None, 3, "1.235"),
        (2.0, None, 3, "2.000"),
        (0.0, None, 3, "0.000"),
        (-0.00012345, None, 3, "-1.23e-04"),
        (1.8432, 0.047, 3, "1.84 ± 0.05"),
        (1.8432, 0.012, 3, "1.84 ± 0.02"),
        (1.8432, 0.05, 3, "1.84 ± 0.05"),
        (1.8432, 0.1, 3, "1.8 ± 0.1"),
        (153.2, 2, 3, "153 ± 2"),
        (np.float32(0.5), None, 3, "0.500"),
        (torch.tensor(3), None, 3, "3"),
    ],
)
def test_number(value, spread, digits, text):
    assert report.number(value, spread, digits) == text


@pytest.mark.parametrize("spread", [0, -1, float("nan")])
def test_a_spread_is_positive(spread):
    with pytest.raises(ValueError, match="positive"):
        report.number(1.0, spread)


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as (bundle, options)."""
    calls = []
    monkeypatch.setattr("xfmr_lib.report.display", lambda data, **more: calls.append((data, more)))
    return calls


def test_glue_is_what_myst_nb_reads(shown):
    report.glue("loss", 1.8432, spread=0.05)
    data, more = shown[0]
    assert data == {"application/papermill.record/text/plain": "1.84 ± 0.05"}
    assert more["metadata"]["scrapbook"]["name"] == "loss"


def test_table_as_text_and_as_html(shown):
    report.table([["a < b", (1.8432, 0.05)], ["chance", 4.0]], ["arm", "loss"], "Two arms")
    data = shown[0][0]
    assert data["text/plain"].splitlines() == [
        "Two arms",
        "arm     loss",
        "a < b   1.84 ± 0.05",
        "chance  4.000",
    ]
    assert "<td>a &lt; b</td><td>1.84 ± 0.05</td>" in data["text/html"]


def test_a_table_has_straight_rows(shown):
    with pytest.raises(ValueError, match="shorter"):
        report.table([[1, 2], [1]], ["a", "b"])
