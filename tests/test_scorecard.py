"""Verdicts come from the ledger and the records alone, and the README says what they say."""

import json
import re
import shutil

import pytest
from book_notebooks import BOOK, ROOT

from xfmr_lib import claims
from xfmr_lib.workshop.scorecard import END, START, VERDICTS, block, verdict, verdicts, write_readme

FAILS, IN_PART, HOLDS, UNTESTED = VERDICTS
ABOVE = {"id": "test.one", "chapter": "01", "expect": "holds", "relation": ">", "bound": 2}
WITHIN = ABOVE | {"relation": "between", "bound": [1, 3]}
EQUAL = ABOVE | {"relation": "equals", "tolerance": 0.1}
TRUE = {"id": "test.true", "chapter": "01", "expect": "holds", "relation": "true"}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the ledger, the records, the references and the README, and in use."""
    (tmp_path / "book" / "results").mkdir(parents=True)
    shutil.copy(ROOT / "README.md", tmp_path)
    for path in (BOOK / "claims.yml", BOOK / "references.bib"):
        shutil.copy(path, tmp_path / "book")
    for path in BOOK.glob("results/claims_*.json"):
        shutil.copy(path, tmp_path / "book" / "results")
    monkeypatch.chdir(tmp_path)
    claims.ledger.cache_clear()
    yield tmp_path
    claims.ledger.cache_clear()


def written(folder):
    """What stands between the two comments of a README."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return re.search(rf"{START}\n(.*)\n{END}", text, re.DOTALL)[1]


@pytest.mark.parametrize(
    ("entry", "measured", "spread", "expected"),
    [
        (ABOVE, 3, 0.5, HOLDS),
        (ABOVE, 2.2, 0.5, IN_PART),
        (ABOVE, 1.8, 0.5, IN_PART),
        (ABOVE, 1, 0.5, FAILS),
        (ABOVE, 2.001, None, HOLDS),
        (ABOVE, float("nan"), None, FAILS),
        (WITHIN, 2, 0.5, HOLDS),
        (WITHIN, 3.2, 0.5, IN_PART),
        (WITHIN, 2, 5, IN_PART),
        (WITHIN, 4.5, 4, IN_PART),
        (WITHIN, 9, 4, FAILS),
        (EQUAL, 2.05, 0.01, HOLDS),
        (EQUAL, 2.05, 0.1, IN_PART),
        (EQUAL, 2.5, 0.1, FAILS),
        (TRUE, True, None, HOLDS),
        (TRUE, False, None, FAILS),
    ],
)
def test_the_rule(entry, measured, spread, expected):
    assert verdict(entry, {"measured": measured, "spread": spread}) == expected


def test_the_noise_decides_also_where_both_ends_fail_beyond_opposite_bounds():
    """Neither the value nor an end of 4.5 ± 4 or of 0.5 ± 4 lies between 1 and 3."""
    for measured in (4.5, 0.5):
        row = {"measured": measured, "spread": 4}
        ends = (measured - 4, measured, measured + 4)
        assert not any(claims.judge(WITHIN, value)[0] for value in ends)
        assert verdict(WITHIN, row) == IN_PART


def test_untestable_needs_no_outcome_and_every_other_claim_needs_one():
    assert verdict(ABOVE | {"expect": "untestable"}, None) == UNTESTED
    with pytest.raises(claims.ClaimError, match=r"test\.one: no outcome; run chapter 01"):
        verdicts({"test.one": ABOVE}, {})


def test_the_readme_says_what_the_ledger_and_the_records_say():
    advice = "python -c 'from xfmr_lib.workshop.scorecard import write_readme; write_readme()'"
    assert written(ROOT) == block(), f"write it again: {advice}"


def test_the_block_counts_every_claim_once(copy):
    counts = dict(re.findall(r"(\d+) ([a-z ]+)[,.]", block())[:4][::-1])
    assert sum(map(int, counts)) == len(claims.ledger())
    rows = [line.strip("|").split("|")[1:] for line in block().splitlines()[4:]]
    assert sum(int(cell) for row in rows for cell in row if cell.strip()) == len(claims.ledger())
    assert len(rows) == len({entry["paper"] for entry in claims.ledger().values()})


def test_a_tampered_record_changes_verdict_counts_and_readme(copy):
    before, name = block(), "geometry.closeness"
    entry, path = claims.ledger()[name], copy / "book" / "results" / "claims_06.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    (row,) = (row for row in rows if row["id"] == name)
    assert verdicts(claims.ledger(), claims.records())[name] == FAILS
    row["measured"] = entry["bound"] + 2 * row["spread"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert verdicts(claims.ledger(), claims.records())[name] == HOLDS
    count = int(re.match(r"\d+", before)[0])
    assert block().startswith(f"{count - 1} {FAILS}, ")
    assert written(copy) == before != block()
    write_readme()
    assert written(copy) == block()


def test_a_lost_record_is_named(copy):
    (copy / "book" / "results" / "claims_01.json").unlink()
    with pytest.raises(claims.ClaimError, match=r"tokenization\.\w+: no outcome; run chapter 01"):
        write_readme()
    assert written(copy) == written(ROOT), "and the README stays"


def test_only_the_block_of_the_readme_changes(copy):
    path = copy / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(written(copy), "nothing"), encoding="utf-8")
    write_readme()
    assert path.read_text(encoding="utf-8") == text.replace(written(ROOT), block())
