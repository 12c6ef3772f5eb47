"""Byte-pair encoding, trained here: from the 256 bytes up to a vocabulary of any size."""

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import index
from pathlib import Path
from typing import SupportsIndex

import regex
import tiktoken

# How GPT-2 cuts a text before any merging: contractions, words, numbers and runs of marks, each
# with at most one leading space; then what white space is left. (Possessive "++" never backtracks.)
WORDS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


class Encoding(tiktoken.Encoding):
    """tiktoken's engine: `encode` cuts into words, then merges in each, earliest-learned first."""

    @property
    def vocabulary(self) -> int:
        return self.n_vocab

    def decode(self, ids: Iterable[SupportsIndex], errors: str = "replace") -> str:
        """The text again; bytes that are no whole character (sampled, or cut) become U+FFFD."""
        return super().decode(list(map(index, ids)), errors)

    def token(self, id: SupportsIndex) -> bytes:
        """The bytes that `id` stands for."""
        return self.decode_single_token_bytes(index(id))


class BytePair(Encoding):
    """Byte-pair encoding: start from the 256 bytes, merge the most frequent neighbours, repeat.

    Ids 0-255 are the bytes themselves, id 256 + k is the k-th of the `pairs` merged; so any text
    can be written. Merges never cross a word, which carries its leading space.
    Source: Sennrich et al. 2016 (algorithm 1) on characters, Radford et al. 2019 (section 2.2) on
    bytes; ties go to the pair with the smallest ids. Taught in: chapter 01.
    """

    def __init__(self, pairs: Sequence[Sequence[int]]):
        tokens = [bytes([byte]) for byte in range(256)]
        ids = dict(zip(tokens, range(256), strict=True))
        for new, (left, right) in enumerate(pairs, start=256):
            token = tokens[left] + tokens[right]
            if token in ids:
                raise ValueError(
                    f"merge {new} makes {token!r}, which is id {ids[token]} already; merge a pair "
                    "wherever it stands before counting again"
                )
            tokens.append(token)
            ids[token] = new
        self.pairs = [(left, right) for left, right in pairs]
        super().__init__("byte pairs", pat_str=WORDS, mergeable_ranks=ids, special_tokens={})

    @classmethod
    def train(cls, text: str, vocabulary: int) -> "BytePair":
        """Learn `vocabulary - 256` merges from `text`; ValueError when the text has fewer."""
        if vocabulary < 256:
            raise ValueError(f"vocabulary={vocabulary} is too small: the 256 bytes come first")
        words = Counter(regex.findall(WORDS, text))
        pairs = _learn([list(word.encode()) for word in words], list(words.values()), vocabulary)
        if len(pairs) < vocabulary - 256:
            raise ValueError(
                f"this text of {len(text)} characters allows {len(pairs)} merges, vocabulary="
                f"{vocabulary} asks for {vocabulary - 256}: pass vocabulary<={256 + len(pairs)} "
                "or a longer text"
            )
        return cls(pairs)

    @property
    def merges(self) -> list[tuple[bytes, bytes]]:
        """The pairs joined, in the order learned: `merges[0]` made id 256."""
        return [(self.token(left), self.token(right)) for left, right in self.pairs]

    def save(self, path: str | Path) -> None:
        """Write the merges as JSON, readable by people and by `load`."""
        Path(path).write_text(json.dumps({"merges": self.pairs}) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "BytePair":
        """Read what `save` wrote."""
        return cls(json.loads(Path(path).read_text(encoding="utf-8"))["merges"])

    def __repr__(self) -> str:
        return f"BytePair(vocabulary={self.vocabulary})"


def merge(ids: Sequence[int], pair: tuple[int, int], new: int) -> list[int]:
    """Replace each occurrence of `pair` by `new`, from the left; so "aaa" has one pair "aa"."""
    merged, place = [], 0
    while place < len(ids):
        found = tuple(ids[place : place + 2]) == pair
        merged.append(new if found else ids[place])
        place += 2 if found else 1
    return merged


def _learn(words: list[list[int]], weights: list[int], vocabulary: int) -> list[tuple[int, int]]:
    """The training loop on distinct words; only what a merge touches is counted again.

    The heap holds (-count, pair) and so yields the most frequent pair, smallest ids first.
    """
    counts, places, changed = Counter(), defaultdict(set), set()

    def count(place: int, weight: int) -> None:
        for pair in pairwise(words[place]):
            counts[pair] += weight
            places[pair].add(place)
            changed.add(pair)

    for place, weight in enumerate(weights):
        count(place, weight)
    heap, learned = [], []
    while 256 + len(learned) < vocabulary:
        for pair in changed:
            if counts[pair]:
                heapq.heappush(heap, (-counts[pair], pair))
        changed.clear()
        while heap and -heap[0][0] != counts[heap[0][1]]:
            heapq.heappop(heap)  # counted anew since
        if not heap:
            break
        best = heap[0][1]
        learned.append(best)
        for place in places.pop(best):
            count(place, -weights[place])
            words[place] = merge(words[place], best, 255 + len(learned))
            count(place, weights[place])
    return learned
