"""The checks of chapter 06 accept right answers and name the usual mistakes."""

import pytest

from xfmr_lib.exercises.geometry import check_faking_axis, check_scores


def scores(rows, query, key, query_bias, key_bias):
    asked = (rows @ query @ key_bias)[:, None]
    standing = (rows @ key @ query_bias)[None]
    content = rows @ (query @ key.T) @ rows.T
    return (content + asked + standing + query_bias @ key_bias) / query.shape[1] ** 0.5


def axis(first, last, goal):
    way, missing = last - first, goal - last
    way = way - (way @ missing) / (missing @ missing) * missing
    return way / way.norm()


def test_right_answers(capsys):
    assert check_scores(scores)
    assert check_faking_axis(axis)
    assert capsys.readouterr().out.count("Right: ") == 2


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda *given: scores(*given) * given[1].shape[1] ** 0.5, "root of h"),
        (lambda *given: scores(*given) * (3 / 6) ** 0.5, "not of the rows' width"),
        (lambda r, q, k, b, c: r @ q @ k.T @ r.T / 3**0.5, "biases are missing"),
        (lambda r, q, k, b, c: r @ q @ k.T @ r.T / 3**0.5 + (r @ q @ c)[:, None]
         + (r @ k @ b)[None] + b @ c, "divided by the root too"),
        (lambda *given: scores(*given).T, "transposed"),
        (lambda *given: None, "did you forget `return`"),
    ],
)  # fmt: skip
def test_usual_mistakes_of_scores(wrong, message, capsys):
    assert not check_scores(wrong)
    assert message in capsys.readouterr().out


def unnormed(first, last, goal):
    way, missing = last - first, goal - last
    return way - (way @ missing) / (missing @ missing) * missing


def kept_the_wrong_part(first, last, goal):
    part = (last - first) - unnormed(first, last, goal)
    return part / part.norm()


def forgot_to_divide(first, last, goal):
    way, missing = last - first, goal - last
    way = way - (way @ missing) * missing
    return way / way.norm()


@pytest.mark.parametrize(
    "wrong,message",
    [
        (unnormed, "length 1"),
        (lambda *given: -axis(*given), "points back"),
        (lambda first, last, goal: (last - first) / (last - first).norm(), "the way itself"),
        (kept_the_wrong_part, "the part to leave out"),
        (forgot_to_divide, "divide by |goal - last|^2"),
    ],
)
def test_usual_mistakes_of_the_axis(wrong, message, capsys):
    assert not check_faking_axis(wrong)
    assert message in capsys.readouterr().out
