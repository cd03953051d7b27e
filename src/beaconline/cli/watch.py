"""``beaconline watch``: the main job on the command line.

Decides: how options become a run, and the exit code. Refuses: to do anything of the job itself.
Source: the contract page, "Commands" and "watch". Known failures: none known.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.cli.run_options import add_run_options, files_of, in_order, options_of, set_threads
from beaconline.cli.values import share

if TYPE_CHECKING:
    from beaconline.cli.progress import Progress
    from beaconline.node.watch import Options, Result

__all__ = ["add_parser", "run"]

MAX_REJECT = 0.01
"""Share of rejected lines above which the exit code is 1."""


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "watch",
        help="reads position data, writes findings with evidence and a report",
        description="Reads position data, writes findings with evidence and a report that opens offline.",
        epilog="example: beaconline watch AIS_2022_01_03.csv.gz --zones areas.geojson --out findings",
    )
    p.add_argument("inputs", nargs="*", metavar="INPUT", help="a file, a folder, or - for standard input")
    p.add_argument("--home", type=Path, metavar="DIR", help="run over the history of this home instead of an INPUT")
    p.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results: absent or empty")
    p.add_argument("--replace", action="store_true", help="replace DIR if it holds something")
    add_run_options(p)
    p.add_argument("--max-reject", type=share, default=MAX_REJECT, metavar="SHARE", help="exit 1 above (default: 1%%)")
    p.add_argument("--skip-unreadable", action="store_true", help="write what the readable inputs give; still exit 1")
    p.add_argument("--json", action="store_true", help="print summary.json instead of a few lines")


def run(args: argparse.Namespace) -> int:
    """Run the job; returns the exit code."""
    set_threads(args)
    from beaconline.cli.progress import Progress
    from beaconline.node.outputs import OutputError, check_target
    from beaconline.node.watch import UnreadableInputError, watch

    if not in_order(args):
        _say("--since must lie before --until")
        return 2
    if bool(args.inputs) == (args.home is not None):
        _say("name either an INPUT or --home; beaconline import adds files to a home")
        return 2
    options = options_of(args)
    # A run makes many small records and no cycles: the collector would walk over all of them again and again.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    progress = Progress()
    try:
        used = [*map(Path, args.inputs), *files_of(args), *([args.home] if args.home else [])]
        check_target(args.out, replace=args.replace, used=used)
        if args.home is None:
            result = watch(args.inputs, options=options, progress=progress)
        else:
            result = _over_history(args, options, progress)
        progress("write", 0, None)
        result.write(args.out, replace=args.replace)
    except UnreadableInputError as error:
        progress.close()
        for problem in error.problems:
            _say(problem)
        return 1
    except (OutputError, OSError) as error:
        progress.close()
        _say(str(error))
        return 1
    except ValueError as error:
        progress.close()
        _say(str(error))
        return 2
    progress.close()
    return _tell(args, result)


def _over_history(args: argparse.Namespace, options: Options, progress: Progress) -> Result:
    from beaconline.node.history import watch_home

    # The rows wait on the disk that takes the result.
    aside = next(folder for folder in args.out.resolve().parents if folder.is_dir())
    return watch_home(args.home, options=options, mode=args.mode, progress=progress, aside=aside)


def _say(text: str) -> None:
    from beaconline.node.safe_text import terminal_text

    # Our own line breaks stay; whatever a file put into a line is made harmless.
    print("beaconline watch: " + "\n".join(terminal_text(line) for line in text.split("\n")), file=sys.stderr)


def _tell(args: argparse.Namespace, result: Result) -> int:
    summary = result.summary
    for warning in summary["warnings"]:
        _say(f"note: {warning}")
    if args.json:
        from beaconline.node.safe_json import json_text

        print(json_text(summary))
    else:
        kinds = ", ".join(f"{n} {kind}" for kind, n in summary["findings"]["by_kind"].items()) or "none"
        print(
            f"{summary['reports']:,} reports of {summary['vessels']:,} vessels in {summary['tracks']:,} tracks, "
            f"{summary['rejects']['total']:,} rejected"
        )
        print(f"findings: {kinds}")
        print(f"report: {args.out / 'report.html'}")
    lines_in = summary["rows_in"]
    rejected = summary["rejects"]["total"]
    if lines_in and rejected / lines_in > args.max_reject:
        reasons = ", ".join(f"{n} {reason}" for reason, n in summary["rejects"]["by_reason"].items())
        _say(f"{rejected:,} of {lines_in:,} lines rejected, more than {args.max_reject:.1%}: {reasons}")
        return 1
    return 0 if summary["complete"] else 1
