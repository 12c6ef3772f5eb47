"""Every chapter keeps its promises: the contract that the book's readers and teachers rely on."""

import ast
import json
import re

import pytest
from book_notebooks import (
    BOOK,
    CHAPTERS,
    CONSTANTS,
    NAMES,
    check_name,
    checks,
    code,
    load,
    plain,
    prose,
)

from xfmr_lib.workshop.clean import clean, text

SECTIONS = ["Exercises", "Departures from the paper", "What this does not show", "Further reading"]
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]*\w)|(?<![\w.])\d+ ?(?:%|per cent)")
LONGEST = {"smoke": 20, "book": 90}  # seconds, as measured and recorded
PLACE = re.compile(
    r"(?:sections?|figures?|tables?|version|Python|chapters?)\s+$|[§]\s*$", re.IGNORECASE
)
ABSOLUTE = re.compile(r"(?<![\w./:<])/(?:home|root|tmp|usr|work|Users|var|mnt|opt|etc|private)/")


def typed_numbers(cell):
    """Decimals and percentages typed in a markdown cell where glue should stand."""
    declared = " ".join(CONSTANTS.findall(cell)).split()
    words = plain(cell)
    return [
        match[0]
        for match in DECIMAL.finditer(words)
        if not PLACE.search(words[: match.start()]) and match[0].replace(" ", "") not in declared
    ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("The loss is 1.84.", ["1.84"]),
        ("It wins in 12 % of the cases, or 7%.", ["12 %", "7%"]),
        ("Between -0.5 and 0.25", ["0.5", "0.25"]),
        (":::{note}\nIt is 0.5\n:::", ["0.5"]),
        ("```{note}\nIt is 0.5\n```", ["0.5"]),
        ("$0.5$ and $$\n0.5\n$$ and `0.5` and ``0.5``", []),
        ("```python\nx = 0.5\n```\nand\n```{math}\n0.5\n```", []),
        ("{glue:text}`loss` and {cite:t}`a2.5`, [see](page0.5.md), https://a.b/0.5", []),
        ("See section 3.1, Python 3.11 and figure 2.2; 128 tokens in 2 layers", []),
        ("A decay of 0.1 <!-- constants: 0.1 --> but 0.2", ["0.2"]),
        ("<!-- constants: 5% -->5 %", []),
    ],
)
def test_typed_numbers_are_found(cell, found):
    assert typed_numbers(cell) == found


@pytest.fixture(params=CHAPTERS, ids=NAMES)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return load(path)


def test_title_is_a_question_with_the_chapters_number(path, notebook):
    first = prose(notebook)[0].splitlines()[0]
    assert re.fullmatch(rf"# {int(path.stem[:2])} · .+\?", first), first
    headings = [re.findall(r"(?m)^# .*", plain(cell)) for cell in prose(notebook)]
    assert sum(map(len, headings)) == 1, "one first-level heading in a chapter"


def test_opening_says_aims_prerequisites_and_costs(path, notebook):
    opening = prose(notebook)[0]
    assert "**What you will be able to do.**" in opening
    assert "**Before you start.**" in opening
    card = re.search(r"```\{cost-card\}\n(\d\d)\n```", "\n".join(prose(notebook)))
    assert card and card[1] == path.stem[:2], "a cost card with the chapter's own number"


def test_costs_were_measured(path):
    costs = json.loads((BOOK / "results" / "costs.json").read_text(encoding="utf-8"))
    missing = {"smoke", "book"} - set(costs.get(path.stem[:2], {}))
    assert not missing, f"run python -m xfmr_lib run {path.stem[:2]} --scale {missing.pop()}"
    for scale, limit in LONGEST.items():
        seconds = costs[path.stem[:2]][scale]["seconds"]
        assert seconds <= limit, f"{scale} takes {seconds} s, at most {limit} are allowed"


def test_parameters_cell(notebook):
    tagged = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0] is code(notebook)[1], "it is the second code cell"
    values = {}
    for line in ast.parse(tagged[0].source).body:
        assert isinstance(line, ast.Assign), "nothing is derived in the parameters cell"
        values[line.targets[0].id] = ast.literal_eval(line.value)
    assert values["scale"] == "book"
    assert values["seed"] == 0


def test_closing_sections_stand_in_order(notebook):
    headings = re.findall(r"(?m)^## (.+?) *$", "\n".join(plain(cell) for cell in prose(notebook)))
    places = [headings.index(name) if name in headings else None for name in SECTIONS]
    assert None not in places, dict(zip(SECTIONS, places))
    assert places == sorted(places)
    assert places[-1] == len(headings) - 1


def test_exercises_have_hidden_solutions(notebook):
    words = "\n".join(prose(notebook))
    exercises = re.findall(r"[`:]{3,}\{exercise\}.*\n:label: (\S+)", words)
    solutions = re.findall(r"[`:]{3,}\{solution\} (\S+)\n:class: dropdown", words)
    assert len(exercises) >= 3
    assert sorted(exercises) == sorted(solutions), "each exercise has one hidden solution"


def test_an_exercise_is_checked_and_every_mistake_is_told(notebook, capsys):
    """The check's cell needs the import cell only; the next cell tries; messages differ."""
    found = list(checks(notebook))
    assert found, "a cell `def check_x(answer):`, tagged hide-input, before the cell that tries"
    capsys.readouterr()
    for name, space, attempt in found:
        assert f"{name}(" in attempt, "the cell after the check tries it"
        assert not space[name](lambda *given: None)
        assert capsys.readouterr().out.startswith("Not yet: ")
        mistakes = usual_mistakes(name, space)
        assert len(mistakes) >= 3, "name three usual mistakes"
        assert len({message for _, message in mistakes}) == len(mistakes)
        for yielded, message in mistakes:
            assert not space[name](lambda *given, yielded=yielded: yielded)
            assert capsys.readouterr().out == f"Not yet: {message}\n"


def usual_mistakes(name, space):
    """What a check hands to judge as mistakes."""
    judge, seen = space["judge"], []
    space["judge"] = lambda answer, given, right, mistakes, praise: seen.extend(mistakes)
    space[name](None)
    space["judge"] = judge
    return seen


def test_claims_go_through_the_ledger(notebook):
    source = "\n".join(cell.source for cell in code(notebook))
    assert re.search(r"claims\.check\(", source)


def test_numbers_in_prose_come_from_the_run(notebook):
    typed = [number for cell in prose(notebook) for number in typed_numbers(cell)]
    assert not typed, f"use glue, or maths for a constant: {typed}"


def test_cells_are_short_and_neither_few_nor_many(notebook):
    shown = [cell for cell in code(notebook) if not check_name(cell)]
    assert 15 <= len(shown) <= 40
    long = [cell.source[:60] for cell in code(notebook) if len(cell.source.splitlines()) > 25]
    assert not long, "cells of more than 25 lines"


def test_length_of_the_prose(notebook):
    words = sum(len(re.findall(r"[^\W_]+", plain(cell))) for cell in prose(notebook))
    assert 1200 <= words <= 3500, f"{words} words"


def test_no_absolute_paths(path):
    found = ABSOLUTE.findall(path.read_text(encoding="utf-8"))
    assert not found, found


def test_no_warnings_in_outputs(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", f"{cell.source}\n{output.get('text')}"
            assert "Warning" not in str(output.get("text", "")), cell.source


def test_papers_are_cited_by_a_known_key(notebook):
    known = set(re.findall(r"(?m)^@\w+\{([^,\s]+)", (BOOK / "references.bib").read_text("utf-8")))
    cited = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", "\n".join(prose(notebook)))
    keys = {key.strip() for group in cited for key in group.split(",")}
    assert keys and keys <= known, f"not in references.bib: {keys - known}"


def test_kernel_and_bytes(path, notebook):
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    same = text(clean(notebook)) == path.read_text(encoding="utf-8")
    assert same, f"run python -m xfmr_lib run {path.stem[:2]}: the notebook has stray metadata"


def test_it_stands_in_the_table_of_contents(path):
    assert f"book/{path.stem}\n" in (BOOK.parent / "_toc.yml").read_text(encoding="utf-8") + "\n"
