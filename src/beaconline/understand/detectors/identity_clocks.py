"""Two tracks of one MMSI on one path, a constant time apart: one ship under two clocks.

Decides: for every two tracks that change by turns, whether the places of the one lie where the other was a constant
time before. Refuses: to say which clock is wrong. Source: behaviours page ("rule out device faults first"). The last 64
places of a track are kept, at least a minute apart: enough for a lag of an hour. Known failures: a second ship in the
wake of the first, always as far behind, looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, radians

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
OFF_SHARE = 0.05
MOST_OFF_M = 300.0
"""How far off the other's path a place may lie: 100 m and 5 % of the distance between both tracks, 300 m at most."""
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
def _off_m(path: I64, n: int, t_us: int, lon_e7: int, lat_e7: int) -> float:
    """How far a place lies from where a path was at a time, metres; negative where the path does not tell."""
    k = path.shape[0]
    east = _M_E7 * cos(radians(lat_e7 * 1e-7))
    for i in range(max(n - k, 0), n - 1):
        p, q = path[i % k], path[(i + 1) % k]
        if p[0] <= t_us <= q[0] and q[0] - p[0] <= MOST_GAP_US:
            share = (t_us - p[0]) / max(q[0] - p[0], 1)
            x0 = ((p[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
            x1 = ((q[1] - lon_e7 + 5_400_000_000) % 3_600_000_000 - 1_800_000_000) * east
            y0, y1 = (p[2] - lat_e7) * _M_E7, (q[2] - lat_e7) * _M_E7
            return hypot(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    return -1.0


@dataclass(slots=True)
class Lag:
    """How far two tracks are one path: the lag of the higher track code behind the lower, and how often it held."""

    since_us: int
    next_us: int
    lag_us: int = 0
    hits: int = 0
    bad: int = 0
    misses: int = 0

    @property
    def is_clock(self) -> bool:
        return self.hits >= HITS and self.hits >= HITS_A_MISS * self.misses


@dataclass(slots=True)
class Paths:
    """The last places of every track in conflict, and the lag of every two that change by turns."""

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

    def compare(self, change: Change) -> None:
        """Take a change between two tracks, once a minute at most."""
        pair = (min(change.a.track, change.b.track), max(change.a.track, change.b.track))
        if not (pair[0] in self.places and pair[1] in self.places):
            return
        now_us = change.b.t_us
        lag = self.lags.setdefault(pair, Lag(now_us, now_us))
        if now_us < lag.next_us:
            return
        off_m = min(OFF_M + OFF_SHARE * change.distance_m, MOST_OFF_M) + change.step_m()
        if lag.hits:
            self._try(lag, change, off_m)
            lag.next_us = now_us + STEP_US
        else:
            self._seek(lag, change, off_m)
            lag.next_us = now_us + max(STEP_US, (now_us - lag.since_us) // BACK_OFF)

    def _try(self, lag: Lag, change: Change, off_m: float) -> None:
        """Whether the track behind is where the other was."""
        a, b = change.a, change.b
        behind, ahead = (b, a) if (b.track > a.track) == (lag.lag_us > 0) else (a, b)
        place = (behind.t_us - abs(lag.lag_us), behind.lon_e7, behind.lat_e7)
        off = _off_m(self.places[ahead.track], self.counts[ahead.track], *place)
        if off < 0:
            return
        lag.hits += off <= off_m
        lag.bad += off > off_m
        lag.misses += off > off_m
        if lag.bad > lag.hits:
            lag.hits = lag.bad = 0

    def _seek(self, lag: Lag, change: Change, off_m: float) -> None:
        """Whether either end lies where the other track was before."""
        best_m, full = off_m, True
        for fix, other in ((change.a, change.b), (change.b, change.a)):
            n = self.counts[other.track]
            full = full and n >= PLACES
            t_us, off = _passed(self.places[other.track], n, fix.lon_e7, fix.lat_e7)
            if off <= best_m and fix.t_us - t_us >= LEAST_LAG_US:
                lag.lag_us = round(fix.t_us - t_us) * (1 if fix.track > other.track else -1)
                best_m, lag.hits = off, 1
        lag.misses += full and not lag.hits
