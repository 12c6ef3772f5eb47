"""Which chapter at which scale with which seed, and where the results go."""

from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path

SCALES = ("smoke", "book", "paper")


class UsageError(ValueError):
    """A chapter that does not exist."""


@dataclass(frozen=True)
class Run:
    """One chapter at one scale with one seed, and where its results go.

    root: the book's folder. output: a folder that takes the results, so that book/ stays alone.
    """

    notebook: Path
    scale: str
    seed: int
    root: Path
    output: Path | None = None

    @property
    def name(self):
        return f"{self.notebook.stem} {self.scale} seed {self.seed}"

    @property
    def chapter(self):
        return self.notebook.stem[:2]

    @property
    def parameters(self):
        """What papermill injects: nothing when the notebook's own defaults are meant."""
        plain = self.scale == "book" and self.seed == 0
        return {} if plain else {"scale": self.scale, "seed": self.seed}

    @property
    def replaces_the_committed(self):
        return not self.parameters and self.output is None

    @property
    def runs(self):
        return self.output or self.root / "runs"

    @property
    def target(self):
        if self.replaces_the_committed:
            return self.notebook
        return self.runs / self.notebook.stem / f"{self.scale}-{self.seed}.ipynb"

    @property
    def claims(self):
        if self.replaces_the_committed:
            return self.root / "book" / "results" / f"claims_{self.chapter}.json"
        return self.target.with_suffix(".claims.json")


def plan(chapters, scale, seeds, root, output=None) -> list[Run]:
    """The runs asked for; UsageError names a chapter that does not exist and those that do."""
    notebooks = sorted((root / "book").glob("[0-9]*.ipynb"))
    chosen = [_chapter(name, notebooks) for name in chapters] or notebooks
    return [Run(path, scale, seed, root, output) for path in chosen for seed in seeds]


def _chapter(name, notebooks):
    """`9`, `09`, `09_ishe` or `book/09_ishe.ipynb` as the path of the notebook."""
    for path in notebooks:
        if Path(name).stem.zfill(2) in (path.stem, path.stem[:2]):
            return path
    there = ", ".join(path.stem for path in notebooks) or "none yet"
    raise UsageError(f"unknown chapter {name!r}; there are: {there}")


def parse_seeds(words) -> list[int]:
    """`3` or `0-4` or `0,2,5` as a list of seeds."""
    seeds = []
    try:
        for part in words.split(","):
            low, _, high = part.partition("-")
            seeds += range(int(low), int(high or low) + 1)
    except ValueError:
        seeds = []
    if not seeds:
        raise ArgumentTypeError(f"unknown seed {words!r}; give whole numbers: 3, or 0-4, or 0,2,5")
    return seeds
