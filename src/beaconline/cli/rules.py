"""``beaconline rules``: explains a kind, checks rules before use, counts the alarms they would have given.

Decides: how this is printed, and the exit code: 0 nothing to say against it, 1 something is wrong, 2 usage.
Refuses: to change a rule. Source: the contract page, "Commands". Known failures: none known.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.cli.run_options import add_run_options, in_order, options_of, set_threads
from beaconline.cli.values import share
from beaconline.foundation.records.finding import KINDS

if TYPE_CHECKING:
    from beaconline.node.rules import Backtest, Lint
    from beaconline.node.watch import Options, Result
    from beaconline.understand.rules.alarms import KindAlarms

__all__ = ["add_parser", "run"]

WATCHES_H = (1, 2, 3, 4, 6, 8, 12, 24)
"""Lengths of a watch, hours: those that divide a day."""


def add_parser(commands: Any) -> None:
    """Add the sub-command with its own."""
    p = commands.add_parser(
        "rules",
        help="explains a kind; checks a profile or zones before use; alarms per watch over history",
        description="Explains what is found and by which thresholds; checks rules before they go live.",
        epilog="example: beaconline rules backtest positions.csv.gz --profile ours.toml --watch-hours 8",
    )
    parts = p.add_subparsers(dest="part", metavar="PART", required=True)
    show = parts.add_parser(
        "show",
        help="what a kind is, its parameters and where their start values come from",
        description="Says what a kind is, its parameters and where their start values come from.",
        epilog="example: beaconline rules show encounter",
    )
    show.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}; none: all")
    show.add_argument("--json", action="store_true", help="print JSON instead of text")
    lint = parts.add_parser(
        "lint",
        help="checks profile, zones, masks, lists and mutes; with positions, what they would match",
        description="Checks files of rules before they are used; with positions it says what they would match.",
        epilog="example: beaconline rules lint --profile ours.toml --zones areas.geojson positions.csv.gz",
    )
    _add_inputs(lint)
    lint.add_argument(
        "--most-share",
        type=share,
        default=0.10,
        metavar="SHARE",
        help="warn above this share of vessels (default: 10%%)",
    )
    test = parts.add_parser(
        "backtest",
        help="alarms per watch that the rules would have given",
        description="Runs the rules over positions and tells the alarms per watch, with a 95 percent interval.",
        epilog="example: beaconline rules backtest positions.csv.gz --profile ours.toml --against theirs.toml",
    )
    _add_inputs(test)
    test.add_argument(
        "--watch-hours", type=int, choices=WATCHES_H, default=8, help="length of a watch in hours (default: 8)"
    )
    test.add_argument("--against", type=Path, metavar="FILE.toml", help="compare with this profile")
    learnt = parts.add_parser(
        "anchorages",
        help="learns anchorages from where many vessels lay still, as a file for --masks",
        description="Learns anchorages: where 20 or more vessels lay still for 12 hours within 500 m.",
        epilog="example: beaconline rules anchorages --home history --zones areas.geojson --out anchorages.csv",
    )
    _add_inputs(learnt)
    learnt.add_argument(
        "--out", required=True, type=Path, metavar="FILE.csv", help="the file to write; replaced if there"
    )


def _add_inputs(parser: Any) -> None:
    parser.add_argument(
        "inputs", nargs="*", metavar="INPUT", help="positions: a file, a folder, or - for standard input"
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="positions from the history of this home")
    add_run_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Run the part; returns the exit code."""
    if args.part == "show":
        return _show(args)
    if not in_order(args):
        _say(args, "--since must lie before --until")
        return 2
    if args.inputs and args.home is not None:
        _say(args, "INPUT and --home exclude each other")
        return 2
    set_threads(args)
    try:
        return {"lint": _lint, "backtest": _backtest, "anchorages": _anchorages}[args.part](args)
    except ValueError as error:
        _say(args, str(error))
        return 2
    except BrokenPipeError:
        raise  # the reader of our output left, which is no fault of an input
    except OSError as error:
        _say(args, str(error))
        return 1


def _say(args: argparse.Namespace, text: str) -> None:
    from beaconline.node.safe_text import terminal_text

    print(f"beaconline rules {args.part}: {terminal_text(text)}", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    from beaconline.node.explain import explain
    from beaconline.node.safe_json import json_text
    from beaconline.node.safe_text import terminal_text
    from beaconline.node.wiring import modules

    chosen = [explain(kind) for kind in KINDS if kind in modules() and args.kind in (None, kind)]
    if args.json:
        print(json_text([each.as_json() for each in chosen]))
        return 0
    for each in chosen:
        if args.kind is None:
            print(terminal_text(each.title))
            continue
        print(f"{each.title}\n\n{each.text}\n\nParameters (in a profile under [{each.kind}]):")
        width = max((len(p.name) for p in each.parameters), default=0)
        for p in each.parameters:
            origin = f"  {p.origin}" if p.origin else ""
            print(f"  {p.name:<{width}} = {p.default!s:<8}{origin}")
    return 0


def _watched(args: argparse.Namespace, options: Options) -> Result:
    """The run over the inputs or the history; a progress bar as in ``watch``."""
    from beaconline.cli.progress import Progress
    from beaconline.node.watch import UnreadableInputError, watch

    progress = Progress()
    try:
        if args.home is not None:
            from beaconline.node.history import watch_home

            return watch_home(args.home, options=options, mode=args.mode, progress=progress)
        return watch(args.inputs, options=options, progress=progress)
    except UnreadableInputError as error:
        raise OSError("; ".join(error.problems)) from None
    finally:
        progress.close()


def _lint(args: argparse.Namespace) -> int:
    from beaconline.node.rules import lint_files, lint_result
    from beaconline.node.safe_json import json_text

    options = options_of(args)
    found = lint_files(options)
    if (args.inputs or args.home is not None) and not found.errors:
        lint_result(found, _watched(args, options), options, args.most_share)
    if args.json:
        print(json_text(found.as_json()))
    else:
        _print_lint(found, tried=bool(args.inputs or args.home))
    return 1 if found.errors or found.warnings else 0


def _print_lint(found: Lint, *, tried: bool) -> None:
    from beaconline.node.safe_text import terminal_text

    for text in found.errors:
        print(f"error: {terminal_text(text)}")
    for text in found.warnings:
        print(f"warning: {terminal_text(text)}")
    for what, shares in (("rule", found.kinds), ("zone", found.zones)):
        for each in shares:
            print(f"{what} {terminal_text(each.name)}: {each.vessels} of {each.of} vessels ({each.share:.1%})")
    if not found.errors and not found.warnings:
        print("nothing to say against it" if tried else "nothing to say against it; name positions to try it out")


def _backtest(args: argparse.Namespace) -> int:
    from beaconline.node.rules import backtest
    from beaconline.node.safe_json import json_text

    if not args.inputs and args.home is None:
        _say(args, "name INPUT or --home")
        return 2
    options = options_of(args)
    before = None if args.against is None else _watched(args, replace(options, profile=args.against))
    tested = backtest(_watched(args, options), args.watch_hours, before)
    if args.json:
        print(json_text(asdict(tested)))
    else:
        _print_backtest(tested)
    return 0


def _print_backtest(tested: Backtest) -> None:
    hours = tested.rows[0].watches * tested.watch_h
    print(
        f"{tested.begin} to {tested.end}: {hours:.1f} h, {tested.vessels} vessels, watches of {tested.watch_h} h (UTC)"
    )
    if tested.rows[0].watches < 1:
        print("shorter than one watch: rates are scaled up and say little")
    head = ("kind", "alarms", "per watch", "95 % interval", "busiest", "context", "handled")
    table = [head, *(_cells(row) for row in tested.rows)]
    if tested.before is not None:
        table = [
            (*cells, "before" if k == 0 else f"{tested.before[k - 1].per_watch:.2f}") for k, cells in enumerate(table)
        ]
    widths = [max(len(row[c]) for row in table) for c in range(len(table[0]))]
    for row in table:
        print(
            "  ".join(cell.ljust(widths[c]) if c == 0 else cell.rjust(widths[c]) for c, cell in enumerate(row)).rstrip()
        )


def _cells(row: KindAlarms) -> tuple[str, ...]:
    busiest = "-" if row.busiest is None else str(row.busiest)
    spread = f"{row.low:.2f} to {row.high:.2f}"
    return (
        row.kind or "all",
        str(row.alarms),
        f"{row.per_watch:.2f}",
        spread,
        busiest,
        str(row.context),
        str(row.handled),
    )


def _anchorages(args: argparse.Namespace) -> int:
    from beaconline.node.anchorages import learn, no_kinds, write
    from beaconline.node.safe_json import json_text

    if not args.inputs and args.home is None:
        _say(args, "name INPUT or --home")
        return 2
    options = options_of(args)
    found, watched = learn(_watched(args, no_kinds(options)), options)
    write(found, args.out)
    if args.json:
        left = [{**asdict(each), "left_out": True} for each in watched]
        print(json_text([{**asdict(each), "left_out": False} for each in found] + left))
        return 0
    print(f"{len(found)} anchorages in {args.out}")
    if watched:
        print(f"{len(watched)} places in watched zones left out: many hulls that lie there would make their own mask")
    crowded = sum(2 * each.most_at_once > each.vessels for each in found)
    if crowded:
        print(
            f"{crowded} of them held more than half of their vessels at once: a group that lay together looks like that"
        )
    return 0
