"""What every check says when no usual mistake fits, and that it survives any answer."""

import numpy as np
import pytest
import torch
from exercise_checks import refused

from xfmr_lib.exercises.answers import judge, judge_cases

ROWS = torch.arange(6.0).reshape(2, 3)


def check(answer):
    return judge(answer, (ROWS,), 2 * ROWS, [(3 * ROWS, "thrice")], "twice.")


def add_in_place(rows):
    rows += rows
    return rows


def stop(rows):
    raise KeyError("two\nlines")


@pytest.mark.parametrize(
    "right",
    [
        lambda rows: rows + rows,
        lambda rows: (2 * rows).tolist(),
        lambda rows: 2 * rows.numpy().astype(complex),
        lambda rows: torch.nn.Parameter(rows) * 2,
    ],
)
def test_right_in_any_form(right, capsys):
    assert check(right)
    assert capsys.readouterr().out == "Right: twice.\n"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda rows: 3 * rows, "thrice"),
        (lambda rows: 2 * rows + 1j, "the numbers differ, first at [0, 0]"),
        (lambda rows: rows * np.nan, "the numbers differ, first at [0, 0]"),
        (lambda rows: rows, "the numbers differ, first at [0, 1]"),
        (lambda rows: rows[0], "your result has shape (3,); it should be (2, 3)"),
        (lambda rows: None, "returned None; did you forget `return`?"),
        (lambda rows: "much", "your result has shape (); it should be (2, 3)"),
        (lambda rows: [[1], [2, 3]], "your result has shape ()"),
        (lambda: 2, "stopped with TypeError"),
        (stop, "your stop stopped with KeyError"),
        (add_in_place, "your add_in_place changed the rows or list it was given"),
    ],
)
def test_what_a_wrong_answer_is_told(wrong, message, capsys):
    refused(check, wrong, message, capsys)


def test_numbers_and_lists_are_shown(capsys):
    def check(answer):
        return judge_cases(answer, [(([1, 2], 3), [1, 2, 3], []), (([], 3), [3], [])], "appended.")

    assert check(lambda ids, new: [*ids, new])
    capsys.readouterr()
    message = "([], 3) returned [4]; it should be [3]"
    refused(check, lambda ids, new: [*ids, new] if ids else [4], message, capsys)
    refused(check, lambda ids, new: ids.append(new), "changed the rows or list", capsys)
