"""Graded assignments from the chapters to the feedback: made, handed in, graded by nbgrader."""

import json
import re
import subprocess
import sys
from contextlib import suppress

import nbformat
import pytest
from book_notebooks import BOOK, usual_mistakes
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
SUBMITTED = {  # a submission is a kernel that imports torch: one with mistakes is enough
    "03_residual_stream": ("reference", "mistaken"),
    "08_extractors": ("reference",),
    "13_relative_positions": ("reference",),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with assignments handed in, one of them with the chapter's attempt at the first."""
    folder = tmp_path_factory.mktemp("course")
    subprocess.run([sys.executable, BOOK / "_ext" / "assignments.py", folder], check=True)
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.ExecutePreprocessor.timeout = 300  # as the course's own settings say
    api = NbGraderAPI(config=config)
    for name, students in SUBMITTED.items():
        assert api.generate_assignment(name)["success"]
        for student in students:
            hand_in(folder, name, student)
            graded = api.autograde(name, student)
            assert graded["success"], graded
    assert api.generate_feedback("03_residual_stream", "mistaken")["success"]
    return folder


def hand_in(folder, name, student):
    released = nbformat.read(folder / "release" / name / "assignment.ipynb", as_version=4)
    for answer, right in zip(released.cells, source(folder, name).cells):
        if answer.metadata.nbgrader.solution:
            answer.source = right.source
    if student == "mistaken":
        first = next(cell for cell in released.cells if cell.metadata.nbgrader.solution)
        first.source = attempt(name, first.source)
    place = folder / "submitted" / student / name
    place.mkdir(parents=True)
    nbformat.write(released, place / "assignment.ipynb")


def attempt(name, solution):
    """The chapter's own attempt at this function, a usual mistake."""
    head = solution.partition("\n")[0]
    cells = nbformat.read(BOOK / f"{name}.ipynb", as_version=4).cells
    return next(c.source for c in cells if c.source.startswith(head)).partition("\n\n\n")[0]


def source(folder, name):
    return nbformat.read(folder / "source" / name / "assignment.ipynb", as_version=4)


def grades(folder, name, student):
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        (notebook,) = book.find_submission(name, student).notebooks
        return {grade.name: (grade.auto_score, grade.max_score) for grade in notebook.grades}


def test_students_get_no_solution_and_no_hidden_test(course):
    for name in SUBMITTED:
        released = (course / "release" / name / "assignment.ipynb").read_text(encoding="utf-8")
        assert not re.search("SOLUTION|HIDDEN|def check_", released)
        cells = source(course, name).cells
        answers = [cell.source for cell in cells if cell.metadata.nbgrader.solution]
        assert len(answers) == 3 and len(cells) == 2 + 3 + 3 + 2  # two of them with checks
        for answer in answers:
            line = max(answer.splitlines()[1:] or [answer], key=len).strip()
            assert json.dumps(line)[1:-1] not in released


def test_the_reference_gets_all_points_and_a_derivation_waits_for_the_teacher(course):
    for name in SUBMITTED:
        scores = grades(course, name, "reference")
        texts = "\n".join(cell.source for cell in source(course, name).cells)
        rated = re.findall(r"### Exercise .* (\d+) minutes", texts)
        assert sum(best for _, best in scores.values()) == sum(map(int, rated))
        checked = {key: score for key, score in scores.items() if key.startswith("check_")}
        assert len(checked) == 2 and all(score == best for score, best in checked.values())
        assert [score for key, (score, _) in scores.items() if key not in checked] == [None]


def test_a_mistake_costs_its_points_and_the_feedback_names_it(course):
    name = "03_residual_stream"
    scores = grades(course, name, "mistaken")
    assert {key: score for key, (score, _) in scores.items()} == {
        "check_3_1": 0,
        "check_3_2": grades(course, name, "reference")["check_3_2"][0],
        "answer_3_3": None,
    }
    page = (course / "feedback" / "mistaken" / name / "assignment.html").read_text("utf-8")
    first = next(cell for cell in source(course, name).cells if "check_" in cell.source)
    messages = [message for _, message in usual_mistakes(*prepared(course, name, first))]
    assert sum(f"Not yet: {message}" in page for message in messages) == 1


def test_every_usual_mistake_gets_no_point_and_is_told(course, capsys):
    for name in SUBMITTED:
        for cell in source(course, name).cells:
            if not cell.metadata.nbgrader.grade_id.startswith("check_"):
                continue
            check, space = prepared(course, name, cell)
            mistakes = usual_mistakes(check, space)
            assert len(mistakes) >= 3
            for yielded, message in mistakes:
                answer = re.search(rf"{check}\((\w+)\)", cell.source)[1]
                space[answer] = lambda *given, yielded=yielded: yielded
                capsys.readouterr()
                with suppress(AssertionError):  # the exercise's own, after the check has spoken
                    exec(cell.source, space)
                assert space["points"] == 0
                assert f"Not yet: {message}\n" in capsys.readouterr().out


def prepared(folder, name, cell):
    """The name of this cell's check, and a namespace with it and with what it imports."""
    space = {}
    exec(source(folder, name).cells[1].source, space)
    exec(cell.source.partition("points = ")[0], space)
    return re.search(r"points = \d+ \* (\w+)", cell.source)[1], space
