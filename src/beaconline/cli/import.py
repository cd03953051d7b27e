"""``beaconline import``: reports into a node's history.

Decides: how options become an import, what is told of it, and the exit code. Refuses: to do anything of the job itself.
Source: the contract page, "Commands". Known failures: the file's name is a word of the language, so only ``importlib``
can import it, which is how every command is.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.cli.run_options import set_threads, threads
from beaconline.cli.values import received, share
from beaconline.foundation.records.report import MODES
from beaconline.foundation.records.times import format_us

if TYPE_CHECKING:
    from beaconline.node.history_import import Taken
    from beaconline.node.history_prune import Pruned

__all__ = ["add_parser", "run"]

MAX_REJECT = 0.01
"""Share of rejected lines above which the exit code is 1."""

MOST_DAYS = 36_500
"""Longest retention, days: a century."""


def _days(text: str) -> int | str:
    if text == "all":
        return text
    if not text.isdigit() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r}: a number of days from 1 to {MOST_DAYS}, or all")
    return int(text)


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "import",
        help="adds reports to a node's history; the same files twice add nothing",
        description="Adds reports to the history in a node's home; the same files twice add nothing.",
        epilog="example: beaconline import AIS_2022_01_03.csv.gz --home node",
    )
    p.add_argument("inputs", nargs="*", metavar="INPUT", help="a file, a folder, or - for standard input")
    p.add_argument("--home", required=True, type=Path, metavar="DIR", help="the node's home; made when absent or empty")
    p.add_argument("--mapping", type=Path, metavar="FILE.toml", help="which column of a CSV is what")
    p.add_argument("--received", type=received, metavar="FROM[,RATE]", help="times for an untimed log: lines a second")
    p.add_argument("--mode", choices=MODES, help="what the data is; a history holds one mode (default: real)")
    p.add_argument(
        "--retain-days", type=_days, metavar="N|all", help="keep N days back from the newest report, from now on"
    )
    p.add_argument("--max-reject", type=share, default=MAX_REJECT, metavar="SHARE", help="exit 1 above (default: 1%%)")
    p.add_argument("--workers", type=threads, metavar="N", help="threads for reading and writing")
    p.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the job; returns the exit code."""
    set_threads(args)
    if not args.inputs and args.retain_days is None:
        _say("nothing to do: name an INPUT, or --retain-days")
        return 2
    from beaconline.cli.progress import Progress
    from beaconline.foundation.store.home import HomeError, Writer

    progress = Progress()
    try:
        with Writer(args.home, args.mode) as writer:
            return _work(args, writer, progress)
    except HomeError as error:
        progress.close()
        _say(str(error))
    except OSError as error:
        progress.close()
        _say(f"{args.home}: cannot be written: {error}; what was told as added before stays")
    except ValueError as error:
        progress.close()
        _say(str(error))
        return 2
    return 1


def _work(args: argparse.Namespace, writer: Any, progress: Any) -> int:
    from dataclasses import replace

    from beaconline.foundation.store.history import History
    from beaconline.node.history_import import import_inputs
    from beaconline.node.history_prune import Pruned, prune
    from beaconline.see.ingest import IngestOptions

    now_us = time.time_ns() // 1000
    if args.retain_days is not None:
        days = None if args.retain_days == "all" else args.retain_days
        writer.commit(replace(writer.manifest, retain_days=days))
    taken = import_inputs(writer, args.inputs, IngestOptions(args.mapping, args.received), now_us, progress)
    kept = writer.manifest.retain_days
    pruned = Pruned() if kept is None else prune(writer, kept, now_us)
    progress.close()
    with History(args.home) as history:
        told = history.stats()
    return _tell(args, taken, pruned, told)


def _tell(args: argparse.Namespace, taken: Taken, pruned: Pruned, told: dict[str, Any]) -> int:
    rows_in = sum(each.rows_in for each in taken.imported)
    rejected = sum(sum(each.rejects.values()) for each in taken.imported)
    for name in ("t_min_us", "t_max_us"):
        value = told.pop(name)
        told[name.removesuffix("_us")] = None if value is None else format_us(value)
    for text in taken.warnings:
        _say(f"note: {text}")
    for text in taken.problems:
        _say(text)
    if args.json:
        from beaconline.node.safe_json import json_text

        what = {
            "inputs": len(taken.imported), "known_before": taken.known, "problems": taken.problems, "rows_in": rows_in,
            "new": taken.new, "merged": taken.merged, "static_rows": taken.static_rows, "rejected": rejected,
            "removed": {"days": list(pruned.days), "reports": pruned.rows, "static_rows": pruned.static_rows},
            "history": told,
        }  # fmt: skip
        print(json_text(what))
    else:
        _print(taken, pruned, told, rejected)
    if rows_in and rejected / rows_in > args.max_reject:
        _say(f"{rejected:,} of {rows_in:,} lines rejected, more than {args.max_reject:.1%}; they are kept with reasons")
        return 1
    return 1 if taken.problems else 0


def _print(taken: Taken, pruned: Pruned, told: dict[str, Any], rejected: int) -> None:
    inputs = f"{len(taken.imported)} input{'' if len(taken.imported) == 1 else 's'}"
    print(
        f"added {taken.new:,} reports and {taken.static_rows:,} static rows of {inputs};"
        f" {taken.merged:,} reports equal to others, {rejected:,} lines rejected"
    )
    if taken.known:
        print(f"{len(taken.known)} of the inputs had been imported before")
    if pruned.days:
        print(f"removed {len(pruned.days)} days, {pruned.days[0]} to {pruned.days[-1]}: {pruned.rows:,} reports")
    span = f", {told['t_min']} to {told['t_max']}" if told["t_min"] else ""
    print(f"history: {told['reports']:,} reports on {told['days']:,} days{span}; {told['bytes'] / 1e6:,.1f} MB")


def _say(text: str) -> None:
    from beaconline.node.safe_text import terminal_text

    # Our own line breaks stay; whatever a file put into a line is made harmless.
    print("beaconline import: " + "\n".join(terminal_text(line) for line in text.split("\n")), file=sys.stderr)
