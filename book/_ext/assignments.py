"""Graded assignments for nbgrader, made of three chapters' exercises: assignments.py COURSE

A build exercise brings its text, its hidden solution and its check, and so grades itself. A check
holds the right result, so it is encoded; if it draws its numbers, it draws others once more, which
a student does not see. A derivation is read by the teacher. A point is a minute of the rating.
"""

import ast
import base64
import re
import sys
import zlib
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

BOOK = Path(__file__).resolve().parents[1]
CHOSEN = {"03": (1, 2, 3), "08": (2, 3, 4), "13": (1, 2, 3)}  # the exercises of each chapter
OPENING = """
A point for each of its minutes. An attempt, or a number in brackets, is one of the chapter.
Write in the place given, and run the cell below it: it says `Right`, or what to mend.
"""
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "rows_in_motion"
c.ExecutePreprocessor.timeout = 300  # seconds a cell: a slow machine imports torch in a minute
"""
HIDDEN = """### BEGIN HIDDEN TESTS
plain = draw
draw = lambda seed, *shapes: plain(seed + 1, *shapes)
points *= {check}({name})
draw = plain
### END HIDDEN TESTS
"""


def master(path, numbers):
    """The teacher's notebook: nbgrader makes the students' from it, without the solutions."""
    cells = nbformat.read(path, as_version=4).cells
    asked = [cell for k in numbers for cell in task(cells, f"{int(path.stem[:2])}.{k}")]
    title = cells[0].source.partition("\n")[0]
    first = next(cell.source for cell in cells if "xfmr_lib.exercises" in cell.source)
    code = "\n".join(cell.source for cell in asked if cell.cell_type == "code")
    opening = mark("opening", new_markdown_cell(f"{title}\n{OPENING}"))
    notebook = new_notebook(cells=[opening, mark("imports", new_code_cell(imports(first, code)))])
    notebook.cells += map(sealed, asked)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata.kernelspec["language"] = "python"
    return notebook


def task(cells, number):
    """An exercise's cells: its text, the place for the answer, and the check if it has one."""
    texts = [cell.source for cell in cells]
    start = next(i for i, text in enumerate(texts) if f"### Exercise {number} " in text)
    end = next(i for i, text in enumerate(texts) if f"Solution to exercise {number}<" in text)
    text = texts[start][texts[start].index("### Exercise") :]
    minutes, name = int(re.search(r"(\d+) minutes", text)[1]), number.replace(".", "_")
    yield mark(f"text_{name}", new_markdown_cell(re.sub(r'<a href="#.*?">(.*?)</a>', r"\1", text)))
    solution = re.search(r"(?s)</summary>\n\n(.*?)\n\n</details>", texts[end])[1]
    check = next((part for part in texts[start:end] if part.startswith("def check_")), None)
    if not check:
        yield mark(f"answer_{name}", new_markdown_cell(solution), minutes, solution=True)
        return
    judge = re.match(r"def (\w+)", check)[1]
    answer = re.search(rf"{judge}\((\w+)\)", texts[end - 1])[1]
    head, _, body = re.search(r"(?s)```python\n(.*?)```", solution)[1].partition("\n")
    region = f"{head}\n    ### BEGIN SOLUTION\n{body.rstrip()}\n    ### END SOLUTION"
    yield mark(f"answer_{name}", new_code_cell(region), solution=True)
    test = f"{check}\n\n\npoints = {minutes} * {judge}({answer})\n"
    test += "".join(block for block in re.findall(r"(?s)```python\n(.*?)```", text))
    test += HIDDEN.format(check=judge, name=answer) if "draw(" in check else ""
    yield mark(f"check_{name}", new_code_cell(test + "points"), minutes)


def sealed(cell):
    """The cell with its check encoded, against reading the answer there by accident."""
    if cell.source.startswith("def check_"):
        check, rest = cell.source.split("\n\n\n", 1)
        packed = base64.b64encode(zlib.compress(check.encode())).decode()
        cell.source = (
            f"import base64, zlib\nexec(zlib.decompress(base64.b64decode('{packed}')))\n{rest}"
        )
    return cell


def imports(source, code):
    """The imports of these lines whose names the code uses."""
    used, kept = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}, []
    for line in ast.parse(source).body:
        if isinstance(line, ast.Import | ast.ImportFrom):
            line.names = [alias for alias in line.names if (alias.asname or alias.name) in used]
            kept += [ast.unparse(line)] if line.names else []
    return "\n".join(kept)


def mark(name, cell, points=None, solution=False):
    """The cell as nbgrader wants it: an answer may be changed, and what has points is graded."""
    own = {"schema_version": 3, "grade_id": name, "locked": not solution, "task": False}
    cell.metadata.nbgrader = own | {"solution": solution, "grade": points is not None}
    if points is not None:
        cell.metadata.nbgrader["points"] = points
    return cell


def main(course):
    for chapter, numbers in CHOSEN.items():
        (path,) = BOOK.glob(f"{chapter}_*.ipynb")
        folder = course / "source" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(master(path, numbers), folder / "assignment.ipynb")
    (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
