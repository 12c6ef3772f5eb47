"""The checks of chapter 01 name the usual mistakes."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from exercise_checks import refused

from xfmr_lib.exercises import check_bits_per_byte, check_merge, check_most_frequent_pair


def without_overlap(ids):
    text = "".join(map(str, ids))
    pairs = sorted(set(pairwise(ids)))
    return max(pairs, key=lambda pair: text.count(f"{pair[0]}{pair[1]}"))


def unordered(ids):
    counts = Counter(tuple(sorted(pair)) for pair in pairwise(ids))
    return min(counts, key=lambda pair: (-counts[pair], pair))


def first_met(ids):
    return Counter(pairwise(ids)).most_common(1)[0][0]


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


@pytest.mark.parametrize(
    ("check", "wrong", "message"),
    [
        (check_most_frequent_pair, without_overlap, "stands three times"),
        (check_most_frequent_pair, unordered, "Did you sort"),
        (check_most_frequent_pair, first_met, "first met, not the smallest"),
        (check_merge, overlapping, "middle 7 was used twice"),
        (check_merge, loses_the_last, "last id is lost"),
        (check_merge, keeps_the_second, "step over both"),
        (check_bits_per_byte, lambda loss, n, size: loss * n / size, "a bit is ln 2 nats"),
        (check_bits_per_byte, lambda loss, n, size: loss * n / size * math.log(2), "divide by"),
        (check_bits_per_byte, lambda loss, n, size: loss / math.log(2), "bits per token"),
    ],
)
def test_usual_mistakes(check, wrong, message, capsys):
    refused(check, wrong, message, capsys)
