"""The pages to look things up in: glossary, claims, letters of years, time to read."""

import importlib
import math
import re
import sys
from collections import Counter

import yaml
from book_notebooks import ROOT

from xfmr_lib import mixers
from xfmr_lib.transformer import Config, Transformer

sys.path.insert(0, str(ROOT / "book" / "_ext"))


def test_every_term_of_the_glossary_is_in_order_and_leads_to_a_chapter():
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"(?s)````\{glossary\}\n(.*)````", text)[1]
    entries = [entry.split("\n  ") for entry in body.strip().split("\n\n")]
    terms = [entry[0] for entry in entries]
    assert terms == sorted(terms, key=str.casefold) and len(set(terms)) == len(terms)
    assert 40 <= len(terms) <= 70, "words that stand for themselves need no entry"
    for term, said in entries:
        number, page = re.search(r"\[Chapter (\d+)\]\((\S+)\)\.$", said).groups()
        assert page.startswith(f"{int(number):02}_") and (ROOT / "book" / page).exists()
        stem = re.sub(r" \(.*|s$", "", term).lower().replace("-", " ")
        taught = (ROOT / "book" / page).read_text(encoding="utf-8").lower().replace("-", " ")
        assert stem in re.sub(r'\\n",\s*"', " ", taught), f"{term} is not in {page}"


def test_the_index_has_every_claim_of_the_ledger_once():
    index = importlib.import_module("claims_index").index()
    ledger = yaml.safe_load((ROOT / "book" / "claims.yml").read_text(encoding="utf-8"))["claims"]
    assert len(re.findall(r"(?m)^- ", index)) == len(ledger)
    assert len(re.findall(r"(?m)^## ", index)) == len({entry["paper"] for entry in ledger})
    for entry in ledger:
        tested = entry["expect"] != "untestable"
        assert (f'#claim-{re.sub("[._]", "-", entry["id"])}"' in index) == tested, entry["id"]


def test_the_time_to_read_counts_words_code_and_exercises_but_no_solution():
    from nbformat.v4 import new_code_cell, new_markdown_cell

    module = importlib.import_module("reading_time")
    cells = [
        new_markdown_cell("word " * module.WORDS),
        new_markdown_cell("<details>\n" + "word " * module.WORDS),
        new_code_cell("\n\n".join(["x"] * module.LINES)),
    ]
    assert module.minutes(cells) == (2, 0)
    cells.append(new_markdown_cell("### Exercise 9.1 · build · easy · 15 minutes"))
    assert module.minutes(cells)[1] == 15


def test_the_notation_names_the_axes_and_parameters_that_the_library_has():
    page = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    sources = [path.read_text("utf-8") for path in (ROOT / "xfmr_lib").rglob("*.py")]
    counted = Counter(
        axis
        for source in sources
        for shape in set(re.findall(r'Tensor, "([a-z_* ]+)"\]', source))
        for axis in set(shape.replace("*", "").split())
    )
    table = page[page.index("## Sizes") : page.index("## Matrices and rows")]
    named = set(re.findall(r"\| `(\w+)` \|", table))
    assert named <= set(counted) | {"layers"}, "layers are counted in Config, no axis has them"
    often = {axis for axis, times in counted.items() if times >= 4} - {"rows", "_"}  # any axes
    assert often <= named, "an axis that four signatures share has a symbol"
    sizes = {"vocabulary": 11, "window": 7, "width": 6, "heads": 3}
    model = Transformer(Config(layers=1, position="learned", **sizes))
    for layer, name, axes in re.findall(r"\| `(\w+)` \| `([\w.]+)` \| `([^`]+)` \|", page):
        heads = {"heads": 3} if layer.startswith("attention") else {}
        built = model if layer == "Transformer" else mixers.build(layer, 6, 7, **heads)
        shape = tuple(math.prod(sizes.get(n) or int(n) for n in a.split("*")) for a in axes.split())
        assert dict(built.named_parameters())[name].shape == shape, f"{layer}.{name}"
