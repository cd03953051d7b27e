"""Worlds for ``joint_activity``: hulls with places slot by slot, and what a detector is run on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import destination
from beaconline.foundation.records.finding import Draft, Mask
from beaconline.foundation.records.times import parse_us
from beaconline.foundation.table.reports import Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.detectors.joint_activity import JointActivity
from beaconline.understand.forces.claims import Claim
from beaconline.understand.forces.lists import Entry
from beaconline.understand.forces.recognise import Recogniser
from beaconline.understand.forces.said import Said
from beaconline.understand.ground import Ground
from beaconline.understand.joint.activity import Rule
from beaconline.understand.joint.hulls import Hull
from beaconline.understand.step import Tick

T0_US = parse_us("2026-01-05T00:00:00Z")
HOME = (-30.0, 10.0)
NM_M = 1852.0
RULE: Rule = JointActivity(Ground()).rule


@dataclass
class Place:
    """A made-up neighbourhood: the same answer everywhere."""

    land_m: int | None = 500_000
    masks: Sequence[Mask] = ()
    zones: Sequence[tuple[str, str]] = ()
    has_port_masks: bool = True

    def distance_to_land_m(self, lon_e7: int, lat_e7: int) -> int | None:
        return self.land_m

    def masks_near(self, lon_e7: int, lat_e7: int, within_m: int) -> list[Mask]:
        return [m for m in self.masks if m.distance_m <= within_m]

    def zones_at(self, lon_e7: int, lat_e7: int, t_us: int) -> list[tuple[str, str]]:
        return list(self.zones)


@dataclass
class Ship:
    """A hull that lies at a place (miles off home on a bearing) in stretches of hours, heard every so often."""

    mmsi: int
    force: str
    bearing: float = 0.0
    off_nm: float = 0.0
    hours: Sequence[tuple[float, float]] = ((0.0, 24.0),)
    kn: float = 0.1
    every_s: float = 600.0
    listed: bool = True
    sensor: int = 0

    def fixes(self) -> list[tuple[float, float, float]]:
        """(hour, lon, lat)."""
        place = destination(*HOME, self.bearing, self.off_nm * NM_M)
        step = self.every_s / 3600
        return [(float(hour), *place) for begin, end in self.hours for hour in np.arange(begin, end, step)]


def raft(n: int = 12, force: str = "militia", **more: object) -> list[Ship]:
    """Hulls within a cable of each other."""
    return [Ship(412_000_000 + k, force, 30.0 * k, 0.05, **more) for k in range(n)]  # type: ignore[arg-type]


def guards(n: int = 2, force: str = "coast_guard", off_nm: float = 4.5, **more: object) -> list[Ship]:
    return [
        Ship(413_000_000 + k, force, 50.0 + 360.0 * k / n, off_nm, **{"kn": 3.0, **more})  # type: ignore[arg-type]
        for k in range(n)
    ]


def fleet(n: int = 10, **more: object) -> list[Ship]:
    """Fishing boats in a wide ring, known by a list."""
    return [
        Ship(414_000_000 + k, "fishing", 36.0 * k, 2.5 + 0.4 * k, **{"kn": 3.0, **more})  # type: ignore[arg-type]
        for k in range(n)
    ]


def rows_of(ships: Sequence[Ship], pools: Pools) -> tuple[Reports, np.ndarray, TrackBook]:
    """Rows in canonical order, their tracks, and the book."""
    fixes = sorted(
        (T0_US + round(hour * 3.6e9), k, lon, lat) for k, ship in enumerate(ships) for hour, lon, lat in ship.fixes()
    )
    out = Reports.blank(len(fixes))
    for i, (t_us, k, lon, lat) in enumerate(fixes):
        out.t_us[i], out.mmsi[i] = t_us, ships[k].mmsi
        out.lon_e7[i], out.lat_e7[i] = round(lon * 1e7), round(lat * 1e7)
        out.sog_mkn[i], out.sensor[i] = round(ships[k].kn * 1000), ships[k].sensor
    book = TrackBook([f"{s.mmsi:09d}:t" for s in ships], [s.mmsi for s in ships], list(range(len(ships))))
    return out, np.array([each[1] for each in fixes], np.int32), book


def forces_of(ships: Sequence[Ship]) -> Recogniser:
    return Recogniser(
        Entry(s.mmsi, None, None, None, None, s.force, None, "register", None, "list.csv", k + 2)
        for k, s in enumerate(ships)
        if s.listed
    )


def kind_of(ships: Sequence[Ship], place: Place | None = None, **params: float) -> JointActivity:
    return JointActivity(Ground(place or Place(), (), (), forces_of(ships)), dict(params))


def found(
    ships: Sequence[Ship], place: Place | None = None, drafts: Sequence[Draft] = (), **params: float
) -> list[Draft]:
    """What one batch gives."""
    pools, kind = Pools(), kind_of(ships, place, **params)
    rows, track, book = rows_of(ships, pools)
    as_of = int(rows.t_us[-1])
    bridge = np.full(len(rows), 3_600_000_000, np.int64)
    state, none = kind.step(kind.start(), Tick(rows, track, bridge, as_of, book, pools))
    assert none == []
    return kind.finish_after(state, as_of, book, pools, Said(), drafts)


def hull(name: str, force: str) -> Hull:
    return Hull(name, force, Claim(force, "register", None, "mmsi", 0.9, "list.csv", 2), True)


def most_allowed(n: int, share: float = 0.05) -> int:
    """Largest count that 99 of 100 binomials of n at this share stay within."""
    total, k = 0.0, 0
    while True:
        total += math.comb(n, k) * share**k * (1 - share) ** (n - k)
        if total >= 0.99:
            return k
        k += 1
