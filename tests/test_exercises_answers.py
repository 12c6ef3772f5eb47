"""What `judge` says when no usual mistake fits, and that it survives any answer."""

import numpy as np
import pytest
import torch

from xfmr_lib.exercises import draw, judge

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
    assert not check(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1


def test_numbers_and_lists_are_shown(capsys):
    def check(answer):
        return judge(answer, ([1, 2], 3), [1, 2, 3], [], "appended.")

    assert check(lambda ids, new: [*ids, new])
    capsys.readouterr()
    assert not check(lambda ids, new: [new, *ids])
    assert "([1, 2], 3) returned [3, 1, 2]; it should be [1, 2, 3]" in capsys.readouterr().out
    assert not check(lambda ids, new: ids.append(new))
    assert "changed the rows or list" in capsys.readouterr().out


def test_functions_may_be_given(capsys):
    assert judge(lambda f, x: f(x), (torch.sin, ROWS), ROWS.sin(), [], "applied.")


def test_draws_are_the_same_every_time():
    first, second = draw(3, (2, 3), (4,)), draw(3, (2, 3), (4,))
    assert [tuple(part.shape) for part in first] == [(2, 3), (4,)]
    assert all(map(torch.equal, first, second)) and first[0].dtype == torch.float64
