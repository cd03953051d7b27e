"""Where many hulls lie near each other for a day or more, linked or not: concentrations.

Decides: every quarter of an hour (UTC) each track is placed on its believed leg; who made good under the limit since
the quarter before lies still. A hull with at least ``hulls - 1`` others within ``radius`` of it is a centre; the one
with most is taken first, with all around it, and so on among the rest. A concentration goes on where most of its hulls
are the same, over breaks of up to two hours (a member out of hearing, a squall). Refuses: to draw the border of an
anchorage. Source: behaviours page (at least 10 within 5 nm for 24 h), counts of hulls at features (AMTI).
Known failures: lengths of stay are known to a quarter of an hour; a roadstead wider than the radius gives several.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, KN_MS, distance_m, ecef_point, lonlat_of
from beaconline.foundation.table.kernels import kernel, lean_inner
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.pairs.legs import believed, link_next, on_great_circle

__all__ = ["BEAT_US", "BREAK_US", "Crowd", "Hull", "at_rest", "expired", "find_crowds", "follow", "places_at"]

BEAT_US = 900_000_000
"""Instants looked at (15 min, microseconds)."""
BREAK_US = 7_200_000_000
"""A concentration not seen for so long (2 h) is over."""
MOST_HULLS = 1_000
"""Hulls remembered of one concentration; beyond it the one seen longest ago is forgotten (a port's roadstead, in which
ships come and go for months)."""


@kernel
def places_at(
    t_us: I64, track: I32, lon_e7: I32, lat_e7: I32, bridge_us: I64, n_tracks: int, first: int, last: int,
    rule: tuple[int, float, float],
) -> tuple[I64, F64]:  # fmt: skip
    """Places of all tracks at the beats first..last: int64[n, 2] (beat, track) and float64[n, 2] degrees.

    columns  fixes ordered by time; rule (longest bridge, fastest leg in metres a microsecond, slack in metres)
    """
    after = link_next(track, n_tracks)
    out, place, n = np.empty((64, 2), np.int64), np.empty((64, 2)), 0
    a, b = np.empty(3), np.empty(3)
    for i in range(len(t_us)):
        j = after[i]
        if j < 0 or t_us[j] <= first * BEAT_US:
            continue
        beat = max(first, -((-t_us[i]) // BEAT_US))
        if beat > last or beat * BEAT_US >= t_us[j]:
            continue
        gap = t_us[j] - t_us[i]
        way = distance_m(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7, lon_e7[j] * 1e-7, lat_e7[j] * 1e-7)
        if not believed(gap, bridge_us[j], rule[0], way, rule[1], rule[2]):
            continue
        a[0], a[1], a[2] = ecef_point(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
        b[0], b[1], b[2] = ecef_point(lon_e7[j] * 1e-7, lat_e7[j] * 1e-7)
        while beat <= last and beat * BEAT_US < t_us[j]:
            if n == len(out):
                wider, longer = np.empty((2 * n, 2), np.int64), np.empty((2 * n, 2))
                wider[:n], longer[:n] = out, place
                out, place = wider, longer
            x, y, z = on_great_circle(a, b, (beat * BEAT_US - t_us[i]) / gap)
            out[n, 0], out[n, 1] = beat, track[i]
            place[n, 0], place[n, 1] = lonlat_of(x, y, z)
            n += 1
            beat += 1
    return out[:n], place[:n]


@kernel
def find_crowds(xyz: F64, radius_m: float, hulls: int) -> I32:
    """For each place (float64[n, 3], ECEF metres) the number of its crowd, 0, 1, …, or -1; int32[n].

    The centre of crowd 0 is the place with most others within radius_m (ties: the least x), and so on among the rest.
    """
    n = len(xyz)
    order = np.argsort(xyz[:, 0], kind="mergesort")
    place = xyz[order]
    near, crowd, out = np.zeros(n, np.int64), np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for i in range(n):
        _count(place, i, radius_m, crowd, near, 1)
    members = np.empty(n, np.int64)
    k = 0
    while n > 0:
        best = int(np.argmax(near))
        if near[best] < hulls:
            break
        m = 0
        for step in (-1, 1):
            j = best if step < 0 else best + 1
            while 0 <= j < n and abs(place[j, 0] - place[best, 0]) <= radius_m:
                if crowd[j] < 0 and _within(place, best, j, radius_m):
                    members[m] = j
                    m += 1
                j += step
        for q in members[:m]:
            crowd[q] = k
            out[order[q]] = k
        for q in members[:m]:
            near[q] = 0
            _count(place, q, radius_m, crowd, near, -1)
        k += 1
    return out


@lean_inner
def _within(place: F64, i: int, j: int, radius_m: float) -> bool:
    d0, d1, d2 = place[i, 0] - place[j, 0], place[i, 1] - place[j, 1], place[i, 2] - place[j, 2]
    return bool(d0 * d0 + d1 * d1 + d2 * d2 <= radius_m * radius_m)


@lean_inner
def _count(place: F64, i: int, radius_m: float, crowd: I32, near: I64, add: int) -> None:
    """Add to the count of every place near i (itself included) that is in no crowd yet. Places are ordered by x."""
    for step in (-1, 1):
        j = i if step < 0 else i + 1
        while 0 <= j < len(place) and abs(place[j, 0] - place[i, 0]) <= radius_m:
            if crowd[j] < 0 and _within(place, i, j, radius_m):
                near[j] += add
            j += step


@dataclass(slots=True)
class Hull:
    """A vessel in a concentration: first and last beat, number of beats, place at the last (degrees x 1e7)."""

    first: int
    last: int
    beats: int
    lon_e7: int
    lat_e7: int


@dataclass(slots=True)
class Crowd:
    """A concentration so far: first and last beat, hulls by track, the most at once and when, who is there
    now, how many hulls were forgotten since they are more than MOST_HULLS, and who was there at first."""

    first: int
    last: int
    hulls: dict[int, Hull] = field(default_factory=dict)
    peak: int = 0
    peak_beat: int = 0
    now: list[int] = field(default_factory=list)
    forgotten: int = 0
    founders: list[int] = field(default_factory=list)


def expired(crowds: list[Crowd], beat: int) -> list[Crowd]:
    """Take out and return the concentrations that are over at a beat."""
    over = [crowd for crowd in crowds if (beat - crowd.last) * BEAT_US > BREAK_US]
    crowds[:] = [crowd for crowd in crowds if (beat - crowd.last) * BEAT_US <= BREAK_US]
    return over


def follow(crowds: list[Crowd], beat: int, seen: list[dict[int, tuple[int, int]]]) -> list[Crowd]:
    """Take what is seen at a beat: for each concentration the places of its hulls by track.

    ``crowds`` are changed in place and get the new ones; returns those that are over by now, which are taken out.
    """
    over = expired(crowds, beat)
    of: dict[int, list[int]] = {}
    for c, crowd in enumerate(crowds):
        for code in crowd.now:
            of.setdefault(code, []).append(c)
    pairs: dict[tuple[int, int], int] = {}
    for s, hulls in enumerate(seen):
        for code in hulls:
            for c in of.get(code, ()):
                pairs[s, c] = pairs.get((s, c), 0) + 1
    taken: dict[int, int] = {}
    # The larger share first; of equals the older concentration, then the fuller of what is seen.
    for (s, c), _ in sorted(pairs.items(), key=lambda each: (-each[1], crowds[each[0][1]].first, *each[0][::-1])):
        if s not in taken and c not in taken.values():
            taken[s] = c
    for s, hulls in enumerate(seen):
        if s in taken:
            crowd = crowds[taken[s]]
        else:
            # Who lies still now lay here at the beat before: that is how it is known.
            crowd = Crowd(beat - 1, beat, founders=sorted(hulls))
            crowds.append(crowd)
        _add(crowd, beat, hulls)
    return over


def _add(crowd: Crowd, beat: int, hulls: dict[int, tuple[int, int]]) -> None:
    crowd.last, crowd.now = beat, sorted(hulls)
    while len(crowd.hulls) > MOST_HULLS:
        gone = min(crowd.hulls, key=lambda code: (crowd.hulls[code].last, crowd.hulls[code].beats, code))
        del crowd.hulls[gone]
        crowd.forgotten += 1
    if len(hulls) > crowd.peak:
        crowd.peak, crowd.peak_beat = len(hulls), beat
    for code, (lon_e7, lat_e7) in hulls.items():
        hull = crowd.hulls.get(code)
        if hull is None:
            crowd.hulls[code] = Hull(beat - 1, beat, 2, lon_e7, lat_e7)
        else:
            hull.last, hull.beats, hull.lon_e7, hull.lat_e7 = beat, hull.beats + 1, lon_e7, lat_e7


@kernel
def at_rest(rows: I64, place: F64, slow_kn: float) -> npt.NDArray[np.bool_]:
    """Which rows (int64[n, 2] beat and track, by track then beat; float64[n, 2] degrees) lie within the way that
    ``slow_kn`` makes in a beat of their track's row a beat before; without such a row it is not known, hence not."""
    limit_m = slow_kn * KN_MS * BEAT_US * 1e-6
    out = np.zeros(len(rows), np.bool_)
    for i in range(1, len(rows)):
        if rows[i, 1] == rows[i - 1, 1] and rows[i, 0] == rows[i - 1, 0] + 1:
            out[i] = distance_m(place[i - 1, 0], place[i - 1, 1], place[i, 0], place[i, 1]) < limit_m
    return out
