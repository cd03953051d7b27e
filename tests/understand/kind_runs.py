"""Run one kind over rows by hand: in one tick or cut anywhere, with restarts from a saved state."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from beaconline.foundation.geo.geodesy import destination
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows
from beaconline.foundation.table.snapshot import restore, save
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.forces.said import Said, hear
from beaconline.understand.step import Tick

T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
S = 1_000_000
NM = 1852.0


class Fix(NamedTuple):
    """A row: track, seconds after T0, degrees, speed sent in knots or None, navigational status or -1."""

    track: int
    t: float
    lon: float
    lat: float
    kn: float | None = None
    status: int = -1


def spot(home: tuple[float, float], east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a place so many metres east and north of another."""
    lon, lat = destination(*destination(*home, 90.0, east_m), 0.0, north_m)
    return float(lon), float(lat)


def table(fixes: Sequence[Fix], pools: Pools, ship_type: int | None = None, sensor: str = "ais_a") -> Reports:
    """Fixes as columns, in order of time."""
    rows = Reports.blank(len(fixes))
    rows.t_us[:] = [T0 + round(f.t * S) for f in fixes]
    rows.lon_e7[:] = [round(((f.lon + 540) % 360 - 180) * 1e7) for f in fixes]
    rows.lat_e7[:] = [round(f.lat * 1e7) for f in fixes]
    rows.sog_mkn[:] = [-1 if f.kn is None else round(f.kn * 1000) for f in fixes]
    rows.nav_status[:] = [f.status for f in fixes]
    rows.mmsi[:] = [200_000_000 + f.track for f in fixes]
    rows.sensor[:] = SENSORS.index(sensor)
    if ship_type is not None:
        rows.static[:] = pools.statics.code(Static(ship_type=ship_type))
    return rows


def run(
    kind: Any, fixes: Sequence[Fix], *, classes: tuple[type, ...] = (), as_of_s: float | None = None,
    cuts: Sequence[int] = (), restart: bool = False, bridge_s: float = 3600, ship_type: int | None = None,
    sensor: str = "ais_a", change: Any = None, sizes: list[int] | None = None,
) -> list[Draft]:  # fmt: skip
    """All drafts, overlaid as the runner does; ``sizes`` takes the bytes of the saved state after each tick."""
    fixes = sorted(fixes, key=lambda f: (f.t, f.track))
    pools = Pools()
    rows = table(fixes, pools, ship_type, sensor)
    if change:
        change(rows)
    track = np.array([f.track for f in fixes], np.int32)
    n = int(track.max()) + 1 if len(fixes) else 0
    book = TrackBook(
        [f"{200_000_000 + k}:x" for k in range(n)], list(range(200_000_000, 200_000_000 + n)), list(range(n))
    )
    state, said, found = kind.start(), Said(), {}
    for a, b in pairwise([0, *sorted(cuts), len(fixes)]):
        part = rows.take(slice(a, b))
        mark = int(rows.t_us[b - 1]) if b else T0
        said = hear(said, part, track[a:b], book, StaticRows.empty(), pools)
        bridge = np.full(b - a, round(bridge_s * S), np.int64)
        state, drafts = kind.step(state, Tick(part, track[a:b], bridge, mark, book, pools, StaticRows.empty(), said))
        found |= {(d.members, d.key): d for d in drafts}
        if sizes is not None:
            sizes.append(len(save(state)))
        if restart:
            state = restore(save(state), classes)
    as_of = T0 + round(as_of_s * S) if as_of_s is not None else (int(rows.t_us[-1]) if len(fixes) else T0)
    end = Tick(Reports.blank(0), np.zeros(0, np.int32), np.zeros(0, np.int64), as_of, book, pools, said=said)
    state, drafts = kind.step(state, end)
    found |= {(d.members, d.key): d for d in drafts}
    before = save(state)
    last = (
        kind.finish_after(state, as_of, book, pools, said, ())
        if hasattr(kind, "after")
        else kind.finish(state, as_of, book, pools)
    )
    assert save(state) == before, "a question must not change the state"
    found |= {(d.members, d.key): d for d in last}
    return sorted(found.values(), key=lambda d: (d.t_start_us, d.key, d.members))


def sailed(
    legs: Sequence[tuple[float, float, float]], *, track: int = 0, t: float = 0.0, step: float = 60.0,
    home: tuple[float, float] = (-30.0, 10.0), begin_m: tuple[float, float] = (0.0, 0.0), said: bool = True,
    status: int = -1,
) -> list[Fix]:  # fmt: skip
    """Fixes along legs (course in degrees, knots, minutes), on a plane of metres round a place."""
    out, (e, n) = [], begin_m
    for course, kn, minutes in legs:
        x, y = np.sin(np.radians(course)) * kn * NM / 3600, np.cos(np.radians(course)) * kn * NM / 3600
        count = round(minutes * 60 / step)
        out += [
            Fix(track, t + k * step, *spot(home, e + x * k * step, n + y * k * step), kn if said else None, status)
            for k in range(count)
        ]
        e, n, t = e + x * minutes * 60, n + y * minutes * 60, t + count * step
    out.append(Fix(track, t, *spot(home, e, n), legs[-1][1] if said else None, status))
    return out
