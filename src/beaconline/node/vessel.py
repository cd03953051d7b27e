"""One vessel's story out of a run's folder or a history: who it said it was, its tracks, what was found, who heard it.

Decides: which reports are the vessel's: those with its MMSI, IMO number, call sign, name or track. Refuses: to say that
two numbers are one ship; a name may be borne by many, and the story then says how many MMSI it covers.
Source: the contract page (``vessel ID``). Known failures: static messages without a position are in a folder only by
the names that findings took from them; a history has them (``vessel_home.py``), and no findings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beaconline.foundation.records.times import format_us

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FIELDS", "StoryError", "Wanted", "story", "wanted"]

FIELDS = ("mmsi", "imo", "callsign", "name", "ship_type", "length_m", "beam_m")
"""What a vessel says of itself, in the order of the story."""
_KEYS = ("id", "kind", "type", "t_start", "t_end", "status", "queue", "zones", "why", "members")
"""What the story takes from a finding."""
MOST_LINES = 200
"""Values, tracks, findings and stations told of each sort; the number left out is told."""


class StoryError(ValueError):
    """A folder that holds no run, or an id that cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports: ``field`` is mmsi, imo, callsign, name or track."""

    field: str
    value: int | str


def wanted(text: str) -> Wanted:
    """What an id means: nine digits or fewer are an MMSI, ``imo:`` a ship's IMO number, ``callsign:``, ``name:`` and
    ``track:`` what they say; anything else is a track if it has the form of one, else a name. Raises StoryError."""
    head, _, rest = text.partition(":")
    known, rest = head.strip().casefold(), rest.strip()
    if known in ("imo", "mmsi"):
        if not re.fullmatch(r"\d{1,9}", rest):
            raise StoryError(f"{text!r}: digits were expected after {known}:")
        return Wanted(known, int(rest))
    if known in ("callsign", "name", "track") and rest:
        return Wanted(known, rest)
    spaced = re.fullmatch(r"(?i)imo\s*(\d{7})", text.strip())
    if spaced:
        return Wanted("imo", int(spaced[1]))
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return Wanted("mmsi", int(text))
    if not text.strip():
        raise StoryError("an empty id names no vessel")
    return Wanted("track" if re.fullmatch(r"\d+:\S+Z:[0-9a-f]{4}", text.strip()) else "name", text.strip())


def story(folder: Path | None, who: Wanted, home: Path | None = None) -> dict[str, Any]:
    """The story as plain values: reports of the history in ``home`` if given, else of the run in ``folder``; findings
    of the run, none without one. Raises StoryError for a folder that holds no run, and a home of no use."""
    if home is not None:
        from beaconline.node.vessel_home import rows_of_home

        rows, apart, left_out = rows_of_home(home, who)
    elif folder is not None:
        rows, left_out = _reports(folder, who), 0
        apart = rows.clear()
    else:
        raise StoryError("name the folder of a run, or a home")
    tracks = _tracks(rows)
    names = {each["track"] for each in tracks}
    mmsis = sorted({int(v) for frame in (rows, apart) for v in frame["mmsi"].drop_nulls().unique().to_list()})
    held = [] if folder is None else _findings(folder)
    findings = [f for f in held if _concerns(f, names, mmsis, who)]
    return {
        "asked": {who.field: who.value},
        "reports": rows.height,
        "static_rows": apart.height,
        "identities_left_out": left_out,
        "findings_from": None if folder is None else str(folder),
        "mmsi": mmsis,
        "t_first": tracks[0]["t_first"] if tracks else None,
        "t_last": max((each["t_last"] for each in tracks), default=None),
        "identities": _identities(rows, apart),
        "tracks": tracks,
        "findings": [_told(f, names, mmsis) for f in findings],
        "met": _met(findings, names, mmsis),
        "heard_by": {"feeds": _heard(rows, "feeds"), "stations": _heard(rows, "stations")},
    }


def _reports(folder: Path, who: Wanted) -> pl.DataFrame:
    import polars as pl

    path = folder / "tracks.parquet"
    if not path.is_file():
        raise StoryError(f"{folder}: holds no tracks.parquet; name a folder that beaconline watch wrote")
    try:
        held = pl.scan_parquet(path)
        if who.field == "name":
            mine = pl.col("name").str.strip_chars().str.to_lowercase() == str(who.value).strip().lower()
        elif who.field == "callsign":
            mine = pl.col("callsign").str.to_lowercase() == str(who.value).lower()
        else:
            mine = pl.col(who.field) == who.value
        if who.field in ("name", "imo", "callsign"):
            # Most reports carry no static fields: the whole tracks on which they were said.
            said = held.filter(mine).select(pl.col("track").drop_nulls().unique()).collect()["track"]
            mine = pl.col("track").is_in(said.implode())
        return held.filter(mine).sort("t_event", "track", maintain_order=True).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoryError(f"{path}: cannot be read: {error}") from None


def _time(value: Any) -> str:
    whole = value - value.replace(year=1970, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return format_us((whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds)


def _span(first: Any, last: Any) -> dict[str, str | None]:
    """First and last time, null where none was told."""
    return {name: None if value is None else _time(value) for name, value in (("first", first), ("last", last))}


def _identities(rows: pl.DataFrame, apart: pl.DataFrame) -> list[dict[str, Any]]:
    import polars as pl

    out = []
    columns = ["t_event", *FIELDS]
    rows = pl.concat([rows.select(columns), apart.select(columns)])
    for field in FIELDS:
        seen = (
            rows.filter(pl.col(field).is_not_null())
            .group_by(field)
            .agg(pl.col("t_event").min().alias("a"), pl.col("t_event").max().alias("b"), pl.len().alias("n"))
            .sort("a", field)
        )
        for value, first, last, count in seen.iter_rows():
            out.append({"field": field, "value": value, **_span(first, last), "reports": count})
    return out


def _tracks(rows: pl.DataFrame) -> list[dict[str, Any]]:
    import polars as pl

    made = (
        rows.filter(pl.col("track").is_not_null())
        .group_by("track")
        .agg(
            pl.col("t_event").first().alias("a"), pl.col("t_event").last().alias("b"), pl.len().alias("n"),
            pl.col("t_event").diff().max().alias("silence"), pl.col("sog_kn").max().alias("fastest"),
            *(pl.col(c).first().alias(f"{c}_0") for c in ("lon_deg", "lat_deg")),
            *(pl.col(c).last().alias(f"{c}_1") for c in ("lon_deg", "lat_deg")),
        )
        .sort("a", "track")
    )  # fmt: skip
    return [
        {
            "track": each["track"],
            "t_first": _time(each["a"]),
            "t_last": _time(each["b"]),
            "reports": each["n"],
            "longest_silence_s": None if each["silence"] is None else int(each["silence"].total_seconds()),
            "fastest_kn": each["fastest"],
            "from": [each["lon_deg_0"], each["lat_deg_0"]],
            "to": [each["lon_deg_1"], each["lat_deg_1"]],
        }
        for each in made.iter_rows(named=True)
    ]


def _heard(rows: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    import polars as pl

    seen = (
        rows.select("t_event", column)
        .explode(column)
        .filter(pl.col(column).is_not_null())
        .group_by(column)
        .agg(pl.len().alias("n"), pl.col("t_event").min().alias("a"), pl.col("t_event").max().alias("b"))
        .sort(["n", column], descending=[True, False])
    )
    return [{"name": name, "reports": n, "first": _time(a), "last": _time(b)} for name, n, a, b in seen.iter_rows()]


def _findings(folder: Path) -> Iterable[dict[str, Any]]:
    path = folder / "findings.jsonl"
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                finding = json.loads(line)
                if not isinstance(finding, dict) or not set(_KEYS) <= set(finding):
                    raise StoryError(f"{path}: line {number}: is no finding")
                yield finding
    except StoryError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise StoryError(f"{path}: cannot be read: {error}") from None


def _is_own(member: dict[str, Any], tracks: set[str], mmsis: list[int]) -> bool:
    return member["track"] in tracks or member["mmsi"] in mmsis


def _concerns(finding: dict[str, Any], tracks: set[str], mmsis: list[int], who: Wanted) -> bool:
    members = finding["members"]
    if who.field == "mmsi" and any(m["mmsi"] == who.value for m in members):
        return True
    return any(_is_own(m, tracks, [] if who.field == "track" else mmsis) for m in members)


def _told(finding: dict[str, Any], tracks: set[str], mmsis: list[int]) -> dict[str, Any]:
    roles = [m["role"] for m in finding["members"] if _is_own(m, tracks, mmsis)]
    return {**{key: finding[key] for key in _KEYS if key != "members"}, "role": roles[0] if roles else None}


def _met(findings: list[dict[str, Any]], tracks: set[str], mmsis: list[int]) -> list[dict[str, Any]]:
    """Other vessels of the same findings: how often, and in which kinds."""
    others: dict[str, dict[str, Any]] = {}
    for finding in findings:
        for member in finding["members"]:
            if _is_own(member, tracks, mmsis):
                continue
            key = f"{member['mmsi']:09d}" if member["mmsi"] is not None else member["track"]
            kept = others.setdefault(
                key, {"mmsi": member["mmsi"], "name": member["name"], "force": member["force"], "kinds": {}}
            )
            kept["name"] = member["name"] or kept["name"]
            kept["kinds"][finding["kind"]] = kept["kinds"].get(finding["kind"], 0) + 1
    order = sorted(others.items(), key=lambda item: (-sum(item[1]["kinds"].values()), item[0]))
    return [{**kept, "kinds": dict(sorted(kept["kinds"].items()))} for _, kept in order]
