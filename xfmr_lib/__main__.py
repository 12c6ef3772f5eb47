"""Run the book: `python -m xfmr_lib run | doctor`."""

import argparse
import sys
from pathlib import Path

from .claims import ClaimError, ledger_path
from .workshop.doctor import doctor

SCALES = ("smoke", "book", "record", "paper")


def main(words=None) -> int:
    """Parse the command line and do it; the exit status."""
    try:
        options = _parser().parse_args(words)
        return options.do(options)
    except ClaimError as error:
        print(f"xfmr_lib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the book is as it was before the unfinished chapters", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="python -m xfmr_lib", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="execute chapters, each in a process of its own")
    run.add_argument("chapters", nargs="*", type=_chapters, help="01 09 ...; all without one")
    run.add_argument("--scale", default="book", choices=SCALES)
    run.add_argument("--seeds", type=_seeds, default="0", help="3 or 0-4 (default 0)")
    run.add_argument("--jobs", type=int, default=2, help="chapters at a time (default 2)")
    run.add_argument("--again", action="store_true", help="also what has not changed since")
    run.add_argument("--scheduler", help="address of a Dask cluster, tcp://host:port")
    run.add_argument("--output", type=Path, help="a folder for the results; leaves book/ alone")
    run.set_defaults(do=_run)
    commands.add_parser("doctor", help="look at this machine").set_defaults(do=doctor)
    return parser


def _chapters(number=""):
    """The notebook of `9` or `09`; all of them without a number."""
    found = {path.stem[:2]: path for path in sorted(ledger_path().parent.glob("[0-9]*.ipynb"))}
    if not number:
        return list(found.values())
    if number.zfill(2) in found:
        return found[number.zfill(2)]
    there = ", ".join(found) or "none yet"
    raise argparse.ArgumentTypeError(f"unknown chapter {number!r}; there are: {there}")


def _seeds(words):
    low, _, high = words.partition("-")
    if low.isdecimal() and (found := range(int(low), int(high or low) + 1)):
        return found
    raise argparse.ArgumentTypeError(f"unknown seed {words!r}; give whole numbers: 3 or 0-4")


def _offers(path, scale):
    """Every chapter has the first two scales; which others, its code says."""
    return scale in SCALES[:2] or f'\\"{scale}\\"' in path.read_text(encoding="utf-8")


def _run(options):
    from .workshop import scorecard
    from .workshop.rerun import Run, in_turn, run_all

    output = options.output and options.output.resolve()
    chapters = options.chapters or _chapters()
    without = [path.stem[:2] for path in chapters if not _offers(path, options.scale)]
    if without and options.chapters:
        raise SystemExit(f"no scale {options.scale!r} in {', '.join(without)}; leave them out")
    chapters = [path for path in chapters if path.stem[:2] not in without]
    runs = [Run(path, options.scale, seed, output) for path in chapters for seed in options.seeds]
    due, failures = [], []
    for group in in_turn(runs):
        now = []
        for run in group:
            reasons = ["asked for"] if options.again else run.reasons()
            print(f"{run}: {', '.join(reasons) or 'stands, nothing that it is made from changed'}")
            now += [run] * bool(reasons)
        failures += run_all(now, options.jobs, options.scheduler) if now else []
        due += now
    if any(run.folder == run.notebook.parent for run in due) and not failures:
        scorecard.write_readme()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(due) - len(failures)} of {len(due)} runs passed, {len(runs) - len(due)} stood")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
