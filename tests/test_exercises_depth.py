"""The check of chapter 12 accepts right answers and names the usual mistakes."""

import pytest
from exercise_checks import refused

from xfmr_lib.exercises import check_hops


def follow(tokens, hops, step=1, leaves=True):
    answers = []
    for place in range(len(tokens)):
        for _ in range(hops):
            if place >= 0 or not leaves:
                place = place - tokens[place] - step
        answers.append(tokens[place] if place >= 0 or not leaves else -100)
    return answers


def same_length(tokens, hops):
    ends = [place - hops * (token + 1) for place, token in enumerate(tokens)]
    return [tokens[end] if end >= 0 else -100 for end in ends]


def test_right_answer():
    assert check_hops(follow)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (same_length, "as long as the first"),
        (lambda tokens, hops: follow(tokens, hops, step=0), "one longer than its token"),
        (lambda tokens, hops: follow(tokens, hops, leaves=False), "*last* row to Python"),
    ],
)
def test_usual_mistakes(wrong, message, capsys):
    refused(check_hops, wrong, message, capsys)
