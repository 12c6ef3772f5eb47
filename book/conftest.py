"""nbval with a tolerance: see tests/tolerance.py for what counts as the same.

It changes nbval's own classes, so nbval is pinned. Pictures are not compared (their data is, by
the digest that figures.show prints); a cell that was never executed fails instead of passing.
"""

import nbval.plugin as nbval
from tolerance import same

PICTURES = ("image/svg+xml",)


class Text(str):
    """A string that equals another when both say the same within the tolerance."""

    def __eq__(self, other):
        return same(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


_sanitize = nbval.IPyNbCell.sanitize
_runtest = nbval.IPyNbCell.runtest
_init = nbval.IPyNbFile.__init__


def sanitize(self, output):
    """Every text that nbval is about to compare becomes a tolerant one."""
    output = _sanitize(self, output)
    return Text(output) if isinstance(output, str) else output


def runtest(self):
    """nbval passes over a cell without an execution count; here it fails."""
    if self.cell.execution_count is None and self.cell.source.strip():
        self.raise_cell_error("This cell was never executed; run: python -m xfmr_lib run")
    _runtest(self)


def init(self, *arguments, **options):
    """Leave pictures out of the comparison."""
    _init(self, *arguments, **options)
    self.skip_compare += PICTURES


nbval.IPyNbCell.sanitize = sanitize
nbval.IPyNbCell.runtest = runtest
nbval.IPyNbFile.__init__ = init


def pytest_configure(config):
    """Build matplotlib's font cache once, before a kernel writes about it to stderr."""
    if not hasattr(config, "workerinput"):
        import matplotlib.font_manager  # noqa: F401
