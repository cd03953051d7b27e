"""A mapping to start from, guessed from the names of columns and the first rows of a table.

Decides: nothing; it is printed for a person who then uses it or changes it. Refuses: to be used by the program itself,
since a guess of units or of day and month would else become a fact. Known failures: units are read from names only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from beaconline.see.clean.times import parse_time_text

__all__ = ["guess_decimal", "guess_time_format", "suggest_mapping"]

_LON = re.compile(r"(?:.*_)?(?:si)?(?:lon|long|longitude|lng)(?:deg|degrees|dd|wgs84|decimal|x)?\Z")
_LAT = re.compile(r"(?:.*_)?(?:si)?(?:lat|lati|latitude)(?:deg|degrees|dd|wgs84|decimal|y)?\Z")

_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("mmsi", r".*mmsi.*|ssvid|userid"),
    ("sog_kn", r"sog.*|speed.*|sisp|velocity|spd|knots|.*speedoverground.*"),
    ("cog_deg_true", r"cog.*|course.*|sihe|crs|direction|track(?:deg|angle)?|.*courseoverground.*"),
    ("heading_deg_true", r"heading.*|trueheading.*|hdg.*|headingdeg"),
    ("nav_status", r"navstatus|navigationalstatus|navigationstatus|status|navstat"),
    ("msg_type", r"msgtype|messagetype|messageid|msgid|type|messagenr"),
    ("name", r"shipname|vesselname|name|vessel|ship"),
    ("callsign", r"callsign|ircs|radiocallsign"),
    ("imo", r"imo|imonumber|imonr|imono"),
    ("ship_type", r"shiptype|vesseltype|shipandcargotype|typeofship|aistype"),
    ("length_m", r"length|lengthm|loa|vesellength|shiplength"),
    ("beam_m", r"beam|width|beamm|widthm|breadth"),
    ("draught_m", r"draught|draft|draughtm"),
    ("station", r"station|stationid|receiver|receiverid|basestation|tagblockstation"),
)
_TRACK = re.compile(
    r"(?:track|trackid|veref|vesselid|vesselref|shipid|boatid|id|ref|cfr|uvi|objectid|targetid|tripid)\Z"
)
_VAGUE = re.compile(r"(?:id|ref)\Z")
_TIME = re.compile(
    r"(?:(?:base|msg|message|position|pos|event|t|ais|gps|utc)?"
    r"(?:datetime|timestamp|time|dt|ts|date|epoch|unixtime)(?:utc|gmt|position|s|ms)?|t|utc)\Z"
)
_DATE_PART, _CLOCK_PART = (
    re.compile(r"(?:si)?(?:date|day)(?:utc|gmt)?\Z"),
    re.compile(r"(?:si)?(?:time|clock|hour)(?:utc|gmt)?\Z"),
)

_FORMATS: Final = tuple(
    date + clock
    for date in (
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%d.%m.%Y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%d.%m.%y",
        "%d-%b-%Y",
        "%d %b %Y",
        "%Y%m%d",
    )
    for clock in (" %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p", " %H%M%S", "")
)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _column(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [row[at] for row in rows if at < len(row) and row[at].strip()]


_FITS = 0.5
"""Share of the first rows that a form must read: some have times that no form reads (30 February)."""


def _fit(texts: Sequence[str], form: str) -> float:
    return sum(parse_time_text(t, form, None)[1] == 0 for t in texts) / len(texts)


def guess_time_format(texts: Sequence[str]) -> tuple[str, str]:
    """(format for [time], remark); "auto" when all texts are read by it; "" when no known form fits."""
    share = {form: _fit(texts, form) if texts else 1.0 for form in ("auto", *_FORMATS)}
    best = max(share.values())
    if share["auto"] == best and best >= _FITS:
        return "auto", ""
    fitting = [form for form in _FORMATS if share[form] == best and best >= _FITS]
    if not fitting:
        for scale, form in ((1.0, "epoch_s"), (1e3, "epoch_ms")):
            if all(re.fullmatch(r"\d+(?:\.\d+)?", t.strip()) and 1e8 <= float(t) / scale < 1e10 for t in texts):
                return form, ""
        return "", "no known form fits; write one as in %d/%m/%Y %H:%M:%S"
    swapped = {"%d": "%m", "%m": "%d"}
    other = re.sub(r"%[dm]", lambda m: swapped[m.group()], fitting[0])
    return fitting[0], f"or {other}: day and month look alike in the first rows" if other in fitting[1:] else ""


def guess_decimal(rows: Sequence[Sequence[str]], at: Sequence[int]) -> str:
    """ "," when the cells of these columns have decimal commas, else "."."""
    cells = [cell for k in at for cell in _column(rows, k)]
    commas = sum(bool(re.fullmatch(r"\s*[+-]?\d+,\d+\s*", c)) for c in cells)
    return "," if cells and commas > len(cells) / 2 else "."


def _guess_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    spelt = {name: re.sub(r"[^a-z0-9_]", "", name.casefold()) for name in names}
    for field, pattern in (("lon_deg", _LON), ("lat_deg", _LAT)):
        near = [n for n in names if pattern.match(spelt[n]) or pattern.match(_key(n))]
        if near:
            found[field] = near[0]
    for field, words in _NAMES:
        pattern = re.compile(f"(?:{words})\\Z")
        near = [n for n in names if n not in found.values() and pattern.match(_key(n))]
        if near:
            found[field] = near[0]
    if "mmsi" not in found:
        for at, name in enumerate(names):
            cells = _column(rows, at)
            # Under a vague name, a column of which no cell repeats counts rows; it names no vessel.
            counts_rows = _VAGUE.match(_key(name)) and len(set(cells)) >= max(2, len(cells))
            if _TRACK.match(_key(name)) and name not in found.values() and not counts_rows:
                found["track_id"] = name
                break
    return found


def _guess_time(names: Sequence[str]) -> list[str]:
    dates = [n for n in names if _DATE_PART.match(_key(n))]
    clocks = [n for n in names if _CLOCK_PART.match(_key(n))]
    if dates and clocks:
        return [dates[0], clocks[0]]
    return [n for n in names if _TIME.match(_key(n))][:1]


def _speed_unit(name: str) -> str:
    key = _key(name)
    if key.endswith(("kmh", "kph")):
        return "km/h"
    return "m/s" if key.endswith(("ms", "mps")) else "kn"


def suggest_mapping(names: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str, feed: str) -> str:
    """The text of a mapping file. rows: cells of the first rows, for the form of times and numbers."""
    found = _guess_columns(names, rows)
    times = [t for t in _guess_time(names) if t not in found.values()]
    at = {name: k for k, name in enumerate(names)}
    lines = ["[columns]"]
    lines += [
        f"{field} = {_quote(found[field])}" if field in found else f'{field} = "?"   # which column?'
        for field in ("lon_deg", "lat_deg")
    ]
    lines += [f"{f} = {_quote(n)}" for f, n in found.items() if f not in ("lon_deg", "lat_deg")]
    if "mmsi" not in found and "track_id" not in found:
        lines.append("# mmsi or track_id: neither was found, so every row is an anonymous posit")
    samples = [" ".join(row[at[t]] for t in times) for row in rows if all(at[t] < len(row) for t in times)]
    form, remark = guess_time_format([s for s in samples if s.strip()] if times else [])
    lines += ["[time]", f"columns = [{', '.join(_quote(t) for t in times) or _quote('?')}]"]
    lines.append(f"format = {_quote(form or '?')}" + (f"   # {remark}" if remark else ""))
    lines += ['zone = "UTC"', "[units]"]
    lines.append(f'sog = "{_speed_unit(found.get("sog_kn", ""))}"   # kn, m/s, km/h')
    decimal = guess_decimal(rows, [at[found[f]] for f in ("lon_deg", "lat_deg") if f in found])
    lines += ["[csv]", f"delimiter = {_quote(delimiter)}", f'decimal = "{decimal}"', "[const]"]
    sensor = "ais" if "mmsi" in found else "vms" if "track_id" in found else "radar"
    lines.append(f'sensor = "{sensor}"   # what kind of sensor the rows come from')
    lines.append(f"feed = {_quote(feed)}")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    # A JSON string is a TOML basic string; what does not print (or turns the line round) is escaped besides.
    word = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in word)
