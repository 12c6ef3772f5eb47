"""The check of chapter 04 accepts right answers and names the usual mistakes."""

import re

import pytest
import torch
from book_notebooks import BOOK, load, prose

from xfmr_lib.exercises.circuits import check_head_from_circuits


def head(rows, qk, ov):
    scores = rows @ qk @ rows.T
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ rows @ ov


def unmasked(rows, qk, ov):
    return (rows @ qk @ rows.T).softmax(-1) @ rows @ ov


def masked_too_late(rows, qk, ov):
    return (rows @ qk @ rows.T).softmax(-1).tril() @ rows @ ov


def masked_by_zero(rows, qk, ov):
    return (rows @ qk @ rows.T).tril().softmax(-1) @ rows @ ov


def scaled_twice(rows, qk, ov):
    return head(rows, qk / rows.shape[1] ** 0.5, ov)


@pytest.mark.parametrize("right", [head, lambda rows, qk, ov: head(rows, qk, ov).float()])
def test_right_answers(right, capsys):
    assert check_head_from_circuits(right)
    assert capsys.readouterr().out == "Right: a head is two matrices.\n"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (unmasked, "future is not masked"),
        (masked_too_late, "mask before the softmax"),
        (masked_by_zero, "a masked score of 0"),
        (lambda rows, qk, ov: head(rows, qk.T, ov), "swapped"),
        (scaled_twice, "divided the scores again"),
        (lambda rows, qk, ov: rows + head(rows, qk, ov), "only what it adds"),
        (lambda rows, qk, ov: None, "did you forget `return`"),
        (lambda rows, qk, ov: head(rows, qk, ov) * 2, "largest difference"),
    ],
)
def test_usual_mistakes_get_their_own_message(wrong, message, capsys):
    assert not check_head_from_circuits(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def test_the_solution_printed_in_the_chapter_passes():
    words = "\n".join(prose(load(BOOK / "04_circuits.ipynb")))
    solutions = re.findall(r"```python\n(.*?)```", words, re.DOTALL)
    (printed,) = (solution for solution in solutions if "def my_head(" in solution)
    space = {"torch": torch}
    exec(printed, space)
    assert check_head_from_circuits(space["my_head"])
