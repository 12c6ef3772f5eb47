"""Checks for the exercises of chapter 01: byte-pair encoding and the unit of a loss."""

import math

from xfmr_lib.exercises.answers import judge, judge_cases


def check_most_frequent_pair(answer) -> bool:
    """Check answer(ids) -> (left, right): the most frequent neighbours, ties to the smallest."""
    order = [((4, 9), "9 4 is not 4 9: a pair has an order. Did you sort?")]
    runs = [((1, 2), "in 7 7 7 7 the pair (7, 7) stands three times: every place counts")]
    ties = [((5, 6), "three pairs occur twice; you took the first met, not the smallest")]
    cases = [
        (([9, 4, 0, 9, 4],), (9, 4), order),
        (([7, 7, 7, 7, 1, 2, 3, 1, 2],), (7, 7), runs),
        (([5, 6, 1, 2, 5, 6, 1, 2],), (1, 2), ties),
    ]
    return judge_cases(answer, cases, "the most frequent pair, ties and runs included.")


def check_merge(answer) -> bool:
    """Check answer(ids, pair, new) -> ids with each `pair` replaced by `new`, from the left."""
    steps = [
        ([9, 2, 3, 9, 2, 4], "step over both ids of a pair: the 2 should be gone"),
        ([9, 3, 9], "the last id is lost: it has no right neighbour, but it stays"),
    ]
    runs = [([9, 9], "in 7 7 7 the middle 7 was used twice; a pair eats both of its ids")]
    cases = [
        (([1, 2, 3, 1, 2, 4], (1, 2), 9), [9, 3, 9, 4], steps),
        (([7, 7, 7], (7, 7), 9), [9, 7], runs),
        (([2, 1], (1, 2), 9), [2, 1], []),
    ]
    return judge_cases(answer, cases, "the pair is merged from the left, runs included.")


def check_bits_per_byte(answer) -> bool:
    """Check answer(loss, tokens, bytes) -> bits per byte; loss in nats per token."""
    loss, tokens, size = given = (3.5, 200, 800)
    nats = loss * tokens / size
    mistakes = [
        (nats, "these are nats per byte; a bit is ln 2 nats"),
        (nats * math.log(2), "divide by ln 2: a number in bits is the larger one"),
        (loss / math.log(2), "these are bits per token; spread them over the bytes"),
    ]
    return judge(answer, given, nats / math.log(2), mistakes, "bits per byte.")
