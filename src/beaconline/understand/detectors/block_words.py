"""What a block finding says: both manoeuvres in order, measures, what stands against it, the sentence for the radio.

Decides: which numbers are told, and which of two queues. Refuses: who had the right of way, and a purpose. Masks inform
and never veto: near a port, an anchorage or the shore the finding goes to the context queue, unless it lies in a
watched zone, a reef or an exclusion zone. Source: behaviours page. Known failures: those of ``block_judge``.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.geo.geodesy import KN_MS, NM_M
from beaconline.foundation.records.finding import Draft, Evidence, Scalar
from beaconline.foundation.table.reports import I64
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors import block_scan as scan
from beaconline.understand.detectors.block_judge import Limits, Verdict
from beaconline.understand.detectors.shadow_judge import place
from beaconline.understand.detectors.shadow_motion import (
    AFTER,
    BEAT_US,
    BEFORE,
    KIND,
    LAT,
    LON,
    N_MOVE,
    SIZE,
    T_US,
    TURN_MOVE,
)
from beaconline.understand.detectors.shadow_words import near_places

__all__ = ["DOUBTS", "Shown", "draft"]

COMPUTED = "computed from the fixes of both"
MMS_KN = 1.0 / KN_MS / 1000.0

DOUBTS = {
    "once": "one manoeuvre, and no more than a vessel on its own way might make",
    "in_line": "both were on the same course: a vessel ahead that slows down looks the same",
    "interpolated": "fixes too far apart to be sure of the order of the two manoeuvres",
    "alongside": "the two then ran alongside: a pilot, a transfer or an escort looks the same",
    "both_still": "both then lay still: waiting and anchoring look the same",
    "meeting": "the two then lay within 500 m of each other for 20 min: a meeting or a transfer looks the same",
    "target_turns_often": "the second vessel had turned as much before",
    "blocker_turns_often": "the first vessel turned often before: work to and fro looks the same",
    "service": "one of them says it is a pilot vessel or a tug",
    "both_fish": "both say they are fishing vessels, which work the same ground",
    "both_pleasure": "both say they are sailing or pleasure craft",
}
"""What keeps a finding in the context queue, by key of the verdict."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a draft is made of: track codes, the event (``block_scan``), the verdict on it."""

    blocker: int
    target: int
    event: I64
    verdict: Verdict
    limits: Limits
    is_open: bool
    settled: bool

    @property
    def lowered(self) -> list[int]:
        move: list[int] = self.event[scan.LOWERED : scan.LOWERED + N_MOVE].tolist()
        return move

    @property
    def gave_up(self) -> list[int]:
        move: list[int] = self.event[scan.GAVE_UP : scan.GAVE_UP + N_MOVE].tolist()
        return move

    @property
    def last(self) -> list[int]:
        move: list[int] = self.event[scan.LAST : scan.LAST + N_MOVE].tolist()
        return move


def _metres(mm: int) -> int:
    return (int(mm) + 500) // 1000


def _kn(mms: int) -> float:
    return round(int(mms) * MMS_KN, 1)


def _detail(move: list[int]) -> dict[str, Scalar]:
    if move[KIND] == TURN_MOVE:
        side = "starboard" if move[SIZE] > 0 else "port"
        before, after = move[BEFORE] // 100, move[AFTER] // 100
        return {
            "turn_deg": round(abs(move[SIZE]) / 1000.0),
            "to": side,
            "course_before_deg": before,
            "course_after_deg": after,
        }
    return {"speed_before_kn": _kn(move[BEFORE]), "speed_after_kn": _kn(move[AFTER])}


def _did(move: list[int]) -> str:
    if move[KIND] == TURN_MOVE:
        return f"turned {abs(move[SIZE]) / 1000:.0f} degrees to {'starboard' if move[SIZE] > 0 else 'port'}"
    verb = "slowed from" if move[SIZE] < 0 else "gathered speed from"
    return f"{verb} {_kn(move[BEFORE]):.0f} to {_kn(move[AFTER]):.0f} kn"


def _measures(shown: Shown, land_m: int | None) -> dict[str, Scalar]:
    event, gave_up = shown.event, shown.gave_up
    turned = gave_up[KIND] == TURN_MOVE
    return {
        "cpa_before_m": _metres(event[scan.CPA_BEFORE_MM]),
        "cpa_after_m": _metres(event[scan.CPA_AFTER_MM]),
        "cpa_at_turn_away_m": _metres(event[scan.CPA_FREE_MM]),
        "range_at_manoeuvre_m": _metres(event[scan.RANGE_LOWERED_MM]),
        "range_at_turn_away_m": _metres(event[scan.RANGE_MM]),
        "distance_min_m": _metres(event[scan.CLOSEST_MM]),
        "held_in_bow_s": int(event[scan.HOLD]) * BEAT_US // 1_000_000,
        "response_lag_s": (gave_up[T_US] - shown.lowered[T_US]) // 1_000_000,
        "standstill_s": int(event[scan.STILL]) * BEAT_US // 1_000_000,
        "lay_together_s": int(event[scan.MEETING]) * BEAT_US // 1_000_000,
        "target_turn_deg": round(gave_up[SIZE] / 1000.0) if turned else None,
        "target_speed_before_kn": _kn(event[scan.TARGET_MMS]),
        "target_speed_after_kn": None if turned else _kn(gave_up[AFTER]),
        "blocker_speed_in_bow_kn": _kn(event[scan.BLOCKER_MMS]),
        "manoeuvres_into_bow": int(event[scan.LOWERINGS]),
        "manoeuvres_after_turn_away": int(event[scan.COUNTERED]),
        "longest_gap_s": int(max(event[scan.LONGEST_S : scan.LONGEST_S + 2])),
        "duration_s": (int(event[scan.END_US]) - shown.lowered[T_US]) // 1_000_000,
        "distance_to_land_m": land_m,
    }


def _evidence(shown: Shown, blocker: str, target: str) -> tuple[Evidence, ...]:
    """Both manoeuvres in order, the blocker's last, and the closest approach."""
    event, one, two, last = shown.event, shown.lowered, shown.gave_up, shown.last
    near: dict[str, Scalar] = {"distance_m": _metres(event[scan.CLOSEST_MM])}
    first = _detail(one) | {
        "cpa_before_m": _metres(event[scan.CPA_BEFORE_MM]),
        "cpa_after_m": _metres(event[scan.CPA_AFTER_MM]),
        "range_m": _metres(event[scan.RANGE_LOWERED_MM]),
    }
    second = _detail(two) | {
        "cpa_otherwise_m": _metres(event[scan.CPA_FREE_MM]),
        "range_m": _metres(event[scan.RANGE_MM]),
        "after_s": (two[T_US] - one[T_US]) // 1_000_000,
    }
    out = [
        Evidence("manoeuvred into the bow", one[T_US], one[LON], one[LAT], blocker, COMPUTED, first),
        Evidence("gave up its way after it", two[T_US], two[LON], two[LAT], target, COMPUTED, second),
    ]
    if event[scan.LOWERINGS] > 1:
        what = "manoeuvred into the bow again"
        out.append(Evidence(what, last[T_US], last[LON], last[LAT], blocker, COMPUTED, _detail(last)))
    at_us, where = int(event[scan.CLOSEST_US]), "interpolated between fixes"
    for name, at in ((blocker, scan.AT_CLOSEST), (target, scan.AT_CLOSEST + 3)):
        out.append(Evidence("closest approach", at_us, *place(event, at), name, where, near))
    return tuple(out)


def _why(shown: Shown, blocker: int, target: int) -> tuple[dict[str, Scalar], str]:
    event, one, two = shown.event, shown.lowered, shown.gave_up
    minutes = max(1, round((two[T_US] - one[T_US]) / 60e6))
    miles = int(event[scan.RANGE_MM]) / 1000.0 / NM_M
    args: dict[str, Scalar] = {
        "response_lag_s": (two[T_US] - one[T_US]) // 1_000_000,
        "range_at_turn_away_nm": round(miles, 1),
        "cpa_after_m": _metres(event[scan.CPA_AFTER_MM]),
        "standstill_s": int(event[scan.STILL]) * BEAT_US // 1_000_000,
    }
    still = ""
    if shown.verdict.kind_type == "stood_still":
        still = f" and lay still for {int(event[scan.STILL]) * BEAT_US // 60_000_000} min"
    again = f" {{{blocker}}} came into the bow {int(event[scan.LOWERINGS])} times." if shown.verdict.again else ""
    why = (
        f"{{{blocker}}} {_did(one)} and came to lie in the bow of {{{target}}}, to pass at "
        f"{_metres(event[scan.CPA_AFTER_MM])} m instead of {_metres(event[scan.CPA_BEFORE_MM])} m; {minutes} min later "
        f"{{{target}}} {_did(two)} at {miles:.1f} nm{still}.{again}"
    )
    return args, why


def draft(shown: Shown, book: TrackBook, context: Context) -> Draft:
    """The draft of one event; members are ordered by the tracks' names."""
    event, verdict, limits = shown.event, shown.verdict, shown.limits
    names = (book.names[shown.blocker], book.names[shown.target])
    lon_e7, lat_e7 = shown.gave_up[LON], shown.gave_up[LAT]
    masks, against, land_m = near_places(context, lon_e7, lat_e7, limits.port_distance_m, limits.near_shore_m)
    zones = context.zones_at(lon_e7, lat_e7, shown.gave_up[T_US])
    outranked = any(kind in OUTRANKING_ZONES for _, kind in zones)
    if masks and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    against += [Evidence(DOUBTS[key]) for key in verdict.doubts]
    swap = names[1] < names[0]
    members = ((shown.blocker, "blocker"), (shown.target, "target"))
    why_args, why = _why(shown, int(swap), int(not swap))
    return Draft(
        kind="block",
        type=verdict.kind_type,
        t_start_us=shown.lowered[T_US],
        t_end_us=max(int(event[scan.END_US]), shown.gave_up[T_US]),
        open=shown.is_open,
        settled=shown.settled,
        members=members[::-1] if swap else members,
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=tuple(sorted({name for name, _ in zones})),
        measures=_measures(shown, land_m),
        evidence=_evidence(shown, *names),
        counter_evidence=tuple(against),
        masks=tuple(masks),
        why_key=f"block.{verdict.kind_type}",
        why_args=why_args,
        why=why,
        key=f"{shown.lowered[T_US]} {names[0]}",
        context=bool(verdict.doubts) or (bool(masks) and not outranked),
    )
