"""Verdicts by rule, from the ledger and what the runs recorded. Taught in: chapter 21."""

import re
from collections import Counter, defaultdict

from .. import claims
from .execute import write

VERDICTS = ("not reproduced", "reproduced in part", "reproduced", "not testable here")
START, END = "<!-- scorecard -->", "<!-- end of scorecard -->"


def verdict(entry, outcome) -> str:
    """One of VERDICTS. entry: a claim of the ledger; outcome: its record, None where there is none.

    Judged are the measured value, both ends of its spread, and the value between them nearest to
    what the claim asks for: when some hold and some do not, the noise decides.
    """
    if entry["expect"] == "untestable":
        return VERDICTS[3]
    if outcome is None:
        raise claims.ClaimError(f"{entry['id']}: no outcome; run chapter {entry['chapter']}")
    value, spread, bound = outcome["measured"], outcome["spread"] or 0, entry.get("bound")
    asked = sum(bound) / 2 if isinstance(bound, list) else bound
    ends = value - spread, value + spread
    nearest = value if asked is None else min(max(asked, ends[0]), ends[1])
    held = {claims.judge(entry, one)[0] for one in (value, nearest, *ends)}
    return VERDICTS[1] if len(held) == 2 else VERDICTS[2 if True in held else 0]


def verdicts(entries, outcomes) -> dict:
    """{claim id: its verdict} for the ledger `entries` and `outcomes`, both by claim id."""
    return {name: verdict(entry, outcomes.get(name)) for name, entry in entries.items()}


def block() -> str:
    """The README's table, in Markdown: counts, then a row a paper, most failures first."""
    entries, bibliography = claims.ledger(), claims.ledger_path().with_name("references.bib")
    pattern = r"(?s)@\w+\{(\S+),\s+author = \{(.*?)\},\s+title = \{(.*?)\},\n"
    found = re.findall(pattern, bibliography.read_text(encoding="utf-8"))
    titles = {key: f"{re.split(', | and ', who)[0]}, *{title}*" for key, who, title in found}
    papers = defaultdict(Counter)
    for name, result in verdicts(entries, claims.records()).items():
        papers[entries[name]["paper"]][result] += 1
    total = sum(papers.values(), Counter())
    lines = [", ".join(f"{total[one]} {one}" for one in VERDICTS) + ".", ""]
    lines += ["| paper | " + " | ".join(VERDICTS) + " |", "|---" + "|--:" * 4 + "|"]
    for key in sorted(papers, key=lambda key: [*(-papers[key][one] for one in VERDICTS), key]):
        counts = " | ".join(str(papers[key][one] or "") for one in VERDICTS)
        lines.append(re.sub("[{}]", "", f"| {titles[key]} | {counts} |"))
    return "\n".join(lines)


def write_readme():
    """Put the table that `block` makes between its two comments in README.md."""
    path = claims.ledger_path().parents[1] / "README.md"
    before, found, rest = path.read_text(encoding="utf-8").partition(START)
    if found:
        write(path, f"{before}{START}\n{block()}\n{END}{rest.partition(END)[2]}")
