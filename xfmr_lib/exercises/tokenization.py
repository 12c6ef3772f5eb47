"""Checks for the exercises of chapter 01: byte-pair encoding and the unit of a loss."""

import math
from collections.abc import Callable

from xfmr_lib.exercises.answers import judge, judge_cases

NOTHING = (None, "it returned None; is there a `return`?")
BEYOND = (IndexError, "the last id has no right neighbour to look at")


def check_most_frequent_pair(answer: Callable) -> bool:
    """Check answer(ids) -> (left, right): the most frequent neighbours, ties to the smallest.

    ids: list of integers. Taught in: chapter 01.
    """
    kinds = [
        NOTHING,
        BEYOND,
        (2, "that is how often it occurs; return the pair itself"),
        (((5, 6), 2), "return the pair alone, without its count"),
        (5, "that is one id; return two neighbours, as a tuple"),
        (0, "that is a place; return the two ids"),
    ]
    runs = [((1, 2), "in 7 7 7 7 the pair (7, 7) stands three times: every place counts")]
    ties = [
        ((5, 6), "three pairs occur twice; you took the first met, not the smallest"),
        ((6, 1), "three pairs occur twice; you took the largest, not the smallest"),
    ]
    cases = [
        (([5, 6, 0, 5, 6],), (5, 6), kinds),
        (
            ([9, 4, 0, 9, 4],),
            (9, 4),
            [((4, 9), "9 4 is not 4 9: a pair has an order. Did you sort?")],
        ),
        (([7, 7, 7, 7, 1, 2, 3, 1, 2],), (7, 7), runs),
        (([5, 6, 1, 2, 5, 6, 1, 2],), (1, 2), ties),
    ]
    return judge_cases(answer, cases, "the most frequent pair, ties and runs included.")


def check_merge(answer: Callable) -> bool:
    """Check answer(ids, pair, new) -> ids with each `pair` replaced by `new`, from the left.

    ids: list of integers; the one given must stay as it is. Taught in: chapter 01.
    """
    steps = [
        NOTHING,
        BEYOND,
        ([9, 3, 1, 2, 4], "only the first pair was replaced; go on to the end"),
        ([9, 2, 3, 9, 2, 4], "step over both ids of a pair: the 2 should be gone"),
        ([9, 3, 9], "the last id is lost: it has no right neighbour, but it stays"),
        ([3, 4], "the pair is gone, but `new` should stand in its place"),
    ]
    runs = [
        ([9, 9], "in 7 7 7 the middle 7 was used twice; a pair eats both of its ids"),
        ([7, 9], "in 7 7 7 go from the left: the first two are merged"),
        ([9], "in 7 7 7 the last 7 has no partner, but it stays"),
    ]
    cases = [
        (([1, 2, 3, 1, 2, 4], (1, 2), 9), [9, 3, 9, 4], steps),
        (([7, 7, 7], (7, 7), 9), [9, 7], runs),
        (([2, 1, 2], (1, 2), 9), [2, 9], [([9, 2], "a pair has an order: 2 1 is not 1 2")]),
        (([3, 1], (1, 2), 9), [3, 1], [([3], "a last id that begins a pair in vain must stay")]),
        (([], (1, 2), 9), [], []),
    ]
    return judge_cases(answer, cases, "the pair is merged from the left, runs included.")


def check_bits_per_byte(answer: Callable) -> bool:
    """Check answer(loss, tokens, bytes) -> bits per byte; loss in nats per token.

    Taught in: chapter 01.
    """
    loss, tokens, size = given = (3.5, 200, 800)
    mistakes = [
        NOTHING,
        (loss * tokens / size, "these are nats per byte; a bit is ln 2 nats"),
        (loss * tokens / size * math.log(2), "divide by ln 2: a number in bits is the larger one"),
        (loss / math.log(2), "these are bits per token; spread them over the bytes"),
        (loss * size / tokens / math.log(2), "bytes and tokens are the wrong way round"),
        (loss * tokens / math.log(2), "this is the whole text in bits; divide by its bytes"),
    ]
    return judge(answer, given, loss * tokens / size / math.log(2), mistakes, "bits per byte.")
