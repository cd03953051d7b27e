"""Distances and points against PROJ."""

from __future__ import annotations

import math

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.geo.geodesy import bearing_deg, destination, distance_m, ecef_point, lonlat_of

GEOD = pyproj.Geod(ellps="WGS84")
TO_ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

lons = st.floats(-180, 180)
lats = st.floats(-89.99, 89.99)


@given(lons, lats, st.floats(0, 360), st.floats(0.01, 9_000_000))
def test_distance_equals_the_geodesic(lon: float, lat: float, azimuth: float, metres: float) -> None:
    lon2, lat2, _ = GEOD.fwd(lon, lat, azimuth, metres)
    # Floats of degrees resolve about a nanometre; below a metre that noise is the error.
    assert distance_m(lon, lat, lon2, lat2) == pytest.approx(metres, rel=2e-6, abs=1e-5)


@given(lons, lats)
def test_ecef_equals_proj_and_comes_back(lon: float, lat: float) -> None:
    x, y, z = ecef_point(lon, lat)
    assert (x, y, z) == pytest.approx(TO_ECEF.transform(lon, lat, 0.0), abs=1e-6)
    lon2, lat2 = lonlat_of(x, y, z)
    assert lat2 == pytest.approx(lat, abs=1e-9)
    assert math.remainder(lon2 - lon, 360.0) == pytest.approx(0.0, abs=1e-9 / max(1e-4, math.cos(math.radians(lat))))


@given(lons, st.floats(-80, 80), st.floats(0, 359.9), st.floats(100, 50_000))
def test_destination_and_bearing_agree(lon: float, lat: float, bearing: float, metres: float) -> None:
    lon2, lat2 = destination(lon, lat, bearing, metres)
    assert math.remainder(bearing_deg(lon, lat, lon2, lat2) - bearing, 360) == pytest.approx(0, abs=0.01)
    assert distance_m(lon, lat, lon2, lat2) == pytest.approx(metres, rel=0.006)


def test_across_the_antimeridian_and_the_pole() -> None:
    assert distance_m(179.99, 0, -179.99, 0) == pytest.approx(0.02 * 111_319.49, rel=1e-5)
    assert distance_m(0, 89.99, 180, 89.99) == pytest.approx(2 * 0.01 * 111_694, rel=1e-3)
    assert distance_m(10, 20, 10, 20) == 0
