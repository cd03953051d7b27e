"""One event, one alarm: findings that another finding accounts for leave the default queue and name it.

Decides: of findings about the same vessels at the same time, the one that says most stays in the default queue; the
others go to the context queue with ``handling`` how "accounted" and the id of that one. False positions account for
what the vessels told elsewhere seem to do; forces together for their raft; a raft for its meetings; a block or a shadow
for the meeting of the two; a meeting for the loitering of those who meet. Meetings that share vessels at one place and
time are one gathering. Refuses: to drop anything; to let a finding that was never meant for the default queue account
for another; to touch identity changes, vessels of a list and silent feeds, which are other questions.
Source: behaviours page, "one alert per event"; docs/why/0010. Known failures: in a gathering the first meeting stands
for all, though others may be nearer; a vessel that joins late is named only by what is accounted for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beaconline.foundation.geo.geodesy import NM_M, distance_m
from beaconline.foundation.records.times import US_PER_S, parse_us
from beaconline.understand.findings import Finding

__all__ = ["account", "vessel_of"]

MARGIN_US = 30 * 60 * US_PER_S
"""One event is seen by two kinds with ends so far apart (half an hour: the least duration of most kinds). Larger joins
what follows on one another; smaller tells the approach to a meeting as an event of its own."""
SHARE = 0.75
"""Share of the time of a finding that must lie inside the wider one; less would hide a day's loitering behind an hour's
meeting, all of it would tell twice what begins a little earlier."""
GATHERING_NM = 3.0
"""Meetings of one gathering lie within so many nautical miles of its first one: a fleet that drifts together. Larger
joins what two crowds on one fishing ground do."""
MOST_MEMBERS = 2_000
"""Vessels of a gathering; a meeting of more begins another."""

_PLACED = (
    "gap", "encounter", "loitering", "port_visit", "raft", "shadow", "block", "zone_entry", "cable_risk",
    "joint_activity", "identity_conflict",
)  # fmt: skip
WITHIN: Mapping[str, Collection[str]] = {
    "position_spoof": _PLACED,
    "raft": ("encounter", "loitering"),
    "encounter": ("loitering",),
    "cable_risk": ("loitering",),
}
"""Kinds that a kind accounts for while nearly all of their time lies inside its own."""
MEETING: Mapping[str, Collection[str]] = {
    "joint_activity": ("raft", "shadow", "block", "encounter", "loitering"),
    "block": ("shadow", "encounter"),
    "shadow": ("encounter",),
}
"""Kinds that a kind accounts for when nearly all the time of the shorter one lies inside the longer one."""
ORDER = ("position_spoof", "joint_activity", "raft", "block", "shadow", "encounter", "cable_risk")
"""From what says most to what says least; what is accounted for itself accounts for nothing."""


@dataclass(slots=True)
class _Wide:
    """A finding that may account for others; ``vessels`` grows while a gathering does."""

    finding: Finding
    kind: str
    begin_us: int
    end_us: int
    vessels: set[str]
    place: tuple[float, float]


def vessel_of(member: Mapping[str, Any]) -> str:
    """A vessel by its number, or by its track where it has none."""
    return f"mmsi:{member['mmsi']}" if member["mmsi"] is not None else str(member["track"])


def _wide(finding: Finding) -> _Wide:
    vessels = {vessel_of(member) for member in finding["members"]}
    lon, lat = finding["where"]["coordinates"]
    times = parse_us(finding["t_start"]), parse_us(finding["t_end"])
    return _Wide(finding, finding["kind"], *times, vessels, (lon, lat))


def _inside(short: _Wide, wide: _Wide) -> bool:
    """Nearly all of the time of ``short`` lies inside that of ``wide``, with a margin at its ends."""
    both = min(short.end_us, wide.end_us + MARGIN_US) - max(short.begin_us, wide.begin_us - MARGIN_US)
    length = short.end_us - short.begin_us
    return both >= 0 and both >= SHARE * length


def _accounts(wide: _Wide, one: _Wide) -> bool:
    if not one.vessels <= wide.vessels:
        return False
    if one.kind in WITHIN.get(wide.kind, ()):
        return _inside(one, wide)
    if one.kind in MEETING.get(wide.kind, ()):
        return _inside(one, wide) or _inside(wide, one)
    return False


def _gathers(first: _Wide, one: _Wide) -> bool:
    """Whether a meeting belongs to the gathering that ``first`` began."""
    if one.vessels.isdisjoint(first.vessels) or len(first.vessels) + len(one.vessels) > MOST_MEMBERS:
        return False
    # The ends as they are: meetings that follow on one another are not one gathering.
    if min(one.end_us, first.end_us) <= max(one.begin_us, first.begin_us):
        return False
    return float(distance_m(*first.place, *one.place)) <= GATHERING_NM * NM_M


def _mark(one: _Wide, wide: _Wide) -> None:
    if one.finding["queue"] == "default":
        one.finding["handling"] = [*one.finding["handling"], {"how": "accounted", "of": wide.finding["id"]}]
        one.finding["queue"] = "context"


def _rank(finding: Finding) -> int:
    return ORDER.index(finding["kind"]) if finding["kind"] in ORDER else len(ORDER)


def account(findings: Sequence[Finding], alarms: Collection[str]) -> None:
    """Mark what another finding accounts for, in place.

    findings  in canonical order
    alarms    ids of those meant for the default queue before a watch floor's rules: a raft that was muted or
              acknowledged still accounts for its meetings, which would else all stand up in its place
    """
    chosen = [f for f in findings if f["id"] in alarms and f["members"]]
    standing: dict[str, list[_Wide]] = {}
    # Widest first, so that whatever accounts for others stands itself. The sort is stable: canonical order is kept.
    for finding in sorted(chosen, key=lambda f: (_rank(f), -len(f["members"]) if f["kind"] != "encounter" else 0)):
        one = _wide(finding)
        near = [wide for name in sorted(one.vessels) for wide in standing.get(name, ())]
        over = next((wide for wide in near if _accounts(wide, one)), None)
        if over is None and one.kind == "encounter":
            over = next((wide for wide in near if wide.kind == "encounter" and _gathers(wide, one)), None)
            if over is not None:
                for name in one.vessels - over.vessels:
                    standing.setdefault(name, []).append(over)
                over.vessels |= one.vessels
        if over is not None:
            _mark(one, over)
        elif one.kind in ORDER:
            for name in one.vessels:
                standing.setdefault(name, []).append(one)
