"""A place and the two directions on its horizon, as earth-centred vectors: for motion without a map.

Decides: east and north at a point as unit vectors on ECEF axes, so that displacement and velocity of two ships can be
compared by plain dot products, at the antimeridian and at 85 N as anywhere. Refuses: a projection. Source: WGS 84;
the vectors are the derivatives of the ellipsoid's surface by longitude and latitude. Known failures: at a pole itself
east is taken along the given longitude, as good as any.
"""

from __future__ import annotations

import math

from beaconline.foundation.geo.geodesy import A_M, E2
from beaconline.foundation.table.kernels import inner

__all__ = ["frame_point", "ground_velocity"]


@inner
def frame_point(lon_deg: float, lat_deg: float) -> tuple[float, float, float, float, float, float, float]:
    """(x, y, z, sin lon, cos lon, sin lat, cos lat): ECEF metres of the surface point, and its frame."""
    lon, lat = math.radians(lon_deg), math.radians(lat_deg)
    sl, cl, sf, cf = math.sin(lon), math.cos(lon), math.sin(lat), math.cos(lat)
    n = A_M / math.sqrt(1 - E2 * sf * sf)
    return n * cf * cl, n * cf * sl, n * (1 - E2) * sf, sl, cl, sf, cf


@inner
def ground_velocity(
    speed_ms: float, course_rad: float, sl: float, cl: float, sf: float, cf: float
) -> tuple[float, float, float]:
    """ECEF metres a second of a speed on a true course, in the frame (sin lon, cos lon, sin lat, cos lat)."""
    e, n = speed_ms * math.sin(course_rad), speed_ms * math.cos(course_rad)
    return -sl * e - sf * cl * n, cl * e - sf * sl * n, cf * n
