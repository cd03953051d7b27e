"""Zone files: what is taken, what is refused and how it is called; points against shapely."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.geo.area_grid import areas_at, build_area_grid
from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.geo.nearest_edge import build_edge_trees, nearest_point
from beaconline.foundation.geo.zones import ZoneError, build_zone_index, load_zones, read_zones, zones_at

SQUARE = [[120.0, 20.0], [121.0, 20.0], [121.0, 21.0], [120.0, 21.0], [120.0, 20.0]]


def feature(coordinates: Any, form: str = "Polygon", **properties: Any) -> dict[str, Any]:
    given_ = {"name": "area A", "kind": "watch", **properties}
    return {"type": "Feature", "properties": given_, "geometry": {"type": form, "coordinates": coordinates}}


def text(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def held(raw: bytes, lon: float, lat: float, t_us: int = 0) -> list[str]:
    zones = read_zones(raw, "z.geojson")
    return [zones[k].name for k in zones_at(build_zone_index(zones), lon, lat, t_us)]


def test_a_square_holds_its_inside_and_no_more() -> None:
    raw = text(feature([SQUARE]))
    assert held(raw, 120.5, 20.5) == ["area A"]
    for lon, lat in ((119.999, 20.5), (121.001, 20.5), (120.5, 19.999), (120.5, 21.001), (-59.5, 20.5), (120.5, -20.5)):
        assert held(raw, lon, lat) == []
    assert held(raw, 120.5 - 360, 20.5) == ["area A"]


def test_winding_order_is_free_and_holes_are_outside() -> None:
    hole = [[120.4, 20.4], [120.6, 20.4], [120.6, 20.6], [120.4, 20.6], [120.4, 20.4]]
    for outer in (SQUARE, SQUARE[::-1]):
        for inner in (hole, hole[::-1]):
            raw = text(feature([outer, inner]))
            assert held(raw, 120.5, 20.5) == []
            assert held(raw, 120.2, 20.5) == ["area A"]


@pytest.mark.parametrize(
    "ring",
    [
        [[179, -1], [-179, -1], [-179, 1], [179, 1], [179, -1]],
        [[179, -1], [181, -1], [181, 1], [179, 1], [179, -1]],
        [[-181, -1], [-179, -1], [-179, 1], [-181, 1], [-181, -1]],
    ],
)
def test_three_ways_to_write_a_zone_across_the_antimeridian(ring: list[list[float]]) -> None:
    raw = text(feature([ring]))
    for lon in (179.5, 180.0, -180.0, -179.5, 180.5):
        assert held(raw, lon, 0.5) == ["area A"]
    assert held(raw, 0.0, 0.5) == [] and held(raw, 178.9, 0.5) == [] and held(raw, -178.9, 0.5) == []


def test_a_zone_cut_at_the_antimeridian_has_no_border_there() -> None:
    west = [[179, -1], [180, -1], [180, 0.25], [180, 1], [179, 1], [179, -1]]
    east = [[-180, -1], [-179, -1], [-179, 1], [-180, 1], [-180, 0], [-180, -1]]
    (zone,) = read_zones(text(feature([[west], [east]], "MultiPolygon")), "z")
    assert not [e for e in zone.edges if e[0] % 360 == 180 and e[2] % 360 == 180]
    index = build_zone_index([zone])
    assert zones_at(index, 180.0, 0.1, 0) == [0] and zones_at(index, -179.9999, 0.1, 0) == [0]
    metres, _, _ = nearest_point(index.trees, 0, 180.0, 0.0, 1e7)
    assert metres == pytest.approx(distance_m(180.0, 0.0, 180.0, 1.0), rel=2e-3)


def test_the_whole_parallel_closed_at_the_pole() -> None:
    raw = text(feature([[[-180, 70], [180, 70], [180, 90], [-180, 90], [-180, 70]]]))
    for lon in (-180, -90, 0, 90, 179.9, 180):
        assert held(raw, lon, 70.5) == ["area A"]
        assert held(raw, lon, 69.5) == []


def test_validity_is_half_open() -> None:
    raw = text(feature([SQUARE], valid_from="1970-01-01T00:00:01Z", valid_until="1970-01-01T00:00:02Z"))
    assert [held(raw, 120.5, 20.5, t) for t in (999_999, 1_000_000, 1_999_999, 2_000_000)] == [
        [], ["area A"], ["area A"], [],
    ]  # fmt: skip


def test_a_bare_date_is_its_first_instant() -> None:
    raw = text(feature([SQUARE], valid_from="1970-01-02", valid_until="1970-01-03"))
    day = 86_400_000_000
    assert [bool(held(raw, 120.5, 20.5, t)) for t in (day - 1, day, 2 * day - 1, 2 * day)] == [False, True, True, False]


def test_a_name_in_any_script_is_taken() -> None:
    assert read_zones(text(feature([SQUARE], name="測試區 é ‍क")), "z")[0].name == "測試區 é ‍क"


@pytest.mark.parametrize("pole", [90, -90])
def test_the_edge_along_a_pole_is_no_border(pole: int) -> None:
    (zone,) = read_zones(text(feature([[[-180, pole * 7 / 9], [180, pole * 7 / 9], [180, pole], [-180, pole],
                                        [-180, pole * 7 / 9]]])), "z")  # fmt: skip
    index = build_zone_index([zone])
    metres, _, lat = nearest_point(index.trees, 0, 30.0, pole * 0.99, 1e7)
    assert lat == pytest.approx(pole * 7 / 9)
    assert metres == pytest.approx(distance_m(30.0, pole * 0.99, 30.0, pole * 7 / 9), rel=5e-3)
    assert held(text(feature([zone.rings[0].tolist()])), 30.0, pole * 0.99) == ["area A"]


def swap(position: int, value: Any) -> list[Any]:
    return [*SQUARE[:position], value, *SQUARE[position + 1 :]]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{\x00", "not UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "no GeoJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (b'{"type": "Polygon", "coordinates": []}', "no GeoJSON"),
        (text(5), "feature 0: it is no Feature"),
        (text(feature([SQUARE]), feature([SQUARE])), "two zones are called 'area A'"),
        (text(feature([SQUARE], name="")), "property name"),
        (text(feature([SQUARE], name="x" * 201)), "property name"),
        (text(feature([SQUARE], name=None)), "property name"),
        (text(feature([SQUARE], name="a\ud800")), "feature 0 ('a\\ud800'): property name holds"),
        (text(feature([SQUARE], name="a\nb")), "cannot be shown (U+000A)"),
        (text(feature([SQUARE], name="a\u202eb")), "cannot be shown (U+202E)"),
        (text(feature([SQUARE], kind=None)), "feature 0 ('area A'): kind is missing; one of territorial_sea"),
        (b'{"type": "Feature", "a": ' + b"9" * 5000 + b"}", "a number of thousands of digits"),
        (text(feature([swap(1, [int("9" * 400), 2])])), "position 1: a number of more than 300 digits"),
        (text(feature([SQUARE], valid_from="2026-02-30")), "valid_from: no such time"),
        (text(feature([SQUARE], valid_from="2026-01-02T03:04:05")), "valid_from: not an RFC 3339 time"),
        (text(feature([SQUARE], valid_from="x" * 5000)), "valid_from: not an RFC 3339 time"),
        (text(feature([SQUARE], kind="castle")), "unknown kind 'castle'"),
        (text({"type": "Feature", "properties": None, "geometry": None}), "no properties"),
        (text({"type": "Feature", "properties": {"name": "a", "kind": "watch"}}), "no geometry"),
        (text(feature([1, 2], "Point")), "geometry is 'Point'"),
        (text(feature([])), "no ring"),
        (text(feature([[]])), "fewer than 4 positions"),
        (text(feature([SQUARE[:2]])), "fewer than 4 positions"),
        (text(feature([[[1, 1], [2, 2], [1, 1]]])), "fewer than 4 positions"),
        (text(feature([swap(1, [121])])), "is no position"),
        (text(feature([swap(1, ["a", 2])])), "is no position"),
        (text(feature([swap(1, [True, 2])])), "is no position"),
        (text(feature([swap(1, [20, 121])])), "outside the world (is it latitude, longitude?"),
        (text(feature([swap(1, [float("nan"), 2])])), "outside the world"),
        (text(feature([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])), "crosses itself near 0.5"),
        (text(feature([[[0, 0], [1, 1], [2, 2], [0, 0]]])), "encloses nothing"),
        (text(feature([SQUARE, [[0, 0], [1, 0], [1, 1], [0, 0]]])), "hole outside its polygon"),
        (text(feature([[SQUARE], [[[120.2, 20.2], [120.4, 20.2], [120.4, 20.4], [120.2, 20.2]]]], "MultiPolygon")),
         "lies inside another polygon"),
        (text(feature([[SQUARE], [[[120.5, 20.5], [122, 20.5], [122, 20.7], [120.5, 20.5]]]], "MultiPolygon")),
         "crosses itself"),
        (text(feature([[[0, 60], [120, 60], [-120, 60], [0, 60]]])), "once round a pole"),
        (text(feature([[[0, 60], [100, 60], [-100, 60], [0, 60]]])), "from longitude 100 to -100 it is not clear"),
        (text(feature([SQUARE], valid_from="yesterday")), "valid_from: not an RFC 3339 time"),
        (text(feature([SQUARE], valid_from="2026-01-02T00:00:00Z", valid_until="2026-01-01T00:00:00Z")), "not after"),
        (text(feature([SQUARE], valid_from=5)), "valid_from should be a text"),
        (json.dumps({"type": "FeatureCollection", "features": [feature([SQUARE])],
                     "crs": {"type": "name", "properties": {"name": "EPSG:3826"}}}).encode(), "not WGS 84"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_feature_and_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(ZoneError) as refused:
        read_zones(raw, "zones.geojson")
    assert reason in str(refused.value)
    assert "zones.geojson" in str(refused.value)


def test_what_a_reader_should_know_is_noted() -> None:
    (zone,) = read_zones(text(feature([SQUARE[:-1]], valid_form="2026-01-01T00:00:00Z")), "z")
    assert zone.notes == (
        "properties not used: valid_form (should it be valid_from?)",
        "ring 0 was not closed: its last position is joined to its first",
    )  # fmt: skip
    assert read_zones(text(feature([SQUARE])), "z")[0].notes == ()


def test_a_misspelt_property_is_told_with_what_it_should_be() -> None:
    (zone,) = read_zones(text(feature([SQUARE], valid_untill="2026-01-01T00:00:00Z", Kind="eez", colour=1)), "z")
    assert zone.notes == (
        "properties not used: Kind (should it be kind?), colour, valid_untill (should it be valid_until?)",
    )
    (zone,) = read_zones(text(feature([SQUARE], **{"a\ud800\n": 1, "b" * 500: 2})), "z")
    assert zone.notes[0].encode() and "\n" not in zone.notes[0] and len(zone.notes[0]) < 200


def box(west: float, east: float) -> list[list[float]]:
    return [[west, 10], [east, 10], [east, 20], [west, 20], [west, 10]]


@pytest.mark.parametrize(
    ("west", "east"), [(-100, 100), (-120.1, 119), (-95, 170), (-91, 179.9), (0, 181), (-10, 200), (150, 350)]
)
def test_a_step_over_half_the_globe_is_refused_unless_it_is_clear(west: float, east: float) -> None:
    clear = 240 <= east - west <= 360 and west < -90 and 90 < east <= 180
    if clear:
        (zone,) = read_zones(text(feature([box(west, east)])), "z")
        assert "crosses the 180 degree meridian" in zone.notes[0]
        assert held(text(feature([box(west, east)])), 180, 15) and not held(text(feature([box(west, east)])), 0, 15)
    else:
        with pytest.raises(ZoneError, match="add positions in between"):
            read_zones(text(feature([box(west, east)])), "z")


def test_a_wide_zone_with_positions_in_between_is_as_wide_as_drawn() -> None:
    ring = [[-100, 10], [0, 10], [100, 10], [100, 20], [0, 20], [-100, 20], [-100, 10]]
    assert held(text(feature([ring])), 0, 15) and not held(text(feature([ring])), 180, 15)
    assert not read_zones(text(feature([ring])), "z")[0].notes


def test_files_are_read_together_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_bytes(text(feature([SQUARE], name="b")))
    (tmp_path / "b.geojson").write_bytes(text(feature([SQUARE], name="a")))
    assert [z.name for z in load_zones([tmp_path / "a.geojson", tmp_path / "b.geojson"])] == ["a", "b"]
    with pytest.raises(ZoneError, match="two zones are called 'b'"):
        load_zones([tmp_path / "a.geojson", tmp_path / "a.geojson"])
    with pytest.raises(ZoneError, match=r"none\.geojson: cannot be read"):
        load_zones([tmp_path / "none.geojson"])


def star(rng: np.random.Generator, lon: float, lat: float) -> np.ndarray:
    """A ring without crossings: points by angle round a centre."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 25)))
    size = rng.uniform(0.02, 3.0)
    reach = size * rng.uniform(0.2, 1.0, len(angle))
    return np.column_stack([lon + reach * np.cos(angle), np.clip(lat + reach * np.sin(angle), -90, 90)])


@given(st.integers(0, 10_000), st.sampled_from([0.0, 121.0, 179.5, -179.0]), st.integers(1, 30))
def test_many_overlapping_areas_hold_what_shapely_says(seed: int, centre: float, areas: int) -> None:
    rng = np.random.default_rng(seed)
    rings = [star(rng, centre + rng.normal(0, 4), rng.uniform(-80, 80)) for _ in range(areas)]
    edges = np.concatenate([np.column_stack([r, np.roll(r, -1, axis=0)]) for r in rings])
    owner = np.repeat(np.arange(areas, dtype=np.int32), [len(r) for r in rings])
    grid = build_area_grid(edges, owner, areas)
    lon, lat = rng.uniform(centre - 9, centre + 9, 60), rng.uniform(-85, 85, 60)
    pick = rng.integers(0, len(edges), 60)
    lon, lat = np.append(lon, edges[pick, 0] + rng.normal(0, 0.02, 60)), np.append(lat, edges[pick, 1])
    found = np.empty(areas, np.int32)
    for x, y in zip(lon, lat, strict=True):
        want = [k for k, r in enumerate(rings) if shapely.Polygon(r).contains(shapely.Point(x, y))]
        if any(shapely.Polygon(r).exterior.distance(shapely.Point(x, y)) < 1e-9 for r in rings):
            continue
        assert found[: areas_at(grid, (x + 540) % 360 - 180, y, found)].tolist() == want


@given(st.integers(0, 10_000))
def test_corners_on_cell_borders_do_not_confuse_the_walk(seed: int) -> None:
    """Whole-number rings: their edges run along the borders of cells and through their corners."""
    rng = np.random.default_rng(seed)
    cells = rng.random((6, 6)) < 0.5
    boxes = [shapely.box(x, y, x + 1, y + 1) for y, x in np.argwhere(cells)]
    merged = shapely.union_all(boxes) if boxes else None
    if merged is None:
        return
    polygons = [merged] if merged.geom_type == "Polygon" else list(merged.geoms)
    rings = [np.array(r.coords)[:-1] for p in polygons for r in (p.exterior, *p.interiors)]
    edges = np.concatenate([np.column_stack([r, np.roll(r, -1, axis=0)]) for r in rings])
    grid = build_area_grid(edges, np.zeros(len(edges), np.int32), 1)
    found = np.empty(1, np.int32)
    for y in np.arange(-0.5, 7, 0.5):
        for x in np.arange(-0.5, 7, 0.5):
            # A point on a border counts for the cell to its north-east.
            i, j = int(np.floor(x)), int(np.floor(y))
            want = 0 <= i < 6 and 0 <= j < 6 and bool(cells[j, i])
            assert (areas_at(grid, x, y, found) == 1) == want, (x, y)


@given(st.integers(0, 10_000))
def test_the_nearest_border_point_is_the_least_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rings = [star(rng, 179.0, rng.uniform(-60, 60)) for _ in range(3)]
    edges = np.concatenate([np.column_stack([r, np.roll(r, -1, axis=0)]) for r in rings])
    owner = np.repeat(np.arange(3, dtype=np.int32), [len(r) for r in rings])
    trees = build_edge_trees(edges, owner, 3)
    lon, lat = rng.uniform(175, 183), rng.uniform(-65, 65)
    for s in range(3):
        metres, q_lon, q_lat = nearest_point(trees, s, lon, lat, 1.3e7)
        mine = edges[owner == s]
        share = np.linspace(0, 1, 400)
        along = (
            mine[:, [0]] + share * (mine[:, [2]] - mine[:, [0]]),
            mine[:, [1]] + share * (mine[:, [3]] - mine[:, [1]]),
        )
        flat = np.hypot((along[0] - lon) * np.cos(np.radians(lat)), along[1] - lat).ravel()
        near = np.argsort(flat)[:400]
        least = min(distance_m(lon, lat, along[0].ravel()[k], along[1].ravel()[k]) for k in near)
        assert distance_m(lon, lat, q_lon, q_lat) <= least * 1.0002 + 0.3
        assert metres <= least + 0.3
        assert nearest_point(trees, s, lon, lat, metres * 0.99)[0] == -1.0
