"""Lines on the sea bed that a node was given to watch: cables and pipelines, read from GeoJSON and checked before use.

Decides: what a cable file may hold, and what each mistake is called. A step of more than 180 degrees of longitude is
read as the short way across the antimeridian. Refuses: to ship any cable (each node loads its own), and a file with
one bad feature: nothing of it is used. Source: RFC 7946; the contract page (``--cables``).
Known failures: published routes are drawn for maps and lie kilometres off; an edge is straight in longitude and
latitude, so a long one leaves the great circle.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from beaconline.foundation.geo.geojson import features_of, position_of

__all__ = ["Cable", "CableError", "load_cables", "read_cables"]

NAME_PROPERTIES: Final = ("name", "Name", "NAME", "slug", "id", "cable_id")
"""Properties that may name a cable, the first that holds a text or a number."""
MAX_BYTES = 256 * 1024 * 1024
"""Largest cable file; a world set with a million positions is 40 MB of text."""
MAX_POSITIONS = 2_000_000
"""Most positions of all cables of a run: the index takes some hundred bytes for each 2 km of cable."""
MAX_LENGTH_DEG = 30_000.0
"""Most degrees of cable of a run, each edge by its longer side: over twice what lies in the world's seas (1.5 million
km are 13,500); more is a file of something else, and its index would not fit."""
MAX_NAME = 200
"""Longest name, characters: it stands in every finding."""
MAX_DEPTH_M = 12_000.0
"""No sea is deeper."""
UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that no name may hold: control characters, halves of characters, line and paragraph breaks."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands round them."""

Line = tuple[tuple[float, float], ...]


class CableError(ValueError):
    """A cable file that cannot be used; the text says file, feature and reason."""


@dataclass(frozen=True, slots=True)
class Cable:
    """One cable: its lines as (lon_deg, lat_deg) in WGS 84, each of at least two places; longitudes are unwrapped, so
    one may pass 180. ``line`` is the number of the feature in its file, ``depth_m`` the depth it lies in, if told."""

    name: str
    lines: tuple[Line, ...]
    source: str
    line: int
    depth_m: float | None = None


def _line(positions: Any, where: str) -> Line:
    """One line, unwrapped, without places that repeat the one before."""
    if not isinstance(positions, list):
        raise CableError(f"{where}: its coordinates are no list of positions")
    out: list[tuple[float, float]] = []
    for k, position in enumerate(positions):
        lon, lat = position_of(position, f"{where}, position {k}", CableError)
        if out:
            lon += 360.0 * round((out[-1][0] - lon) / 360.0)
            if (lon, lat) == out[-1]:
                continue
        out.append((lon, lat))
    if len(out) < 2:
        raise CableError(f"{where}: {len(out)} different positions; a line needs two")
    return tuple(out)


def _lines(geometry: Any) -> tuple[Line, ...]:
    if not isinstance(geometry, dict):
        raise CableError("it has no geometry")
    form, coordinates = geometry.get("type"), geometry.get("coordinates")
    if form not in ("LineString", "MultiLineString"):
        raise CableError(f"geometry is {form!r:.40}; a cable is a LineString or a MultiLineString")
    lines = [coordinates] if form == "LineString" else coordinates
    if not isinstance(lines, list) or not lines:
        raise CableError("its geometry has no coordinates")
    return tuple(_line(positions, f"line {k}") for k, positions in enumerate(lines))


def _name(properties: dict[str, Any], index: int) -> str:
    for key in NAME_PROPERTIES:
        value = properties.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            continue
        name = str(value).strip()
        if len(name) > MAX_NAME:
            raise CableError(f"property {key} is longer than {MAX_NAME} characters")
        bad = next((c for c in name if unicodedata.category(c) in UNREADABLE or c in TURNING), None)
        if bad is not None:
            raise CableError(f"property {key} holds a character that cannot be shown (U+{ord(bad):04X})")
        return name
    return f"cable {index}"


def _depth(properties: dict[str, Any]) -> float | None:
    value = properties.get("depth_m")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DEPTH_M:
        raise CableError(f"depth_m should be a number of metres from 0 to {MAX_DEPTH_M:g}, not {value!r:.40}")
    return float(value)


def read_cables(raw: bytes, source: str) -> list[Cable]:
    """Cables of a GeoJSON text, in its order. Raises CableError: file, feature (counted from 0), reason."""
    cables = []
    for index, feature in enumerate(features_of(raw, source, "cable", MAX_BYTES, CableError)):
        try:
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                raise CableError('it is no Feature (an object with "type": "Feature")')
            properties = feature.get("properties")
            properties = properties if isinstance(properties, dict) else {}
            name, depth_m = _name(properties, index), _depth(properties)
            cables.append(Cable(name, _lines(feature.get("geometry")), source, index, depth_m))
        except CableError as error:
            raise CableError(f"{source}: feature {index}: {error}") from None
    return cables


def load_cables(paths: Sequence[Path]) -> list[Cable]:
    """Cables of several files, ordered by name, file and feature; two features may bear one name. Raises CableError,
    also for a file that cannot be read and for too many positions."""
    cables: list[Cable] = []
    positions, degrees = 0, 0.0
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise CableError(f"{path}: cannot be read ({error.strerror or error})") from None
        for cable in read_cables(raw, path.name):
            cables.append(cable)
            for line in cable.lines:
                positions += len(line)
                degrees += sum(max(abs(b[0] - a[0]), abs(b[1] - a[1])) for a, b in pairwise(line))
        if positions > MAX_POSITIONS:
            raise CableError(f"{path}: with it the cables have more than {MAX_POSITIONS} positions")
        if degrees > MAX_LENGTH_DEG:
            raise CableError(f"{path}: with it the cables are longer than {MAX_LENGTH_DEG:g} degrees")
    return sorted(cables, key=lambda cable: (cable.name, cable.source, cable.line))
