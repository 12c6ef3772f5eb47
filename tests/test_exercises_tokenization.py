"""The checks of chapter 01 accept right answers and name the usual mistakes."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from xfmr_lib.byte_pair import merge
from xfmr_lib.exercises.tokenization import (
    check_bits_per_byte,
    check_merge,
    check_most_frequent_pair,
)


def most_frequent_pair(ids):
    counts = Counter(pairwise(ids))
    return min(counts, key=lambda pair: (-counts[pair], pair))


def bits_per_byte(loss, tokens, size):
    return loss * tokens / size / math.log(2)


def test_right_answers(capsys):
    assert check_most_frequent_pair(most_frequent_pair)
    assert check_merge(merge)
    assert check_bits_per_byte(bits_per_byte)
    assert check_bits_per_byte(lambda *a: np.float64(bits_per_byte(*a)))
    assert check_merge(lambda *a: np.array(merge(*a)))
    assert capsys.readouterr().out.count("Right:") == 5


def without_overlap(ids):
    text = "".join(map(str, ids))
    pairs = sorted(set(pairwise(ids)))
    return max(pairs, key=lambda pair: text.count(f"{pair[0]}{pair[1]}"))


def unordered(ids):
    counts = Counter(tuple(sorted(pair)) for pair in pairwise(ids))
    return min(counts, key=lambda pair: (-counts[pair], pair))


def first_met(ids):
    return Counter(pairwise(ids)).most_common(1)[0][0]


def largest(ids):
    counts = Counter(pairwise(ids))
    return max(counts, key=lambda pair: (counts[pair], pair))


def beyond_the_end(ids):
    return Counter((ids[i], ids[i + 1]) for i in range(len(ids)))


@pytest.mark.parametrize(
    "wrong, hint",
    [
        (without_overlap, "stands three times"),
        (unordered, "Did you sort"),
        (first_met, "first met, not the smallest"),
        (largest, "the largest, not the smallest"),
        (beyond_the_end, "no right neighbour"),
        (lambda ids: Counter(pairwise(ids)).most_common(1)[0], "without its count"),
        (lambda ids: Counter(pairwise(ids)).most_common(1)[0][1], "return the pair itself"),
        (lambda ids: Counter(ids).most_common(1)[0][0], "return two neighbours"),
        (lambda ids: None, "is there a `return`"),
        (lambda ids: 1 / 0, "ZeroDivisionError"),
        (lambda ids: "ab", "it should be (5, 6)"),
    ],
)
def test_hints_for_the_most_frequent_pair(wrong, hint, capsys):
    assert check_most_frequent_pair(wrong) is False
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and hint in line and line.count("\n") == 1


def overlapping(ids, pair, new):
    hits = [i for i, two in enumerate(pairwise(ids)) if two == pair]
    covered = {i + 1 for i in hits}
    return [new if i in hits else id for i, id in enumerate(ids) if i in hits or i not in covered]


def loses_the_last(ids, pair, new):
    merged, place = [], 0
    while place < len(ids) - 1:
        found = (ids[place], ids[place + 1]) == pair
        merged.append(new if found else ids[place])
        place += 2 if found else 1
    return merged


def keeps_the_second(ids, pair, new):
    return [new if two == pair else two[0] for two in pairwise(ids)] + ids[-1:]


def from_the_right(ids, pair, new):
    return merge(ids[::-1], pair[::-1], new)[::-1]


def in_place(ids, pair, new):
    merged = merge(ids, pair, new)
    ids[:] = merged
    return ids


def only_the_first(ids, pair, new):
    for place, two in enumerate(pairwise(ids)):
        if two == pair:
            return [*ids[:place], new, *ids[place + 2 :]]
    return list(ids)


@pytest.mark.parametrize(
    "wrong, hint",
    [
        (overlapping, "middle 7 was used twice"),
        (loses_the_last, "last id is lost"),
        (keeps_the_second, "step over both"),
        (from_the_right, "go from the left"),
        (in_place, "changed the list"),
        (only_the_first, "only the first"),
        (lambda ids, pair, new: [id for id in ids if id not in pair], "`new` should stand"),
        (lambda ids, pair, new: ids.remove(99), "ValueError"),
        (lambda ids, pair, new: [ids[i + 1] for i in range(len(ids))], "no right neighbour"),
        (lambda ids, pair, new: None, "is there a `return`"),
        (lambda ids, pair, new: 3, "it should be [9, 3, 9, 4]"),
    ],
)
def test_hints_for_merging(wrong, hint, capsys):
    assert check_merge(wrong) is False
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and hint in line and line.count("\n") == 1


@pytest.mark.parametrize(
    "wrong, hint",
    [
        (lambda loss, tokens, size: loss * tokens / size, "a bit is ln 2 nats"),
        (lambda loss, tokens, size: loss * tokens / size * math.log(2), "divide by ln 2"),
        (lambda loss, tokens, size: loss / math.log(2), "bits per token"),
        (lambda loss, tokens, size: loss * size / tokens / math.log(2), "wrong way round"),
        (lambda loss, tokens, size: loss * tokens / math.log(2), "divide by its bytes"),
        (lambda loss, tokens, size: "much", "it returned 'much'"),
        (lambda loss, tokens, size: None, "is there a `return`"),
    ],
)
def test_hints_for_bits_per_byte(wrong, hint, capsys):
    assert check_bits_per_byte(wrong) is False
    line = capsys.readouterr().out
    assert line.startswith("Not yet: ") and hint in line and line.count("\n") == 1
