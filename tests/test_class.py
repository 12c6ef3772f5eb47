"""For a class: notebooks without solutions, and a deck of slides for each chapter."""

import json
import re
import shutil
import subprocess

import nbformat
import pytest
from book_notebooks import BOOK, CHAPTERS, NAMES, ROOT, load

from xfmr_lib.workshop.execute import PAPERMILL

LONG = 30  # letters: a shorter line, such as a formula's last, may stand in a question, too
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DECK = "09_ishe"  # it has theorems, wide formulas, tables, pictures and a slider
COSTS = json.loads((BOOK / "results" / "costs.json").read_text(encoding="utf-8"))
QUICKEST = min(COSTS, key=lambda chapter: COSTS[chapter]["smoke"]["seconds"])


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """`make` in a folder that has everything but its own _build."""
    here = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "book", "xfmr_lib", ".venv"):
        (here / name).symlink_to(ROOT / name)

    def make(target, *words):
        command = ["make", "-o", ".venv/.installed", target, *words]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return here / "_build" / target

    return make


@pytest.fixture(scope="module")
def student(make):
    return make("student")


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_students_notebook_has_every_question_and_no_answer(path, student):
    whole, given = load(path), load(student / path.name)
    solved = [cell for cell in whole.cells if cell.source.startswith("<details>")]
    assert solved and all("<summary>Solution" in cell.source for cell in solved)
    kept = [(cell.cell_type, cell.source) for cell in whole.cells if cell not in solved]
    assert [(cell.cell_type, cell.source) for cell in given.cells] == kept
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in given.cells)
    text = "\n".join(cell.source for cell in given.cells)
    assert "<summary>" not in text and "olution to" not in text
    questions = re.findall(r"(?m)^### Exercise .*", "\n".join(cell.source for cell in whole.cells))
    assert questions and all(question in text for question in questions)
    for cell in solved:
        lines = [line.strip() for line in BLOCK.sub("", cell.source).splitlines()]
        assert not [line for line in lines if len(line) > LONG and line in text]
        assert not [block for block in BLOCK.findall(cell.source) if block.strip() in text]


def test_a_students_notebook_runs_to_its_end_without_an_answer(student, tmp_path):
    """The folder alone is enough, wherever it lies."""
    home = shutil.copytree(student, tmp_path / "class")
    (name,) = (path.name for path in CHAPTERS if path.stem.startswith(QUICKEST))
    command = [*PAPERMILL, name, tmp_path / "done.ipynb", "-p", "scale", "smoke"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [
        out
        for cell in nbformat.read(tmp_path / "done.ipynb", 4).cells
        for out in cell.get("outputs", [])
    ]
    assert any("Not yet: " in out.get("text", "") for out in outputs)


@pytest.fixture(scope="module")
def deck(make):
    return make("slides", f"CHAPTER={DECK}") / f"{DECK}.slides.html"


def test_a_deck_has_all_it_loads_beside_it(deck):
    page = deck.read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="(?!data:)([^"]+)"', page)
    assert {"reveal/reveal.js", "reveal/reveal.css", "tex-svg.js", "slides.css"} <= {*loaded}
    assert all((deck.parent / name).is_file() for name in loaded)
    assert (deck.parent / "reveal" / "LICENSE").is_file()


def test_a_deck_has_the_chapters_sections_and_theorems_but_no_exercises(deck):
    page, chapter = deck.read_text(encoding="utf-8"), load(BOOK / f"{DECK}.ipynb")
    sections = re.findall(r"(?m)^## (.*)", "\n".join(cell.source for cell in chapter.cells))
    shown = re.findall(r"<h2[^>]*>(.*?)<", page)
    assert shown == [name for name in sections if name not in ("Exercises", "Further reading")]
    theorems = [
        t for cell in chapter.cells for t in re.findall(r"\*\*(Theorem [\d.]+)", cell.source)
    ]
    assert theorems and all(theorem in page for theorem in theorems)
    assert "Solution to" not in page and "check_" not in page and "### Exercise" not in page
    assert "Chen [2023b]" in page and "{cite" not in page and "data-glue" in page


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (apt install chromium)")
def test_a_deck_fits_its_slides_without_a_network(deck):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as machinery:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = machinery.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_context(offline=True, viewport={"width": 1280, "height": 720}).new_page()
        wrong = []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.goto(deck.as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        (ROOT / "_build" / "screenshots").mkdir(parents=True, exist_ok=True)
        places = page.evaluate(
            "Reveal.getSlides().map(slide => { const at = Reveal.getIndices(slide);"
            " Reveal.slide(at.h, at.v); const { top, bottom } = slide.getBoundingClientRect();"
            " return [top, bottom, slide.scrollWidth, slide.textContent.trim().length,"
            " Reveal.getSlideNotes(slide)?.length ?? 0]; })"
        )
        twins = page.evaluate("document.querySelectorAll('.notes mjx-assistive-mml').length")
        page.evaluate("Reveal.slide(1, 0)")
        page.screenshot(path=ROOT / "_build" / "screenshots" / "deck.png")
        browser.close()
    assert not wrong and not twins
    assert len(places) > 30, "a lecture of 90 minutes"
    assert all(top >= 0 and bottom <= 720 and width <= 1280 for top, bottom, width, *_ in places)
    assert all(letters > 20 for *_, letters, _ in places), "an empty slide"
    assert sum(notes > 0 for *_, notes in places) > len(places) / 3
