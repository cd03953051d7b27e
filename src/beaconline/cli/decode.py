"""``beaconline decode``: AIS messages with all fields.

Decides: one line a message on standard output (JSON, or a few words for a person), rejects counted on standard error.
Refuses: anything but raw AIS. Source: the contract page, "Commands". Known failures: none known.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from beaconline.cli.values import received, share

if TYPE_CHECKING:
    from beaconline.see.inputs import InputFile
    from beaconline.see.sources.nmea import NmeaOptions

__all__ = ["add_parser", "run"]

MAX_REJECT = 0.01
"""Share of rejected lines above which the exit code is 1."""
SHOWN_REJECTS = 5
"""Rejected lines of an input that are told one by one on standard error."""


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    p = commands.add_parser(
        "decode",
        help="AIS messages with all fields, one JSON line each",
        description="Decodes raw AIS (NMEA sentences, plain, gzip or zstd): one line a message on standard output, "
        "rejected lines counted on standard error. Raw integers, with scaled values beside them.",
        epilog="example: beaconline decode log.nmea --json > messages.jsonl",
    )
    p.add_argument("inputs", nargs="+", metavar="INPUT", help="a file, a folder, or - for standard input")
    p.add_argument("--json", action="store_true", help="all fields, one JSON object a line")
    p.add_argument("--received", type=received, metavar="FROM[,RATE]", help="times for an untimed log: lines a second")
    p.add_argument("--max-reject", type=share, default=MAX_REJECT, metavar="SHARE", help="exit 1 above (default: 1%%)")


def _say(text: str) -> None:
    """One line on standard error; whatever a file or its name put into it is made harmless."""
    from beaconline.node.safe_text import visible

    print(visible(text), file=sys.stderr)


def _why_not(head: bytes) -> str:
    """What is wrong with the first bytes of an input that is no raw AIS."""
    if not head:
        return "is empty"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0V\0D\0M" in head or b"V\0D\0M\0" in head:
        return "is UTF-16 text: convert it first (iconv -f UTF-16 -t UTF-8 IN > OUT)"
    return "holds no NMEA sentence at its beginning"


def _words(message: dict[str, Any]) -> str:
    """A message in a few words for a terminal; control characters are shown by their number."""
    from beaconline.node.safe_text import visible

    name = message.get("shipname") or message.get("name") or message.get("text") or ""
    lon, lat = message.get("lon_deg"), message.get("lat_deg")
    where = f"{lat:.5f} {lon:.5f}" if lon is not None and lat is not None else ""
    cells = (
        f"{message['line']:>8}",
        message["t_event"] or "-",
        f"type {message['type']:>2}",
        f"{message['mmsi']:09d}",
        where,
        name,
        message["station"] or "",
    )
    return visible("  ".join(cell for cell in cells if cell))


def _decode(file: InputFile, options: NmeaOptions, as_json: bool, counts: Counter[str]) -> bool:
    """Print the messages of one input; False when it cannot be read as raw AIS."""
    from beaconline.cli.progress import Progress
    from beaconline.see.inputs import InputError, stream
    from beaconline.see.sources.nmea import looks_like_nmea
    from beaconline.see.sources.nmea_plain import decode_nmea

    bar = Progress()
    reasons: Counter[str] = Counter()
    shown = 0
    try:
        chunks = stream(file, lambda done: bar("decode", done, file.size))
        first = list(islice(chunks, 1))
        if not first or not looks_like_nmea(first[0]):
            why = _why_not(first[0] if first else b"")
            _say(f"beaconline decode: {file.name}: {why}; raw AIS looks like !AIVDM,1,1,,A,...*hh")
            return False
        whole: Iterator[bytes] = chain(first, chunks)
        for block in decode_nmea(whole, file.name, options):
            counts.update(block.counts)
            for message in block.messages:
                print(json.dumps(message, ensure_ascii=True) if as_json else _words(message))
            reasons.update(each.reason for each in block.rejects)
            for each in block.rejects[: SHOWN_REJECTS - shown]:
                shown += 1
                _say(f"{each.source}:{each.line}: {each.reason}: {each.detail}: {each.raw[:80]!r}")
    except InputError as error:
        _say(f"beaconline decode: {error}")
        return False
    finally:
        bar.close()
        if reasons:
            told = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items()))
            _say(f"beaconline decode: {file.name}: rejected {sum(reasons.values())}: {told}")
    return True


def run(args: argparse.Namespace) -> int:
    """Decode every input; 0 all read, 1 one unreadable or more rejected than allowed."""
    from beaconline.see.inputs import expand
    from beaconline.see.sources.nmea import NmeaOptions

    over: list[str] = []
    files, errors = expand(args.inputs, over)
    for problem in [*over, *errors]:
        _say(f"beaconline decode: {problem}")
    good = not errors
    counts: Counter[str] = Counter()
    for file in files:
        good &= _decode(file, NmeaOptions(received=args.received), args.json, counts)
    rejected = counts["line_rejects"] + counts["orphan_fragments"] + counts["messages_rejected"]
    if rejected > args.max_reject * max(1, counts["lines"]):
        share = rejected / max(1, counts["lines"])
        _say(f"beaconline decode: {share:.1%} of {counts['lines']} lines rejected (--max-reject)")
        return 1
    return 0 if good else 1
