"""Every chapter keeps its promises: the contract that the book's readers and teachers rely on."""

import ast
import json
import re

import pytest
import yaml
from book_notebooks import (
    BOOK,
    CHAPTERS,
    NAMES,
    checks,
    code,
    exercises,
    load,
    plain,
    prose,
    solutions,
    usual_mistakes,
)

from xfmr_lib.workshop import costs
from xfmr_lib.workshop.clean import clean, glued, text

SECTIONS = ["Exercises", "Departures from the paper", "What this does not show", "Further reading"]
NUMBER = r"(?:\d[\d,]*)?\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+"
DECIMAL = re.compile(
    rf"(?<![\w.,:/])(?:{NUMBER})(?!\.?\d)"  # 1.84, .5, 1.5e-3, 1.84s; not version 1.2.3
    rf"|(?<![\w.,/])(?:{NUMBER}|\d[\d,]*)\s?(?:%|‰|per ?cent\b)"
    r"|(?<![\w/.])\d+/\d+(?![\w/])|± ?\d+|(?:\d+ ?)?[½⅓⅔¼¾⅕⅙⅛⅜⅝⅞]"
)
ALONE = re.compile(  # a number and nothing else in maths or code
    rf"(?<![\\\w$`}}])([$`])(?:[-+~± ]|\\approx|\\pm|\\,)*((?:{NUMBER}|\d+)(?:\\,)? ?\\?%?)\1"
)
DECLARED = re.compile(r"(?m)(?:<!--|#) *(constants|ledger):(.*?)(?:-->|$)")
# changes.md quotes what stands nowhere else any more
TEACHING = ["teaching.md", "lessons.md", "projects.md", "exam_questions.md", "exam_answers.md"]
PAGES = ["index.md", "status.md", "notation.md", "feature_browser.md", *TEACHING]
LONGEST = {"smoke": 20, "book": 90}  # seconds, as measured and recorded
PLACE = re.compile(  # "section 3.1", "Python 3.11, 3.12 or 3.13"
    r"(?i:sections?|figures?|tables?|version|Python|chapters?|exercises?|"
    r"theorems?|lemmas?|propositions?|questions?|answers?|§)\s*"
    r"(?:[\d.]+(?:,| or| and| to)? )*$"
)
ABSOLUTE = re.compile(r"(?<![\w./:<])/(?:home|root|tmp|usr|work|Users|var|mnt|opt|etc|private)/")


def typed_numbers(cell, said=None):
    """Decimals, fractions and percentages typed where a value should stand, declared ones apart."""
    if said is None:  # markdown; maths or code that holds nothing but a number hides none
        said = plain(ALONE.sub(lambda found: re.sub(r"\\,?", "", found[2]), cell))
    declared = " ".join(numbers for _, numbers in DECLARED.findall(cell)).split()
    return [
        match[0]
        for match in DECIMAL.finditer(said)
        if not PLACE.search(said[: match.start()]) and match[0].replace(" ", "") not in declared
    ]


def sentences(source):
    """A code cell's longer texts: captions, descriptions of figures; not docstrings, not prints."""
    for node in ast.walk(ast.parse(source)):
        printed = isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
        if printed or isinstance(node, ast.Expr | ast.JoinedStr | ast.FormattedValue):
            continue  # a bound that is printed stands beside what it bounds
        for shown in ast.iter_child_nodes(node):
            parts = shown.values if isinstance(shown, ast.JoinedStr) else [shown]
            values = [getattr(part, "value", None) for part in parts]
            said = " … ".join(value for value in values if isinstance(value, str))
            if len(said.split()) > 5:
                yield said


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("The loss is 1.84.", ["1.84"]),
        ("It wins in 12 % of the cases, or 7%.", ["12 %", "7%"]),
        ("Between -0.5 and 0.25", ["0.5", "0.25"]),
        (":::{note}\nIt is 0.5\n:::", ["0.5"]),
        ("```{note}\nIt is 0.5\n```", ["0.5"]),
        ("$x = 0.5$ and $$\n0.5\n$$ and `x = 0.5` and ``0.5``", []),
        ("$0.5$, $\\approx -0.25$, `1e-3`, $12\\,\\%$, $64$", ["0.5", "0.25", "1e-3", "12%"]),
        (
            "1.5e-3, .25, 2.5k, 1,234.5, 3/4, 92 ± 2, a ½",
            ["1.5e-3", ".25", "2.5", "1,234.5", "3/4", "± 2", "½"],
        ),
        (
            "12 per cent, 5 ‰, 1.5\N{NO-BREAK SPACE}%; the 95th percentile",
            ["12 per cent", "5 ‰", "1.5"],
        ),
        ("```{important}\n0.5\n```\n| 0.6 |\n## 0.7\n[0.8](a.md)", ["0.5", "0.6", "0.7", "0.8"]),
        ("<!-- ledger: 0.6 -->0.6 and `f(0.7)`", []),
        ("```python\nx = 0.5\n```\nand\n$$\n0.5\n$$\n\\begin{equation}0.5\\end{equation}", []),
        ('<cite data-key="a">A et al. [2.5]</cite>', []),
        ("{cite:t}`a2.5`, [see](page0.5.md), https://a.b/0.5", []),
        ('<span data-glue="loss">1.84</span> by <a href="#eq-x">(9.1)</a>, 0.5', ["0.5"]),
        ("<details>\n<summary>Solution to exercise 9.1</summary>\n\n0.5\n\n</details>", ["0.5"]),
        ("Section 3.1, Python 3.11, 3.12 or 3.13 and figure 2.2; 128 tokens in 2 layers", []),
        ("A decay of 0.1 <!-- constants: 0.1 --> but 0.2", ["0.2"]),
        ("<!-- constants: 5% -->5 %", []),
    ],
)
def test_typed_numbers_are_found(cell, found):
    assert typed_numbers(cell) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('show(alt="It falls from 0.9 to " "0.2 within fifty steps")', ["0.9", "0.2"]),
        ('x = f"Nats: {loss:.2f} after {steps} steps, 1.84 before"', ["1.84"]),
        ('x = f"Nats: {loss:.2f} after {steps} steps and many more"', []),
        ('print("the largest difference of both below 1e-8:", gap < 1e-8)', []),
        ('# constants: 0.5\nx = "how many of the heads are above 0.5"', []),
        ('def f():\n    """Equal to 0.5 of all that there is."""', []),
        ('label = "start 0.02"\nx = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]', []),
    ],
)
def test_typed_numbers_are_found_in_code(source, found):
    assert [n for said in sentences(source) for n in typed_numbers(source, said)] == found


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
    measured = costs.read(BOOK / "results" / "costs.json").get(path.stem[:2], {})
    assert f"<!-- costs -->\n\n{costs.card(measured)}\n\n<!-- end of costs -->" in opening


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


def test_exercises_have_hidden_solutions(path, notebook):
    numbers = [f"{int(path.stem[:2])}.{k + 1}" for k in range(len(exercises(notebook)))]
    assert len(numbers) >= 3
    assert list(exercises(notebook)) == numbers, "numbered in order"
    assert sorted(solutions(notebook)) == sorted(numbers), "each has one solution, in its own cell"


def test_any_reader_of_notebooks_shows_the_text(notebook):
    """No directive and no role: JupyterLab and VS Code would print them as typed."""
    words = "\n".join(prose(notebook))
    assert not re.findall(r"(?m)^(?:`{3,}|:{3,})\{.*|^\(\S+\)=$", words)
    assert not re.findall(r"\{[\w:-]+\}`", words)


def test_numbered_equations_and_theorems_are_in_order_and_found(path, notebook):
    words = "\n".join(prose(notebook))
    for pattern in (
        r"\\tag\{(\d+)\.(\d+)\}",
        r"\*\*(?:Theorem|Lemma|Proposition) (\d+)\.(\d+)\*\*",
    ):
        found = re.findall(pattern, words)
        assert found == [(str(int(path.stem[:2])), str(k + 1)) for k in range(len(found))]
    anchors = re.findall(r'id="([\w-]+)"', words)
    assert len(anchors) == len(set(anchors))
    for place, said in re.findall(r'<a href="#([\w-]+)">(.*?)</a>', words):
        text = words[words.index(f'id="{place}"') :]
        number = re.search(r"\\tag\{([\d.]+)\}|\*\*\w+ ([\d.]+)\*\*", text)
        assert (number[1] or number[2]) in said, f"{said} leads to {number[0]}"


def test_glued_numbers_are_the_runs(notebook):
    values = glued(notebook)
    for name, shown in re.findall(
        r'<span data-glue="(\w+)">(.*?)</span>', "\n".join(prose(notebook))
    ):
        assert shown and shown == values.get(name), f"{name}: run python -m xfmr_lib run"


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


def test_claims_go_through_the_ledger(notebook):
    source = "\n".join(cell.source for cell in code(notebook))
    assert re.search(r"claims\.check\(", source)


def test_numbers_in_prose_come_from_the_run(notebook):
    typed = [number for cell in prose(notebook) for number in typed_numbers(cell)]
    assert not typed, f"use glue, or declare a constant: {typed}"


def test_numbers_in_captions_come_from_the_run(notebook):
    cells = [cell.source for cell in code(notebook)]
    typed = [n for cell in cells for said in sentences(cell) for n in typed_numbers(cell, said)]
    assert not typed, f"use an f-string, or a comment `# constants: 0.5`: {typed}"


def test_a_papers_number_is_the_ledgers(path, notebook):
    cells = "\n".join(cell.source for cell in notebook.cells)
    marked = " ".join(said for kind, said in DECLARED.findall(cells) if kind == "ledger").split()
    claims = yaml.safe_load((BOOK / "claims.yml").read_text(encoding="utf-8"))["claims"]
    papers = [str(claim["paper_number"]) for claim in claims if claim["chapter"] == path.stem[:2]]
    known = re.findall(r"\d(?:[\d.e-]*\d)?", " ".join(papers))
    assert set(marked) <= set(known), "in no paper_number of this chapter's claims"


@pytest.mark.parametrize("page", PAGES)
def test_numbers_on_other_pages_are_declared(page):
    assert not typed_numbers((BOOK / page).read_text(encoding="utf-8"))


def test_cells_are_short_and_neither_few_nor_many(notebook):
    shown = [cell for cell in code(notebook) if "check_" not in cell.source]  # nor those that try
    assert 15 <= len(shown) <= 40
    long = [cell.source[:60] for cell in code(notebook) if len(cell.source.splitlines()) > 25]
    assert not long, "cells of more than 25 lines"


def test_length_of_the_prose(notebook):
    cells = [cell for cell in prose(notebook) if not cell.startswith("<details>")]
    words = sum(len(re.findall(r"[^\W_]+", plain(cell))) for cell in cells)
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
    cited = re.findall(r'<cite data-key="([\w,-]+)">', "\n".join(prose(notebook)))
    keys = {key for group in cited for key in group.split(",")}
    assert keys and keys <= known, f"not in references.bib: {keys - known}"


def test_kernel_and_bytes(path, notebook):
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    same = text(clean(notebook)) == path.read_text(encoding="utf-8")
    assert same, f"run python -m xfmr_lib run {path.stem[:2]}: the notebook has stray metadata"


def test_it_stands_in_the_table_of_contents(path):
    assert f"book/{path.stem}\n" in (BOOK.parent / "_toc.yml").read_text(encoding="utf-8") + "\n"
