"""The check of chapter 12 accepts right answers and names the usual mistakes."""

import pytest

from xfmr_lib.exercises.depth import check_hops


def follow(tokens, hops, outside=-100):
    answers = []
    for place in range(len(tokens)):
        for _ in range(hops):
            if place >= 0:
                place = place - tokens[place] - 1
        answers.append(tokens[place] if place >= 0 else outside)
    return answers


def same_length(tokens, hops):
    ends = [p - hops * (tokens[p] + 1) for p in range(len(tokens))]
    return [tokens[end] if end >= 0 else -100 for end in ends]


def hop_is_the_token(tokens, hops):
    answers = []
    for place in range(len(tokens)):
        for _ in range(hops):
            place = place - tokens[place] if place >= 0 else place
        answers.append(tokens[place] if place >= 0 else -100)
    return answers


def past_the_end(tokens, hops):
    answers = []
    for place in range(len(tokens)):
        for _ in range(hops):
            place = place - tokens[place] - 1
        answers.append(tokens[place])
    return answers


def places(tokens, hops):
    answers = []
    for place in range(len(tokens)):
        for _ in range(hops):
            place = place - tokens[place] - 1 if place >= 0 else place
        answers.append(place if place >= 0 else -100)
    return answers


def changes(tokens, hops):
    tokens[0] = 5
    return tokens


def test_right_answer(capsys):
    assert check_hops(follow)
    assert capsys.readouterr().out.startswith("Right: ")


@pytest.mark.parametrize(
    "wrong,message",
    [
        (lambda tokens, hops: follow(tokens, 1), "one hop, whatever"),
        (lambda tokens, hops: follow(tokens, hops + 1), "one hop too many"),
        (same_length, "as long as the first"),
        (hop_is_the_token, "one longer than its token"),
        (past_the_end, "*last* row to Python"),
        (places, "you returned the places"),
        (lambda tokens, hops: None, "did you forget `return`"),
        (lambda tokens, hops: follow(tokens, hops, outside=0), "it should be"),
        (changes, "changed the list"),
        (lambda tokens, hops: tokens[100], "IndexError"),
    ],
)
def test_usual_mistakes_get_their_own_message(wrong, message, capsys):
    assert not check_hops(wrong)
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and message in line and line.count("\n") == 1
