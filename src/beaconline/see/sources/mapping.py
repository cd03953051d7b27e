"""How the columns of a table stand for report fields: read from ``--mapping FILE.toml`` and checked before any row.

Decides: which keys a mapping may hold and what they mean. Refuses: a mapping with a key it does not know, since a
misspelt field would be silently empty. Source: the contract page (``watch``). Known failures: none known.
"""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.records.toml_text import TomlTextError, read_toml
from beaconline.see.clean.epochs import EPOCH_FORMS
from beaconline.see.inputs import InputError

__all__ = ["ALIASES", "FIELDS", "UNITS", "Mapping", "TimeRule", "load_mapping"]

FIELDS: Final = (
    "lon_deg", "lat_deg", "lon_e7", "lat_e7", "mmsi", "track_id", "sog_kn", "cog_deg_true", "heading_deg_true",
    "position_error_m", "nav_status", "msg_type", "sensor", "station", "feed", "imo", "callsign", "name", "ship_type",
    "length_m", "beam_m", "draught_m", "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m", "t_received",
)  # fmt: skip
"""Report fields that a column can stand for."""

ALIASES: Final = {
    "lon": "lon_deg", "longitude": "lon_deg", "lat": "lat_deg", "latitude": "lat_deg", "sog": "sog_kn",
    "speed": "sog_kn", "cog": "cog_deg_true", "cog_deg": "cog_deg_true", "course": "cog_deg_true",
    "heading": "heading_deg_true", "heading_deg": "heading_deg_true", "shipname": "name", "length": "length_m",
    "beam": "beam_m", "width": "beam_m", "draught": "draught_m", "draft": "draught_m", "stations": "station",
    "feeds": "feed", "sensor_id": "track_id",
}  # fmt: skip
"""Other spellings of report fields that are understood in [columns]."""

UNITS: Final[dict[str, dict[str, float]]] = {
    "sog": {"kn": 1.0, "m/s": 3600.0 / 1852.0, "km/h": 1000.0 / 1852.0, "mph": 1609.344 / 1852.0, "kn/10": 0.1},
    "position": {"deg": 1.0, "deg_e7": 1e-7, "min/10000": 1 / 600_000.0, "rad": 57.29577951308232},
    "angle": {"deg": 1.0, "deg/10": 0.1, "rad": 57.29577951308232},
    "length": {"m": 1.0, "dm": 0.1, "cm": 0.01, "ft": 0.3048},
    "draught": {"m": 1.0, "dm": 0.1, "cm": 0.01, "ft": 0.3048},
    "position_error": {"m": 1.0, "km": 1000.0, "nmi": 1852.0},
}
"""Factors to knots, degrees and metres. "min/10000" and "kn/10" are the raw integers of AIS (ITU-R M.1371)."""

NEEDED: Final = frozenset(("lon_deg", "lat_deg", "lon_e7", "lat_e7", "mmsi", "track_id"))
"""Fields that must be there when a mapping names them: without them a row would be another thing."""

_CONST_TEXT = ("sensor", "feed", "station", "t_src")
_SECTIONS = ("columns", "time", "units", "csv", "const")
_EPOCHS = ("auto", *EPOCH_FORMS)
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}\Z")


@dataclass(frozen=True, slots=True)
class TimeRule:
    """Columns joined by a blank, read by a format ("auto", a name of EPOCH_FORMS, or strptime), in a zone.

    columns  one entry a column to join, each a tuple of alternative names (the first that is present wins)
    zone     used for texts that carry no offset themselves: an IANA name or "+08:00"; None is UTC
    """

    columns: tuple[tuple[str, ...], ...]
    format: str = "auto"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping. columns: report field -> candidate column names, the first that is present wins."""

    source: str
    columns: AnyMapping[str, tuple[str, ...]]
    time: TimeRule | None
    units: AnyMapping[str, float] = field(default_factory=dict)
    const: AnyMapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    kind: str = "csv"
    optional: frozenset[str] = frozenset()
    """Fields that a table may lack: those given as a list, but for position and identity."""
    signed_wrap: bool = False
    """Negative speed and course are AIS integers read with a sign bit (old MarineCadastre files)."""

    def with_table(self, *, delimiter: str) -> Mapping:
        return replace(self, delimiter=delimiter)


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises InputError naming the file, the key and what is wrong."""
    try:
        document = read_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), None, f"the mapping cannot be opened ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(str(path), None, "the mapping is not UTF-8 text") from None
    except TomlTextError as error:
        raise InputError(str(path), None, f"the mapping: {error}") from None
    return _check(document, str(path))


def _check(document: dict[str, Any], source: str) -> Mapping:
    for key, value in document.items():
        if key not in _SECTIONS:
            raise _bad(source, key, f"no such section{_near(key, _SECTIONS)}")
        if not isinstance(value, dict):
            raise _bad(source, key, "must be a section, written [" + key + "]")
    table = _section(document, source, "csv", ("delimiter", "decimal", "encoding"))
    listed = {ALIASES.get(key, key) for key, value in document.get("columns", {}).items() if isinstance(value, list)}
    return Mapping(
        source=source,
        optional=frozenset(listed - NEEDED),
        columns=_columns(document.get("columns", {}), source),
        time=_time(document, source),
        units=_units(document.get("units", {}), source),
        const=_const(document.get("const", {}), source),
        delimiter=_delimiter(table, source),
        decimal=_decimal(table, source),
        encoding=_encoding(table, source),
    )


def _bad(source: str, key: str, reason: str) -> InputError:
    return InputError(source, None, f"mapping key {key}: {reason}")


def _near(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _section(document: dict[str, Any], source: str, name: str, keys: tuple[str, ...]) -> dict[str, str]:
    section = document.get(name, {})
    for key, value in section.items():
        if key not in keys:
            raise _bad(source, f"{name}.{key}", f"no such key{_near(key, keys)}")
        if not isinstance(value, str):
            raise _bad(source, f"{name}.{key}", "must be a text in quotes")
    return dict(section)


def _names(value: Any, source: str, key: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
        raise _bad(source, key, "must be a column name or a list of column names")
    return tuple(names)


def _columns(section: dict[str, Any], source: str) -> dict[str, tuple[str, ...]]:
    columns: dict[str, tuple[str, ...]] = {}
    for key, value in section.items():
        name = ALIASES.get(key, key)
        if name not in FIELDS:
            raise _bad(source, f"columns.{key}", f"no such report field{_near(key, FIELDS)}")
        if name in columns:
            raise _bad(source, f"columns.{key}", f"{name} is given twice")
        columns[name] = _names(value, source, f"columns.{key}")
    for one, other in (("lon_deg", "lat_deg"), ("lon_e7", "lat_e7")):
        if (one in columns) != (other in columns):
            missing = other if one in columns else one
            raise _bad(source, f"columns.{missing}", "missing: a position needs both")
    if columns and "lon_deg" not in columns and "lon_e7" not in columns:
        raise _bad(source, "columns.lon_deg", "missing: without lon_deg and lat_deg there is no position")
    return columns


def _time(document: dict[str, Any], source: str) -> TimeRule | None:
    section = document.get("time")
    if section is None:
        if document.get("columns"):
            raise _bad(source, "time", 'missing: name the column of the time, [time] columns = ["..."]')
        return None
    for key in section:
        if key not in ("columns", "format", "zone"):
            raise _bad(source, f"time.{key}", f"no such key{_near(key, ('columns', 'format', 'zone'))}")
    if "columns" not in section:
        raise _bad(source, "time.columns", "missing")
    names = _names(section["columns"], source, "time.columns")
    form = section.get("format", "auto")
    if not isinstance(form, str) or (form not in _EPOCHS and "%" not in form):
        raise _bad(source, "time.format", f"must be one of {', '.join(_EPOCHS)} or a format such as %d/%m/%Y %H:%M:%S")
    if form in EPOCH_FORMS and len(names) > 1:
        raise _bad(source, "time.format", f"{form} is one number: name one column")
    if "%" in form:
        _check_format(form, source)
    return TimeRule(tuple((n,) for n in names), form, _zone(section.get("zone"), source))


def _check_format(form: str, source: str) -> None:
    """A format that cannot read what it writes itself would reject every row."""
    try:
        datetime.strptime(datetime(2024, 2, 29, 13, 14, 15).strftime(form), form)
    except (ValueError, re.error) as error:
        raise _bad(source, "time.format", f"{form!r} is no format for a time ({error})") from None


def _zone(zone: Any, source: str) -> str | None:
    if zone is None or zone in ("UTC", "utc", "Z"):
        return None
    if not isinstance(zone, str):
        raise _bad(source, "time.zone", "must be a text in quotes")
    if _OFFSET.match(zone):
        return zone
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise _bad(source, "time.zone", f"no such time zone: {zone!r} (examples: UTC, Europe/Lisbon, +08:00)") from None
    return zone


def _units(section: dict[str, Any], source: str) -> dict[str, float]:
    units: dict[str, float] = {}
    for key, value in section.items():
        if key not in UNITS:
            raise _bad(source, f"units.{key}", f"no such key{_near(key, tuple(UNITS))}")
        if value not in UNITS[key]:
            raise _bad(source, f"units.{key}", f"unknown unit {value!r}; known: {', '.join(UNITS[key])}")
        units[key] = UNITS[key][value]
    return units


def _const(section: dict[str, Any], source: str) -> dict[str, str]:
    for key, value in section.items():
        if key not in _CONST_TEXT:
            raise _bad(source, f"const.{key}", f"no such key{_near(key, _CONST_TEXT)}")
        if not isinstance(value, str) or not value:
            raise _bad(source, f"const.{key}", "must be a text in quotes")
    if "sensor" in section and section["sensor"] not in SENSORS:
        raise _bad(source, "const.sensor", f"unknown sensor {section['sensor']!r}{_near(section['sensor'], SENSORS)}")
    return dict(section)


def _delimiter(table: dict[str, str], source: str) -> str | None:
    mark = table.get("delimiter")
    if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n'):
        raise _bad(source, "csv.delimiter", f"must be one character, not {mark!r}")
    return mark


def _decimal(table: dict[str, str], source: str) -> str:
    mark = table.get("decimal", ".")
    if mark not in (".", ","):
        raise _bad(source, "csv.decimal", f'must be "." or ",", not {mark!r}')
    return mark


def _encoding(table: dict[str, str], source: str) -> str:
    name = table.get("encoding", "utf-8")
    try:
        info = codecs.lookup(name)
        "".encode(info.name)  # refuses codecs that are not of text, such as hex
    except (LookupError, TypeError, UnicodeError, AssertionError):
        raise _bad(source, "csv.encoding", f"unknown encoding {name!r}") from None
    return info.name
