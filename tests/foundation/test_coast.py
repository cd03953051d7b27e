"""Land against shapely and PROJ: the same answers as slow, well-known code."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.geo import coast
from beaconline.foundation.geo.land_file import LandFileError, LandRings, decode_land, encode_land
from beaconline.foundation.geo.outline import clip_to_box, simplify, simplify_line

GEOD = pyproj.Geod(ellps="WGS84")


@cache
def land_polygons() -> shapely.STRtree:
    """The shipped rings as shapely polygons, copied round the antimeridian, the southern cap closed at the pole."""
    rings = coast._rings()
    lon, lat, ends = rings.lon_deg(), rings.lat_deg(), np.cumsum(rings.lengths)
    polygons = []
    for start, end in zip(ends - rings.lengths, ends, strict=True):
        ring = np.column_stack([lon[start:end], lat[start:end]])
        if len(ring) < 3:
            continue
        turn = np.sign(ring[-1, 0] - ring[0, 0]) * 360 * (abs(ring[-1, 0] - ring[0, 0]) > 180)
        if turn:
            ring = np.vstack([ring, ring[0] + [turn, 0], [ring[0, 0] + turn, -90], [ring[0, 0], -90]])
        copies = (ring + np.array([shift, 0]) for shift in (-360, 0, 360, 720))
        polygons += [shapely.Polygon(c) for c in copies if c[:, 0].max() > -180 and c[:, 0].min() < 180]
    shapely.prepare(polygons)
    return shapely.STRtree(polygons)


def on_land_slowly(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    points, tree = shapely.points((lon + 540) % 360 - 180, lat), land_polygons()
    which, polygon = tree.query(points)
    holds = shapely.intersects(tree.geometries[polygon], points[which])
    return np.bincount(which[holds], minlength=len(lon)) % 2 == 1


def near_shore(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    edges = coast._edges()
    pick = rng.integers(0, len(edges), n)
    return (
        edges[pick, 0] + rng.normal(0, 0.05, n),
        np.clip(edges[pick, 1] + rng.normal(0, 0.05, n), -90, 90),
    )


def test_on_land_is_shapely_s_answer_all_over_the_world_and_near_shores() -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-180, 180, 20_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 20_000)))
    shore_lon, shore_lat = near_shore(20_000, 8)
    lon, lat = np.concatenate([lon, shore_lon]), np.concatenate([lat, shore_lat])
    assert np.array_equal(coast.on_land(lon, lat), on_land_slowly(lon, lat))


def test_on_land_takes_any_longitude_and_both_poles() -> None:
    lon, lat = near_shore(2000, 9)
    assert np.array_equal(coast.on_land(lon, lat), coast.on_land(lon + 720, lat))
    # The south pole is land, the north pole is sea, whatever the longitude says.
    for lon_deg in (-180.0, -0.1, 0.0, 77.0, 180.0):
        assert coast.land_at(lon_deg, -90.0) == (True, 0.0)
        assert not coast.land_at(lon_deg, 90.0)[0]


def test_distance_is_the_least_over_all_pieces_of_shore() -> None:
    """Brute force by PROJ over points laid every few metres along the nearest shores."""
    rng = np.random.default_rng(10)
    lon, lat = near_shore(40, 11)
    lon = np.concatenate([lon, rng.uniform(-180, 180, 10), [179.99, -179.99]])
    lat = np.concatenate([lat, rng.uniform(-70, 80, 10), [-40.0, 66.0]])
    found, edges = coast.distance_to_land_m(lon, lat), coast._edges()
    share = np.linspace(0, 1, 201)
    for i in range(len(lon)):
        if found[i] == 0.0:
            assert on_land_slowly(lon[i : i + 1], lat[i : i + 1])[0]
            continue
        middle = [(edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2]
        flat = np.hypot(((middle[0] - lon[i] + 540) % 360 - 180) * np.cos(np.radians(lat[i])), middle[1] - lat[i])
        near = edges[np.argsort(flat)[:300]]
        along_lon = near[:, [0]] + share * (near[:, [2]] - near[:, [0]])
        along_lat = near[:, [1]] + share * (near[:, [3]] - near[:, [1]])
        n = along_lon.size
        least = GEOD.inv(np.full(n, lon[i]), np.full(n, lat[i]), along_lon.ravel(), along_lat.ravel())[2].min()
        assert found[i] <= least * 1.0001 + 0.3
        assert found[i] >= least * 0.999 - 20


def test_distance_to_the_one_islet_is_not_lost_on_the_high_seas() -> None:
    on, metres = coast.land_at(-140.0, -45.0)
    assert not on
    assert 1_000_000 < metres < 4_000_000


def test_map_rings_hold_the_same_land_as_the_full_ones() -> None:
    rings = coast.rings_in_bbox(119.0, 21.0, 125.0, 27.0, 0.0)
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(119.01, 124.99, 3000), rng.uniform(21.01, 26.99, 3000)
    points = shapely.points(lon, lat)
    inside = np.zeros(3000, np.int64)
    for ring in rings:
        assert np.array_equal(ring[0], ring[-1])
        assert ring[:, 0].min() >= 119.0 and ring[:, 0].max() <= 125.0
        inside += shapely.contains(shapely.Polygon(ring), points)
    assert np.array_equal(inside % 2 == 1, coast.on_land(lon, lat))


def test_map_rings_across_the_antimeridian_and_round_the_pole() -> None:
    across = coast.rings_in_bbox(175.0, -20.0, -175.0, -14.0, 0.001)
    assert across and all(r[:, 0].min() >= 175.0 and r[:, 0].max() <= 185.0 for r in across)
    assert any(r[:, 0].max() > 180.0 for r in across)
    south = coast.rings_in_bbox(-180.0, -90.0, 180.0, -60.0, 0.05)
    filled = sum(shapely.contains_xy(shapely.Polygon(r), 17.0, -89.0) for r in south)
    assert filled == 1


def test_a_coarser_map_has_fewer_points_and_stays_within_the_tolerance() -> None:
    fine = coast.rings_in_bbox(118.0, 20.0, 126.0, 28.0, 0.0)
    coarse = coast.rings_in_bbox(118.0, 20.0, 126.0, 28.0, 0.02)
    assert sum(map(len, coarse)) < sum(map(len, fine)) / 4


def test_the_land_file_survives_a_round_trip_and_refuses_damage() -> None:
    rings = LandRings(
        np.array([99_990, 100_020, 99_990, 5, 9]), np.array([0, 7, 90_000, 4, 4]), np.array([3, 2]), 99_999, 7, -9
    )
    raw = encode_land(rings)
    back = decode_land(raw)
    assert np.array_equal(back.x % 99_999, rings.x % 99_999)
    assert np.array_equal(back.y, rings.y)
    assert back[2].tolist() == [3, 2]
    assert back[3:] == (99_999, 7, -9)
    for damaged in (b"", raw[:-3], b"x" + raw, encode_land(rings)[:8]):
        with pytest.raises(LandFileError):
            decode_land(damaged)


def test_the_shipped_file_is_small_and_whole() -> None:
    from importlib import resources

    raw = resources.files("beaconline.foundation.geo").joinpath("data/land.zst").read_bytes()
    assert len(raw) < 1_500_000
    assert len(coast._rings().x) == 404_878


# Of a segment shorter than the smallest ordinary float shapely knows no distance; real lines step by 1e-7 degrees.
COORDINATE = st.integers(-50_000_000, 50_000_000).map(lambda e7: e7 / 1e7)


@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=40), st.floats(0.0, 3.0))
def test_a_simplified_line_stays_near_every_point(points: list[tuple[float, float]], tolerance: float) -> None:
    line = np.array(points)
    keep = simplify_line(line, tolerance)
    assert keep[0] and keep[-1]
    kept = line[keep]
    shape = shapely.LineString(kept) if len(kept) > 1 else shapely.Point(kept[0])
    assert max(shape.distance(shapely.Point(p)) for p in points) <= tolerance + 1e-9


def test_simplify_keeps_small_rings_and_thins_a_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    assert 8 <= len(simplify(circle, 0.01)) < 60
    assert len(simplify(circle[:3], 5.0)) == 3


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=12))
def test_clipping_keeps_the_area_inside_the_box(points: list[tuple[float, float]]) -> None:
    polygon = shapely.Polygon(points).convex_hull
    if polygon.geom_type != "Polygon":
        return
    ring = np.array(polygon.exterior.coords)[:-1]
    cut = clip_to_box(ring, -3.0, -4.0, 5.0, 6.0)
    area = shapely.Polygon(cut).area if len(cut) >= 3 else 0.0
    assert area == pytest.approx(polygon.intersection(shapely.box(-3, -4, 5, 6)).area, abs=1e-6)
