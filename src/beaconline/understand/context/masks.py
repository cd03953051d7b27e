"""Ports and anchorages as points and polygons: read from files, without names and without states.

Decides: which columns hold a place, and whether it is a port or an anchorage. Refuses: to carry a name, a state or a
country code further: published tables hold claims in them. What is told of a mask is its kind, its file and its row.
Source: whatever the node loads with ``--masks``; port points of the optional searoute package (Apache-2.0).
Known failures: a table of anchorages learnt from traffic holds each place where many ships lie still, also a reef; so a
mask informs and never vetoes.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.geo.rings import RingError, edges_of, read_ring

__all__ = ["MASK_KINDS", "MaskError", "MaskShape", "load_masks", "package_ports", "read_masks"]

MASK_KINDS: Final = ("port", "anchorage")
LON_COLUMNS: Final = ("lon_deg", "longitude", "lon", "long", "lng", "x")
LAT_COLUMNS: Final = ("lat_deg", "latitude", "lat", "y")
KIND_COLUMNS: Final = ("kind", "mask_kind", "type")

MAX_BYTES = 256 * 1024 * 1024
"""Largest mask file after decompression, bytes; a world table of 150,000 anchorages is 10 MB."""
MAX_SHAPES = 1_000_000
"""Most masks of one file."""


class MaskError(ValueError):
    """A mask file that cannot be used; the text says file, line and reason."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskShape:
    """One port or anchorage: a point (``edges`` is None), or an area by its edges (as in geo.rings)."""

    kind: str
    source: str
    lon_deg: float
    lat_deg: float
    edges: F64 | None = None


def _kind_of_file(name: str, header: Iterable[str] = ()) -> str:
    """Anchorage when the file's name or its columns say so (Global Fishing Watch's tables are keyed by S2 cell)."""
    return "anchorage" if "anchor" in name.lower() or "s2id" in header else "port"


def _pick(header: Sequence[str], wanted: Sequence[str]) -> int | None:
    for name in wanted:
        if name in header:
            return header.index(name)
    return None


def _degrees(text: str, decimal_comma: bool, limit: float, what: str) -> float:
    plain = text.strip()
    try:
        value = float(plain.replace(",", ".") if decimal_comma else plain)
    except ValueError:
        raise MaskError(f"{what} {plain!r:.40} is no number") from None
    if not math.isfinite(value) or abs(value) > limit:
        raise MaskError(f"{what} {value:g} lies outside the world")
    return value


def _table_rows(text: str, source: str) -> Iterator[MaskShape]:
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [name.strip().lower() for name in next(reader, [])]
    lon_at, lat_at, kind_at = _pick(header, LON_COLUMNS), _pick(header, LAT_COLUMNS), _pick(header, KIND_COLUMNS)
    if lon_at is None or lat_at is None:
        found = ", ".join(header)[:200] or "none"
        raise MaskError(f"{source}: line 1: no columns longitude and latitude (columns found: {found})")
    usual = _kind_of_file(source, header)
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        where = f"{source}: line {reader.line_num}"
        if len(row) < len(header):
            raise MaskError(f"{where}: {len(row)} columns, the header has {len(header)}")
        kind = row[kind_at].strip().lower() if kind_at is not None else ""
        if kind_at is not None and header[kind_at] != "type" and kind not in ("", *MASK_KINDS):
            raise MaskError(f"{where}: unknown kind {kind!r:.40}; known kinds: {', '.join(MASK_KINDS)}")
        try:
            lon = _degrees(row[lon_at], delimiter != ",", 360.0, "longitude")
            lat = _degrees(row[lat_at], delimiter != ",", 90.0, "latitude")
        except MaskError as error:
            raise MaskError(f"{where}: {error}") from None
        # A column "type" may hold anything; only the two words that mean something here are taken from it.
        yield MaskShape(kind if kind in MASK_KINDS else usual, f"{source} line {reader.line_num}", lon, lat)


def _shapes_of(feature: Any, source: str, usual: str) -> list[MaskShape]:
    """The masks of one GeoJSON feature. Raises RingError with the reason."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        raise RingError("it has no geometry")
    properties = feature.get("properties")
    kind = properties.get("kind", usual) if isinstance(properties, dict) else usual
    if kind not in MASK_KINDS:
        raise RingError(f"unknown kind {kind!r:.40}; known kinds: {', '.join(MASK_KINDS)}")
    form, coordinates = geometry.get("type"), geometry.get("coordinates")
    if form in ("Point", "MultiPoint"):
        points = [coordinates] if form == "Point" else coordinates
        if not isinstance(points, list) or not all(isinstance(p, list) and len(p) >= 2 for p in points):
            raise RingError("its coordinates are no position [longitude, latitude]")
        try:
            return [
                MaskShape(
                    kind,
                    source,
                    _degrees(str(p[0]), False, 540.0, "longitude"),
                    _degrees(str(p[1]), False, 90.0, "latitude"),
                )
                for p in points
            ]
        except MaskError as error:
            raise RingError(str(error)) from None
    if form not in ("Polygon", "MultiPolygon"):
        raise RingError(f"geometry is {form!r:.40}; a mask is a point or a polygon")
    polygons = [coordinates] if form == "Polygon" else coordinates
    if not isinstance(polygons, list) or not all(isinstance(p, list) and p for p in polygons) or not polygons:
        raise RingError("a polygon has no ring")
    rings = [(read_ring(r, f"ring {k}")[0], k > 0) for polygon in polygons for k, r in enumerate(polygon)]
    edges = edges_of([ring for ring, _ in rings], [hole for _, hole in rings])
    return [MaskShape(kind, source, float(rings[0][0][0, 0]), float(rings[0][0][0, 1]), edges)]


def _features(text: str, source: str) -> Iterator[MaskShape]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise MaskError(f"{source}: not JSON: {error.msg} at line {error.lineno}") from None
    except RecursionError:
        raise MaskError(f"{source}: nested too deeply to be GeoJSON") from None
    features = document.get("features") if document.get("type") == "FeatureCollection" else [document]
    if not isinstance(features, list):
        raise MaskError(f"{source}: a FeatureCollection without features")
    for index, feature in enumerate(features):
        try:
            yield from _shapes_of(feature, f"{source} feature {index}", _kind_of_file(source))
        except RingError as error:
            raise MaskError(f"{source}: feature {index}: {error}") from None


def read_masks(raw: bytes, source: str) -> list[MaskShape]:
    """Masks of a file's content (CSV with a header, or GeoJSON; gzip or plain). Raises MaskError."""
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacked:
                raw = unpacked.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise MaskError(f"{source}: gzip data that cannot be unpacked ({error})") from None
    if len(raw) > MAX_BYTES:
        raise MaskError(f"{source}: more than {MAX_BYTES} bytes")
    if b"\x00" in raw[:4096]:
        raise MaskError(f"{source}: no text (binary, or UTF-16); CSV or GeoJSON in UTF-8 is needed")
    # Only numbers and the kind are used, so a name in another encoding does no harm.
    text = raw.decode("utf-8-sig", errors="replace")
    rows = _features(text, source) if text.lstrip()[:1] == "{" else _table_rows(text, source)
    shapes: list[MaskShape] = []
    try:
        for shape in rows:
            shapes.append(shape)
            if len(shapes) > MAX_SHAPES:
                raise MaskError(f"{source}: more than {MAX_SHAPES} masks")
    except csv.Error as error:
        raise MaskError(f"{source}: not readable as CSV ({error})") from None
    if not shapes:
        raise MaskError(f"{source}: it holds no ports and no anchorages")
    return shapes


def load_masks(paths: Sequence[Path]) -> list[MaskShape]:
    """Masks of several files. Raises MaskError, also for a file that cannot be read."""
    shapes: list[MaskShape] = []
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise MaskError(f"{path}: cannot be read ({error.strerror or error})") from None
        shapes += read_masks(raw, path.name)
    return shapes


def package_ports() -> list[MaskShape]:
    """Port points of the searoute package, places only; empty where the optional package is not installed."""
    spec = importlib.util.find_spec("searoute")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "data" / "ports.geojson"
        if file.is_file():
            features = json.loads(file.read_text("utf-8"))["features"]
            places = np.array([f["geometry"]["coordinates"][:2] for f in features], np.float64)
            return [
                MaskShape("port", f"searoute port {i}", float(lon), float(lat)) for i, (lon, lat) in enumerate(places)
            ]
    return []
