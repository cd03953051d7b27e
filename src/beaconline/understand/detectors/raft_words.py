"""What a raft or a concentration says: members, measures, evidence for and against, and the sentence for the radio.

Decides: who is named as a member and what stands against the finding. Refuses: a purpose, and a common will. Masks
inform and never veto: near a port, an anchorage or the shore, or where most say that they are pleasure craft, it goes
to the context queue, unless it lies in a watched zone, a reef or an exclusion zone, where many ships at rest make an
anchorage of any table. Source: behaviours page. Known failures: lengths are what ships say of themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beaconline.foundation.records.finding import Draft, Evidence, Mask, Scalar
from beaconline.foundation.records.times import format_us
from beaconline.foundation.table.reports import Static
from beaconline.understand.context.protocol import OUTRANKING_ZONES, Context
from beaconline.understand.detectors.encounter_words import place_against, span_words
from beaconline.understand.detectors.raft_crowd import BEAT_US, BREAK_US, Crowd
from beaconline.understand.detectors.raft_members import (
    FIRST_LAT,
    FIRST_LON,
    FIRST_US,
    FROM,
    LAST_LAT,
    LAST_LON,
    LAST_US,
    NEVER,
    SEEN_US,
    SILENT,
    STAYS,
    TO,
    TOTAL_US,
    TRACK,
    is_slow,
    middle,
)
from beaconline.understand.pairs.family import PairView

if TYPE_CHECKING:
    from beaconline.understand.detectors.raft import Life

__all__ = ["BREAK_US", "Limits", "Over", "crowd_draft", "raft_draft"]

MOST_TOLD = 24
"""Members whose stay is told in the evidence; the others are members all the same."""
HULL_DM = (450, 650)
"""Lengths counted apart (45 to 65 m, decimetres): the hulls that are counted at features."""
PLEASURE = frozenset({36, 37})
MEMBER_SHARE = 4
"""A hull is named as a member of a concentration when it lay there a quarter of its time."""
ALL_AT_ONCE_US = 1_200_000_000
"""Members that fell silent within 20 min of each other: reception may have failed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds that words depend on; see ``DEFAULTS`` of the kind."""

    distance_m: float
    vessels: int
    speed_kn: float
    duration_us: int
    member_us: int
    port_distance_m: int
    near_shore_m: int
    crowd_vessels: int
    crowd_radius_nm: float
    crowd_us: int


@dataclass(frozen=True, slots=True)
class Over:
    """A raft that is over, its records (see ``raft_members``), when it ended, and whether by joining a larger one."""

    life: Life
    records: list[list[int]]
    died_us: int
    joined: bool


def _seconds(us: int) -> int:
    return us // 1_000_000


def _lengths(said: Sequence[Static]) -> dict[str, Scalar]:
    known = sorted(each.length_dm for each in said if each.length_dm)
    out: dict[str, Scalar] = {"lengths_known": len(known)}
    if known:
        out |= {"length_min_m": known[0] / 10, "length_median_m": known[(len(known) - 1) // 2] / 10}
        out |= {"length_max_m": known[-1] / 10}
        out["hulls_45_to_65_m"] = sum(HULL_DM[0] <= length <= HULL_DM[1] for length in known)
    return out


def _pleasure(said: Sequence[Static]) -> list[Evidence]:
    """Counter-evidence where half of the members or more say that they are pleasure craft."""
    n = sum(each.ship_type in PLEASURE for each in said)
    if 2 * n < len(said):
        return []
    return [Evidence("most say that they are sailing or pleasure craft", detail={"pleasure": n, "members": len(said)})]


def _around(
    context: Context, lon_e7: int, lat_e7: int, t_us: int, limits: Limits, ordinary: list[Evidence]
) -> tuple[tuple[Mask, ...], list[Evidence], tuple[str, ...], bool, int | None]:
    """Masks, counter-evidence, names of zones, whether it belongs to the context queue, distance to land."""
    land_m = context.distance_to_land_m(lon_e7, lat_e7)
    zones = context.zones_at(lon_e7, lat_e7, t_us)
    masks, against = place_against(context, lon_e7, lat_e7, limits.port_distance_m, limits.near_shore_m, land_m)
    against += ordinary
    outranked = any(kind in OUTRANKING_ZONES for _, kind in zones)
    if (masks or ordinary) and outranked:
        against.append(Evidence("a watched zone outranks the masks: kept in the default queue"))
    names = tuple(sorted({name for name, _ in zones}))
    return tuple(masks), against, names, bool(masks or ordinary) and not outranked, land_m


def _others(n: int) -> str:
    return f"{{0}} and {n - 1} other vessel{'s' if n > 2 else ''}"


def raft_draft(
    over: Over, view: PairView, limits: Limits, context: Context, *, is_open: bool, settled: bool
) -> Draft | None:
    """The draft of a raft, or None when too few of its members were at rest."""
    stayed = [row for row in over.records if row[TOTAL_US] >= limits.member_us]
    rows = sorted((row for row in stayed if is_slow(row)), key=lambda row: view.book.names[row[TRACK]])
    peak = min(len(rows), over.life.peak - (len(stayed) - len(rows)))
    if peak < limits.vessels:
        return None
    life, end_us = over.life, over.died_us
    late = [row for row in rows if row[TO] == max(each[TO] for each in rows)]
    heard = [row for row in late if row[LAST_US] != NEVER] or [row for row in rows if row[LAST_US] != NEVER]
    lon_e7, lat_e7 = middle([(row[LAST_LON], row[LAST_LAT]) for row in heard])
    said = [view.said_at(row[TRACK], end_us) for row in rows]
    masks, against, zones, in_context, land_m = _around(context, lon_e7, lat_e7, life.peak_us, limits, _pleasure(said))
    silent = [row for row in rows if row[SILENT]]
    measures: dict[str, Scalar] = {
        "vessels": len(rows),
        "peak_vessels": peak,
        "duration_s": _seconds(end_us - life.born_us),
        "dwell_median_s": _seconds(sorted(row[TOTAL_US] for row in rows)[(len(rows) - 1) // 2]),
        "fell_silent": len(silent),
        "share_silent_percent": 100 * len(silent) // len(rows),
        "distance_to_land_m": land_m,
        **_lengths(said),
    }
    span = span_words(end_us - life.born_us) + (" so far" if is_open else "")
    dark = f", {len(silent)} fell silent there" if silent else ""
    why = (
        f"{_others(len(rows))} lay linked within {limits.distance_m:g} m of each other for {span}, "
        f"at most {peak} at once at {format_us(life.peak_us)[11:16]} UTC{dark}."
    )
    return Draft(
        kind="raft",
        type="raft",
        t_start_us=life.born_us,
        t_end_us=end_us,
        open=is_open,
        settled=settled,
        members=tuple((row[TRACK], "vessel") for row in rows),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=zones,
        measures=measures,
        evidence=_raft_evidence(over, rows, peak, view),
        counter_evidence=(*against, *_silent_against(silent), *_left_out(stayed, rows, view)),
        masks=masks,
        why_key="raft.raft",
        why_args={key: measures[key] for key in ("vessels", "peak_vessels", "duration_s", "fell_silent")},
        why=why,
        key=f"{life.born_us} {view.book.names[life.founder]}",
        # Straight lines between fixes hours apart meet at every quay: nothing for a watch floor, wherever it lies.
        context=in_context or 2 * sum(row[SEEN_US] == 0 for row in rows) > len(rows),
        members_may_change=True,
    )


def _raft_evidence(over: Over, rows: list[list[int]], peak: int, view: PairView) -> tuple[Evidence, ...]:
    life = over.life
    formed = "broke from a larger raft" if life.broke_from >= 0 else "linked for the first time"
    out = [Evidence(formed, life.born_us, source="computed", detail={"members_told": min(len(rows), MOST_TOLD)})]
    out.append(Evidence("most at once", life.peak_us, source="computed", detail={"vessels": peak}))
    for row in sorted(rows, key=lambda row: (-row[TOTAL_US], view.book.names[row[TRACK]]))[:MOST_TOLD]:
        detail: dict[str, Scalar] = {"until": format_us(row[TO]), "inside_s": _seconds(row[TOTAL_US])}
        detail |= {"stays": row[STAYS], "fell_silent": bool(row[SILENT])}
        name, heard = view.book.names[row[TRACK]], row[FIRST_US] != NEVER
        if heard:
            place = (row[FIRST_US], row[FIRST_LON], row[FIRST_LAT])
            out.append(Evidence("in the raft", *place, name, "reported fix", detail))
        else:
            out.append(Evidence("in the raft", row[FROM], None, None, name, "interpolated between fixes", detail))
    ended = "went up in a larger raft" if over.joined else "fell below the least number"
    return (*out, Evidence(ended, over.died_us, source="computed"))


def _silent_against(silent: list[list[int]]) -> list[Evidence]:
    ends = [row[TO] for row in silent]
    if len(ends) < 3 or max(ends) - min(ends) > ALL_AT_ONCE_US:
        return []
    return [
        Evidence("all that fell silent did so at once: perhaps reception", min(ends), detail={"vessels": len(ends)})
    ]


def _left_out(stayed: list[list[int]], rows: list[list[int]], view: PairView) -> list[Evidence]:
    kept = {row[TRACK] for row in rows}
    names = sorted(view.book.names[row[TRACK]] for row in stayed if row[TRACK] not in kept)
    out = [Evidence("not counted: made good more than the limit most of the time", track=name) for name in names[:8]]
    untold = sum(row[SEEN_US] == 0 for row in rows)
    if untold:
        out.append(Evidence("too few fixes to tell a speed made good", detail={"vessels": untold}))
    return out


def crowd_draft(crowd: Crowd, view: PairView, limits: Limits, context: Context, *, is_open: bool) -> Draft:
    """The draft of a concentration."""
    beats = crowd.last - crowd.first + 1
    codes = [code for code, hull in crowd.hulls.items() if MEMBER_SHARE * hull.beats >= beats]
    codes = codes or sorted(crowd.now)
    codes.sort(key=lambda code: view.book.names[code])
    start_us, end_us, peak_us = crowd.first * BEAT_US, crowd.last * BEAT_US, crowd.peak_beat * BEAT_US
    lon_e7, lat_e7 = middle([(crowd.hulls[c].lon_e7, crowd.hulls[c].lat_e7) for c in codes])
    said = [view.said_at(code, end_us) for code in codes]
    masks, against, zones, in_context, land_m = _around(context, lon_e7, lat_e7, peak_us, limits, _pleasure(said))
    measures: dict[str, Scalar] = {
        "vessels": len(codes),
        "peak_vessels": crowd.peak,
        "hulls_seen": len(crowd.hulls) + crowd.forgotten,
        "duration_s": _seconds(end_us - start_us),
        "dwell_median_s": _seconds(sorted(crowd.hulls[c].beats for c in codes)[(len(codes) - 1) // 2] * BEAT_US),
        "radius_nm": round(limits.crowd_radius_nm, 2),
        "distance_to_land_m": land_m,
        **_lengths(said),
    }
    out = [Evidence("most at once", peak_us, source="computed every 15 min", detail={"vessels": crowd.peak})]
    for code in sorted(codes, key=lambda code: (-crowd.hulls[code].beats, view.book.names[code]))[:MOST_TOLD]:
        hull = crowd.hulls[code]
        detail: dict[str, Scalar] = {"since": format_us(hull.first * BEAT_US), "hours": hull.beats / 4}
        place = (hull.last * BEAT_US, hull.lon_e7, hull.lat_e7, view.book.names[code])
        out.append(Evidence("lay still", *place, "interpolated between fixes", detail))
    span = span_words(end_us - start_us) + (" so far" if is_open else "")
    radius = f"{limits.crowd_radius_nm:.1f}".rstrip("0").rstrip(".")
    why = f"{_others(len(codes))} lay within {radius} nm of one of them for {span}, at most {crowd.peak} at once."
    return Draft(
        kind="raft",
        type="concentration",
        t_start_us=start_us,
        t_end_us=end_us,
        open=is_open,
        settled=not is_open,
        members=tuple((code, "vessel") for code in codes),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        zones=zones,
        measures=measures,
        evidence=tuple(out),
        counter_evidence=tuple(against),
        masks=masks,
        why_key="raft.concentration",
        why_args={key: measures[key] for key in ("vessels", "peak_vessels", "duration_s", "radius_nm")},
        why=why,
        key=f"concentration {start_us} {min(view.book.names[code] for code in crowd.founders)}",
        context=in_context,
        members_may_change=True,
    )
