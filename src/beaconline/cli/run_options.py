"""Options of every command that runs the detectors: which files shape the run, and which part of the input it takes.

Decides: names and values of these options, once for all commands. Refuses: to read any file.
Source: the contract page, "watch". Known failures: none known.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.cli.values import received, time
from beaconline.foundation.records.finding import KINDS
from beaconline.foundation.records.report import MODES

if TYPE_CHECKING:
    from beaconline.node.watch import Options

__all__ = ["add_run_options", "files_of", "in_order", "options_of", "set_threads", "threads"]


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


def threads(text: str) -> int:
    """A number of threads. Raises argparse.ArgumentTypeError."""
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r}: a number of threads from 1 to 1024")
    return int(text)


def add_run_options(p: Any) -> None:
    """Add the options that ``options_of`` reads."""
    p.add_argument("--zones", action="append", default=[], type=Path, metavar="FILE.geojson", help="zones (repeatable)")
    p.add_argument("--lists", action="append", default=[], type=Path, metavar="FILE.csv", help="vessels (repeatable)")
    p.add_argument("--cables", action="append", default=[], type=Path, metavar="FILE.geojson", help="cables")
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
    p.add_argument("--mode", choices=MODES, help="what the data is; modes never mix (default: real)")
    p.add_argument("--workers", type=threads, metavar="N", help="threads for reading and writing")


def set_threads(args: argparse.Namespace) -> None:
    """Bound the threads of the column engine, which looks when it is first imported: call this before."""
    if args.workers:
        os.environ["POLARS_MAX_THREADS"] = str(args.workers)


def in_order(args: argparse.Namespace) -> bool:
    """False when ``--since`` does not lie before ``--until``."""
    return args.since is None or args.until is None or args.since < args.until


def files_of(args: argparse.Namespace) -> list[Path]:
    """Every file that the options name."""
    single = (args.mapping, args.profile, args.mutes)
    return [*args.zones, *args.masks, *args.lists, *args.cables, *(path for path in single if path is not None)]


def options_of(args: argparse.Namespace) -> Options:
    """The options of a run; ``skip_unreadable`` where the command has it."""
    from beaconline.node.watch import Options

    return Options(
        zones=args.zones,
        masks=args.masks,
        lists=args.lists,
        cables=args.cables,
        mapping=args.mapping,
        profile=args.profile,
        mutes=args.mutes,
        only=args.only,
        since_us=args.since,
        until_us=args.until,
        bbox=args.bbox,
        as_of_us=args.as_of,
        received=args.received,
        mode=args.mode or "real",
        skip_unreadable=getattr(args, "skip_unreadable", False),
    )
