"""Scenes of ``position_spoof``: vessels told where they cannot be, and what only looks like it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from scenarios.scenes.scene import Fix, Scene, Vessel

__all__ = ["scenes"]

Change = Callable[[Fix], Fix]
FROM, UNTIL = 60.0, 125.0
"""Minutes between which places are false, unless a scene says otherwise."""


def _between(vessel: Vessel, change: Change, begin: float = FROM, end: float = UNTIL) -> Vessel:
    """The vessel with other places in between; it sails on in truth."""
    vessel.fixes = [change(fix) if begin <= fix.minute < end else fix for fix in vessel.fixes]
    return vessel


def _offset(east_nm: float, north_nm: float) -> Change:
    return lambda fix: replace(fix, east_nm=fix.east_nm + east_nm, north_nm=fix.north_nm + north_nm)


def _at(east_nm: float, north_nm: float) -> Change:
    return lambda fix: replace(fix, east_nm=east_nm, north_nm=north_nm, sog_kn=0.0)


def _circle(east_nm: float, north_nm: float, radius_nm: float, kn: float, phase_deg: float) -> Change:
    """On a circle; speed as on the circle, the course told is one and the same."""

    def change(fix: Fix) -> Fix:
        angle = math.radians(phase_deg) + fix.minute * kn / 60.0 / radius_nm
        e, n = east_nm + radius_nm * math.sin(angle), north_nm + radius_nm * math.cos(angle)
        return replace(fix, east_nm=e, north_nm=n, sog_kn=kn)

    return change


def _sailing(k: int, first: int) -> Vessel:
    """The k-th of a crowd: all under way on their own courses, at their own speeds and beats, for three hours."""
    vessel = Vessel(first + k, 1.7 * (k % 4), 1.9 * (k // 4), step_s=20.0 + 3.0 * (k % 5), name=f"SIM {first + k}")
    return vessel.go(29.0 * k % 360.0, 7.0 + k % 6, 180)


def _crowd(first: int, n: int = 12) -> list[Vessel]:
    return [_sailing(k, first) for k in range(n)]


def _bystanders(first: int) -> list[Vessel]:
    """Others near by to whom nothing happens."""
    return [
        Vessel(first + k, -4.0 - k, 3.0, step_s=30.0, name=f"SIM {first + k}").go(200.0, 9.0, 180) for k in range(5)
    ]


def _found(kind_type: str, vessels: list[Vessel], queue: str) -> list[dict[str, object]]:
    mmsis = [vessel.mmsi for vessel in vessels]
    return [{"kind": "position_spoof", "type": kind_type, "mmsis": mmsis, "queue": queue}]


def _many(name: str, kind_type: str, says: str, first: int, change: Callable[[int], Change]) -> Scene:
    hit = [_between(v, change(k), FROM + 0.2 * k, UNTIL + 0.2 * k) for k, v in enumerate(_crowd(first))]
    return Scene(name, "position_spoof", says, [*hit, *_bystanders(first + 50)], _found(kind_type, hit, "default"))


def _one(name: str, kind_type: str, says: str, first: int, change: Change, queue: str = "context") -> Scene:
    hit = _between(_sailing(1, first), change)
    return Scene(name, "position_spoof", says, [hit, *_bystanders(first + 50)], _found(kind_type, [hit], queue))


def _quiet(name: str, says: str, *vessels: Vessel) -> Scene:
    return Scene(name, "position_spoof", says, vessels)


def _spoofed() -> list[Scene]:
    return [
        _many("twelve shifted by one vector", "offset", "five miles off", 799100000, lambda _: _offset(4.0, 3.0)),
        _many("twelve put on one place", "jump", "all at one point", 799100100, lambda _: _at(14.0, -9.0)),
        _many(
            "twelve on circles round one point", "circle", "rings of several sizes, courses as if nothing was",
            799100200, lambda k: _circle(-9.0, 6.0, 0.35 + 0.05 * (k % 4), 24.0, 30.0 * k),
        ),
        _many(
            "twelve on circles round their own places", "circle", "rings begin without a leap", 799100300,
            lambda k: _circle(1.7 * (k % 4), 1.9 * (k // 4), 0.3, 22.0, 30.0 * k),
        ),
        _one("one shifted", "offset", "one vessel moves on elsewhere, and is back", 799100400, _offset(6.0, 5.0)),
        _one("one put elsewhere", "jump", "one vessel is told at a place, and is back", 799100500, _at(15.0, 10.0)),
        _one("one on a circle", "circle", "it leaps there", 799100600, _circle(9.0, -8.0, 0.5, 25.0, 0.0), "default"),
    ]  # fmt: skip


def _anchored_shifted() -> Scene:
    hit = [Vessel(799100700 + k, 1.1 * k, 0.4 * k, step_s=180.0, status=1).stay(300) for k in range(12)]
    hit = [_between(v, _offset(-5.0, 2.0), 90.0 + 0.1 * k, 160.0) for k, v in enumerate(hit)]
    says = "twelve at anchor, heard every three minutes, shifted together"
    return Scene("twelve at anchor shifted", "position_spoof", says, hit, _found("offset", hit, "default"))


def _two_only() -> Scene:
    hit = [_between(v, _offset(1.2, 0.4)) for v in _crowd(799100800, 2)]
    says = "two shifted by a mile: too few to be a group, too little to tell one"
    return Scene("two shifted a little", "position_spoof", says, [*hit, *_bystanders(799100850)])


def _over_hours() -> Scene:
    hit = [_between(v, _offset(1.2, 0.4), 20.0 + 14.0 * k, 160.0) for k, v in enumerate(_crowd(799100900, 6))]
    says = "six shifted a little, each quarter of an hour another: not together"
    return Scene("six shifted one after another", "position_spoof", says, hit)


def _ring(mmsi: int, radius_nm: float, kn: float, minutes: float, step_s: float = 10.0) -> Vessel:
    """A vessel that really sails circles, its course along them."""
    vessel = Vessel(mmsi, 0.0, 0.0, step_s=step_s, scatter_m=4.0)
    step = step_s / 60.0
    turn = math.degrees(kn / 60.0 * step / radius_nm)
    for k in range(round(minutes / step)):
        vessel.go(k * turn, kn, step)
    return vessel


def _marks(mmsi: int, kn: float) -> Vessel:
    """Round three marks, again and again."""
    vessel = Vessel(mmsi, 0.0, 0.0, step_s=10.0, scatter_m=4.0)
    for _ in range(5):
        vessel.to(0.0, 0.8, kn).to(0.7, 0.4, kn).to(0.0, 0.0, kn)
    return vessel


def _survey(mmsi: int) -> Vessel:
    vessel = Vessel(mmsi, 0.0, 0.0, step_s=20.0)
    for k in range(8):
        vessel.go(0.0, 5.0, 24).go(90.0, 5.0, 2).go(180.0, 5.0, 24).go(90.0, 5.0, 2 + k % 2)
    return vessel


def _hung(mmsi: int) -> Vessel:
    """Its receiver hangs for half an hour while the speed goes on, and then catches up."""
    vessel = Vessel(mmsi, 0.0, 0.0, step_s=20.0).go(40.0, 14.0, 180)
    place = next(f for f in vessel.fixes if f.minute >= FROM)
    return _between(vessel, lambda f: replace(f, east_nm=place.east_nm, north_nm=place.north_nm), FROM, FROM + 30.0)


def _late(mmsi: int, course_deg: float = 40.0) -> Vessel:
    """For an hour its messages come with a clock twenty minutes late: it is where it was."""
    vessel = Vessel(mmsi, course_deg / 60.0, 0.0, step_s=20.0).go(course_deg, 14.0, 70).go(course_deg + 70.0, 14.0, 110)
    old = {round(f.minute, 3): f for f in vessel.fixes}

    def change(fix: Fix) -> Fix:
        then = old[round(fix.minute - 20.0, 3)]
        return replace(fix, east_nm=then.east_nm, north_nm=then.north_nm, cog_deg=then.cog_deg)

    return _between(vessel, change)


def _ordinary() -> list[Scene]:
    stray = _between(_sailing(2, 799101000), _offset(9.0, 7.0), FROM, FROM + 0.3)
    pair = [
        Vessel(799101100, 0.0, 0.0, step_s=30.0, stations=("s1",)).go(30.0, 9.0, 180),
        Vessel(799101100, 80.0, 50.0, 0.2, step_s=45.0, stations=("s2",)).go(210.0, 11.0, 180),
    ]
    turns = [
        Vessel(799101150, 0.0, 0.0, step_s=30.0, name="SIM A").go(30.0, 9.0, 60),
        Vessel(799101150, 9.0, 15.6, 120.0, step_s=30.0, name="SIM A").go(30.0, 9.0, 60),
        Vessel(799101150, 30.0, 20.0, 62.0, step_s=30.0, name="SIM B").go(210.0, 11.0, 50),
    ]  # fmt: skip
    hole = [v.go(50.0, 15.0, 90, heard=False).go(50.0, 15.0, 60) for v in _crowd(799101200, 6)]
    dies = Vessel(799101300, 0.0, 0.0).go(90.0, 12.0, 70)
    convoy = [
        Vessel(799101400 + k, 0.3 * k, 0.2 * k, step_s=20.0).go(10.0, 12.0, 60).go(100.0, 12.0, 90) for k in range(12)
    ]
    ferry = Vessel(799101500, 0.0, 0.0, step_s=20.0)
    for _ in range(4):
        ferry.to(6.0, 2.0, 32.0).stay(10).to(0.0, 0.0, 32.0).stay(10)
    null = _between(_sailing(3, 799101600), lambda f: replace(f, sog_kn=None, cog_deg=None))
    swinging = [_ring(799101700 + k, 0.054, 0.03, 900, 180.0) for k in range(4)]
    return [
        _quiet("one fix astray", "back with the next fix", stray),
        _quiet("one number, two ships far apart", "heard by turns", *pair),
        _quiet("one number, two ships one after the other", "other names", *turns),
        _quiet("six cross a hole in the coverage", "and come out where ships of their speed can be", *hole),
        _quiet("a receiver dies", "and is not heard again", dies),
        _quiet("a convoy turns together", "each as it should", *convoy),
        _quiet("a fast ferry", "to and fro", ferry),
        _quiet("a device without speed", "for an hour", null),
        _quiet("swinging at anchor", "a ring of 100 m in a tide", *swinging),
        _quiet("a seiner shoots its net", "a circle of 200 m at 6 kn", _ring(799101800, 0.11, 6.0, 30)),
        _quiet("a tug turns round and round", "at 8 kn", _ring(799101810, 0.05, 8.0, 20)),
        _quiet("a regatta", "ten boats round marks", *[_marks(799101900 + k, 9.0 + 0.4 * k) for k in range(10)]),
        _quiet("fast boats round marks", "at 25 kn", *[_marks(799101950 + k, 24.0 + k) for k in range(4)]),
        _quiet("a survey", "lines to and fro", _survey(799102000)),
        _quiet("a receiver hangs", "and catches up", _hung(799102100)),
        _quiet("a late clock", "on its own path", _late(799102200)),
        _quiet("a station with a late clock", "twelve at once", *[_late(799102300 + k, 31.0 * k) for k in range(12)]),
    ]


def scenes() -> list[Scene]:
    """All of them."""
    return [*_spoofed(), _anchored_shifted(), _two_only(), _over_hours(), *_ordinary()]
