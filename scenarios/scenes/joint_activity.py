"""Scenes of ``joint_activity``: forces that lie and hold together for a day, and fleets that are merely policed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

DAY = 24 * 60.0
RAFT, GUARD, BOAT, SHIP = 799100000, 799200000, 799300000, 799400000
"""First MMSI of the rafted hulls, of those that stand off, of the fishing boats, of passing ships."""


def _raft(n: int, minutes: float, *, begin: float = 0.0, step_s: float = 600.0, pitch_nm: float = 0.03) -> list[Vessel]:
    """Hulls side by side in rows of four."""
    return [
        Vessel(RAFT + k, pitch_nm * (k % 4), pitch_nm * (k // 4), begin, step_s=step_s, scatter_m=8.0, ship_type=30)
        .stay(minutes)
        for k in range(n)
    ]  # fmt: skip


def _guard(k: int, bearing_deg: float, off_nm: float, minutes: float, *, begin: float = 0.0, kn: float = 4.0) -> Vessel:
    """A hull that goes up and down across a bearing, so many miles off."""
    b = math.radians(bearing_deg)
    e, n = off_nm * math.sin(b), off_nm * math.cos(b)
    hull = Vessel(GUARD + k, e, n, begin, step_s=300.0, scatter_m=8.0)
    away = 1.0
    while hull.minute < begin + minutes:
        hull.to(e + away * math.cos(b), n - away * math.sin(b), kn)
        away = -away
    return hull


def _fleet(n: int, minutes: float, seed: int, *, inner_nm: float = 2.0, outer_nm: float = 8.0) -> list[Vessel]:
    """Fishing boats that trawl to and fro at 3 kn in a ring, and say so."""
    rng = np.random.default_rng(seed)

    def spot() -> tuple[float, float]:
        b, off = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(inner_nm, outer_nm))
        return off * math.sin(b), off * math.cos(b)

    out = []
    for k in range(n):
        e, m = spot()
        boat = Vessel(BOAT + k, e, m, float(rng.uniform(0, 10)), step_s=600.0, scatter_m=8.0, ship_type=30)
        while boat.minute < minutes:
            to_e, to_n = e + float(rng.uniform(-2, 2)), m + float(rng.uniform(-2, 2))
            boat.to(to_e, to_n, 3.0)
        out.append(boat)
    return out


def _passing(n: int) -> list[Vessel]:
    """Ships on their way at 14 kn."""
    return [
        Vessel(SHIP + k, -20.0, 6.0 - 2.0 * k, 90.0 * k, step_s=300.0, ship_type=70).go(80.0, 14.0, 180)
        for k in range(n)
    ]  # fmt: skip


def _list(*forces: tuple[str, Sequence[int]]) -> str:
    rows = [f"{mmsi},{force},office register,2025-11-01" for force, hulls in forces for mmsi in hulls]
    return "\n".join(["mmsi,force,source,as_of", *rows, ""])


def _hulls(first: int, n: int) -> list[int]:
    return list(range(first, first + n))


MILITIA = ("militia", _hulls(RAFT, 12))
GUARDS = ("coast_guard", _hulls(GUARD, 2))


def _visit(k: int, fleet: Sequence[Vessel], at: float, minutes: float) -> Vessel:
    """A patrol that comes from 40 nm off, goes slowly through the fleet for so long, and leaves."""
    hull = Vessel(GUARD + k, -40.0, 3.0 * k, at, step_s=300.0, scatter_m=8.0).to(-3.0, 1.0 * k, 14.0)
    until = hull.minute + minutes
    hull.stay(min(25.0, minutes))
    while hull.minute < until:
        hull.to(hull.east_nm + 1.5, hull.north_nm + 0.5, 6.0).stay(15.0)
    return hull.to(40.0, 5.0, 14.0)


def _together() -> Scene:
    vessels = [
        *_raft(12, DAY), _guard(0, 40.0, 3.6, DAY), _guard(1, 250.0, 5.2, DAY, kn=2.5), *_fleet(14, DAY, 1),
        *_passing(4),
    ]  # fmt: skip
    roles = dict.fromkeys(_hulls(RAFT, 12), "mass") | dict.fromkeys(_hulls(GUARD, 2), "stand off")
    wanted: dict[str, Any] = {
        "kind": "joint_activity", "type": "formation", "queue": "default", "roles": roles,
        "mmsis": [*_hulls(RAFT, 12), *_hulls(GUARD, 2), *_hulls(BOAT, 14)],
    }  # fmt: skip
    says = "twelve listed militia hulls lie rafted, two coast guard hulls hold 3 to 6 nm off, a fishing fleet is around"
    return Scene("three forces", "joint_activity", says, vessels, [wanted], lists=_list(MILITIA, GUARDS))


def _all_sides() -> Scene:
    guards = [_guard(k, 20.0 + 90.0 * k, 4.5, DAY, kn=3.0) for k in range(4)]
    vessels = [*_raft(10, DAY), *guards]
    roles = dict.fromkeys(_hulls(GUARD, 4), "screen")
    wanted = {"kind": "joint_activity", "type": "formation", "roles": roles}
    lists = _list(("militia", _hulls(RAFT, 10)), ("navy", _hulls(GUARD, 4)))
    says = "ten militia hulls lie rafted, four navy hulls hold on all sides of them"
    return Scene("on all sides", "joint_activity", says, vessels, [wanted], lists=lists)


def _few() -> Scene:
    vessels = [*_raft(4, DAY), _guard(0, 90.0, 4.0, DAY)]
    lists = _list(("militia", _hulls(RAFT, 4)), ("coast_guard", [GUARD]))
    wanted = {"kind": "joint_activity", "type": "untested", "queue": "context"}
    says = "four militia hulls and one coast guard hull: five ways to deal them, so that chance cannot be ruled out"
    return Scene("too few to tell", "joint_activity", says, vessels, [wanted], lists=lists)


def _policed(name: str, says: str, lists: str, hulls: int) -> Scene:
    fleet = _fleet(16, DAY, 2, inner_nm=0.5)
    visits = [_visit(k, fleet, 300.0 + 20.0 * k, 100.0) for k in range(hulls)]
    return Scene(name, "joint_activity", says, [*fleet, *visits, *_passing(2)], lists=lists)


def _long_patrol() -> Scene:
    vessels = [*_fleet(16, DAY, 3, inner_nm=0.5), _guard(0, 40.0, 2.0, DAY), _guard(1, 220.0, 3.0, DAY)]
    lists = _list(MILITIA, ("coast_guard", [GUARD]), ("other_government", [GUARD + 1]))
    says = "a coast guard hull and a fisheries agency's hull stay with a fishing fleet all day: their trade"
    return Scene("a patrol that stays", "joint_activity", says, vessels, lists=lists)


def _visit_to_the_raft() -> Scene:
    raft = _raft(12, DAY)
    vessels = [*raft, *_fleet(14, DAY, 4), _visit(0, raft, 400.0, 100.0), _visit(1, raft, 420.0, 100.0)]
    says = "twelve militia hulls lie rafted in a fishing fleet; a patrol comes by, looks for an hour or two and leaves"
    return Scene("a patrol at the raft", "joint_activity", says, vessels, lists=_list(MILITIA, GUARDS))


def _one_after_the_other() -> Scene:
    vessels = [*_raft(12, 9 * 60.0), *(_guard(k, 90.0 * k, 4.0, 9 * 60.0, begin=14 * 60.0) for k in range(2))]
    says = "militia hulls lie rafted and leave the air; hours later two coast guard hulls hold there"
    return Scene("one after the other", "joint_activity", says, vessels, lists=_list(MILITIA, GUARDS))


def _apart() -> Scene:
    vessels = [*_raft(12, DAY), *(_guard(k, 90.0, 18.0 + 4.0 * k, DAY) for k in range(2))]
    says = "the coast guard holds 18 nm and more from the raft"
    return Scene("too far apart", "joint_activity", says, vessels, lists=_list(MILITIA, GUARDS))


def scenes() -> list[Scene]:
    """All of them; the first is the one drawn."""
    patrol = "one or two hulls come to a fishing fleet, inspect for an hour or two and move on"
    return [
        _together(),
        _all_sides(),
        _few(),
        _policed("a patrol, militia listed", patrol, _list(MILITIA, GUARDS), 2),
        _policed("a patrol, one list", patrol, _list(("other_government", [GUARD])), 1),
        _policed("a patrol, fleet listed", patrol, _list(GUARDS, ("fishing", _hulls(BOAT, 16))), 2),
        _long_patrol(),
        _visit_to_the_raft(),
        _one_after_the_other(),
        _apart(),
    ]
