"""``beaconline watch``: the main job on the command line.

Decides: how options become a run, and the exit code. Refuses: to do anything of the job itself.
Source: the contract page, "Commands" and "watch". Known failures: none known.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.cli.values import received, share, time
from beaconline.foundation.records.finding import KINDS
from beaconline.foundation.records.report import MODES

if TYPE_CHECKING:
    from beaconline.node.watch import Result

__all__ = ["add_parser", "run"]

MAX_REJECT = 0.01
"""Share of rejected lines above which the exit code is 1."""


def _bbox(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: four numbers west,south,east,north were expected") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        raise argparse.ArgumentTypeError(f"{text!r}: degrees out of range, or south is not below north")
    return west, south, east, north


def _kinds(text: str) -> list[str]:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in chosen if part not in KINDS]
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(f"{text!r}: kinds are {', '.join(KINDS)}")
    return chosen


def _threads(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r}: a number of threads from 1 to 1024")
    return int(text)


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "watch",
        help="reads position data, writes findings with evidence and a report",
        description="Reads position data, writes findings with evidence and a report that opens offline.",
        epilog="example: beaconline watch AIS_2022_01_03.csv.gz --zones areas.geojson --out findings",
    )
    p.add_argument("inputs", nargs="+", metavar="INPUT", help="a file, a folder, or - for standard input")
    p.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results: absent or empty")
    p.add_argument("--replace", action="store_true", help="replace DIR if it holds something")
    p.add_argument("--zones", action="append", default=[], type=Path, metavar="FILE.geojson", help="zones (repeatable)")
    p.add_argument("--lists", action="append", default=[], type=Path, metavar="FILE.csv", help="vessels (repeatable)")
    p.add_argument("--masks", action="append", default=[], type=Path, metavar="FILE", help="ports, anchorages")
    p.add_argument("--mapping", type=Path, metavar="FILE.toml", help="which column of a CSV is what")
    p.add_argument("--profile", type=Path, metavar="FILE.toml", help="detector parameters")
    p.add_argument("--mutes", type=Path, metavar="FILE.toml", help="mutes with an end, acknowledged findings")
    p.add_argument("--only", type=_kinds, metavar="KIND,…", help=f"of: {', '.join(KINDS)}")
    p.add_argument("--since", type=time, metavar="TIME", help="leave out reports before it (RFC 3339, or a date)")
    p.add_argument("--until", type=time, metavar="TIME", help="leave out reports from it on")
    p.add_argument("--bbox", type=_bbox, metavar="W,S,E,N", help="degrees; W > E lies across the antimeridian")
    p.add_argument("--as-of", type=time, metavar="TIME", help="end of the run; default: the last report")
    p.add_argument("--received", type=received, metavar="FROM[,RATE]", help="times for an untimed log: lines a second")
    p.add_argument("--mode", choices=MODES, default="real", help="what the data is; modes never mix (default: real)")
    p.add_argument("--max-reject", type=share, default=MAX_REJECT, metavar="SHARE", help="exit 1 above (default: 1%%)")
    p.add_argument("--skip-unreadable", action="store_true", help="write what the readable inputs give; still exit 1")
    p.add_argument("--workers", type=_threads, metavar="N", help="threads for reading and writing")
    p.add_argument("--json", action="store_true", help="print summary.json instead of a few lines")


def run(args: argparse.Namespace) -> int:
    """Run the job; returns the exit code."""
    if args.workers:
        # Read by the column engine when it is first imported, which is below.
        os.environ["POLARS_MAX_THREADS"] = str(args.workers)
    from beaconline.cli.progress import Progress
    from beaconline.node.outputs import OutputError, check_target
    from beaconline.node.watch import Options, UnreadableInputError, watch

    if args.since is not None and args.until is not None and args.since >= args.until:
        _say("--since must lie before --until")
        return 2
    options = Options(
        zones=args.zones,
        masks=args.masks,
        lists=args.lists,
        mapping=args.mapping,
        profile=args.profile,
        mutes=args.mutes,
        only=args.only,
        since_us=args.since,
        until_us=args.until,
        bbox=args.bbox,
        as_of_us=args.as_of,
        received=args.received,
        mode=args.mode,
        skip_unreadable=args.skip_unreadable,
    )
    # A run makes many small records and no cycles: the collector would walk over all of them again and again.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    progress = Progress()
    try:
        used = [*map(Path, args.inputs), *args.zones, *args.masks, *args.lists]
        used += [path for path in (args.mapping, args.profile, args.mutes) if path is not None]
        check_target(args.out, replace=args.replace, used=used)
        result = watch(args.inputs, options=options, progress=progress)
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


def _say(text: str) -> None:
    from beaconline.node.safe_text import terminal_text

    # Our own line breaks stay; whatever a file put into a line is made harmless.
    print("beaconline watch: " + "\n".join(terminal_text(line) for line in text.split("\n")), file=sys.stderr)


def _tell(args: argparse.Namespace, result: Result) -> int:
    summary = result.summary
    for warning in summary["warnings"]:
        _say(f"note: {warning}")
    if args.json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
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
