"""Checks for the exercises of chapter 01: byte-pair encoding and the unit of a loss.

A check tries an answer on small cases, prints one line, and returns whether it was right.
"""

import copy
import math
from collections.abc import Callable


def check_most_frequent_pair(answer: Callable) -> bool:
    """Check answer(ids) -> (left, right): the most frequent neighbours, ties to the smallest.

    ids: list of integers. Taught in: chapter 01.
    """
    cases = [
        (
            ([5, 6, 0, 5, 6],),
            (5, 6),
            [
                (2, "that is how often it occurs; return the pair itself"),
                (((5, 6), 2), "return the pair alone, without its count"),
                (5, "that is one id; return two neighbours, as a tuple"),
                (0, "that is a place; return the two ids"),
            ],
        ),
        (
            ([9, 4, 0, 9, 4],),
            (9, 4),
            [((4, 9), "a pair has an order: 9 4 is not 4 9. Did you sort?")],
        ),
        (
            ([7, 7, 7, 7, 1, 2, 3, 1, 2],),
            (7, 7),
            [((1, 2), "in 7 7 7 7 the pair (7, 7) stands three times: every place counts")],
        ),
        (
            ([5, 6, 1, 2, 5, 6, 1, 2],),
            (1, 2),
            [
                ((5, 6), "three pairs occur twice; you took the first met, not the smallest"),
                ((6, 1), "three pairs occur twice; you took the largest, not the smallest"),
            ],
        ),
    ]
    return _judge(answer, cases, "the most frequent pair, ties and runs included.")


def check_merge(answer: Callable) -> bool:
    """Check answer(ids, pair, new) -> ids with each `pair` replaced by `new`, from the left.

    ids: list of integers; the one given must stay as it is. Taught in: chapter 01.
    """
    cases = [
        (
            ([1, 2, 3, 1, 2, 4], (1, 2), 9),
            [9, 3, 9, 4],
            [
                ([9, 3, 1, 2, 4], "only the first pair was replaced; go on to the end"),
                ([9, 2, 3, 9, 2, 4], "step over both ids of a pair: the 2 should be gone"),
                ([9, 3, 9], "the last id is lost: it has no right neighbour, but it stays"),
                ([3, 4], "the pair is gone, but `new` should stand in its place"),
            ],
        ),
        (
            ([7, 7, 7], (7, 7), 9),
            [9, 7],
            [
                ([9, 9], "in 7 7 7 the middle 7 was used twice; a pair eats both of its ids"),
                ([7, 9], "in 7 7 7 go from the left: the first two are merged"),
                ([9], "in 7 7 7 the last 7 has no partner, but it stays"),
            ],
        ),
        (([2, 1, 2], (1, 2), 9), [2, 9], [([9, 2], "a pair has an order: 2 1 is not 1 2")]),
        (([3, 1], (1, 2), 9), [3, 1], [([3], "a last id that begins a pair in vain must stay")]),
        (([], (1, 2), 9), [], []),
    ]
    return _judge(answer, cases, "the pair is merged from the left, runs included.")


def check_bits_per_byte(answer: Callable) -> bool:
    """Check answer(loss, tokens, bytes) -> bits per byte; loss in nats per token.

    Taught in: chapter 01.
    """
    loss, tokens, size = 3.5, 200, 800
    right = loss * tokens / size / math.log(2)
    mistakes = [
        (loss * tokens / size, "these are nats per byte; a bit is ln 2 nats"),
        (loss * tokens / size * math.log(2), "divide by ln 2: a number in bits is the larger one"),
        (loss / math.log(2), "these are bits per token; spread them over the bytes"),
        (loss * size / tokens / math.log(2), "bytes and tokens are the wrong way round"),
        (loss * tokens / math.log(2), "this is the whole text in bits; divide by its bytes"),
    ]
    return _judge(answer, [((loss, tokens, size), right, mistakes)], "bits per byte.")


def _judge(answer, cases, praise: str) -> bool:
    for arguments, right, mistakes in cases:
        fault = _fault(answer, arguments, right, mistakes)
        if fault:
            print(f"Not yet: {fault}")
            return False
    print(f"Right: {praise}")
    return True


def _fault(answer, arguments, right, mistakes) -> str | None:
    """What is wrong with the answer on these arguments, in one sentence, or None."""
    given = copy.deepcopy(arguments)
    shown = ", ".join(map(repr, arguments))
    try:
        result = answer(*given)
    except IndexError as error:
        return f"for {shown} it stopped ({error}): the last id has no right neighbour to look at"
    except Exception as error:  # a learner's code may fail in any way
        first_line = str(error).partition("\n")[0]
        return f"for {shown} it stopped with {type(error).__name__}: {first_line}"
    if result is None:
        return f"for {shown} it returned None; is there a `return`?"
    if given != arguments:
        return "your function changed the list it was given; build a new one"
    if _same(result, right):
        return None
    hints = [hint for wrong, hint in mistakes if _same(result, wrong)]
    return hints[0] if hints else f"for {shown} it returned {result!r}; it should be {right!r}"


def _same(result, wanted) -> bool:
    if isinstance(wanted, float):
        try:
            return math.isclose(float(result), wanted, rel_tol=1e-6)
        except (TypeError, ValueError):
            return False
    if isinstance(wanted, list | tuple):
        try:
            return len(result) == len(wanted) and all(map(_same, result, wanted))
        except TypeError:
            return False
    try:
        return bool(result == wanted)
    except Exception:
        return False
