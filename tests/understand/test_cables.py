"""Cable files: what is read, and every mistake with file, feature and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from beaconline.understand.context import cables
from beaconline.understand.context.cables import Cable, CableError, load_cables, read_cables
from beaconline.understand.detectors.cable_risk_lines import build_lines, cables_near

LINE = [[0.0, 0.0], [1.0, 0.0]]


def feature(coordinates: Any = LINE, form: str = "LineString", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": form, "coordinates": coordinates}}


def read(*features: Any) -> list[Cable]:
    return read_cables(json.dumps({"type": "FeatureCollection", "features": list(features)}).encode(), "c.geojson")


def test_lines_and_multi_lines_with_name_and_depth() -> None:
    one, two = read(
        feature(name="A", depth_m=120), feature([LINE, [[2.0, 0.0], [3.0, 1.0]]], "MultiLineString", slug="b")
    )
    assert one == Cable("A", (((0.0, 0.0), (1.0, 0.0)),), "c.geojson", 0, 120.0)
    assert (two.name, len(two.lines), two.line, two.depth_m) == ("b", 2, 1, None)
    assert read(feature())[0].name == "cable 0"


def test_a_line_over_the_antimeridian_goes_the_short_way() -> None:
    (cable,) = read(feature([[179.5, 1.0], [-179.5, 1.0], [-179.0, 1.0]]))
    assert cable.lines[0] == ((179.5, 1.0), (180.5, 1.0), (181.0, 1.0))
    lines = build_lines([cable], 2000.0)
    for lon in (180.0, -180.0, 179.9, -179.9):
        assert list(cables_near(lines, lon, 1.0, 500.0)[0]) == [0]
    assert len(cables_near(lines, 0.0, 1.0, 500.0)[0]) == 0


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"type": "Point"}, "it is no Feature"),
        ({"type": "Feature", "properties": {}, "geometry": None}, "it has no geometry"),
        (feature([0.0, 0.0], "Point"), "a cable is a LineString or a MultiLineString"),
        (feature([[LINE]], "Polygon"), "a cable is a LineString or a MultiLineString"),
        (feature([], "MultiLineString"), "its geometry has no coordinates"),
        (feature([[0.0, 0.0]]), "1 different positions; a line needs two"),
        (feature([[5.0, 5.0], [5.0, 5.0], [365.0, 5.0]]), "1 different positions"),
        (feature([[0.0, 0.0], [1.0]]), "position 1: [1.0] is no position"),
        (feature([[0.0, 0.0], ["1", 0.0]]), "is no position"),
        (feature([[0.0, 0.0], [True, 0.0]]), "is no position"),
        (feature([[0.0, 0.0], [10.0, 120.0]]), "lies outside the world (is it latitude, longitude?"),
        (feature([[0.0, 0.0], [1e400, 0.0]]), "lies outside the world"),
        (feature([[0.0, 0.0], [10**400, 0.0]]), "outside the world"),
        (feature("x"), "its coordinates are no list"),
        (feature(depth_m="deep"), "depth_m should be a number of metres"),
        (feature(depth_m=-3), "depth_m should be a number of metres"),
        (feature(depth_m=True), "depth_m should be a number of metres"),
        (feature(name="a\u202eb"), "cannot be shown (U+202E)"),
        (feature(name="a\nb"), "cannot be shown (U+000A)"),
        (feature(name="x" * 201), "longer than 200 characters"),
    ],
)
def test_a_bad_feature_is_named_and_nothing_is_taken(bad: Any, reason: str) -> None:
    with pytest.raises(CableError) as error:
        read(feature(), bad)
    assert str(error.value).startswith("c.geojson: feature 1: ")
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"), (b"{", "not JSON"), (b"[]", "no GeoJSON"), (b'{"type": "Polygon"}', "no GeoJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no features"),
        (b"[" * 100_000, "nested too deeply"), (b"1" * 5000, "thousands of digits"),
        (b'{"type": "FeatureCollection", "crs": {"name": "EPSG:3857"}, "features": [{}]}', "crs is not WGS 84"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(CableError, match=r"^c\.geojson: ") as error:
        read_cables(raw, "c.geojson")
    assert reason in str(error.value)


def test_limits_and_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.geojson"
    path.write_text(json.dumps(feature([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])))
    assert len(load_cables([path])) == 1
    monkeypatch.setattr(cables, "MAX_POSITIONS", 3)
    monkeypatch.setattr(cables, "MAX_LENGTH_DEG", 2.0)
    load_cables([path])
    for name, most in (("MAX_POSITIONS", 2), ("MAX_LENGTH_DEG", 1.9)):
        with monkeypatch.context() as patch, pytest.raises(CableError, match="with it the cables"):
            patch.setattr(cables, name, most)
            load_cables([path])
    monkeypatch.setattr(cables, "MAX_BYTES", 10)
    with pytest.raises(CableError, match="a cable file may have 10"):
        load_cables([path])
    with pytest.raises(CableError, match="cannot be read"):
        load_cables([tmp_path / "none.geojson"])


def test_order_is_by_name_whatever_the_files(tmp_path: Path) -> None:
    for name in "ba":
        (tmp_path / f"{name}.geojson").write_text(json.dumps(feature(name=name)))
    paths = [tmp_path / "b.geojson", tmp_path / "a.geojson"]
    assert [c.name for c in load_cables(paths)] == ["a", "b"] == [c.name for c in load_cables(paths[::-1])]


def test_a_published_set_is_read_and_indexed(data: Path) -> None:
    found = load_cables([data / "geo" / "telegeography_cables_eastasia_2021_CC-BY-NC-SA.geojson"])
    assert len(found) == 76 and sum(len(c.lines) for c in found) > 200
    lines = build_lines(found, 2000.0)
    for k in range(0, 76, 9):
        lon, lat = found[k].lines[0][1]
        number, metres = cables_near(lines, (lon + 180) % 360 - 180, lat, 500.0)
        assert k in number.tolist() and metres[number.tolist().index(k)] < 1.0
