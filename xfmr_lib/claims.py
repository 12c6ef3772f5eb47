"""Compare a measured number with what a paper claims, and record the outcome.

Every claim stands once in the ledger, `book/claims.yml` (its fields: `claims.schema.json` beside
it). A chapter measures, calls `check`, and the line it prints is the verdict; nobody writes a
verdict by hand.
"""

import json
import operator
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .report import number

RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_scale = "book"


class ClaimError(AssertionError):
    """The outcome of a claim differs from what the ledger expects."""


@dataclass(frozen=True)
class Outcome:
    """What `check` found. Shows nothing as the last line of a cell."""

    claim_id: str
    holds: bool

    def _ipython_display_(self):
        pass


def scale(name):
    """Say at which scale this notebook runs; only at "book" does a surprise raise."""
    global _scale
    _scale = name


def ledger_path() -> Path:
    """`book/claims.yml` in this folder or the nearest above it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for path in (folder / "book" / "claims.yml", folder / "claims.yml"):
            if path.is_file():
                return path
    raise ClaimError(
        f"no book/claims.yml in {here.name}/ or above it: run inside the book's folder"
    )


def ledger() -> dict:
    """All claims by id, as the ledger has them."""
    return _read(ledger_path())


@cache
def _read(path):
    import yaml

    return {entry["id"]: entry for entry in yaml.safe_load(path.read_text("utf-8"))["claims"]}


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
        raise ClaimError(f"the ledger has no claim {claim_id!r}; it has: {', '.join(claims)}")
    entry = claims[claim_id]
    value = measured.item() if hasattr(measured, "item") else measured
    held = holds(entry, value)
    _record(claim_id, value, spread, held)
    paper = entry.get("paper_number") or "no number known"
    facts = f"measured {number(value, spread)}, expected {expected(entry)} (paper: {paper})"
    if held == (entry["expect"] == "holds"):
        verdict = "holds" if held else "the paper's claim does not reproduce here"
        print(f"{'✓' if held else '✗'} {claim_id}: {verdict} — {facts}")
    elif _scale != "book":
        print(f"· {claim_id}: not judged at scale {_scale} — {facts}")
    else:
        verdict = f"{'holds' if held else 'fails'}, but the ledger expects {entry['expect']}"
        raise ClaimError(f"{claim_id}: {verdict} — {facts}")
    return Outcome(claim_id, held)


def _record(claim_id, value, spread, held):
    """Append to the file named by $XFMR_RECORDS; the runner moves it to book/results/."""
    if not os.environ.get("XFMR_RECORDS"):
        return
    path = Path(os.environ["XFMR_RECORDS"])
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    value = float(f"{value:.8g}") if isinstance(value, float) else value
    row = {"id": claim_id, "measured": value, "spread": spread, "holds": held}
    rows = [old for old in rows if old["id"] != claim_id] + [row]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def records() -> dict:
    """Recorded outcomes by claim id, read back from `book/results/claims_NN.json`."""
    files = sorted((ledger_path().parent / "results").glob("claims_*.json"))
    rows = [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]
    return {row["id"]: row for row in rows}
