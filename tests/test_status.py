"""The status page's words come from the stored cells, records and the lock by rule."""

import sys

import pytest
from book_notebooks import BOOK, CHAPTERS, ROOT, code, load
from nbformat.v4 import new_code_cell, new_output

sys.path.insert(0, str(BOOK / "_ext"))
import status


def cell(text, *tags):
    output = [new_output("stream", text=text)] if text else []
    return new_code_cell("x", outputs=output, metadata={"tags": list(tags)})


@pytest.mark.parametrize(
    ("cells", "kinds", "word"),
    [
        ([cell("loss 1.84"), cell("")], {"exact": 1, "silent": 1}, "exact"),
        ([cell("loss 1.84 ± 0.05"), cell("128")], {"within": 1, "exact": 1}, "within tolerance"),
        (
            [cell("loss 1.84 ± 0.05"), cell("Once 2 ± 1", "nbval-ignore-output")],
            {"within": 1, "shown": 1},
            "statistical",
        ),
    ],
)
def test_the_loosest_cell_decides(cells, kinds, word):
    counted = status.Counter(map(status.kind, cells))
    assert counted == kinds
    assert status.determinism(counted) == word


def test_seeds_are_those_of_the_page_and_of_its_records():
    cells = [new_code_cell("seed = 3", metadata={"tags": ["parameters"]})]
    rows = [{"seed": seed} for seed in (2, 0, 1, 100, 0, 7, 6)] + [{"arm": "ishe"}, {"seed": None}]
    assert status.seeds(cells, [{"rows": rows}, {"results": []}]) == "3; 0–2, 6–7, 100"
    assert status.seeds(cells, []) == "3"


def test_versions_are_those_of_the_lock():
    lock = "".join(f"{name}==1.{k}\nnot-{name}==9\n" for k, name in enumerate(status.PACKAGES))
    assert status.versions(lock).startswith("torch 1.0, numpy 1.1, ")
    with pytest.raises(KeyError, match="torch"):
        status.versions("numpy==1.1\n")
    assert "torch 2." in status.versions((ROOT / "requirements.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_every_chapter_has_a_word_and_prints_something(path):
    kinds = status.Counter(map(status.kind, code(load(path))))
    assert kinds["exact"] + kinds["within"] > kinds["shown"]
