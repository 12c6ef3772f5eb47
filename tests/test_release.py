"""Four files say the version, two of them what it changed: they agree with the book."""

import importlib
import re
import subprocess
import sys

import pytest
import yaml
from book_notebooks import ROOT

CHECK = [sys.executable, str(ROOT / ".github" / "check_tag.py")]
PAGES = ["CHANGELOG.md", "book/changes.md"]
HEADING = re.compile(r"(?m)^## \[?(\d+)\.(\d+)\.(\d+)\]?(?: - | · )(\d{4}-\d\d-\d\d)$")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def check(tag):
    return subprocess.run([*CHECK, tag], capture_output=True, text=True)


def test_the_tag_of_this_version_passes_and_gives_its_notes():
    version = re.search(r'(?m)^version = "(.+)"', read("pyproject.toml"))[1]
    done = check(f"v{version}")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 100 and done.stdout.strip() in read("CHANGELOG.md")
    assert "\n## " not in done.stdout, "the notes of one version only"


@pytest.mark.parametrize("tag", ["v9.9.9", "0.2.0", "v0.2", "v0.2.0/x; echo", ""])
def test_another_tag_stops_the_release_and_says_where(tag):
    done = check(tag)
    assert done.returncode == 1 and not done.stdout
    for name in ("pyproject.toml", "CITATION.cff", *PAGES):
        assert f"the tag is {tag}, {name} says " in done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_versions_have_dates_and_the_newest_stands_first(page):
    found = HEADING.findall(read(page))
    assert len(found) == len(re.findall(r"(?m)^## ", read(page))), "a version without a date"
    numbers = [tuple(map(int, heading[:3])) for heading in found]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [heading[3] for heading in found]
    assert dates == sorted(dates, reverse=True)
    assert yaml.safe_load(read("CITATION.cff"))["date-released"] == dates[0]


def test_both_pages_tell_of_the_same_versions():
    assert HEADING.findall(read(PAGES[0])) == HEADING.findall(read(PAGES[1]))


def test_what_is_said_to_have_changed_in_a_chapter_is_in_it():
    """A row's claims are in the ledger under its chapter, and its link bears its number."""
    claims = yaml.safe_load(read("book/claims.yml"))["claims"]
    known = {claim["id"]: claim["chapter"] for claim in claims}
    rows = re.findall(r"(?m)^\| \[(\d+)\]\((\d\d)_\w+\.ipynb\) (.*)$", read("book/changes.md"))
    assert len(rows) == len(re.findall(r"\]\(\d\d_", read("book/changes.md")))
    for number, chapter, said in rows:
        assert number.zfill(2) == chapter
        named = re.findall(r"`([a-z]+\.[a-z0-9_]+)`", said)
        assert all(known[name] == chapter for name in named), named


def stands(dotted):
    """Whether this name can be imported."""
    module, _, name = dotted.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return False


def test_names_that_moved_are_where_the_changelog_says():
    moved = re.findall(r"(?m)^- `(xfmr_lib[\w.]+)` → `(xfmr_lib[\w.]+)`$", read("CHANGELOG.md"))
    assert len(moved) == read("CHANGELOG.md").count("→")
    for old, new in moved:
        assert stands(new), f"{new} is not there"
        assert not stands(old), f"{old} has not moved"


def test_the_workflow_releases_tags_after_the_check_and_the_tests():
    workflow = yaml.safe_load(read(".github/workflows/release.yml"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true
    commands = [step["run"] for step in workflow["jobs"]["release"]["steps"] if "run" in step]
    order = ["check_tag.py", ".ci/run", "make html", "make pdf", "tar ", "gh release create"]
    assert len(commands) == len(order)
    assert all(part in command for part, command in zip(order, commands)), commands
    assert not any("${{" in command for command in commands), "a shell sees variables only, quoted"
