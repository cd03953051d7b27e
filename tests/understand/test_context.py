"""Masks are read from what nodes have, and answer by distance alone: no name, no state."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.geo.zones import read_zones
from beaconline.foundation.records.finding import Mask
from beaconline.understand.context.masks import MaskError, MaskShape, load_masks, package_ports, read_masks
from beaconline.understand.context.places import MAX_TOLD, Places
from beaconline.understand.context.protocol import Context

GEOD = pyproj.Geod(ellps="WGS84")


def places(text: str, name: str = "masks.csv") -> list[tuple[str, str, float, float]]:
    return [(m.kind, m.source, m.lon_deg, m.lat_deg) for m in read_masks(text.encode(), name)]


@pytest.mark.parametrize(
    "header", ["longitude,latitude", "LON,LAT", "lon_deg,lat_deg", "Longitude;Latitude", "x\ty", "lng|lat"]
)
def test_columns_are_guessed(header: str) -> None:
    delimiter = next(c for c in ",;\t|" if c in header)
    assert places(f"{header}\n121.5{delimiter}25.25\n") == [("port", "masks.csv line 2", 121.5, 25.25)]


def test_decimal_commas_where_the_delimiter_allows_them() -> None:
    assert places("lon;lat\n121,5;25,25\n")[0][2:] == (121.5, 25.25)


def test_kind_comes_from_the_column_then_the_file() -> None:
    assert [p[0] for p in places("lon,lat,kind\n1,2,anchorage\n1,2,port\n1,2,\n")] == ["anchorage", "port", "port"]
    assert places("lon,lat\n1,2\n", "anchorages.csv")[0][0] == "anchorage"
    assert places("s2id,lat,lon\nff,2,1\n", "table.csv")[0][0] == "anchorage"
    assert places("lon,lat,type\n1,2,oil terminal\n")[0][0] == "port"


def test_no_name_and_no_state_survive() -> None:
    (mask,) = read_masks(b"iso3,label,latitude,longitude\nXXX,SOME NAME,25,121\n", "ports.csv")
    assert "NAME" not in repr(mask) and "XXX" not in repr(mask)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "line 1: no columns longitude and latitude (columns found: none)"),
        (b"name,where\n", "line 1: no columns longitude and latitude (columns found: name, where)"),
        (b"lon,lat\n", "holds no ports"),
        (b"lon,lat\n1,2\nx,2\n", "line 3: longitude 'x' is no number"),
        (b"lon,lat\n1,\n", "line 2: latitude '' is no number"),
        (b"lon,lat\n1,91\n", "line 2: latitude 91 lies outside the world"),
        (b"lon,lat\nnan,1\n", "line 2: longitude nan lies outside"),
        (b"lon,lat\n1\n", "line 2: 1 columns, the header has 2"),
        (b"lon,lat,kind\n1,2,castle\n", "line 2: unknown kind 'castle'"),
        (b"\xff\xfel\x00o\x00n\x00", "UTF-16"),
        (b"\x1f\x8b\x08broken", "gzip data that cannot be unpacked"),
        (gzip.compress(b"lon,lat\n1,2\n", mtime=0)[:-9], "gzip data that cannot be unpacked"),
        (b'{"type": "FeatureCollection"', "not JSON"),
        (b'{"type": "FeatureCollection"}', "without features"),
        (b'{"type": "Feature", "geometry": {"type": "LineString", "coordinates": []}}', "feature 0: geometry is"),
        (b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1]}}', "feature 0: its coordinates"),
        (b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 99]}}', "feature 0: latitude 99"),
        (b'{"type": "Feature", "geometry": null}', "feature 0: it has no geometry"),
        (b'{"type": "Feature", "properties": {"kind": "x"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}',
         "unknown kind 'x'"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_line_and_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(MaskError) as refused:
        read_masks(raw, "masks.csv")
    assert reason in str(refused.value) and "masks.csv" in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"gone\.csv: cannot be read"):
        load_masks([tmp_path / "gone.csv"])


def test_places_answer_the_protocol() -> None:
    square = {"type": "Polygon", "coordinates": [[[130, 0], [131, 0], [131, 1], [130, 1], [130, 0]]]}
    area = {"type": "Feature", "properties": {"kind": "anchorage"}, "geometry": square}
    zone = {"type": "Feature", "properties": {"name": "a", "kind": "watch"}, "geometry": square}
    masks = read_masks(json.dumps(area).encode(), "m.geojson")
    asked: Context = Places(read_zones(json.dumps(zone).encode(), "z"), masks)
    assert asked.has_port_masks
    assert asked.masks_near(1_305_000_000, 5_000_000, 10) == [Mask("anchorage", "m.geojson feature 0", 0)]
    near = asked.masks_near(1_299_000_000, 5_000_000, 20_000)
    assert near[0].distance_m == pytest.approx(GEOD.inv(129.9, 0.5, 130.0, 0.5)[2], abs=2)
    assert asked.masks_near(1_299_000_000, 5_000_000, 11_000) == []
    assert asked.zones_at(1_305_000_000, 5_000_000, 0) == [("a", "watch")]
    assert asked.distance_to_land_m(1_200_000_000, 300_000_000) == 0
    empty = Places()
    assert not empty.has_port_masks and empty.masks_near(0, 0, 10**9) == [] and empty.zones_at(0, 0, 0) == []


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=40),
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.sampled_from([100, 10_000, 300_000]),
)
def test_points_near_a_place_are_those_that_proj_finds(
    points: list[tuple[float, float]], lon: float, lat: float, within: int
) -> None:
    points = [*points, (lon, max(-90.0, min(90.0, lat + within * 0.9 / 111_700))), (-lon, lat)]
    asked = Places((), [MaskShape("port", f"p {i}", x, y) for i, (x, y) in enumerate(points)])
    lon_e7, lat_e7 = round(lon * 1e7), round(lat * 1e7)
    found = asked.masks_near(lon_e7, lat_e7, within)
    measured = [GEOD.inv(lon_e7 * 1e-7, lat_e7 * 1e-7, x, y)[2] for x, y in points]
    want = sorted(d for d in measured if d <= within)[:MAX_TOLD]
    assert len(found) == len(want) or abs(measured[-2] - within) < 1
    assert all(abs(m.distance_m - d) <= 0.51 + d * 3e-6 for m, d in zip(found, want, strict=False))


def test_port_points_of_the_optional_package_come_without_names(require: Callable[[str], None]) -> None:
    require("searoute")
    ports = package_ports()
    assert len(ports) > 3000
    assert {p.kind for p in ports} == {"port"} and ports[7].source == "searoute port 7"
