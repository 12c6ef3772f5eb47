"""Which chapter at which scale with which seed, and where the results go."""

from dataclasses import dataclass
from pathlib import Path

SCALES = ("smoke", "book", "paper")


class UsageError(ValueError):
    """A chapter, scale or seed that does not exist."""


@dataclass(frozen=True)
class Run:
    """One chapter at one scale with one seed, and where its results go."""

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
    def replaces_the_committed(self):
        return self.scale == "book" and self.seed == 0 and self.output is None

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

    @property
    def parameters(self):
        """What papermill injects: nothing when the notebook's own defaults are meant."""
        plain = self.scale == "book" and self.seed == 0
        return {} if plain else {"scale": self.scale, "seed": self.seed}


def find_root(start=None) -> Path:
    """The book's folder: the nearest one, from here upwards, with a _toc.yml and a book/."""
    here = Path(start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise UsageError("no book here: run this inside the book's folder, where _toc.yml stands")


def plan(chapters, scale, seeds, root, output=None) -> list[Run]:
    """The runs asked for; UsageError names what does not exist and what does."""
    if scale not in SCALES:
        raise UsageError(f"unknown scale {scale!r}; there are: {', '.join(SCALES)}")
    notebooks = {path.stem[:2]: path for path in sorted((root / "book").glob("[0-9]*.ipynb"))}
    chosen = [_chapter(name, notebooks) for name in chapters] or list(notebooks.values())
    return [Run(path, scale, seed, root, output) for path in chosen for seed in seeds]


def _chapter(name, notebooks):
    stem = Path(name).stem
    number = stem.split("_")[0].zfill(2)
    found = notebooks.get(number)
    if found is None or ("_" in stem and stem != found.stem):
        there = ", ".join(path.stem for path in notebooks.values()) or "none yet"
        raise UsageError(f"unknown chapter {name!r}; there are: {there}")
    return found


def parse_seeds(words) -> list[int]:
    """`3` or `0-4` or `0,2,5` as a list of seeds."""
    try:
        seeds = []
        for part in str(words).split(","):
            low, _, high = part.partition("-")
            seeds += range(int(low), int(high or low) + 1)
    except ValueError:
        seeds = []
    if not seeds or max(seeds) >= 2**32:
        raise UsageError(f"unknown seed {words!r}; give whole numbers: 3, or 0-4, or 0,2,5")
    return seeds
