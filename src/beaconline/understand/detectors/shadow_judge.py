"""What a stretch of sailing in another's path amounts to: steady or not, answered or not, and by whom else.

Decides: whether a stretch is told at all (long enough, most beats counting, lag or range near constant, narrow); which
manoeuvres of the leader the follower answered and after how long; which of them nobody else made there; and from these
the type. Refuses: intent. Two ships on one lane re-trace one path without any; so a stretch without a turn or change of
speed that only these two made is ``in_trail`` and stays out of the default queue, and where others sail the same line
it is not told at all.
Source: behaviours page; own rule for answers. Known failures: a lone pair that rounds the same mark by 60 degrees or
more, miles from any shore and with nobody else about, is told as ``answering``.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.geo.geodesy import lonlat_of
from beaconline.foundation.table.reports import I32, I64, Static
from beaconline.understand.detectors import shadow_trail as trail
from beaconline.understand.detectors.shadow_motion import (
    BEAT_US,
    KIND,
    OTHERS,
    SIZE,
    T_US,
    TURN_MOVE,
)

__all__ = ["Answer", "Limits", "Stretch", "Verdict", "has_lasted", "is_long", "judge", "least_coarse", "place"]

EARLY = 0.6
"""A change of speed is answered to the ship, not to the place, when it comes before this share of the lag."""
EARLY_DEG = 30.0
"""What such an answer counts for, in degrees of turn: half of what is asked for, so one alone is not enough."""
MOST_DEG = 90.0
"""No single turn counts for more."""
ROOM_US = 180_000_000
"""An answer may come so long after 1.5 lags (microseconds): half the time a turn is measured over."""
FEW_LEGS = 6
"""Fewer legs than this of either vessel under the stretch, and it is a matter of lines drawn between fixes."""
TOW_M, TOW_KN, TOW_M_SPREAD, TOW_SHARE = 1_000.0, 10.0, 75.0, 0.06
"""Nearer than this, slower than this and no more uneven than this (metres, or share of the range): like a tow. Lines
in the open sea are 400 to 800 m long."""
TUGS, PILOT, FISHING, CRAFT = (31, 32, 52), (50,), (30,), (36, 37)
"""AIS ship types: towing and tugs; pilot vessels; fishing; sailing and pleasure craft. 60 to 69 carry passengers."""


@dataclass(slots=True)
class Stretch:
    """Track codes, start of the run of closeness (microseconds), and what was counted (see ``shadow_trail``)."""

    leader: int
    follower: int
    run_us: int
    head: I64
    hist: I32
    moves: I64


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds; see ``DEFAULTS`` of the kind."""

    duration_us: int
    retrace_us: int
    retrace_share: float
    speed_kn: float
    cross_m: float
    cross_spread_m: float
    steady_share: float
    answer_deg: float
    lane_vessels: int
    port_distance_m: int
    near_shore_m: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A manoeuvre of the leader (row of ``moves``), and the follower's after it, or None."""

    asked: list[int]
    given: list[int] | None

    @property
    def delay_s(self) -> float:
        return 0.0 if self.given is None else (self.given[T_US] - self.asked[T_US]) * 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told of a stretch.

    Quantiles are of 10, 50 and 90 %. others: other vessels on the same line, at the start, at the end or at a turn;
    alone_deg: degrees of turn that only these two made there; doubts: why it is kept out of the default queue.
    """

    kind_type: str
    lag_s: tuple[float, float, float]
    range_m: tuple[float, float, float]
    cross_m: tuple[float, float, float]
    leader_kn: float
    follower_kn: float
    answers: tuple[Answer, ...]
    alone_deg: float
    others: int
    doubts: tuple[str, ...]


def _three(hist: I32, where: tuple[int, int, float]) -> tuple[float, float, float]:
    low, mid, high = (trail.quantile(hist, where, share) for share in (0.1, 0.5, 0.9))
    return low, mid, high


def _spread(three: tuple[float, float, float]) -> float:
    return (three[2] - three[0]) / max(three[1], 1e-9)


def _fits(asked: list[int], given: list[int], lag_s: float) -> bool:
    """Whether one manoeuvre may answer another: same sort, same sense, like in size, after it and in time."""
    delay_us = given[T_US] - asked[T_US]
    if given[KIND] != asked[KIND] or (given[SIZE] > 0) != (asked[SIZE] > 0):
        return False
    if not BEAT_US <= delay_us <= 1.5e6 * lag_s + ROOM_US:
        return False
    return 0.5 * abs(asked[SIZE]) <= abs(given[SIZE]) <= 2.0 * abs(asked[SIZE])


def _answers(stretch: Stretch, lag_s: float) -> tuple[Answer, ...]:
    """The leader's manoeuvres in order of time, each with the first of the follower's that fits and is not taken."""
    last_us, left, out = int(stretch.head[trail.LAST_US]), [], []
    left = [row for row in _moves(stretch, 1) if row[T_US] <= last_us]
    for asked in _moves(stretch, 0):
        if asked[T_US] > last_us:
            continue
        given = next((row for row in left if _fits(asked, row, lag_s)), None)
        if given is not None:
            left.remove(given)
        elif asked[T_US] + 1.5e6 * lag_s + ROOM_US > last_us:
            continue  # there was no time to answer
        out.append(Answer(asked, given))
    return tuple(out)


def _moves(stretch: Stretch, side: int) -> list[list[int]]:
    rows: list[list[int]] = stretch.moves[side, : stretch.head[trail.MOVES + side]].tolist()
    return rows


def _worth(answer: Answer, lag_s: float) -> float:
    """Degrees of turn that an answer counts for: none where others did the same."""
    if answer.given is None or answer.asked[OTHERS] > 0:
        return 0.0
    if answer.asked[KIND] == TURN_MOVE:
        return min(MOST_DEG, abs(answer.asked[SIZE]) / 1000.0)
    return EARLY_DEG if answer.delay_s <= EARLY * lag_s else 0.0


def has_lasted(stretch: Stretch, least_us: int) -> bool:
    """Whether a stretch is so long by now."""
    return bool(stretch.head[trail.LAST_US] - stretch.head[trail.START_US] >= least_us)


def is_long(stretch: Stretch, limits: Limits) -> bool:
    """Whether it lasted, and most of it counted."""
    head = stretch.head
    if not has_lasted(stretch, limits.retrace_us):
        return False
    if head[trail.LAST_US] - stretch.run_us < limits.duration_us:
        return False
    if head[trail.COARSE] < least_coarse(limits) or min(head[trail.HEARD : trail.HEARD + 2]) < 3:
        return False
    return bool(head[trail.OK] >= limits.retrace_share * (head[trail.OK] + head[trail.BAD]))


def least_coarse(limits: Limits) -> int:
    """How many of every fourth beats must count in a stretch that is told."""
    return max(1, int(0.5 * limits.retrace_us / (trail.STRIDE * BEAT_US)))


def _doubts(
    stretch: Stretch, verdict: tuple[tuple[float, float, float], float, float], said: list[Static]
) -> list[str]:
    """Keys of what keeps a stretch out of the default queue, whatever was answered."""
    head, (range_m, leader_kn, follower_kn) = stretch.head, verdict
    types = [each.ship_type or 0 for each in said]
    out = []
    if any(2 * head[trail.LONG_BEATS + s] > head[trail.OK] or head[trail.HEARD + s] < FEW_LEGS for s in (0, 1)):
        out.append("interpolated")
    rigid = range_m[2] - range_m[0] <= max(TOW_M_SPREAD, TOW_SHARE * range_m[1])
    if range_m[1] <= TOW_M and rigid and max(leader_kn, follower_kn) <= TOW_KN:
        out.append("like_a_tow")
    if any(t in PILOT for t in types):
        out.append("pilot")
    if all(t in FISHING for t in types):
        out.append("both_fish")
    if all(t in CRAFT for t in types):
        out.append("both_pleasure")
    if all(60 <= t <= 69 for t in types):
        out.append("both_passenger")
    return out


def _others(stretch: Stretch) -> int:
    """Other vessels on the same line: at the start, at the end or at a turn, whichever were most."""
    turns = [row[OTHERS] for row in _moves(stretch, 0)]
    return max(0, int(stretch.head[trail.OTHERS_START]), int(stretch.head[trail.OTHERS_END]), *turns)


def _worth_telling(stretch: Stretch, limits: Limits, answers: tuple[Answer, ...], said: list[Static]) -> bool:
    """Whether a stretch without an answer is kept at all: as long on the path as within reach, most turns of the leader
    made after it (a fleet that turns at once follows nobody), and neither a pilot's errand nor a fleet of yachts."""
    if stretch.head[trail.LAST_US] - stretch.head[trail.START_US] < limits.duration_us:
        return False
    turns = [answer.given is not None for answer in answers if answer.asked[KIND] == TURN_MOVE]
    if 2 * sum(turns) < len(turns):
        return False
    types = [each.ship_type or 0 for each in said]
    return not (any(t in PILOT for t in types) or all(t in CRAFT for t in types))


def judge(stretch: Stretch, limits: Limits, said: list[Static]) -> Verdict | None:
    """The verdict, or None when there is nothing to tell.

    said  static fields of leader and follower. Before anybody asked who else was there (``shadow_lane``) the answer is
    None only when it would be None whatever came of it.
    """
    if not is_long(stretch, limits):
        return None
    lag, far = _three(stretch.hist, trail.LAG), _three(stretch.hist, trail.RANGE)
    low, mid, high = ((v / 1.02 - 1.0) * limits.cross_m for v in _three(stretch.hist, trail.CROSS))
    leader_kn = trail.quantile(stretch.hist, trail.LEADER_KN, 0.5)
    follower_kn = trail.quantile(stretch.hist, trail.FOLLOWER_KN, 0.5)
    if min(_spread(lag), _spread(far)) > limits.steady_share or high - low > 2.0 * limits.cross_spread_m:
        return None
    if min(leader_kn, follower_kn) < limits.speed_kn:
        return None
    if far[1] <= TOW_M and any((each.ship_type or 0) in TUGS for each in said):
        return None  # a tow, or a tug at its work
    answers = _answers(stretch, lag[1])
    alone_deg = sum(_worth(answer, lag[1]) for answer in answers)
    answering = alone_deg >= limits.answer_deg
    doubts = _doubts(stretch, (far, leader_kn, follower_kn), said)
    others = _others(stretch)
    if not answering:
        if others >= limits.lane_vessels or not _worth_telling(stretch, limits, answers, said):
            return None
        if "interpolated" in doubts:
            return None
        doubts.append("little_answered" if alone_deg else "nothing_answered")
    kind_type = "answering" if answering else "in_trail"
    cross = (low, mid, high)
    return Verdict(kind_type, lag, far, cross, leader_kn, follower_kn, answers, alone_deg, others, tuple(doubts))


def place(head: I64, at: int) -> tuple[int, int]:
    """Longitude and latitude, degrees x 1e7, of a place in ``head`` (three columns from ``at``)."""
    lon, lat = lonlat_of(head[at] / 1000.0, head[at + 1] / 1000.0, head[at + 2] / 1000.0)
    return round(lon * 1e7), round(lat * 1e7)
