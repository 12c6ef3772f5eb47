"""Compare a measured number with what a paper claims, and record the outcome.

Every claim stands once in the ledger, `book/claims.yml`. A chapter measures, calls `check`, and
the line it prints is the verdict; nobody writes a verdict by hand.
"""

import json
import operator
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .report import number

RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_scale = None


class ClaimError(AssertionError):
    """The outcome of a claim differs from what the ledger expects."""


@dataclass(frozen=True)
class Outcome:
    """What `check` found: true when the claim holds. Shows nothing as the last line of a cell."""

    claim_id: str
    measured: object
    holds: bool

    def __bool__(self):
        return self.holds

    def _ipython_display_(self):
        pass


def scale(name):
    """Say at which scale this notebook runs; only at "book" does a surprise raise."""
    global _scale
    _scale = name


def ledger_path() -> Path:
    """The ledger: $XFMR_LEDGER, or `book/claims.yml` in this folder or the nearest above it."""
    if "XFMR_LEDGER" in os.environ:
        return Path(os.environ["XFMR_LEDGER"])
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        for path in (folder / "book" / "claims.yml", folder / "claims.yml"):
            if path.is_file():
                return path
    raise ClaimError(
        f"no book/claims.yml in {here.name}/ or above it; run the notebook from the folder book/, "
        "or set XFMR_LEDGER to the ledger's path"
    )


def ledger(path=None) -> dict:
    """All claims by id, as the ledger has them. `validate` holds it against its schema.

    Raises ClaimError when an id stands twice.
    """
    entries = _entries(Path(path or ledger_path()))
    ids = [entry["id"] for entry in entries]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ClaimError(f"claims.yml: these ids stand twice: {', '.join(sorted(twice))}")
    return {entry["id"]: entry for entry in entries}


def validate(path=None) -> dict:
    """`ledger`, after holding every entry against `claims.schema.json` beside it.

    Raises ClaimError naming the entry and the field that does not fit. The tests and the runner
    call it; a notebook does not, since loading jsonschema takes seconds.
    """
    import jsonschema

    path = Path(path or ledger_path())
    entries = _entries(path)
    schema = json.loads(path.with_name("claims.schema.json").read_text(encoding="utf-8"))
    for error in jsonschema.Draft202012Validator(schema).iter_errors(entries):
        place = ".".join(map(str, error.absolute_path)) or "the list"
        first = error.absolute_path[0] if error.absolute_path else None
        name = "" if first is None else f" ({entries[first].get('id', 'no id')})"
        raise ClaimError(f"{path.name}, entry {place}{name}: {error.message}")
    return ledger(path)


def _entries(path):
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path, _modified):
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return content.get("claims") or []


def holds(entry, measured) -> bool:
    """Does the measured value satisfy the entry's relation to its bound?"""
    relation, bound = entry["relation"], entry.get("bound")
    if relation == "true":
        return bool(measured)
    if relation == "between":
        return bool(bound[0] <= measured <= bound[1])
    if relation == "equals":
        return bool(abs(measured - bound) <= entry["tolerance"])
    return bool(RELATIONS[relation](measured, bound))


def expected(entry) -> str:
    """The entry's relation in words: `between 0.8 and 1.25`, `< 2`, `equal to 3 within 0.01`."""
    relation, bound = entry["relation"], entry.get("bound")
    if relation == "true":
        return "true"
    if relation == "between":
        return f"between {bound[0]:g} and {bound[1]:g}"
    if relation == "equals":
        return f"equal to {bound:g} within {entry['tolerance']:g}"
    return f"{relation} {bound:g}"


def check(claim_id, measured, spread=None) -> Outcome:
    """Compare a measured value with the ledger, print one line, record it.

    measured: a number, or a truth value for claims whose relation is `true`.
    spread: the ± of the measurement, where there is one; printed, and the output check's tolerance.
    Raises ClaimError when the outcome is not the one the ledger expects (at "book" scale only: a
    smoke run has trained nothing, so its outcomes are printed and not judged).
    """
    claims = ledger()
    if claim_id not in claims:
        known = ", ".join(sorted(claims)) or "none yet"
        raise ClaimError(f"the ledger has no claim {claim_id!r}; it has: {known}")
    entry = claims[claim_id]
    value = measured.item() if hasattr(measured, "item") else measured
    outcome = Outcome(claim_id, value, holds(entry, value))
    as_expected = outcome.holds == (entry["expect"] == "holds")
    line = _sentence(entry, outcome, number(value, spread), as_expected)
    _record(entry, outcome, spread)
    if not as_expected and _current_scale() == "book":
        raise ClaimError(line)
    print(line)
    return outcome


def _sentence(entry, outcome, shown, as_expected):
    paper = entry.get("paper_number") or "no number known"
    facts = f"measured {shown}, expected {expected(entry)} (paper: {paper})"
    if not as_expected and _current_scale() != "book":
        return f"· {outcome.claim_id}: not judged at scale {_current_scale()} — {facts}"
    if not as_expected:
        verb = "holds" if outcome.holds else "fails"
        return f"{outcome.claim_id}: {verb}, but the ledger expects {entry['expect']} — {facts}"
    if outcome.holds:
        return f"✓ {outcome.claim_id}: holds — {facts}"
    return f"✗ {outcome.claim_id}: the paper's claim does not reproduce here — {facts}"


def _current_scale():
    return os.environ.get("XFMR_SCALE") or _scale or "book"


def _record(entry, outcome, spread):
    """Append to the file named by $XFMR_RECORDS; the runner moves it to book/results/."""
    if not os.environ.get("XFMR_RECORDS"):
        return
    path = Path(os.environ["XFMR_RECORDS"])
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    value = outcome.measured
    value = float(f"{value:.8g}") if isinstance(value, float) else value
    row = {"id": entry["id"], "measured": value, "spread": spread, "holds": outcome.holds}
    rows = [old for old in rows if old["id"] != entry["id"]] + [row]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def records(folder=None) -> dict:
    """Recorded outcomes by claim id, read back from `book/results/claims_NN.json`."""
    folder = Path(folder or ledger_path().parent / "results")
    files = sorted(folder.glob("claims_*.json"))
    rows = [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]
    return {row["id"]: row for row in rows}
