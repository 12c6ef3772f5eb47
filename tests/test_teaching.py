"""What a teacher relies on: rated exercises, syllabi that name what exists, answered questions."""

import re

import pytest
from book_notebooks import BOOK, CHAPTERS, EXERCISE, NAMES, ROOT, check_name, exercises, load, prose

KINDS = {"derive", "build", "investigate"}
PAGES = [BOOK / f"{name}.md" for name in ("teaching", "lessons", "projects")]
QUESTION = re.compile(r"(?m)^### Question (\d+\.\d+) · (easy|medium|hard) · (\d+) minutes$")


def rated(path):
    """(number, kind, difficulty, minutes) of each exercise of a chapter."""
    return EXERCISE.findall("\n\n".join(prose(load(path))))


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_a_chapter_has_exercises_of_all_kinds_and_each_is_rated(path):
    found = rated(path)
    assert 4 <= len(found) <= 6
    assert {kind for _, kind, _, _ in found} == KINDS
    assert all(5 <= int(minutes) <= 45 for *_, minutes in found)
    headings = re.findall(r"(?m)^### Exercise.*", "\n\n".join(prose(load(path))))
    assert len(headings) == len(found), "a heading without kind, difficulty or minutes"


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_every_build_exercise_has_a_check(path):
    """In its own cell, between its text and its solution."""
    place, checked = None, set()
    for cell in load(path).cells:
        if cell.cell_type == "markdown":
            place = (EXERCISE.findall(cell.source) or [[place]])[-1][0]
        elif check_name(cell):
            checked.add(place)
    assert checked == {number for number, kind, *_ in rated(path) if kind == "build"}


def numbers(text):
    """The exercises that a page names: "exercise 9.2", "exercises 9.2, 9.4 and 10.1 or 10.3"."""
    lists = re.findall(r"exercises? ((?:\d+\.\d+(?:, | and | or )?)+)", text)
    return [number for found in lists for number in re.findall(r"\d+\.\d+", found)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_exercises_and_sections_named_by_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    known = {number for path in CHAPTERS for number in exercises(load(path))}
    assert numbers(text) and set(numbers(text)) <= known
    for exercise in re.findall(r"(?i)exercises?\b[^|.\n]*?(\d+\.\d+)", text):
        assert exercise in known


def test_sections_in_the_plan_by_the_minute_are_the_chapters():
    plan = (BOOK / "teaching.md").read_text(encoding="utf-8").split("## One week")[0]
    words = "\n".join(prose(load(BOOK / "09_ishe.ipynb")))
    rows = re.findall(r"(?m)^\| (\d+) to (\d+) \|.*\| (.+?) \|$", plan)
    assert [int(end) for _, end, _ in rows][-1] == 90
    assert [end for _, end, _ in rows][:-1] == [start for start, _, _ in rows][1:]
    named = [section for *_, where in rows for section in re.findall(r"\*(.+?)\*", where)]
    assert len(named) >= 8
    for section in named:
        assert re.search(rf"(?m)^## {re.escape(section)}", words), section


@pytest.mark.parametrize(("weeks", "lectures"), [("One", 5), ("Five", 5), ("Ten", 10)])
def test_a_syllabus_names_what_to_read_do_and_prepare(weeks, lectures):
    text = (BOOK / "teaching.md").read_text(encoding="utf-8")
    part = text.split(f"## {weeks} week")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == lectures
    linked = re.findall(r"\((\d\d)_\w+\.ipynb\)", part)
    assert len(linked) == len(set(linked))
    for row in rows:
        assert ".ipynb)" in row[1] and numbers("".join(row[2:-1])) and len(row[-1].split()) >= 3
        chapters = {str(int(chapter)) for chapter in re.findall(r"\((\d\d)_", row[1])}
        assert {n.split(".")[0] for n in numbers("".join(row[2:-1]))} <= chapters
    if weeks == "Ten":
        assert sorted(linked) == [name[:2] for name in NAMES]


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_every_chapter_is_a_lesson(path):
    lessons = (BOOK / "lessons.md").read_text(encoding="utf-8")
    lesson = lessons.split(f"### Chapter {int(path.stem[:2])}: ")[1].split("\n#")[0]
    for part in ("Before it", "The time", "Where they stumble", "To discuss"):
        assert f"**{part}" in lesson
    assert 2 <= lesson.split("**To discuss.**")[1].count("?") <= 4
    given = [int(minutes) for minutes in re.findall(r"\((\d+)\)", lesson)]
    assert sum(given) == 90 or "(teaching.md)" in lesson, "90 minutes"


def test_every_exam_question_is_rated_and_answered():
    questions = (BOOK / "exam_questions.md").read_text(encoding="utf-8")
    answers = (BOOK / "exam_answers.md").read_text(encoding="utf-8")
    asked = QUESTION.findall(questions)
    assert len(asked) == questions.count("\n### ") >= 40
    answered = re.findall(r"(?m)^### Answer (\d+\.\d+)$", answers)
    assert [number for number, *_ in asked] == answered
    assert {number.split(".")[0] for number in answered} == {str(int(n[:2])) for n in NAMES}
    texts = re.split(r"(?m)^### .*$", answers)[1:]
    assert all(len(text.split("\n#")[0].split()) >= 4 for text in texts)


def test_no_page_leads_to_the_answers():
    """So that a teacher may take that page out, and the line in the table of contents."""
    pages = [*BOOK.glob("*.md"), *BOOK.glob("*.ipynb"), ROOT / "README.md"]
    linked = [page.name for page in pages if "](exam_answers" in page.read_text(encoding="utf-8")]
    assert not linked


def test_projects_have_traps_and_levels_in_words():
    text = (BOOK / "projects.md").read_text(encoding="utf-8")
    projects = re.findall(r"(?m)^\| (\d+) · .+?\|.+?\|.+?exercises? .+?\|.+?\|$", text)
    assert 8 <= len(projects) <= 10
    levels = re.findall(r"(?m)^\| \*\*.+?\*\* \|(.+)\|$", text)
    assert len(levels) >= 5
    assert all(len(level.split()) >= 3 for line in levels for level in line.split("|"))
