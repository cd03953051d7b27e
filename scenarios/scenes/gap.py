"""Scenes of ``gap``: vessels that are not heard for hours, and everything else that makes a ship silent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "gap"
WATCH = ("watch box", "watch", [(-15.0, -15.0), (15.0, -15.0), (15.0, 15.0), (-15.0, 15.0)])


def _lane(
    first: int, count: int, hours: float, *, begin_nm: float = -40.0, end_nm: float = 60.0,
    silent: Sequence[float] = (), step_s: float = 180.0, **more: Any,
) -> list[Vessel]:  # fmt: skip
    """Ships to and fro on parallel lines 4 nm apart at 10 kn, spread along the way. ``silent``: from and until minute,
    nobody hears any of them."""
    out = []
    for k in range(count):
        ship = Vessel(first + k, begin_nm + (end_nm - begin_nm) * k / count, 4.0 * (k % 5 - 2), step_s=step_s, **more)
        east = True
        while ship.minute < hours * 60:
            edge = end_nm if east else begin_nm
            minutes = min(abs(edge - ship.east_nm) / 10.0 * 60.0, hours * 60.0 - ship.minute)
            for a, b in _cut(ship.minute, ship.minute + minutes, silent):
                quiet = bool(silent) and silent[0] <= a < silent[1]
                ship.go(90.0 if east else 270.0, 10.0, b - a, heard=not quiet)
            east = not east
        out.append(ship)
    return out


def _cut(begin: float, end: float, at: Sequence[float]) -> list[tuple[float, float]]:
    marks = [begin, *(m for m in at if begin < m < end), end]
    return [(a, b) for a, b in pairwise(marks) if b > a]


def _ship(mmsi: int, **more: Any) -> Vessel:
    return Vessel(mmsi, -30.0, 1.0, step_s=120.0, name=f"SIM {mmsi % 10_000}", **more)


def _dark_among_others() -> Scene:
    ship = _ship(799200001).go(90.0, 8.0, 150).go(90.0, 5.0, 480, heard=False).go(90.0, 8.0, 180)
    wanted = {"kind": KIND, "type": "displaced", "queue": "default", "status": "closed", "mmsis": [799200001]}
    return Scene("dark for 8 h among ships that are heard", KIND,
                 "a ship is silent for 8 h on a lane where ten others are heard all along, and comes back 40 nm off",
                 [ship, *_lane(799200010, 10, 14.0)], [wanted])  # fmt: skip


def _five_hours() -> Scene:
    ship = _ship(799200101).go(90.0, 8.0, 150).go(90.0, 8.0, 300, heard=False).go(90.0, 8.0, 180)
    return Scene("silent for 5 h", KIND, "the same for 5 h: under the limit at sea",
                 [ship, *_lane(799200110, 10, 11.0)])  # fmt: skip


def _receiver_dies() -> Scene:
    hole = (150.0, 630.0)
    ship = _ship(799200201).go(90.0, 8.0, 150).go(90.0, 5.0, 480, heard=False).go(90.0, 8.0, 180)
    far = _lane(799200230, 3, 14.0, begin_nm=300.0, end_nm=340.0, stations=("far",))
    return Scene("a receiver dies for 8 h", KIND, "all ships of the region fall silent at once; others far off do not",
                 [ship, *_lane(799200210, 10, 14.0, silent=hole), *far])  # fmt: skip


def _hole() -> Scene:
    out = []
    for k in range(9):
        ship = Vessel(799200300 + k, -70.0, 3.0 * (k % 3 - 1), 130.0 * k, step_s=180.0)
        out.append(ship.go(90.0, 10.0, 240).go(90.0, 10.0, 450, heard=False).go(90.0, 10.0, 180))
    return Scene("a hole that all cross silently", KIND, "nine ships in a row are not heard on 75 nm of their way",
                 out)  # fmt: skip


def _out_of_range() -> Scene:
    ship = Vessel(799200401, 0.0, 3.0, step_s=120.0).go(90.0, 12.0, 190).go(90.0, 12.0, 600, heard=False)
    near = _lane(799200410, 6, 13.0, begin_nm=-15.0, end_nm=18.0)
    return Scene("sails out of range", KIND, "a ship is last heard 38 nm out and not again; others stay near",
                 [ship, *near])  # fmt: skip


def _out_and_back() -> Scene:
    ship = Vessel(799200501, 0.0, 3.0, step_s=120.0).go(90.0, 12.0, 190).go(90.0, 8.0, 240, heard=False)
    ship.go(270.0, 8.0, 255, heard=False).go(270.0, 8.0, 200)
    near = _lane(799200510, 6, 15.0, begin_nm=-15.0, end_nm=18.0)
    return Scene("sails out of range and comes back", KIND, "a ship is away for 8 h beyond the range of the station",
                 [ship, *near])  # fmt: skip


def _zone(hours: float, mmsi: int, zones: Sequence[Any], says: str, expect: Sequence[dict[str, Any]]) -> Scene:
    ship = Vessel(mmsi, -10.0, 1.0, step_s=60.0).go(90.0, 4.0, 150).go(90.0, 3.0, 60 * hours, heard=False)
    ship.go(90.0, 4.0, 480 - ship.minute)
    others = _lane(mmsi + 10, 8, 8.0, begin_nm=-30.0, end_nm=40.0)
    return Scene(says, KIND, "a ship is silent on a lane where eight others are heard", [ship, *others], expect, zones)


def _moored() -> Scene:
    ship = Vessel(799200801, 2.0, 1.0, step_s=180.0, status=5).stay(180).stay(600, heard=False).stay(60)
    return Scene("moored and silent for 10 h", KIND, "a moored ship switches off overnight and lies there still",
                 [ship, *_lane(799200810, 8, 15.0)])  # fmt: skip


def _drifts_back() -> Scene:
    ship = Vessel(799200901, 2.0, 1.0, step_s=120.0).go(90.0, 3.0, 120).go(90.0, 2.0, 200, heard=False)
    ship.go(270.0, 2.0, 205, heard=False).go(90.0, 3.0, 90)
    wanted = {"kind": KIND, "type": "undisplaced", "queue": "context"}
    return Scene("heard again where it fell silent", KIND, "under way at 3 kn, silent for 6 h 45 min, back there",
                 [ship, *_lane(799200910, 8, 12.0)], [wanted])  # fmt: skip


def _slow_feed() -> Scene:
    out = []
    for k in range(6):
        boat = Vessel(799201000 + k, 3.0 * k, 5.0, 7.0 * k, step_s=7200.0, sensor="vms", status=None, stations=())
        for leg in range(24):
            boat.go(90.0 if leg % 2 else 270.0, 4.0, 120, heard=not (k == 2 and leg == 12))
        out.append(boat)
    return Scene("a missed report of a slow feed", KIND, "boats report every 2 h; one report of one is missing",
                 out, (), [WATCH])  # fmt: skip


def _not_back() -> Scene:
    ship = _ship(799201101).go(90.0, 8.0, 300)
    wanted = {"kind": KIND, "type": "open", "queue": "default", "status": "open", "mmsis": [799201101]}
    return Scene("dark to the end", KIND, "a ship falls silent 8 h before the data end; the others are heard",
                 [ship, *_lane(799201110, 10, 13.0)], [wanted])  # fmt: skip


def _end_of_file() -> Scene:
    ship = _ship(799201201).go(90.0, 8.0, 300)
    last = Vessel(799201202, 200.0, 200.0, 300.0, step_s=600.0).go(0.0, 10.0, 480)
    return Scene("the excerpt ends", KIND, "all ships of the region end together, one far away goes on for 8 h",
                 [ship, last, *_lane(799201210, 10, 5.0)])  # fmt: skip


def _shared_number() -> Scene:
    one = Vessel(799201301, -30.0, 1.0, step_s=120.0).go(90.0, 8.0, 150)
    two = Vessel(799201301, 150.0, 1.0, step_s=120.0).go(0.0, 8.0, 720)
    wanted = {"kind": KIND, "type": "open", "queue": "context", "mmsis": [799201301]}
    return Scene("one of two ships on one number stops", KIND,
                 "two ships send one MMSI; one is silent for good while the other is heard",
                 [one, two, *_lane(799201310, 10, 12.0)], [wanted])  # fmt: skip


def _fleet() -> Scene:
    dark = [
        Vessel(799201401 + k, -5.0 + k, 2.0, step_s=120.0).go(90.0, 3.0, 180).go(90.0, 2.0, 480, heard=False)
        .go(90.0, 3.0, 120)
        for k in range(4)
    ]  # fmt: skip
    wanted = [{"kind": KIND, "type": "displaced", "queue": "default", "mmsis": [799201401 + k]} for k in range(4)]
    return Scene("four go dark together", KIND, "four boats fall silent together; the traffic around them is heard",
                 [*dark, *_lane(799201410, 10, 14.0)], wanted)  # fmt: skip


def scenes() -> list[Scene]:
    """All of them."""
    inside = {"kind": KIND, "type": "displaced", "queue": "default", "zones": ["watch box"]}
    return [
        _dark_among_others(), _five_hours(), _receiver_dies(), _hole(), _out_of_range(), _out_and_back(),
        _zone(3.0, 799200601, [WATCH], "dark for 3 h in a watch zone", [inside]),
        _zone(3.0, 799200701, [], "dark for 3 h outside any zone", []),
        _zone(1.8, 799201501, [WATCH], "silent for 1 h 48 min in a watch zone", []),
        _moored(), _drifts_back(), _slow_feed(), _not_back(), _end_of_file(), _shared_number(), _fleet(),
    ]  # fmt: skip
