"""Scenes of ``block``: one vessel comes into another's bow and holds there, and the many that only pass.

Decides: courses of blockers and targets, and of ships that cross, meet, overtake, turn at a waypoint, board a pilot,
anchor, meet at sea. Refuses: to know how a hold in the bow is told. Known failures: ships here turn at once, as none
at sea can.
"""

from __future__ import annotations

import math
from typing import Any

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]


def _kin(blocker: int, target: int, kind_type: str, queue: str) -> dict[str, Any]:
    roles = {blocker: "blocker", target: "target"}
    return {"kind": "block", "type": kind_type, "queue": queue, "roles": roles}


def _stopped() -> Scene:
    """The blocker cuts across, stops half a mile ahead; the target stops, and after twenty minutes turns back."""
    target = Vessel(799040001, 0.0, 0.0, name="SIM 4001", step_s=20.0)
    target.go(0, 10, 30).go(0, 5, 2).stay(20).go(180, 10, 40)
    blocker = Vessel(799040002, 4.0, 2.0, name="SIM 4002", step_s=20.0)
    blocker.go(0, 14, 12).to(0.05, 5.9, 16.0).go(0, 1.2, 40).go(90, 12, 20)
    wanted = [_kin(799040002, 799040001, "stood_still", "default")]
    return Scene("cut off and stopped", "block", "cuts across and lies in the bow", [target, blocker], wanted)


def _turned_away() -> Scene:
    """The blocker comes ahead and slows to a crawl; the target turns by 90 degrees, the blocker follows its turn."""
    target = Vessel(799040003, 0.0, 0.0, step_s=30.0).go(0, 9, 32).go(90, 9, 15).go(20, 9, 30)
    blocker = Vessel(799040004, -3.5, 3.0, step_s=30.0)
    blocker.go(0, 13, 8).to(0.02, 6.0, 14.0).go(80, 1.5, 14).to(3.6, 5.6, 14.0).go(60, 3, 20)
    wanted = [_kin(799040004, 799040003, "turned_away", "default")]
    return Scene("turned away", "block", "crawls across the bow and follows the turn", [target, blocker], wanted)


def _again() -> Scene:
    """Twice the blocker comes back into the bow; the target alters by 35 degrees each time."""
    target = Vessel(799040005, 0.0, 0.0, step_s=20.0).go(0, 8, 35).go(35, 8, 22).go(75, 8, 30)
    blocker = Vessel(799040006, 3.0, 2.4, step_s=20.0)
    blocker.go(0, 12, 8).to(0.05, 5.6, 14.0).go(20, 2, 14).to(1.9, 7.4, 14.0).go(60, 1.5, 20).go(60, 8, 20)
    wanted = [_kin(799040006, 799040005, "turned_away", "default")]
    return Scene("again and again", "block", "comes into the bow twice", [target, blocker], wanted)


def _slow_crosser() -> Scene:
    """A slow vessel turns across the bow once and goes on; the target gives way by 35 degrees."""
    target = Vessel(799040007, 0.0, 0.0, step_s=20.0).go(0, 12, 15).go(35, 12, 10).go(0, 12, 30)
    crosser = Vessel(799040008, 1.1, 4.67, step_s=20.0).go(180, 5, 8).go(270, 5, 60)
    wanted = [_kin(799040008, 799040007, "turned_away", "context")]
    return Scene("slow crosser", "block", "a slow vessel turns across the bow and goes on", [target, crosser], wanted)


def _crossing() -> Scene:
    """An ordinary crossing: the give-way ship turns to starboard, the other keeps its course and speed."""
    giving = Vessel(799040011, 0.0, 0.0, step_s=20.0).go(0, 12, 20).go(50, 12, 12).go(0, 12, 30)
    standing = Vessel(799040012, 6.0, 6.0, step_s=20.0).go(270, 12, 62)
    return Scene("crossing", "block", "one gives way, the other never moved", [giving, standing])


def _waypoint() -> Scene:
    """A ship turns at its waypoint ahead of another and crosses at its own speed; the other gives way."""
    one = Vessel(799040013, 0.0, 0.0, step_s=20.0).go(0, 12, 23).go(30, 12, 10).go(0, 12, 30)
    two = Vessel(799040014, 3.4, 4.0, step_s=20.0).go(0, 13, 10).go(270, 13, 50)
    return Scene("waypoint", "block", "turns at a waypoint with traffic ahead", [one, two])


def _overtaking() -> Scene:
    slow = Vessel(799040015, 0.0, 3.0, step_s=20.0).go(0, 9, 15).go(0, 6, 60)
    fast = Vessel(799040016, 0.0, 0.0, step_s=20.0).go(0, 14, 25).go(28, 14, 10).go(350, 14, 30)
    return Scene("overtaking", "block", "a ship ahead slows, the faster one goes round it", [slow, fast])


def _meeting() -> Scene:
    """Head on: both alter to starboard."""
    one = Vessel(799040017, 0.0, 0.0, step_s=20.0).go(0, 12, 15).go(30, 12, 8).go(340, 12, 12).go(0, 12, 20)
    two = Vessel(799040018, 0.1, 9.0, step_s=20.0).go(180, 12, 14).go(210, 12, 8).go(160, 12, 12).go(180, 12, 20)
    return Scene("meeting", "block", "two ships meet head on and both alter", [one, two])


def _pilot() -> Scene:
    """A pilot boat comes from ahead, turns in beside the ship, which slows for it."""
    ship = Vessel(799040019, 0.0, 0.0, step_s=20.0).go(0, 12, 20).go(0, 7, 25).go(0, 11, 20)
    boat = Vessel(799040020, 0.6, 7.4, step_s=20.0, ship_type=50)
    boat.to(0.1, 5.0, 16).go(0, 7, 12).to(0.6, 7.4, 18)
    return Scene("pilot boarding", "block", "a pilot boat turns in ahead of a ship that slows", [ship, boat])


def _anchors_ahead() -> Scene:
    """A ship stops and anchors ahead of another, which passes it by thirty degrees."""
    passing = Vessel(799040021, 0.0, 0.0, step_s=20.0).go(0, 11, 34).go(30, 11, 8).go(345, 11, 12).go(0, 11, 30)
    anchoring = Vessel(799040022, 0.1, 3.0, step_s=20.0).go(0, 11, 24).go(0, 3, 4).stay(80)
    return Scene("anchors ahead", "block", "anchors in front, the other goes round it", [passing, anchoring])


def _to_anchor() -> Scene:
    """Two ships come to one anchorage, the second anchors short of the first."""
    first = Vessel(799040023, 0.0, 2.0, step_s=20.0).go(0, 10, 30).go(0, 4, 6).stay(120)
    second = Vessel(799040024, 0.0, 0.0, step_s=20.0).go(0, 10, 32).go(0, 4, 8).stay(110)
    return Scene("to anchor", "block", "both come to anchor, one behind the other", [first, second])


def _other_order() -> Scene:
    """The target stops first; the other comes to its bow afterwards."""
    target = Vessel(799040025, 0.0, 0.0, step_s=20.0).go(0, 10, 20).go(0, 4, 4).stay(50)
    later = Vessel(799040026, 4.0, 2.0, step_s=20.0).go(0, 13, 16).to(0.0, 4.6, 13.0).go(0, 1.5, 40)
    return Scene("the other order", "block", "it had stopped before the other came", [target, later])


def _stood_close() -> Scene:
    """As close as two that meet: the blocker lies 350 m ahead while the target stands still, which then turns back."""
    target = Vessel(799040027, 0.0, 0.0, step_s=20.0).go(0, 10, 30).go(0, 0.2, 24).go(180, 10, 40)
    blocker = Vessel(799040028, 4.0, 0.52, step_s=20.0).go(0, 14, 3).to(0.02, 5.19, 16.0).go(0, 0.2, 36)
    blocker.go(90, 12, 30)
    wanted = [_kin(799040028, 799040027, "stood_still", "default")]
    return Scene(
        "close ahead, and turned back", "block", "lies close in the bow of one that turns", [target, blocker], wanted
    )


def _rendezvous(
    name: str, first: int, slows_min: float, start: tuple[float, float], step_s: float, scatter_m: float, off_nm: float
) -> Scene:
    """A carrier slows from 11 to 0.5 kn; a boat, a mile ahead by then, comes to it in six minutes and stays for hours.

    start: miles east and north of the place where the carrier slows, where the boat begins its way; off_nm: how far
    east of the carrier it lies
    """
    there, radio = 11.0 * slows_min / 60.0, {"step_s": step_s, "scatter_m": scatter_m}
    carrier = Vessel(first, 0.0, 0.0, ship_type=70, **radio).go(0, 11, slows_min).go(20, 0.5, 240)  # type: ignore[arg-type]
    ahead = (0.05, there + 1.0)
    way_min = math.hypot(ahead[0] - start[0], 1.0 - start[1]) / 14.0 * 60.0
    before_min = slows_min - 5.0 - way_min
    boat = Vessel(first + 1, start[0] - 8.0 * before_min / 60.0, there + start[1], **radio)  # type: ignore[arg-type]
    boat.go(90, 8, before_min).to(*ahead, 14.0).go(200, 1, 6)
    beside = (0.017 + off_nm, there + 0.047)
    left_min = slows_min + 6.0 - boat.minute
    boat.to(*beside, math.hypot(beside[0] - boat.east_nm, beside[1] - boat.north_nm) / left_min * 60.0)
    boat.go(20, 0.5, 180).go(90, 12, 30)
    wanted = [_kin(first + 1, first, "stood_still", "context")]
    return Scene(name, "block", "a carrier slows and a boat lies with it for hours", [carrier, boat], wanted)


def _rendezvous_all() -> list[Scene]:
    return [
        _rendezvous("meeting at sea, boat from the side", 799040041, 28, (-5.0, 1.5), 30.0, 6.0, 0.03),
        _rendezvous("meeting at sea, boat from ahead", 799040043, 42, (0.8, 7.0), 30.0, 6.0, 0.03),
        _rendezvous("meeting at sea, boat from abaft", 799040045, 35, (2.5, -1.0), 30.0, 6.0, 0.03),
        _rendezvous("meeting at sea, boat lies off", 799040047, 28, (-5.0, 1.5), 60.0, 15.0, 0.2),
    ]


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _stopped(), _turned_away(), _again(), _slow_crosser(), _crossing(), _waypoint(), _overtaking(), _meeting(),
        _pilot(), _anchors_ahead(), _to_anchor(), _other_order(), _stood_close(), *_rendezvous_all(),
    ]  # fmt: skip
