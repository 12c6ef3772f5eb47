"""The ledger: valid, bound to the notebooks both ways, and able to fail."""

import json
import re
from collections import Counter

import jsonschema
import pytest
import yaml
from book_notebooks import BOOK, CHAPTERS, code, load
from tolerance import same

from xfmr_lib import claims

ENTRY = {
    "id": "test.one",
    "chapter": "01",
    "paper": "chen2023ishe",
    "place": "section 1",
    "claim": "one is below two",
    "paper_number": None,
    "measures": "a number without unit",
    "relation": "<",
    "bound": 2,
    "tolerance_reason": "exact",
    "expect": "holds",
}
FACTS = ("id", "chapter", "paper", "place", "claim", "paper_number")
UNTESTABLE = {key: ENTRY[key] for key in FACTS} | {
    "expect": "untestable",
    "reason": "it wants a cluster",
}
SCHEMA = json.loads((BOOK / "claims.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a ledger with the given entries and make it the one in use."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XFMR_RECORDS", raising=False)
    monkeypatch.setattr(claims, "_scale", "book")
    monkeypatch.setattr(claims, "_recorded", {})

    def write(*entries):
        (tmp_path / "claims.yml").write_text(yaml.safe_dump({"claims": list(entries)}))
        claims.ledger.cache_clear()

    yield write
    claims.ledger.cache_clear()


def checked():
    """The ledger's entries that some notebook checks."""
    entries = claims.ledger().items()
    return {name: entry for name, entry in entries if entry["expect"] != "untestable"}


def used():
    """{claim id: chapter number} over all notebooks."""
    found = {}
    for path in CHAPTERS:
        source = "\n".join(cell.source for cell in code(load(path)))
        ids = re.findall(r"claims\.check\(\s*[\"']([^\"']+)[\"']", source)
        assert len(ids) == len(re.findall(r"claims\.check\(", source)), f"{path.stem}: literal ids"
        found |= dict.fromkeys(ids, path.stem[:2])
    return found


def test_ledger_fits_its_schema_and_its_papers_are_known():
    keys = set(re.findall(r"(?m)^@\w+\{([^,\s]+)", (BOOK / "references.bib").read_text("utf-8")))
    entries = yaml.safe_load((BOOK / "claims.yml").read_text(encoding="utf-8"))["claims"]
    jsonschema.validate(entries, SCHEMA)
    assert {entry["paper"] for entry in entries} <= keys
    assert [name for name, count in Counter(e["id"] for e in entries).items() if count > 1] == []


def test_ledger_and_notebooks_agree_both_ways():
    there = {path.stem[:2] for path in CHAPTERS}
    listed = {name: entry["chapter"] for name, entry in checked().items()}
    assert listed == used(), "a claim stands in the ledger or in a notebook only"
    assert {entry["chapter"] for entry in claims.ledger().values()} <= there


def test_records_tell_what_the_ledger_and_the_notebooks_tell():
    records, entries = claims.records(), checked()
    assert set(records) == set(entries), "run the chapters at book scale again"
    for name, row in records.items():
        verdict = claims.judge(entries[name], row["measured"])[0]
        assert verdict == row["holds"], f"{name}: the recorded value does not give its verdict"
        assert verdict == (entries[name]["expect"] == "holds"), name
    _printed_as_recorded(records)


def _printed_as_recorded(records):
    for path in CHAPTERS:
        outputs = [output for cell in code(load(path)) for output in cell.outputs]
        lines = "\n".join(str(output.get("text", "")) for output in outputs)
        for name, value in re.findall(r"[✓✗] (\S+): .*?measured (\S+)", lines):
            shown = claims.number(records[name]["measured"], records[name]["spread"]).split()[0]
            assert same(value.rstrip(","), shown), f"{name}: printed {value}, recorded {shown}"


@pytest.mark.parametrize(
    ("relation", "bound", "good", "bad"),
    [
        ("<", 2, 1, 2),
        ("<=", 2, 2, 2.1),
        (">", 2, 3, 2),
        (">=", 2, 2, 1.9),
        ("between", [1, 2], 1.5, 2.5),
        ("equals", 2, 2.05, 2.2),
        ("true", None, True, False),
    ],
)
def test_check_raises_both_ways(write, capsys, relation, bound, good, bad):
    entry = ENTRY | {"relation": relation, "bound": bound, "tolerance": 0.1}
    if relation != "equals":
        del entry["tolerance"]
    if bound is None:
        del entry["bound"], entry["tolerance_reason"]
    write(entry)
    assert claims.check("test.one", good).holds
    assert capsys.readouterr().out.startswith("✓ test.one: holds — measured")
    with pytest.raises(claims.ClaimError, match="fails, but the ledger expects holds"):
        claims.check("test.one", bad)
    write(entry | {"expect": "fails", "reason": "because of the test"})
    assert not claims.check("test.one", bad).holds
    assert "does not reproduce here" in capsys.readouterr().out
    with pytest.raises(claims.ClaimError, match="holds, but the ledger expects fails"):
        claims.check("test.one", good)


def test_nan_does_not_hold(write):
    for relation in ("<", ">"):
        write(ENTRY | {"relation": relation})
        with pytest.raises(claims.ClaimError):
            claims.check("test.one", float("nan"))


def test_other_scales_do_not_judge(write, capsys):
    write(ENTRY)
    claims.scale("smoke")
    claims.check("test.one", 3)
    assert "not judged at scale smoke" in capsys.readouterr().out
    claims.scale("book")
    with pytest.raises(claims.ClaimError):
        claims.check("test.one", 3)


def test_unknown_claim_names_those_there_are(write):
    write(ENTRY)
    with pytest.raises(claims.ClaimError, match=r"no claim 'test.two'; it has: test.one"):
        claims.check("test.two", 1)


def test_recording_keeps_the_last_value_of_each_claim(write, monkeypatch, tmp_path):
    write(ENTRY)
    monkeypatch.setenv("XFMR_RECORDS", str(tmp_path / "records.json"))
    claims.check("test.one", 1)
    claims.check("test.one", 1.23456789, spread=0.05)
    rows = json.loads((tmp_path / "records.json").read_text())
    assert rows == [{"id": "test.one", "measured": 1.2345679, "spread": 0.05, "holds": True}]


def test_an_untestable_claim_is_not_checked(write):
    write(UNTESTABLE)
    with pytest.raises(claims.ClaimError, match=r"test\.one is not testable here .* a cluster"):
        claims.check("test.one", 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expect": "fails"}, "reason"),
        ({"expect": "fails", "reason": "too small a model"}, "cause"),
        ({"cause": "size"}, "cause|False schema"),
        ({"expect": "untestable", "reason": "needs a cluster"}, "False schema"),
        ({"relation": "about"}, "about"),
        ({"bound": [1, 2]}, "is not of type"),
        ({"relation": "equals"}, "tolerance"),
        ({"verdict": "good"}, "verdict"),
        ({"chapter": 1}, "is not of type"),
        ({"relation": "true"}, "bound|False schema"),
    ],
)
def test_schema_refuses(change, message):
    with pytest.raises(jsonschema.ValidationError, match=message):
        jsonschema.validate([ENTRY | change], SCHEMA)


def test_the_schema_of_an_untestable_claim_wants_a_reason_and_no_measure():
    jsonschema.validate([UNTESTABLE], SCHEMA)
    without = {key: value for key, value in UNTESTABLE.items() if key != "reason"}
    with pytest.raises(jsonschema.ValidationError, match="reason"):
        jsonschema.validate([without], SCHEMA)
    with pytest.raises(jsonschema.ValidationError, match="False schema"):
        jsonschema.validate([UNTESTABLE | {"measures": "a number without unit"}], SCHEMA)


@pytest.mark.parametrize("key", ["measures", "relation"])
def test_schema_wants_a_measure_of_whatever_is_tested(key):
    entry = {name: value for name, value in ENTRY.items() if name != key}
    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate([entry], SCHEMA)


def test_no_ledger_says_where_it_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    claims.ledger.cache_clear()
    with pytest.raises(claims.ClaimError, match="run inside the book's folder"):
        claims.ledger()
