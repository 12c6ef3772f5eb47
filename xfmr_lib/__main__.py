"""Run the book: `python -m xfmr_lib run | doctor`."""

import argparse
import sys
from pathlib import Path

from .claims import ClaimError, ledger_path
from .workshop.plan import SCALES, UsageError, parse_seeds, plan


def main(words=None) -> int:
    """Parse the command line and do it; the exit status (2: asked for what does not exist)."""
    options = _parser().parse_args(words)
    try:
        return options.do(options)
    except (ClaimError, UsageError) as error:
        print(f"xfmr_lib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the book is as it was before the unfinished chapters", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="python -m xfmr_lib", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="execute chapters, each in a process of its own")
    run.add_argument("chapters", nargs="*", help="01 09 ...; all when none is named")
    run.add_argument("--scale", default="book", choices=SCALES)
    run.add_argument("--seeds", type=parse_seeds, default="0", help="3, 0-4 or 0,2,5 (default 0)")
    run.add_argument("--jobs", type=int, default=2, help="chapters at a time (default 2)")
    run.add_argument("--output", type=Path, help="a folder for the results; leaves book/ alone")
    run.set_defaults(do=_run)
    commands.add_parser("doctor", help="look at this machine").set_defaults(do=_doctor)
    return parser


def _run(options):
    from .workshop import rerun

    root = ledger_path().parents[1]
    output = options.output.resolve() if options.output else None
    runs = plan(options.chapters, options.scale, options.seeds, root, output)
    failures = rerun.run_all(runs, options.jobs)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(runs) - len(failures)} of {len(runs)} runs passed")
    return 1 if failures else 0


def _doctor(options):
    from .workshop.doctor import doctor

    return 1 if doctor() else 0


if __name__ == "__main__":
    sys.exit(main())
