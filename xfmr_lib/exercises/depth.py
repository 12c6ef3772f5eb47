"""Check for an exercise of chapter 12: chains of pointers followed by the reader's own code."""

from xfmr_lib.exercises.answers import judge
from xfmr_lib.tasks.token_hops import OUTSIDE


def check_hops(answer) -> bool:
    """Check answer(tokens, hops) -> for every place the token at the end of its chain.

    A hop from place p leads to p - tokens[p] - 1. Chains that leave the text give -100.
    """
    tokens, hops = [1, 0, 2, 1, 0, 3, 1, 2, 0, 1, 3, 0], 2

    def follow(step=1, outside=0):
        places = range(len(tokens))
        for _ in range(hops):
            places = [p - tokens[p] - step if p >= outside else p for p in places]
        return places

    def read(places):
        return [tokens[place] if place >= 0 else OUTSIDE for place in places]

    same = read(place - hops * (token + 1) for place, token in enumerate(tokens))
    wrapped = [tokens[place] for place in follow(outside=-len(tokens))]
    mistakes = [
        (same, "all your hops are as long as the first; a hop is as long as the token *reached*"),
        (read(follow(step=0)), "a hop is one longer than its token: token 0 leads one row back"),
        (wrapped, "place -1 is the *last* row to Python; look whether a chain has left the text"),
    ]
    return judge(answer, (tokens, hops), read(follow()), mistakes, "your chains end right.")
