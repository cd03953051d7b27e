"""Whether the last fixes of a vessel draw a ring: a circle fitted to a few of them, and how they go round it.

Decides: a ring is at least one and a half turns in one direction, at a radius that hardly varies, in a few of a
vessel's last fixes; three spans of time are watched at once, since a small ring is drawn in minutes and a large one in
hours. Refuses: to say why; a boat may well circle. Source: published cases (vessels placed on circles round one point
at 20 to 30 kn, radius from some hundred metres to some kilometres). Method: the algebraic circle fit of Kasa (1976), in
a plane laid through the window's first fix. Known failures: a ring drawn so fast that a fix is more than 150 degrees
from the last one is not seen; nor is one larger than about 10 km at 25 kn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.table.kernels import lean_inner
from beaconline.foundation.table.reports import I32, I64

__all__ = ["FIXES", "LEAST_FIXES", "N_RING", "SCALES", "STEPS_US", "push", "ring_of", "told_by_next"]

SCALES = 3
FIXES = 24
"""Fixes kept a scale; with STEPS_US 6 min, 24 min and 2 h."""
STEPS_US = np.array([15_000_000, 60_000_000, 300_000_000], np.int64)
"""Least time between two fixes kept, by scale."""
LEAST_FIXES = 12
"""Fewer fixes lie on some circle by chance."""
WINDOWS = np.array([FIXES, 16, LEAST_FIXES], np.int64)
"""Last fixes in which a ring is looked for, most first: it may have begun in the middle of the longest window."""
GAP_US = 600_000_000
"""After a gap of 10 min, or of two and a half steps, a window begins anew."""
STEP_MAX_DEG = 150.0
"""A fix further round than this does not tell the direction."""
EVEN = 4.0
"""Every step goes round at the mean rate, within this factor: time stamps are off by seconds, stops last minutes."""
STRAIGHT = 0.97
"""A way is straight when its ends are so far apart for its length; no ring of even steps passes the test with it."""
METRES_E7 = 0.0111320
"""Metres in 1e-7 degree of latitude, within 0.6 %: radii are told, not surveyed."""
FILL_EVERY = 4
"""A window is looked at after every fourth fix taken, and after each while a ring is held."""

# Columns of a ring, float64.
LON, LAT, RADIUS_M, SPREAD_M, TURNED_DEG, STEP_DEG, SPEED_MS, FIT, TOLD_MS, RATE_DEG_S = range(10)
N_RING = 10
"""Centre (degrees); radius and its spread (one sigma), metres; how far round in the window and in its last step
(degrees, negative = to the left); speed along the ring; mean cosine between course told and the ring (2 = not told);
mean speed told (-1 = not told); degrees a second."""

# Columns of a fix kept, int32.
P_LON, P_LAT, P_SOG, P_COG = range(4)

F64 = npt.NDArray[np.float64]


@lean_inner
def push(
    times: I64, places: I32, counts: I32, v: int, s: int, t_us: int, lon: int, lat: int, sog: int, cog: int
) -> bool:
    """Take a fix into scale ``s`` of vessel ``v`` if it is time for one; whether it was taken.

    times int64[vessels, SCALES, FIXES], places int32[…, 4], counts int32[vessels, SCALES]: taken since the window began
    """
    n = counts[v, s]
    if n > 0:
        gap = t_us - times[v, s, (n - 1) % FIXES]
        if gap > max(GAP_US, 5 * STEPS_US[s] // 2):
            n = 0
        elif gap < STEPS_US[s]:
            return False
    k = n % FIXES
    times[v, s, k] = t_us
    places[v, s, k, P_LON], places[v, s, k, P_LAT] = lon, lat
    places[v, s, k, P_SOG], places[v, s, k, P_COG] = sog, cog
    counts[v, s] = n + 1
    return True


@lean_inner
def told_by_next(times: I64, counts: I32, v: int, s: int) -> bool:
    """Whether the window of the next scale holds the same fixes, since they come as far apart as it takes them."""
    n = counts[v, s]
    if s + 1 >= SCALES or n < LEAST_FIXES:
        return False
    first = n - min(n, FIXES)
    return bool(times[v, s, (n - 1) % FIXES] - times[v, s, first % FIXES] >= (n - 1 - first) * STEPS_US[s + 1])


@lean_inner
def _plane(places: I32, v: int, s: int, first: int, m: int, x: F64, y: F64) -> float:
    """Metres east and north of the first fix of a window; returns metres east in 1e-7 degree of longitude."""
    lon0, lat0 = np.int64(places[v, s, first % FIXES, P_LON]), np.int64(places[v, s, first % FIXES, P_LAT])
    east = METRES_E7 * math.cos(math.radians(lat0 * 1e-7))
    for i in range(m):
        k = (first + i) % FIXES
        d = (places[v, s, k, P_LON] - lon0 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
        x[i], y[i] = d * east, (places[v, s, k, P_LAT] - lat0) * METRES_E7
    return east


@lean_inner
def _circle(x: F64, y: F64, m: int) -> tuple[float, float, float]:
    """Centre and radius of the circle through m points; radius -1 where they lie on a line."""
    mx, my = 0.0, 0.0
    for i in range(m):
        mx += x[i] / m
        my += y[i] / m
    suu, svv, suv, suz, svz = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(m):
        a, b = x[i] - mx, y[i] - my
        z = a * a + b * b
        suu += a * a
        svv += b * b
        suv += a * b
        suz += a * z
        svz += b * z
    det = suu * svv - suv * suv
    # Fixes all round a circle spread alike in both directions; a line, an arc or a narrow loop do not.
    if det <= 0.05 * (suu + svv) * (suu + svv):
        return 0.0, 0.0, -1.0
    a, b = (suz * svv - svz * suv) / (2.0 * det), (svz * suu - suz * suv) / (2.0 * det)
    return mx + a, my + b, math.sqrt(a * a + b * b + (suu + svv) / m)


@lean_inner
def _off_m(places: I32, v: int, s: int, a: int, b: int, east: float) -> float:
    """Metres between two fixes of a window."""
    i, j = a % FIXES, b % FIXES
    dx = np.int64(places[v, s, j, P_LON]) - np.int64(places[v, s, i, P_LON])
    if dx > 1_800_000_000:
        dx -= 3_600_000_000
    elif dx < -1_800_000_000:
        dx += 3_600_000_000
    return math.hypot(dx * east, (places[v, s, j, P_LAT] - places[v, s, i, P_LAT]) * METRES_E7)


@lean_inner
def _plain(times: I64, places: I32, v: int, s: int, first: int, m: int, speed_ms: float) -> bool:
    """Whether four fixes of a window show that it is no ring: a vessel that lies still, or sails on."""
    last = first + m - 1
    east = METRES_E7 * math.cos(math.radians(places[v, s, first % FIXES, P_LAT] * 1e-7))
    two, one, whole = first + m // 2, first + m // 3, _off_m(places, v, s, first, last, east)
    half, rest = _off_m(places, v, s, first, two, east), _off_m(places, v, s, two, last, east)
    third = _off_m(places, v, s, first, one, east)
    # Even steps round a circle can put one fix between two others, but not two.
    straight = whole > STRAIGHT * (half + rest) and min(half, rest) > 0.2 * whole
    if straight and whole > STRAIGHT * (third + _off_m(places, v, s, one, last, east)):
        return True
    # A step is at most 150 degrees, so the radius is at least speed x step / 2.6.
    step_s = (times[v, s, last % FIXES] - times[v, s, first % FIXES]) * 1e-6 / (m - 1)
    least = speed_ms * step_s / 2.7
    return bool(max(max(half, whole), max(rest, third)) < 0.5 * least)


@lean_inner
def _even(
    times: I64, v: int, s: int, first: int, m: int, x: F64, y: F64, centre: tuple[float, float], rate: float
) -> bool:
    """Whether a window goes round at one rate: one that lies still for a while on its own circle does not."""
    before = math.atan2(x[0] - centre[0], y[0] - centre[1])
    for i in range(1, m):
        now = math.atan2(x[i] - centre[0], y[i] - centre[1])
        step = abs((math.degrees(now - before) + 540.0) % 360.0 - 180.0)
        seconds = (times[v, s, (first + i) % FIXES] - times[v, s, (first + i - 1) % FIXES]) * 1e-6
        if not rate / EVEN <= step / max(seconds, 1.0) <= rate * EVEN:
            return False
        before = now
    return True


@lean_inner
def _ring_in(
    times: I64, places: I32, counts: I32, v: int, s: int, m: int, limits: tuple[float, float, float], x: F64, y: F64,
    held: F64,
) -> bool:  # fmt: skip
    """``ring_of`` for the last ``m`` fixes."""
    turn_deg, spread_share, speed_ms = limits
    first = counts[v, s] - m
    east = _plane(places, v, s, first, m, x, y)
    cx, cy, r = _circle(x, y, m)
    if r <= 0.0:
        return False
    square = 0.0
    for i in range(m):
        square += (math.hypot(x[i] - cx, y[i] - cy) - r) ** 2
    spread = math.sqrt(square / m)
    if spread > spread_share * r:
        return False
    turned, step, cosines, courses, speeds, told = 0.0, 0.0, 0.0, 0, 0.0, 0
    before = math.atan2(x[0] - cx, y[0] - cy)
    for i in range(1, m):
        now = math.atan2(x[i] - cx, y[i] - cy)
        step = (math.degrees(now - before) + 540.0) % 360.0 - 180.0
        if abs(step) > STEP_MAX_DEG or (turned != 0.0 and step * turned < 0.0):
            return False
        turned += step
        before = now
        k = (first + i) % FIXES
        if places[v, s, k, P_SOG] >= 0:
            speeds += places[v, s, k, P_SOG] * 1e-3 * KN_MS
            told += 1
        if places[v, s, k, P_COG] >= 0:
            along = now + math.copysign(0.5 * math.pi, step)
            cosines += math.cos(math.radians(places[v, s, k, P_COG] * 1e-2) - along)
            courses += 1
    seconds = (times[v, s, (first + m - 1) % FIXES] - times[v, s, first % FIXES]) * 1e-6
    if not _even(times, v, s, first, m, x, y, (cx, cy), abs(turned) / max(seconds, 1.0)):
        return False
    speed = r * math.radians(abs(turned)) / max(seconds, 1.0)
    if abs(turned) < turn_deg or speed < speed_ms:
        return False
    lon0 = places[v, s, first % FIXES, P_LON] * 1e-7 + cx / east * 1e-7
    held[v, LON] = (lon0 + 540.0) % 360.0 - 180.0
    held[v, LAT] = places[v, s, first % FIXES, P_LAT] * 1e-7 + cy / METRES_E7 * 1e-7
    held[v, RADIUS_M], held[v, SPREAD_M], held[v, TURNED_DEG], held[v, STEP_DEG] = r, spread, turned, step
    held[v, SPEED_MS], held[v, RATE_DEG_S] = speed, turned / max(seconds, 1.0)
    held[v, FIT] = cosines / courses if courses > 0 else 2.0
    held[v, TOLD_MS] = speeds / told if told > 0 else -1.0
    return True


@lean_inner
def ring_of(
    times: I64, places: I32, counts: I32, v: int, s: int, holding: bool, limits: tuple[float, float, float], x: F64,
    y: F64, held: F64,
) -> int:  # fmt: skip
    """How many of the last fixes of scale ``s`` are a ring, 0 = none; row ``v`` of ``held`` then tells it (see above).

    holding whether the vessel was on a ring just now: then nothing is left out for speed
    limits  least turn (degrees), largest spread (share of the radius), least speed along it (m/s)
    x, y    float64[FIXES], room to work in
    """
    n = min(counts[v, s], FIXES)
    if n < LEAST_FIXES:
        return 0
    if not holding and _plain(times, places, v, s, counts[v, s] - LEAST_FIXES, LEAST_FIXES, limits[2]):
        return 0
    for m in WINDOWS:
        if m <= n and _ring_in(times, places, counts, v, s, m, limits, x, y, held):
            return int(m)
    return 0
