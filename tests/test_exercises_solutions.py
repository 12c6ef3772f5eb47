"""The solutions printed in the chapters pass their checks and their exercises' own asserts."""

import re

import pytest
from book_notebooks import CHAPTERS, NAMES, checks, code, exercises, load, prose, solutions

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(params=CHAPTERS, ids=NAMES)
def notebook(request):
    return load(request.param)


def test_the_hidden_solution_is_judged_right(notebook, capsys):
    blocks = BLOCK.findall("\n".join(prose(notebook)))
    for check, space, attempt in checks(notebook):
        name = re.search(rf"\b{check}\((\w+)\)", attempt)[1]
        signature = re.search(rf"(?m)^def {name}\(.*", attempt)[0]
        (printed,) = (block for block in blocks if signature in block)
        exec(printed, space)
        capsys.readouterr()
        assert space[check](space[name])
        assert capsys.readouterr().out.startswith("Right: ")


def test_the_hidden_solution_passes_the_asserts_of_its_exercise(notebook):
    answers = solutions(notebook)
    for number, text in exercises(notebook).items():
        for block in BLOCK.findall(text):
            if "assert" in block:
                space = {}
                exec(code(notebook)[0].source, space)
                exec(BLOCK.findall(answers[number])[0], space)
                exec(block, space)
