"""Compare a measured number with what a paper claims, and record the outcome.

Every claim stands once in the ledger, `book/claims.yml` (its fields: `claims.schema.json` beside
it); the line that `check` prints is the verdict, and nobody writes a verdict by hand.
"""

import json
import operator
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from .report import number

RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_scale = "book"
_recorded = {}


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
    raise ClaimError(f"no book/claims.yml in {here.name}/ or above: run inside the book's folder")


@cache
def ledger() -> dict:
    """All claims by id, as the ledger has them."""
    entries = yaml.safe_load(ledger_path().read_text(encoding="utf-8"))["claims"]
    return {entry["id"]: entry for entry in entries}


def judge(entry, measured) -> tuple[bool, str]:
    """Does the measured value satisfy the entry's relation to its bound; and that, in words."""
    relation, bound = entry["relation"], entry.get("bound")
    if relation == "true":
        return bool(measured), "true"
    if relation == "between":
        low, high = bound
        return low <= measured <= high, f"between {low:g} and {high:g}"
    if relation == "equals":
        within = entry["tolerance"]
        return abs(measured - bound) <= within, f"equal to {bound:g} within {within:g}"
    return RELATIONS[relation](measured, bound), f"{relation} {bound:g}"


def check(claim_id, measured, spread=None) -> Outcome:
    """Compare a measured value with the ledger, print one line, record it.

    measured: a number, or a truth value for claims whose relation is `true`; spread: its ±.
    Raises ClaimError when the outcome is not the one the ledger expects (at "book" scale only: a
    smoke run has trained nothing, so its outcomes are printed and not judged).
    """
    if claim_id not in ledger():
        raise ClaimError(f"the ledger has no claim {claim_id!r}; it has: {', '.join(ledger())}")
    entry = ledger()[claim_id]
    if entry["expect"] == "untestable":
        raise ClaimError(f"{claim_id} is not testable here by the ledger: {entry['reason']}")
    value = measured.item() if hasattr(measured, "item") else measured
    held, expected = judge(entry, value)
    _record(claim_id, value, spread, held)
    paper = entry.get("paper_number") or "no number known"
    facts = f"measured {number(value, spread)}, expected {expected} (paper: {paper})"
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
    """Into the file named by $XFMR_RECORDS; the runner moves it to book/results/."""
    value = float(f"{value:.8g}") if isinstance(value, float) else value
    _recorded[claim_id] = {"id": claim_id, "measured": value, "spread": spread, "holds": held}
    if path := os.environ.get("XFMR_RECORDS"):
        text = json.dumps(list(_recorded.values()), indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")


def records() -> dict:
    """Recorded outcomes by claim id, read back from `book/results/claims_NN.json`."""
    files = sorted((ledger_path().parent / "results").glob("claims_*.json"))
    rows = [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]
    return {row["id"]: row for row in rows}
