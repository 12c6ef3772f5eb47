"""The page of all claims: by paper and chapter, each with a link to the cell that measures it."""

import json
from collections import defaultdict
from pathlib import Path

import yaml
from claim_anchors import anchor
from pybtex.database import parse_file
from pybtex.richtext import Text

BOOK = Path(__file__).resolve().parents[1]
WORDS = {True: "holds", False: "does not hold", None: "not testable here"}


def index():
    """Markdown: a heading for each paper, a line for each of its claims."""
    works = parse_file(BOOK / "references.bib").entries
    pages = {path.stem[:2]: path.stem for path in BOOK.glob("[0-9]*.ipynb")}
    rows = [row for path in results() for row in json.loads(path.read_text(encoding="utf-8"))]
    holds = {row["id"]: row["holds"] for row in rows}
    papers = defaultdict(list)
    for entry in yaml.safe_load((BOOK / "claims.yml").read_text(encoding="utf-8"))["claims"]:
        papers[entry["paper"]].append(entry)
    titles = {key: str(Text.from_latex(works[key].fields["title"])) for key in papers}
    lines = []
    for key in sorted(papers, key=lambda key: titles[key].lower()):
        lines += ["", f"## {titles[key]}", "", f"{{cite:t}}`{key}`", ""]
        for entry in sorted(papers[key], key=lambda entry: entry["chapter"]):
            lines.append(f"- {line(entry, pages[entry['chapter']], holds.get(entry['id']))}")
    return "\n".join(lines)


def results():
    """The files that the chapters write."""
    return sorted((BOOK / "results").glob("claims_[0-9]*.json"))


def line(entry, page, holds):
    """A claim in the ledger's words, its place, its verdict and the cell."""
    cell = f"#{anchor(entry['id'])}" if holds is not None else ""
    link = f'<a href="{page}.html{cell}">chapter {int(entry["chapter"])}: {WORDS[holds]}</a>'
    claim = entry["claim"].replace("<", "&lt;").replace("*", r"\*").replace("$", r"\$")
    return f"{claim} ({entry['place']}) {link}"


def fill(app, docname, source):
    """Write the lines below the words of the page."""
    if docname == "book/claims":
        for path in (BOOK / "claims.yml", *results()):
            app.env.note_dependency(str(path))
        source[0] += index()


def setup(app):
    """Fill the page when it is read."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
