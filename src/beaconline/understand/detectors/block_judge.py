"""What a manoeuvre into another's bow, and the other's giving up its way, amount to.

Decides: whether the blocker held there or only went by, whether the target did more than an ordinary give-way, and
what doubts keep an event out of the default queue. Refuses: right of way, and intent. A ship that turns at a waypoint
and crosses at its own speed, and another that gives way by thirty degrees, is traffic and not told.
Source: behaviours page; own rule. Known failures: a fast blocker that makes one manoeuvre and no other is told only
when the target turned by 60 degrees or stopped, and then in the context queue.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.geo.geodesy import KN_MS
from beaconline.foundation.table.reports import I64, Static
from beaconline.understand.detectors import block_scan as scan
from beaconline.understand.detectors.shadow_motion import AFTER, BEAT_US, BEFORE, KIND, SIZE, T_US, TURN_MOVE

__all__ = ["Limits", "Verdict", "judge"]

TUGS, PILOT, FISHING, CRAFT = (31, 32, 52), (50,), (30,), (36, 37)
"""AIS ship types: towing and tugs; pilot vessels; fishing; sailing and pleasure craft."""
OFTEN_TURNS = 4
"""A vessel with so many turns in the 40 minutes before goes to and fro."""
FEW_LEGS = 6
"""Fewer legs than this of either under an event: lines drawn between fixes."""
LONG_LEG_S = 300
"""A leg longer than this (s) inside an event: the order of two manoeuvres is not sure."""
ALONGSIDE_BEATS = 4
"""So many beats (2 min) alongside, both moving: somebody was put aboard, or something passed over."""
BOTH_STILL_BEATS = 40
"""Both still for so long (20 min) at the end of what is looked at: an anchorage looks the same."""
MEETING_BEATS = 40
"""So many beats (20 min) in which the two drifted within 500 m of each other after the target's manoeuvre: a meeting at
sea, which ``encounter`` tells. Fewer drops blocks that stop the target close by; more keeps short transfers."""
STOPPED_SHARE = 0.3
"""A target that keeps less than this share of its speed has as good as stopped."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds; see ``DEFAULTS`` of the kind."""

    slow_share: float
    great_turn_deg: float
    standstill_s: float
    port_distance_m: int
    near_shore_m: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """kind_type: ``stood_still`` or ``turned_away`` or ``slowed``, by what the target did; again: whether the blocker
    manoeuvred into the bow more than once; doubts: why it is kept out of the default queue."""

    kind_type: str
    again: bool
    slow_hold: bool
    doubts: tuple[str, ...]


def _still_s(event: I64) -> float:
    return float(event[scan.STILL]) * BEAT_US * 1e-6


def _gave_up(event: I64, limits: Limits) -> tuple[str, bool]:
    """What the target did, and whether it is more than an ordinary give-way."""
    move = event[scan.GAVE_UP : scan.LAST]
    if _still_s(event) >= limits.standstill_s:
        return "stood_still", True
    if move[KIND] == TURN_MOVE:
        return "turned_away", bool(abs(move[SIZE]) >= limits.great_turn_deg * 1000.0)
    return "slowed", bool(move[AFTER] <= STOPPED_SHARE * move[BEFORE])


def _doubts(event: I64, types: list[int]) -> list[str]:
    out = []
    if (
        max(event[scan.LONGEST_S : scan.LONGEST_S + 2]) > LONG_LEG_S
        or min(event[scan.HEARD : scan.HEARD + 2]) < FEW_LEGS
    ):
        out.append("interpolated")
    if event[scan.ALONGSIDE] >= ALONGSIDE_BEATS:
        out.append("alongside")
    if event[scan.BOTH_STILL] >= BOTH_STILL_BEATS and event[scan.LOWERINGS] < 2:
        out.append("both_still")
    if event[scan.MEETING] >= MEETING_BEATS:
        out.append("meeting")
    if event[scan.TARGET_TURNS] > 0:
        out.append("target_turns_often")
    if event[scan.BLOCKER_TURNS] >= OFTEN_TURNS:
        out.append("blocker_turns_often")
    if any(t in PILOT or t in TUGS for t in types):
        out.append("service")
    if all(t in FISHING for t in types):
        out.append("both_fish")
    if all(t in CRAFT for t in types):
        out.append("both_pleasure")
    return out


def judge(event: I64, limits: Limits, said: list[Static]) -> Verdict | None:
    """The verdict on an event (int64[EVENT]), or None when it is ordinary traffic. said: of blocker and target."""
    kind_type, strong = _gave_up(event, limits)
    target_mms, blocker_mms = float(event[scan.TARGET_MMS]), float(event[scan.BLOCKER_MMS])
    slow_hold = blocker_mms <= limits.slow_share * target_mms or blocker_mms < 1000.0 * KN_MS
    again = bool(event[scan.LOWERINGS] >= 2)
    types = [each.ship_type or 0 for each in said]
    in_line = bool(event[scan.SAME_WAY]) and not again
    both_still = event[scan.BOTH_STILL] >= BOTH_STILL_BEATS
    if in_line and (both_still or kind_type == "slowed" or (kind_type == "turned_away" and not strong)):
        return None  # a ship ahead on the same course slows: going round it is overtaking, stopping short anchoring
    if not again and not slow_hold and not strong:
        return None
    response_us = event[scan.GAVE_UP + T_US] - event[scan.LOWERED + T_US]
    if max(event[scan.LONGEST_S : scan.LONGEST_S + 2]) * 1_000_000 > response_us:
        return None  # which of the two came first is a line drawn between fixes
    doubts = _doubts(event, types)
    if not again and not (slow_hold and strong):
        if doubts:
            return None
        doubts.append("once")
    if in_line:
        doubts.append("in_line")
    return Verdict(kind_type, again, slow_hold, tuple(doubts))
