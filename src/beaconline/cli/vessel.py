"""``beaconline vessel ID``: one vessel's story on the terminal or as JSON.

Decides: how the story is printed. Refuses: anything of the story itself. Source: the contract page.
Known failures: none known.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "vessel",
        help="one vessel's story: identities, tracks, findings, who heard it",
        description="Tells one vessel's story from a history, a run's folder, or both.",
        epilog="example: beaconline vessel 799000001 --home node --run findings",
    )
    p.add_argument("id", metavar="ID", help="an MMSI, imo:NUMBER, callsign:TEXT, track:NAME, or a name")
    p.add_argument("--home", type=Path, metavar="DIR", help="reports from the history of this home")
    p.add_argument("--run", type=Path, metavar="DIR", help="findings (and without --home reports) of beaconline watch")
    p.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the story; 1 when nothing of the vessel is there, 2 for an id or folder of no use."""
    from beaconline.node.safe_json import json_text
    from beaconline.node.safe_text import terminal_text
    from beaconline.node.vessel import StoryError, story, wanted

    try:
        told = story(args.run, wanted(args.id), args.home)
    except StoryError as error:
        print(f"beaconline vessel: {terminal_text(str(error))}", file=sys.stderr)
        return 2
    if args.json:
        print(json_text(told))
    else:
        for line in _lines(told):
            print(terminal_text(line))
    return 0 if _is_there(told) else 1


def _is_there(told: dict[str, Any]) -> bool:
    return bool(told["reports"] or told["static_rows"] or told["findings"])


def _some(items: list[Any]) -> tuple[list[Any], list[str]]:
    from beaconline.node.vessel import MOST_LINES

    left = len(items) - MOST_LINES
    return items[:MOST_LINES], [f"  and {left} more (--json tells all)"] if left > 0 else []


def _lines(told: dict[str, Any]) -> list[str]:
    (field, value) = next(iter(told["asked"].items()))
    if not _is_there(told):
        return [f"{field} {value}: not heard in this {'history' if told['findings_from'] is None else 'run'}"]
    span = f", {told['t_first']} to {told['t_last']}" if told["t_first"] else ""
    out = [f"{field} {value}: {told['reports']:,} reports on {len(told['tracks'])} tracks{span}"]
    if len(told["mmsi"]) > 1:
        out.append(f"covers {len(told['mmsi'])} MMSI: {', '.join(f'{m:09d}' for m in told['mmsi'])}")
    if told["identities_left_out"]:
        out.append(f"{told['identities_left_out']} more identities bear it and are not told")
    if told["static_rows"]:
        out.append(f"and {told['static_rows']:,} static messages without position")
    out += ["", "What it said of itself"]
    some, rest = _some(told["identities"])
    out += [f"  {i['field']:<9} {_value(i)}  {_span(i)}, {i['reports']:,} reports" for i in some] + rest
    out += ["", "Tracks"]
    some, rest = _some(told["tracks"])
    out += [_track(each) for each in some] + rest
    out += ["", "Findings"]
    some, rest = _some(told["findings"])
    for f in some:
        queue = "" if f["queue"] == "default" else f" ({f['queue']} queue)"
        out.append(f"  {f['t_start']} {f['kind']} {f['type']} [{f['id']}]{queue}")
        out.append(f"    {f['why']}")
    none = "  none" if told["findings_from"] is not None else "  none looked at; --run names the folder of a run"
    out += rest or ([] if told["findings"] else [none])
    if told["met"]:
        out += ["", "Other vessels of these findings"]
        some, rest = _some(told["met"])
        out += [_other(each) for each in some] + rest
    for what in ("feeds", "stations"):
        some, rest = _some(told["heard_by"][what])
        if some:
            out += ["", f"Heard by ({what})"]
            out += [
                f"  {each['name']}: {each['reports']:,} reports, {each['first']} to {each['last']}" for each in some
            ]
            out += rest
    return out


def _span(item: dict[str, Any]) -> str:
    return "at no told time" if item["first"] is None else f"{item['first']} to {item['last']}"


def _value(item: dict[str, Any]) -> str:
    return f"{item['value']:09d}" if item["field"] == "mmsi" else str(item["value"])


def _track(each: dict[str, Any]) -> str:
    silence = each["longest_silence_s"]
    quiet = "" if silence is None else f", longest silence {silence // 60} min"
    return f"  {each['track']}: {each['reports']:,} reports to {each['t_last']}{quiet}"


def _other(each: dict[str, Any]) -> str:
    who = f"{each['mmsi']:09d}" if each["mmsi"] is not None else "no MMSI"
    kinds = ", ".join(f"{n} {kind}" for kind, n in each["kinds"].items())
    force = f", {each['force']}" if each["force"] else ""
    return f"  {who} {each['name'] or ''}{force}: {kinds}"
