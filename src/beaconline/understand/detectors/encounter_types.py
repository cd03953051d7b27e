"""The type of an encounter, and why: slow ones by how near and how they drifted, fast ones by how they kept company.

Decides: two vessels under way count only when they kept station, on one course most of the time, one's offset from the
other steady; then in line is a column or a tow, side by side at trawling speed a pair trawl, a pilot vessel a pilot.
What is ordinary work by the ships' own word (tow, pilot, pair trawl, escort by tug), pleasure craft (at rest when both
are), passenger vessels, two fishing vessels under way and those in a crowd go to the context queue. Refuses: a purpose;
and to call a tow ordinary on motion alone. A slow overtaking within the distance is no encounter: the offset changes
all the while. A pilot transfer is done in less than the least duration and makes no finding.
Source: behaviours page; ITU-R M.1371-5 table 53 for ship types. Known failures: types are what ships say of
themselves; a tow whose barge has no transponder is one vessel.
"""

from __future__ import annotations

from dataclasses import dataclass

from beaconline.foundation.records.finding import Evidence
from beaconline.foundation.table.reports import Static
from beaconline.understand.pairs.company import Company
from beaconline.understand.pairs.measure import MEDIAN_MKN, NET_CDEG, NET_MKN

__all__ = ["FAST", "Limits", "Named", "fast_type", "slow_type"]

FAST = ("underway", "tow", "pilot", "pair_trawl")
"""Types of vessels under way."""

DRIFT_MIN_MKN = 200
"""Both made good at least this (0.2 kn, thousandths of a knot) to be called drifting; less is swinging at anchor."""
DRIFT_TURN_CDEG = 3_000
"""... on courses at most this far apart (30 degrees, in hundredths)."""

TOGETHER_SHARE = 0.7
"""Share of minutes under way on one course to have sailed together; vessels that tack or work nets have less."""
LINE_SHARE = 0.8
"""Share of those minutes in line (a tow) or side by side (a pair trawl)."""
TOW_LEAST_M = 30
"""A tow wire is longer than this; nearer is side by side or antennas misplaced."""
TOW_SPREAD_M, TOW_SPREAD_SHARE = 60, 0.25
"""A tow's distance stays within so many metres, or this share of it (10th to 90th percentile): a wire, not a helm."""
TRAWL_KN = (1_800, 4_800)
"""Median speed of pair trawlers, thousandths of a knot: 2 to 4.5 kn through water, and some current."""
TRAWL_M = (80, 520)
"""Distance of pair trawlers, metres (10th percentile at least, 90th at most): 100 to 500 m, and position errors."""
FISHING_LENGTH_DM = 600
"""Pair trawlers are at most so long (60 m, decimetres), where a length is known."""

TOWING = frozenset({31, 32, 52})
PILOT, FISHING = 50, 30
PLEASURE = frozenset({36, 37})
PASSENGER = frozenset(range(60, 70))


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds that types and words depend on; see ``DEFAULTS`` of the kind."""

    distance_m: float
    median_speed_kn: float
    port_distance_m: int
    near_shore_m: int
    alongside_m: float
    steady_m: float
    pair_trawl_us: int
    crowd: int


@dataclass(frozen=True, slots=True)
class Named:
    """A type with what speaks for and against it; ``context``: no matter for the default queue; ``roles`` of a, b."""

    type: str
    reasons: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    context: bool = False
    roles: tuple[str, str] = ("vessel", "vessel")


def slow_type(
    counts: tuple[list[int], list[int]], closest_m: float, said: tuple[Static, Static], limits: Limits
) -> Named:
    """The type of two slow vessels; counts as of ``measure_sides``, said: their static fields."""
    kind_type = _slow_name(counts, closest_m, limits)
    if all(each.ship_type in PLEASURE for each in said):
        why = Evidence("both say that they are sailing or pleasure craft: perhaps a race, or a place to bathe")
        return Named(kind_type, (), (why,), True)
    return Named(kind_type)


def _slow_name(counts: tuple[list[int], list[int]], closest_m: float, limits: Limits) -> str:
    if closest_m <= limits.alongside_m:
        return "alongside"
    (a, b) = counts
    turn = abs((a[NET_CDEG] - b[NET_CDEG] + 18_000) % 36_000 - 18_000)
    if min(a[NET_MKN], b[NET_MKN]) >= DRIFT_MIN_MKN and turn <= DRIFT_TURN_CDEG:
        return "drift"
    return "standing_off"


def _width(spread: tuple[int, int, int] | None) -> int | None:
    return None if spread is None else spread[2] - spread[0]


def _is_pilot(said: Static) -> bool:
    return said.ship_type == PILOT or "PILOT" in (said.name or "").upper().split()


def fast_type(
    counts: tuple[list[int], list[int]], kept: Company, said: tuple[Static, Static], names: tuple[str, str],
    span_us: int, company: int, limits: Limits,
) -> Named | None:  # fmt: skip
    """The type of two vessels under way, or None when they did not keep company.

    kept     how they kept company; said, names: static fields and names of the tracks of a and b
    company  how many other vessels were as near to one of the two, as long
    """
    if any(map(_is_pilot, said)):
        one = 0 if _is_pilot(said[0]) else 1
        why = Evidence("says that it is a pilot vessel", track=names[one], detail={"ship_type": said[one].ship_type})
        roles = ("pilot", "vessel") if one == 0 else ("vessel", "pilot")
        return Named("pilot", (), (why, _ordinary("a pilot vessel beside a ship under way")), True, roles)
    if kept.minutes == 0 or kept.together < TOGETHER_SHARE * kept.minutes or kept.distance is None:
        return None
    along, across = _width(kept.along), _width(kept.across)
    if along is None or across is None or max(along, across) > limits.steady_m:
        return None
    found = _tow(kept, said, names) or _pair_trawl(counts, kept, said, span_us, limits)
    return found or _underway(kept, said, names, company, limits)


def _ordinary(what: str) -> Evidence:
    return Evidence(f"{what} is ordinary work")


def _tow(kept: Company, said: tuple[Static, Static], names: tuple[str, str]) -> Named | None:
    low, middle, high = kept.distance or (0, 0, 0)
    astern = max(kept.b_astern, kept.a_astern)
    if astern < LINE_SHARE * kept.together or middle < TOW_LEAST_M:
        return None
    if high - low > max(TOW_SPREAD_M, TOW_SPREAD_SHARE * middle):
        return None
    b_follows = kept.b_astern >= kept.a_astern
    behind = names[1 if b_follows else 0]
    reason = Evidence(
        "in line astern at a constant distance", track=behind, source="computed at every minute",
        detail={"minutes_in_line": astern, "distance_p10_m": low, "distance_p90_m": high},
    )  # fmt: skip
    roles = ("ahead", "astern") if b_follows else ("astern", "ahead")
    towing = [name for name, each in zip(names, said, strict=True) if each.ship_type in TOWING]
    if towing:
        why = Evidence("says that it is a tug or a towing vessel", track=towing[0])
        return Named("tow", (reason,), (why, _ordinary("a tow")), True, roles)
    if all(each.ship_type for each in said):
        return None  # both say what they are, and neither tows
    return Named("tow", (reason,), (Evidence("a ship type is not known: a tow by motion alone"),), False, roles)


def _pair_trawl(
    counts: tuple[list[int], list[int]], kept: Company, said: tuple[Static, Static], span_us: int, limits: Limits
) -> Named | None:
    low, _, high = kept.distance or (0, 0, 0)
    speeds = [side[MEDIAN_MKN] for side in counts]
    if kept.abeam < LINE_SHARE * kept.together or low < TRAWL_M[0] or high > TRAWL_M[1]:
        return None
    if min(speeds) < TRAWL_KN[0] or max(speeds) > TRAWL_KN[1] or span_us < limits.pair_trawl_us:
        return None
    if any((each.length_dm or 0) > FISHING_LENGTH_DM for each in said):
        return None
    if any(each.ship_type not in (None, FISHING) for each in said):
        return None
    reason = Evidence(
        "side by side at trawling speed", source="computed at every minute",
        detail={"minutes_abeam": kept.abeam, "distance_p10_m": low, "distance_p90_m": high},
    )  # fmt: skip
    if any(each.ship_type == FISHING for each in said):
        return Named("pair_trawl", (reason,), (_ordinary("pair trawling by fishing vessels"),), True)
    return Named("pair_trawl", (reason,), (Evidence("no ship type is known: a pair trawl by motion alone"),))


def _underway(
    kept: Company, said: tuple[Static, Static], names: tuple[str, str], company: int, limits: Limits
) -> Named:
    low, middle, high = kept.distance or (0, 0, 0)
    reason = Evidence(
        "kept station on one course", source="computed at every minute",
        detail={"minutes": kept.together, "distance_p10_m": low, "distance_m": middle, "distance_p90_m": high},
    )  # fmt: skip
    against = []
    for name, each in zip(names, said, strict=True):
        if each.ship_type in TOWING:
            against.append(Evidence("says that it is a tug or a towing vessel: perhaps an escort", track=name))
        if each.ship_type in PLEASURE:
            against.append(Evidence("says that it is a sailing or pleasure craft", track=name))
    if all(each.ship_type in PASSENGER for each in said):
        against.append(Evidence("both say that they carry passengers: perhaps a ferry line"))
    if all(each.ship_type == FISHING for each in said):
        against.append(Evidence("both say that they fish: perhaps boats of one fleet on their way"))
    if company >= limits.crowd:
        detail = {"others": company, "others_at_least": limits.crowd}
        against.append(Evidence("sailed in a crowd: a regatta, a fleet or a convoy", detail=detail))
    return Named("underway", (reason,), tuple(against), bool(against))
