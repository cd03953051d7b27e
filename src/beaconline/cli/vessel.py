"""``beaconline vessel ID``: one vessel's story on the terminal or as JSON.

Decides: how the story is printed. Refuses: anything of the story itself. Source: the contract page.
Known failures: none known.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "vessel",
        help="one vessel's story: identities, tracks, findings, who heard it",
        description="Tells one vessel's story from the folder of a run: identities, tracks, findings, who heard it.",
        epilog="example: beaconline vessel 799000001 --run findings",
    )
    p.add_argument("id", metavar="ID", help="an MMSI, imo:NUMBER, callsign:TEXT, track:NAME, or a name")
    p.add_argument("--run", required=True, type=Path, metavar="DIR", help="folder that beaconline watch wrote")
    p.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the story; 1 when nothing of the vessel is there, 2 for an id or folder of no use."""
    from beaconline.node.safe_text import terminal_text
    from beaconline.node.vessel import StoryError, story, wanted

    try:
        told = story(args.run, wanted(args.id))
    except StoryError as error:
        print(f"beaconline vessel: {terminal_text(str(error))}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for line in _lines(told):
            print(terminal_text(line))
    return 0 if told["reports"] or told["findings"] else 1


def _some(items: list[Any]) -> tuple[list[Any], list[str]]:
    from beaconline.node.vessel import MOST_LINES

    left = len(items) - MOST_LINES
    return items[:MOST_LINES], [f"  and {left} more (--json tells all)"] if left > 0 else []


def _lines(told: dict[str, Any]) -> list[str]:
    (field, value) = next(iter(told["asked"].items()))
    if not told["reports"] and not told["findings"]:
        return [f"{field} {value}: not heard in this run"]
    span = f", {told['t_first']} to {told['t_last']}" if told["t_first"] else ""
    out = [f"{field} {value}: {told['reports']:,} reports on {len(told['tracks'])} tracks{span}"]
    if len(told["mmsi"]) > 1:
        out.append(f"covers {len(told['mmsi'])} MMSI: {', '.join(f'{m:09d}' for m in told['mmsi'])}")
    out += ["", "What it said of itself"]
    some, rest = _some(told["identities"])
    out += [
        f"  {i['field']:<9} {_value(i)}  {i['first']} to {i['last']}, {i['reports']:,} reports" for i in some
    ] + rest
    out += ["", "Tracks"]
    some, rest = _some(told["tracks"])
    out += [_track(each) for each in some] + rest
    out += ["", "Findings"]
    some, rest = _some(told["findings"])
    for f in some:
        queue = "" if f["queue"] == "default" else f" ({f['queue']} queue)"
        out.append(f"  {f['t_start']} {f['kind']} {f['type']} [{f['id']}]{queue}")
        out.append(f"    {f['why']}")
    out += rest or ([] if told["findings"] else ["  none"])
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
