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

# How GPT-2 cuts a text before any merging: contractions, words, numbers and runs of marks, each
# with at most one leading space; then what white space is left. (Possessive "++" never backtracks.)
WORDS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


class BytePair:
    """Byte-pair encoding: start from the 256 bytes, merge the most frequent neighbours, repeat.

    Ids 0-255 are the bytes themselves, id 256 + k is the k-th merge; so any Unicode text can be
    written, and `decode(encode(text)) == text` always. Merges never cross a word, where a word
    carries its leading space. Source: Sennrich et al. 2016 (algorithm 1) on characters, Radford et
    al. 2019 (section 2.2) on bytes; ties go to the pair with the smallest ids.
    Taught in: chapter 01.
    """

    def __init__(self, pairs: Sequence[tuple[int, int]]):
        self._tokens = [bytes([byte]) for byte in range(256)]
        for new, (left, right) in enumerate(pairs, start=256):
            if not (0 <= left < new and 0 <= right < new):
                raise ValueError(
                    f"merge {new} joins ({left}, {right}); both must be in 0..{new - 1}"
                )
            self._tokens.append(self._tokens[left] + self._tokens[right])
        self.pairs = [(left, right) for left, right in pairs]
        self._rank = {pair: new for new, pair in enumerate(self.pairs, start=256)}
        self._words: dict[str, list[int]] = {}

    @classmethod
    def train(cls, text: str, vocabulary: int) -> "BytePair":
        """Learn `vocabulary - 256` merges from `text`; ValueError when the text has fewer."""
        if vocabulary < 256:
            raise ValueError(f"vocabulary={vocabulary} is too small: the 256 bytes come first")
        words = Counter(regex.findall(WORDS, text))
        pairs = _learn([list(_utf8(word)) for word in words], list(words.values()), vocabulary)
        if len(pairs) < vocabulary - 256:
            raise ValueError(
                f"this text of {len(text)} characters allows {len(pairs)} merges, vocabulary="
                f"{vocabulary} asks for {vocabulary - 256}: pass vocabulary<={256 + len(pairs)} "
                "or a longer text"
            )
        return cls(pairs)

    @property
    def vocabulary(self) -> int:
        return len(self._tokens)

    @property
    def merges(self) -> list[tuple[bytes, bytes]]:
        """The pairs joined, in the order learned: `merges[0]` made id 256."""
        return [(self._tokens[left], self._tokens[right]) for left, right in self.pairs]

    def encode(self, text: str) -> list[int]:
        """Cut into words, then merge inside each, earliest-learned pair first."""
        ids = []
        for word in regex.findall(WORDS, text):
            if word not in self._words:
                self._words[word] = self._merged(list(_utf8(word)))
            ids += self._words[word]
        return ids

    def _merged(self, ids: list[int]) -> list[int]:
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: self._rank.get(pair, self.vocabulary))
            if pair not in self._rank:
                break
            ids = merge(ids, pair, self._rank[pair])
        return ids

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        """The text again; bytes that are no whole character (sampled, or cut) become U+FFFD."""
        joined = b"".join(self._tokens[id] for id in checked_ids(ids, self.vocabulary))
        return joined.decode("utf-8", errors="replace")

    def token(self, id: SupportsIndex) -> bytes:
        """The bytes that `id` stands for."""
        return self._tokens[checked_ids([id], self.vocabulary)[0]]

    def save(self, path: str | Path) -> None:
        """Write the merges as JSON, readable by people and by `load`."""
        Path(path).write_text(json.dumps({"merges": self.pairs}) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "BytePair":
        """Read what `save` wrote."""
        stored = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls([(left, right) for left, right in stored["merges"]])

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
    """The training loop on distinct words; counts are kept up to date only where a merge acts.

    The heap holds (-count, pair) and so yields the most frequent pair, smallest ids first;
    entries whose count has changed since are stale and thrown away when they come up.
    """
    counts, places = Counter(), defaultdict(set)
    for place, (ids, weight) in enumerate(zip(words, weights, strict=True)):
        for pair in pairwise(ids):
            counts[pair] += weight
            places[pair].add(place)
    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)
    learned = []
    while heap and 256 + len(learned) < vocabulary:
        count, best = heapq.heappop(heap)
        if -count != counts[best]:
            continue
        learned.append(best)
        changed = set()
        for place in places.pop(best):
            before, weight = words[place], weights[place]
            words[place] = after = merge(before, best, 255 + len(learned))
            for pair in pairwise(before):
                counts[pair] -= weight
            for pair in pairwise(after):
                counts[pair] += weight
                places[pair].add(place)
            changed.update(pairwise(before), pairwise(after))
        for pair in changed:
            if counts[pair]:
                heapq.heappush(heap, (-counts[pair], pair))
    return learned


def _utf8(word: str) -> bytes:
    try:
        return word.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"U+{ord(word[error.start]):04X} is half of a surrogate pair, not a character; repair "
            "with text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None


def checked_ids(ids: Iterable[SupportsIndex], vocabulary: int) -> list[int]:
    """`ids` as plain integers; ValueError names the first one outside 0 .. vocabulary - 1."""
    ids = [index(id) for id in ids]
    for id in ids:
        if not 0 <= id < vocabulary:
            raise ValueError(
                f"id {id} is out of range: this vocabulary has ids 0..{vocabulary - 1}"
            )
    return ids
