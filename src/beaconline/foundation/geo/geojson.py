"""The parts of GeoJSON that every file of places shares: its features, and one position.

Decides: what is refused before anybody looks at a feature, and in which words. Refuses: any reference system but
WGS 84 with longitude first, which is all that GeoJSON knows. Source: RFC 7946. Known failures: a member ``crs`` of the
older specification is looked at by its text alone.
"""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["MAX_LON", "features_of", "position_of"]

MAX_LON = 540.0
"""Largest absolute longitude that is read as one that was carried on across the antimeridian."""


def features_of(raw: bytes, source: str, what: str, most_bytes: int, error: type[ValueError]) -> list[Any]:
    """The features of a text, at least one. Raises ``error`` with file and reason; ``what`` names the sort of file."""
    if len(raw) > most_bytes:
        raise error(f"{source}: {len(raw)} bytes; a {what} file may have {most_bytes}")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as bad:
        raise error(f"{source}: not UTF-8 text ({bad.reason} at byte {bad.start})") from None
    except json.JSONDecodeError as bad:
        raise error(f"{source}: not JSON: {bad.msg} at line {bad.lineno}, column {bad.colno}") from None
    except ValueError:
        raise error(f"{source}: not usable: it holds a number of thousands of digits") from None
    except RecursionError:
        raise error(f"{source}: nested too deeply to be GeoJSON") from None
    if not isinstance(document, dict) or document.get("type") not in ("FeatureCollection", "Feature"):
        raise error(f"{source}: no GeoJSON FeatureCollection or Feature")
    crs = document.get("crs")
    if crs is not None and not any(known in json.dumps(crs) for known in ("CRS84", "4326")):
        raise error(f"{source}: its crs is not WGS 84 (longitude, latitude); GeoJSON knows no other")
    features = document.get("features") if document["type"] == "FeatureCollection" else [document]
    if not isinstance(features, list) or not features:
        raise error(f"{source}: it holds no features")
    return features


def position_of(position: Any, where: str, error: type[ValueError]) -> tuple[float, float]:
    """Longitude and latitude, degrees, of a position. Raises ``error`` with place and reason."""
    numbers = position[:2] if isinstance(position, list) else []
    if len(numbers) < 2 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise error(f"{where}: {position!r:.60} is no position [longitude, latitude]")
    try:
        lon, lat = float(numbers[0]), float(numbers[1])
    except OverflowError:
        raise error(f"{where}: a number of more than 300 digits lies outside the world") from None
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lat) > 90 or abs(lon) > MAX_LON:
        hint = " (is it latitude, longitude? GeoJSON wants longitude first)" if 90 < abs(lat) <= 180 else ""
        raise error(f"{where}: {lon:g}, {lat:g} lies outside the world{hint}")
    return lon, lat
