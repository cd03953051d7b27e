"""Two tracks of one MMSI on one path, a constant time apart: one ship under two clocks.

Decides: for every two tracks that change by turns, whether the places of the one lie where the other was a constant
time before. Refuses: to say which clock is wrong. Source: behaviours page ("rule out device faults first"). The last 64
places of a track are kept, at least a minute apart: enough for a lag of an hour. Known failures: a second ship in the
wake of the first, always as far behind, looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import atan2, cos, degrees, hypot, radians

import numpy as np

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I64
from beaconline.understand.detectors.identity_changes import Change, Fix

__all__ = ["Lag", "Paths"]

PLACES = 64
"""Places kept of a track; with STEP_US 64 min, enough for a clock in the wrong time zone."""
STEP_US = 60_000_000
LEAST_LAG_US = 30_000_000
"""Smaller clock errors are told by the ship's own course."""
MOST_GAP_US = 900_000_000
"""Between two places further apart in time nobody knows the way."""
OFF_M = 100.0
"""How far off the other's path a place may lie: scatter of both, and a turn between two places a minute apart."""
BEND_DEG = 12.0
"""On a straight way every ship in the wake of another looks like a wrong clock: the path must bend so much."""
LEG_M = 200.0
"""Shorter legs do not tell the direction to some degrees."""
HITS = 5
HITS_A_MISS = 4
BACK_OFF = 10
"""A path not found is searched again after a tenth of the time that it was sought."""
_M_E7 = 0.011132


@kernel
def _passed(path: I64, n: int, lon_e7: int, lat_e7: int) -> tuple[float, float]:
    """When a path came nearest to a place, and how near: (t_us, metres); (0, infinity) for a path of one point."""
    k = path.shape[0]
    east = _M_E7 * cos(radians(lat_e7 * 1e-7))
    best_t, best_m = 0.0, np.inf
    for i in range(max(n - k, 0), n - 1):
        p, q = path[i % k], path[(i + 1) % k]
        if q[0] - p[0] > MOST_GAP_US:
            continue
        x0 = ((p[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
        x1 = ((q[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
        y0, y1 = (p[2] - lat_e7) * _M_E7, (q[2] - lat_e7) * _M_E7
        long2 = (x1 - x0) ** 2 + (y1 - y0) ** 2
        share = 0.0 if long2 == 0.0 else min(max(-(x0 * (x1 - x0) + y0 * (y1 - y0)) / long2, 0.0), 1.0)
        off = hypot(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        if off < best_m:
            best_t, best_m = p[0] + share * (q[0] - p[0]), off
    return best_t, best_m


@kernel
def _off_m(path: I64, n: int, t_us: int, lon_e7: int, lat_e7: int) -> tuple[float, float]:
    """How far a place lies from where a path was at a time, metres, and which way the path went there, degrees.

    Both are negative where the path does not tell.
    """
    k = path.shape[0]
    east = _M_E7 * cos(radians(lat_e7 * 1e-7))
    for i in range(max(n - k, 0), n - 1):
        p, q = path[i % k], path[(i + 1) % k]
        if p[0] <= t_us <= q[0] and q[0] - p[0] <= MOST_GAP_US:
            share = (t_us - p[0]) / max(q[0] - p[0], 1)
            x0 = ((p[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
            x1 = ((q[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
            y0, y1 = (p[2] - lat_e7) * _M_E7, (q[2] - lat_e7) * _M_E7
            way = degrees(atan2(x1 - x0, y1 - y0)) % 360.0 if hypot(x1 - x0, y1 - y0) >= LEG_M else -1.0
            return hypot(x0 + share * (x1 - x0), y0 + share * (y1 - y0)), way
    return -1.0, -1.0


@dataclass(slots=True)
class Lag:
    """How far one track is where another was ``lag_us`` before, and how often that held."""

    since_us: int
    next_us: int
    lag_us: int = 0
    hits: int = 0
    bad: int = 0
    misses: int = 0
    way_deg: float = -1.0
    bend_deg: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether one is where the other was."""
        return self.hits >= HITS and self.hits >= HITS_A_MISS * self.misses

    @property
    def is_clock(self) -> bool:
        """Whether it holds on a way that bends."""
        return self.holds and self.bend_deg >= BEND_DEG

    def check(self, fix: Fix, path: I64, n: int, off_m: float) -> None:
        """Whether a fix is where the other was."""
        off, way_deg = _off_m(path, n, fix.t_us - self.lag_us, fix.lon_e7, fix.lat_e7)
        if off < 0:
            return
        if off <= off_m:
            self.hits += 1
            if way_deg >= 0:
                self.way_deg = way_deg if self.way_deg < 0 else self.way_deg
                self.bend_deg = max(self.bend_deg, abs((way_deg - self.way_deg + 540.0) % 360.0 - 180.0))
            return
        self.bad += 1
        self.misses += 1
        if self.bad > self.hits:
            self.hits, self.bad, self.way_deg, self.bend_deg = 0, 0, -1.0, 0.0

    def seek(self, fix: Fix, path: I64, n: int, off_m: float) -> None:
        """Find when the other was where a fix is; a miss only where its path is long enough to tell."""
        t_us, off = _passed(path, n, fix.lon_e7, fix.lat_e7)
        if off <= off_m and fix.t_us - t_us >= LEAST_LAG_US:
            self.lag_us, self.hits = round(fix.t_us - t_us), 1
        else:
            self.misses += n >= PLACES


@dataclass(slots=True)
class Paths:
    """The last places of every track in conflict, and of every two (behind, ahead) the lag of the one."""

    places: dict[int, I64] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    lags: dict[tuple[int, int], Lag] = field(default_factory=dict)

    def keep(self, fix: Fix) -> None:
        """Take a fix, in order of time; the caller bounds the tracks."""
        n = self.counts.get(fix.track, 0)
        if n == 0:
            self.places[fix.track] = np.zeros((PLACES, 3), np.int64)
        elif fix.t_us - self.places[fix.track][(n - 1) % PLACES, 0] < STEP_US:
            return
        self.places[fix.track][n % PLACES] = fix[:3]
        self.counts[fix.track] = n + 1

    def compare(self, fix: Fix) -> None:
        """Hold a fix against the path of every other track, each once a minute at most."""
        now_us = fix.t_us
        for ahead, path in self.places.items():
            if ahead == fix.track:
                continue
            lag = self.lags.get((fix.track, ahead))
            if lag is None:
                lag = self.lags[fix.track, ahead] = Lag(now_us, now_us)
            if now_us < lag.next_us:
                continue
            off_m = OFF_M + Change(fix, fix, 0.0).step_m()
            if lag.hits:
                lag.check(fix, path, self.counts[ahead], off_m)
                lag.next_us = now_us + STEP_US
            else:
                lag.seek(fix, path, self.counts[ahead], off_m)
                lag.next_us = now_us + max(STEP_US, (now_us - lag.since_us) // BACK_OFF)
