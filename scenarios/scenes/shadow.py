"""Scenes of ``shadow``: one vessel keeps in the path of another, and the many that only seem to.

Decides: courses of leaders and followers, and of convoys, lanes, ferries, pilots, tows, regattas and surveys. Refuses:
to know how a follower is told. Known failures: helmsmen here steer straighter than any at sea, but for ``scatter_m``.
"""

from __future__ import annotations

from typing import Any

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

Leg = tuple[float, float, float]
"""Course, speed in knots, minutes."""

WINDING: list[Leg] = [(20, 11, 25), (75, 11, 20), (350, 9, 25), (40, 12, 25)]
"""A leader that turns three times, by 55, 85 and 50 degrees."""


def _sail(vessel: Vessel, legs: list[Leg]) -> Vessel:
    for course, kn, minutes in legs:
        vessel.go(course, kn, minutes)
    return vessel


def _behind(mmsi: int, legs: list[Leg], minutes: float, **more: Any) -> Vessel:
    """A vessel on the same legs from the same place so many minutes later, with the leader's speeds at the places."""
    return _sail(Vessel(mmsi, 0.0, 0.0, minutes, **more), legs)


def _kin(leader: int, follower: int, kind_type: str, queue: str) -> dict[str, Any]:
    roles = {leader: "leader", follower: "follower"}
    return {"kind": "shadow", "type": kind_type, "queue": queue, "roles": roles}


def _tailed() -> Scene:
    vessels = [
        _sail(Vessel(799030001, 0.0, 0.0, name="SIM 3001", scatter_m=8.0), WINDING),
        _behind(799030002, WINDING, 7.0, name="SIM 3002", scatter_m=8.0),
    ]
    wanted = [_kin(799030001, 799030002, "answering", "default")]
    return Scene("kept in its path", "shadow", "seven minutes behind through three turns", vessels, wanted)


def _closer_tail() -> Scene:
    legs: list[Leg] = [(180, 6, 30), (110, 6, 30), (200, 4.5, 30)]
    vessels = [
        _sail(Vessel(799030003, 0.0, 0.0, step_s=180.0), legs),
        _behind(799030004, legs, 12.0, step_s=90.0, scatter_m=10.0),
    ]
    wanted = [_kin(799030003, 799030004, "answering", "default")]
    return Scene("slow and seldom heard", "shadow", "twelve minutes behind, reports minutes apart", vessels, wanted)


def _holds_range() -> Scene:
    """The follower changes speed when the leader does, not where it did."""
    leader: list[Leg] = [(60, 14, 30), (60, 8, 25), (100, 8, 20), (100, 13, 30)]
    follower = Vessel(799030006, 0.0, 0.0, 6.0)
    follower.go(60, 14, 25).go(60, 8, 20).go(60, 8, 15.5).go(100, 8, 11.5).go(100, 13, 25)
    vessels = [_sail(Vessel(799030005, 0.0, 0.0), leader), follower]
    wanted = [_kin(799030005, 799030006, "answering", "default")]
    return Scene("holds its range", "shadow", "slows and gathers speed a minute after the leader", vessels, wanted)


def _straight() -> Scene:
    vessels = [
        Vessel(799030007, 0.0, 0.0).go(45, 12, 80),
        Vessel(799030008, 0.0, 0.0, 8.0).go(45, 12, 72),
    ]
    wanted = [_kin(799030007, 799030008, "in_trail", "context")]
    return Scene("one behind the other", "shadow", "straight on at one speed: nothing tells it", vessels, wanted)


def _same_bend() -> Scene:
    """One bend of 35 degrees, too little to tell an answer from a waypoint."""
    legs: list[Leg] = [(45, 12, 40), (80, 12, 40)]
    vessels = [_behind(799030009, legs, 0.0), _behind(799030010, legs, 8.0)]
    wanted = [_kin(799030009, 799030010, "in_trail", "context")]
    return Scene("one bend", "shadow", "both pass one waypoint and turn by 35 degrees", vessels, wanted)


def _lane() -> Scene:
    """Six ships, the same bend, a few miles apart, at speeds of their own; two happen to keep their distance."""
    legs: list[Leg] = [(30, 12, 60), (95, 12, 60)]
    speeds = (12.0, 12.0, 12.6, 11.5, 13.0, 12.2)
    ships = []
    for k, kn in enumerate(speeds):
        own = [(course, kn, minutes * 12.0 / kn) for course, _, minutes in legs]
        ships.append(_behind(799030011 + k, own, 9.0 * k, scatter_m=5.0))
    return Scene("traffic lane", "shadow", "ships of one lane follow one another round its bend", ships)


def _convoy() -> Scene:
    ships = [_behind(799030021 + k, WINDING, 3.0 * k) for k in range(5)]
    return Scene("convoy", "shadow", "five in column through three turns: nobody follows alone", ships)


def _ferries() -> Scene:
    """Two ferries to and fro between two places, twenty minutes apart."""
    out: list[Leg] = [(90, 16, 25), (0, 0, 10), (270, 16, 25), (0, 0, 10)]
    ships = [_behind(799030031 + k, out + out, 20.0 * k, ship_type=60) for k in range(2)]
    return Scene("ferry line", "shadow", "two ferries on one line", ships)


def _pilot() -> Scene:
    """A pilot boat closes a ship, runs beside it and goes home."""
    ship = Vessel(799030041, 0.0, 0.0).go(0, 9, 70)
    boat = Vessel(799030042, 3.0, 0.5, 5.0, ship_type=50).to(0.06, 3.8, 12).go(0, 9, 12).to(3.0, 0.5, 20)
    return Scene("pilot", "shadow", "a pilot boat comes, boards and leaves", [ship, boat])


def _tow() -> Scene:
    legs: list[Leg] = [(20, 5.5, 60), (80, 5.5, 60), (10, 5.5, 40)]
    tug, barge = _behind(799030043, legs, 0.0, ship_type=52), _behind(799030044, legs, 0.25 / 5.5 * 60.0)
    return Scene("tow", "shadow", "a tug tows a barge on a line of a quarter of a mile", [tug, barge])


def _regatta() -> Scene:
    """Eight yachts beat to windward; all tack about the same places."""
    ships = []
    for k in range(8):
        legs: list[Leg] = [(40 if j % 2 == 0 else 320, 6.0 + 0.05 * k, 12.0) for j in range(6)]
        ships.append(_sail(Vessel(799030051 + k, 0.03 * (k % 3), -0.1 * k, scatter_m=5.0), legs))
    return Scene("regatta", "shadow", "eight yachts tack up the same course", ships)


def _crossing() -> Scene:
    vessels = [Vessel(799030061, -6.0, 0.0).go(90, 12, 60), Vessel(799030062, 0.0, -6.5).go(0, 12, 60)]
    return Scene("crossing", "shadow", "two ships cross", vessels)


def _overtaking() -> Scene:
    vessels = [Vessel(799030063, 0.0, 0.0).go(30, 10, 120), Vessel(799030064, 0.0, 0.0, 15.0).go(30, 14, 100)]
    return Scene("overtaking", "shadow", "a faster ship comes up on the same line and goes by", vessels)


def _abreast() -> Scene:
    vessels = [_sail(Vessel(799030065, 0.0, 0.0), WINDING), _sail(Vessel(799030066, 0.8, 0.0), WINDING)]
    return Scene("abreast", "shadow", "two ships side by side make the same turns at the same time", vessels)


def _survey() -> Scene:
    """Two survey ships mow parallel lines half a mile apart, one a little behind."""
    legs: list[Leg] = []
    for k in range(4):
        legs += [(0 if k % 2 == 0 else 180, 5, 40), (90, 5, 12)]
    vessels = [_sail(Vessel(799030067, 0.0, 0.0), legs), _sail(Vessel(799030068, 0.5, -0.3), legs)]
    return Scene("survey", "shadow", "two survey ships on parallel lines", vessels)


def _opposite() -> Scene:
    vessels = [Vessel(799030069, 0.0, 0.0).go(0, 12, 60), Vessel(799030070, 0.0, 12.0).go(180, 12, 60)]
    return Scene("the other way", "shadow", "a ship sails the same line the other way", vessels)


def _too_short() -> Scene:
    """In the path for eight minutes within reach, then away."""
    vessels = [
        Vessel(799030071, 0.0, 0.0).go(0, 10, 70),
        Vessel(799030072, -3.0, 2.5, 14.0).to(0.0, 2.5, 10).go(0, 10, 8).go(270, 10, 30),
    ]
    return Scene("crosses its wake", "shadow", "turns into the wake for eight minutes and leaves", vessels)


def _beyond() -> Scene:
    vessels = [_behind(799030073, WINDING, 0.0), _behind(799030074, WINDING, 21.0)]
    return Scene("beyond three miles", "shadow", "on the same path, but four miles behind", vessels)


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _tailed(), _closer_tail(), _holds_range(), _straight(), _same_bend(), _lane(), _convoy(), _ferries(), _pilot(),
        _tow(), _regatta(), _crossing(), _overtaking(), _abreast(), _survey(), _opposite(), _too_short(), _beyond(),
    ]  # fmt: skip
