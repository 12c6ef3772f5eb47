"""Check for an exercise of chapter 12: chains of pointers followed by the reader's own code."""

from collections.abc import Callable, Iterator

from xfmr_lib.exercises.answers import Mistake, judge
from xfmr_lib.tasks.token_hops import OUTSIDE

TOKENS = [1, 0, 2, 1, 0, 3, 1, 2, 0, 1, 3, 0]
HOPS = 2


def check_hops(answer: Callable[[list[int], int], list[int]]) -> bool:
    """Check answer(tokens, hops) -> for every place the token at the end of its chain.

    tokens: a list; a hop from place p leads to p - tokens[p] - 1. Chains that leave the text give
    -100. Taught in: chapter 12.
    """
    right = [_token(_end(p, HOPS)) for p in range(len(TOKENS))]
    praise = "your chains end where they should."
    return judge(answer, (TOKENS, HOPS), right, _mistakes(), praise)


def _end(place: int, hops: int, extra: int = 1) -> int:
    for _ in range(hops):
        place = place - TOKENS[place] - extra if place >= 0 else place
    return place


def _token(place: int) -> int:
    return TOKENS[place] if place >= 0 else OUTSIDE


def _wrapped(place: int) -> int:
    for _ in range(HOPS):
        place = place - TOKENS[place] - 1
    return TOKENS[place]


def _mistakes() -> Iterator[Mistake]:
    """Pairs (what the mistake yields, what to tell the learner)."""
    places = range(len(TOKENS))
    yield [_token(_end(p, 1)) for p in places], "you took one hop, whatever `hops` says"
    yield [_token(_end(p, HOPS + 1)) for p in places], "you took one hop too many"
    wrong = [_token(_end(p, HOPS, extra=0)) for p in places]
    yield (
        wrong,
        "a hop is one longer than its token: token 0 leads to the row before, not to itself",
    )
    wrong = [_token(p - HOPS * (TOKENS[p] + 1)) for p in places]
    yield wrong, "all your hops are as long as the first; a hop is as long as the token *reached*"
    wrong = [_end(p, HOPS) if _end(p, HOPS) >= 0 else OUTSIDE for p in places]
    yield wrong, "you returned the places that are reached; return the tokens that stand there"
    yield (
        [_token(max(_end(p, HOPS), 0)) for p in places],
        ("you stop at place 0 when a chain leaves the text; it must give -100 there"),
    )
    yield (
        [_wrapped(p) for p in places],
        ("place -1 is the *last* row to Python; look whether a chain has left the text"),
    )
