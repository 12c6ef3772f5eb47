"""The stored outputs are all there, and the output check really compares them."""

import json
import os
import warnings
from pathlib import Path

import pytest
from book_notebooks import CHAPTERS, NAMES, code, compared, load

FLOOR = Path(__file__).with_name("compared_floor.json")
SHARE = 0.7
pytestmark = pytest.mark.skipif(not CHAPTERS, reason="no chapters yet")


@pytest.fixture(params=CHAPTERS, ids=NAMES)
def path(request):
    return request.param


def test_every_cell_was_executed_in_order(path):
    first, *_ = counts = [cell.execution_count for cell in code(load(path))]
    assert first in (1, 2), "2 after the cell that prepares Colab, which does nothing elsewhere"
    ordered = list(range(first, first + len(counts)))
    assert counts == ordered, f"run python -m xfmr_lib run {path.stem[:2]}"


def test_most_outputs_are_compared(path):
    cells = code(load(path))
    share = sum(map(compared, cells)) / len(cells)
    silent = [cell.source.splitlines()[0] for cell in cells if not compared(cell)]
    assert share >= SHARE, f"only {share:.0%} of the code cells are compared; not these: {silent}"


def test_no_cell_is_skipped(path):
    skipped = [cell for cell in code(load(path)) if "nbval-skip" in cell.metadata.get("tags", [])]
    assert not skipped, "ignore an output if you must (nbval-ignore-output), but run every cell"


def test_the_number_of_compared_cells_only_goes_up(path):
    """XFMR_RAISE_FLOOR=1 pytest tests/test_outputs.py raises the floor; nothing lowers it."""
    floors = json.loads(FLOOR.read_text(encoding="utf-8"))
    count, floor = sum(map(compared, code(load(path)))), floors.get(path.stem, 0)
    assert count >= floor, (
        f"{count} cells of {path.stem} are compared, there were {floor}; compare more, or, when "
        f"the chapter really became shorter, lower its number in tests/{FLOOR.name} by hand"
    )
    if count > floor and os.environ.get("XFMR_RAISE_FLOOR"):
        floors[path.stem] = count
        FLOOR.write_text(json.dumps(floors, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    elif count > floor:
        advice = "raise the floor: XFMR_RAISE_FLOOR=1 pytest tests/test_outputs.py"
        warnings.warn(f"{path.stem}: {count} compared, floor {floor}; {advice}", stacklevel=1)
