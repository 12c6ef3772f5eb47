"""Records of runs larger than a laptop minute: numbers, and where they come from.

A record is a JSON file in `book/results/`. Taught in: chapter 09.
"""

import hashlib
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from functools import partial
from pathlib import Path

import torch

from xfmr_lib import claims, report
from xfmr_lib.comparison import Run
from xfmr_lib.workshop.execute import machine, write


def folder() -> Path:
    """`book/results`, beside the ledger of claims."""
    return claims.ledger_path().parent / "results"


def text_digest(text: str) -> str:
    """A short name of a text's exact content."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save(name: str, rows: Sequence[Run | Mapping], **about: object) -> Path:
    """Write runs, or dictionaries of plain values, to six digits, and where they come from.

    about: the command, data, steps, tokens ... that made them. The code's commit, the date, machine
    and the processor seconds of this process so far are added here.
    """
    about |= {
        "commit": _commit(),
        "date": date.today().isoformat(),
        "machine": machine(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "processor_seconds": round(time.process_time()),
    }
    rows = json.dumps([asdict(row) if is_dataclass(row) else row for row in rows])
    rows = json.loads(rows, parse_float=lambda text: float(f"{float(text):.6g}"))
    path = folder() / f"{name}.json"
    write(path, json.dumps({"provenance": about, "rows": rows}, indent=1) + "\n")
    return path


def _commit() -> str:
    """The commit of this checkout, and whether code was changed since; `unknown` outside of one."""
    say = partial(subprocess.run, cwd=folder(), capture_output=True, text=True)
    try:
        commit = say(["git", "rev-parse", "--short", "HEAD"]).stdout.strip() or "unknown"
        changed = say(["git", "diff", "--name-only", "HEAD", "../*.ipynb", "../../xfmr_lib"]).stdout
    except FileNotFoundError:  # git is not installed
        return "unknown"
    return f"{commit} and changes" if changed else commit


def load(name: str) -> tuple[list[Run], dict]:
    """The runs of a record and its provenance."""
    rows, about = load_rows(name)
    return [Run(**{**row, "curve": tuple(map(tuple, row["curve"]))}) for row in rows], about


def load_rows(name: str) -> tuple[list[dict], dict]:
    """The rows of a record as dictionaries, and its provenance."""
    path = folder() / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in folder().glob("*.json"))) or "none"
        raise FileNotFoundError(f"no record {name!r} in book/results; there are: {known}")
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["rows"], content["provenance"]


def sources(*names: str) -> None:
    """Show where these records come from; `-`: an older record that did not keep it."""
    rows = []
    for name in names:
        about = load_rows(name)[1]
        torch_only = f"{about.get('processor')}, torch {about.get('torch')}"
        seconds, made_on = about.get("processor_seconds", "-"), about.get("machine", torch_only)
        rows.append([name, about["commit"], about["date"], seconds, made_on])
    columns = ["record", "commit", "date", "processor seconds", "machine"]
    report.table(rows, columns, "Where the records come from")
