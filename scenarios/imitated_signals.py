"""Imitations made by signals: false positions, holes in the coverage, receivers that die.

Decides: what is sent and heard. Refuses: to know how anything is detected.
Known failures: one who falsifies positions does it for all vessels alike; real ones drag some along and lose others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from scenarios.imitation import Antenna, Crew, Imitation, hidden
from scenarios.scenes.scene import Fix, Vessel

__all__ = ["ALL"]

Change = Callable[[Fix], Fix]


def _crowd(crew: Crew, n: int, minutes: float) -> list[Vessel]:
    """Ships under way on their own courses around one place."""
    out = []
    for k in range(n):
        ship = crew.vessel(2.3 * (k % 5) + crew.between(-0.4, 0.4), 2.3 * (k // 5), ship_type=70 + k % 10)
        course, kn = 360.0 * k / n + crew.between(-8, 8), crew.between(6, 14)
        out.append(ship.go(course, kn, minutes / 2).go(course + crew.between(-40, 40), kn, minutes / 2))
    return out


def _falsified(vessel: Vessel, change: Change, begin: float, end: float) -> Vessel:
    vessel.fixes = [change(f) if begin <= f.minute < end else f for f in vessel.fixes]
    return vessel


def _offset(crew: Crew) -> Callable[[int], Change]:
    angle, far = math.radians(crew.between(0, 360)), crew.between(4, 9)
    east, north = far * math.sin(angle), far * math.cos(angle)
    return lambda _: lambda f: replace(f, east_nm=f.east_nm + east, north_nm=f.north_nm + north)


def _jump(crew: Crew) -> Callable[[int], Change]:
    angle = crew.between(0, 2 * math.pi)
    east, north = 30 * math.sin(angle), 30 * math.cos(angle)
    return lambda _: lambda f: replace(f, east_nm=east, north_nm=north, sog_kn=0.0)


def _circle(crew: Crew) -> Callable[[int], Change]:
    angle, kn = crew.between(0, 2 * math.pi), crew.between(18, 28)
    east, north = 22 * math.sin(angle), 22 * math.cos(angle)

    def of(k: int) -> Change:
        phase, radius = crew.between(0, 2 * math.pi), crew.between(0.3, 0.6)

        def change(f: Fix) -> Fix:
            turn = phase + f.minute * kn / 60.0 / radius
            return replace(
                f, east_nm=east + radius * math.sin(turn), north_nm=north + radius * math.cos(turn), sog_kn=kn
            )

        return change

    return of


def _spoofed(kind: str, n: int, number: int) -> Callable[[int], Imitation]:
    make = {"offset": _offset, "jump": _jump, "circle": _circle}[kind]

    def scene(seed: int) -> Imitation:
        crew = Crew(seed, number)
        ships, of = _crowd(crew, 20, 360), make(crew)
        begin, minutes = crew.between(100, 140), crew.between(45, 100)
        hit = ships[:n]
        for k, ship in enumerate(hit):
            later = crew.between(0.0, 2.0)
            _falsified(ship, of(k), begin + later, begin + minutes + later)
        # One vessel away and back may be two on one number: that is what the default queue says of a far one.
        what = {"kind": "position_spoof", "type": kind, "mmsis": [s.mmsi for s in hit]}
        expect = [what] if n > 1 or kind == "circle" else []
        if n == 1 and kind == "jump":
            expect = [{"kind": "identity_conflict", "type": "two_places"}]
        says = f"{n} of 20 are told elsewhere for {minutes:.0f} min: {kind}"
        return crew.scene(f"{kind} of {n}", says, ships, expect=expect)

    return scene


def _crossing(
    crew: Crew, n: int, half_nm: float, wide_nm: float, every: float, kn: tuple[float, float]
) -> list[Vessel]:
    """Ships to and fro, each from out of reach to out of reach."""
    out = []
    for k in range(n):
        side = -1 if k % 2 else 1
        ship = crew.vessel(-side * half_nm, crew.between(-wide_nm, wide_nm), every * k, least_step_s=30.0)
        out.append(ship.go(90.0 if side > 0 else 270.0, crew.between(*kn), 2 * half_nm / kn[0] * 60))
    return out


def _hole(seed: int) -> Imitation:
    crew = Crew(seed, 10)
    half = crew.between(50, 60)
    ships = [hidden(s, (-half, half), (-60, 60)) for s in _crossing(crew, 30, 190, 35, 70.0, (11.0, 15.0))]
    ships += [_moved(s, 85.0) for s in _crossing(crew, 16, 190, 5, 150.0, (11.0, 15.0))]
    antennas = [Antenna("s1", reach_nm=170)]
    return crew.scene("a coverage hole", "a hole of 7 to 10 h that 30 ships cross", ships, antennas=antennas)


def _moved(ship: Vessel, north_nm: float) -> Vessel:
    ship.fixes = [replace(f, north_nm=f.north_nm + north_nm) for f in ship.fixes]
    return ship


def _small_hole(seed: int) -> Imitation:
    crew = Crew(seed, 11)
    ships = [hidden(s, (-15, 15), (-15, 15)) for s in _crossing(crew, 30, 80, 12, 40.0, (10.0, 14.0))]
    antennas = [Antenna("s1", reach_nm=65)]
    return crew.scene("a small coverage hole", "a hole of 2 to 3 h", ships, antennas=antennas)


def _receivers(seed: int) -> Imitation:
    crew = Crew(seed, 12)
    # Across both reaches; stations 70 nm apart, each hears 45 nm.
    ships = _crossing(crew, 40, 95, 25, 35.0, (9.0, 14.0))
    for k in range(6):
        slow = crew.vessel(70 * (k % 2) - 35 + crew.between(-12, 12), crew.between(-12, 12))
        while slow.minute < 2600:
            slow.to(70 * (k % 2) - 35 + crew.between(-20, 20), crew.between(-20, 20), 3.0)
        ships.append(slow)
    for ship in ships:
        ship.fixes = [f for f in ship.fixes if f.minute < 2600]
    antennas = [Antenna("s1", -35, 0, 45, [(700, 1e9)]), Antenna("s2", 35, 0, 45)]
    return crew.scene(
        "one of two receivers dies", "and does not come back", ships, antennas=antennas,
        expect=[{"kind": "feed_silent", "type": "station"}],
    )  # fmt: skip


def _only_receiver(seed: int) -> Imitation:
    crew = Crew(seed, 13)
    ships = _crowd(crew, 15, 900)
    silent = crew.between(420, 440)
    antennas = [Antenna("s1", silent=[(silent, silent + crew.between(90, 200))])]
    return crew.scene(
        "the only receiver dies", "for two or three hours", ships, antennas=antennas,
        expect=[{"kind": "feed_silent"}],
    )  # fmt: skip


def _long_death(seed: int) -> Imitation:
    crew = Crew(seed, 14)
    ships = [s.go(crew.between(0, 360), 10.0, 500) for s in _crowd(crew, 15, 900)]
    antennas = [Antenna("s1", silent=[(500, 500 + crew.between(420, 600))])]
    return crew.scene(
        "the only receiver dies for long", "for seven to ten hours", ships, antennas=antennas,
        expect=[{"kind": "feed_silent"}],
    )  # fmt: skip


ALL = [
    *(_spoofed(kind, n, 2 * i + (n > 1)) for i, kind in enumerate(("offset", "jump", "circle")) for n in (1, 12)),
    _hole, _small_hole, _receivers, _only_receiver, _long_death,
]  # fmt: skip
"""Each makes its imitation from a seed."""
