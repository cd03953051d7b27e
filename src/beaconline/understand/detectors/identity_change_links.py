"""From a silent MMSI to a new one: which pairs may be one hull.

Decides: which vessels a new one is compared with, and whether the old one has been silent since. Two things link them:
what both send (an IMO number, a call sign, or a name with one length and beam), or the path of the old one that the new
one goes on with, at its speed and course. A link is final a day after the new one was first heard.
Refuses: an old one that is heard on: that is another ship, or ``identity_conflict``. Source: behaviours page. Known
failures: a hull that changes its number while silent for hours, far off, and all else it sends with it, is not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from beaconline.foundation.geo.geodesy import KN_MS, distance_m
from beaconline.foundation.table.reports import I64, Static
from beaconline.understand.detectors.identity_change_rows import F_CONFIRMED, NEVER
from beaconline.understand.detectors.identity_change_runs import Place
from beaconline.understand.forces.lists import is_imo

__all__ = ["Link", "LinkRule", "Match", "Silence", "best", "linked_by", "match"]

MOST_HOLDERS = 8
"""Vessels remembered by one value, the latest: "PILOT" is the name of hundreds."""
LEAST_SILENCE_US = 1_800_000_000
"""An old number is gone only after 30 min without it, and four of its usual steps."""
STEPS = 4
SLACK_M = 1_000.0
"""Metres off the way between both fixes: errors of places and clocks."""
STRENGTH = ("imo", "callsign", "path", "name")
"""What links two numbers, strongest first. A name with the same length and beam may be that of a sister ship."""


@dataclass(frozen=True, slots=True)
class LinkRule:
    """Limits, from the kind's parameters: microseconds and knots."""

    window_us: int
    gap_us: int
    speed_kn: float


@dataclass(slots=True)
class Link:
    """An old vessel and a new one (codes): since when each thing links them (by -> microseconds); the fix of the old
    one and its usual step where the path was compared."""

    old: int
    new: int
    by: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence of a vessel of a day or more: the last fix before it, its usual step, and when it was heard again."""

    before: Place
    step_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Match:
    """A link that stands: last fix of the old one, first of the new one, by what, strongest first; silent_us: how long
    the old one has been silent; rivals: other vessels whose path the new one goes on as well."""

    link: Link
    last: Place
    first: Place
    by: tuple[str, ...]
    silent_us: int
    rivals: int
    distance_m: float


def _last_before(
    x: int, t_us: int, fixes: I64, silences: Mapping[int, Sequence[Silence]]
) -> tuple[Place, int, int] | None:
    """(last fix at or before an instant, usual step, heard again when) of a vessel silent just then; None if it was
    heard within a day on both sides."""
    row = fixes[x]
    if row[0] != NEVER and row[0] <= t_us:
        return Place(*row[:5].tolist()), int(row[5]), 2**62
    for silence in silences.get(x, ()):
        if silence.before.t_us <= t_us < silence.until_us:
            return silence.before, silence.step_us, silence.until_us
    return None


def linked_by(link: Link, old: Static, new: Static, until_us: int) -> tuple[str, ...]:
    """What links both, strongest first, as known by an instant; what they send may rule it out."""
    by = {what for what, since_us in link.by.items() if since_us <= until_us}
    sizes = (old.length_dm, old.beam_dm) == (new.length_dm, new.beam_dm) and None not in (old.length_dm, old.beam_dm)
    if not sizes:
        by.discard("name")
    if old.imo != new.imo and all(imo is not None and is_imo(imo) for imo in (old.imo, new.imo)):
        by -= {"callsign", "name"}
    return tuple(what for what in STRENGTH if what in by)


def match(
    link: Link, rule: LinkRule, fixes: I64, firsts: I64, silences: Mapping[int, Sequence[Silence]], now_us: int
) -> Match | None:
    """The link as it stands at an instant, ``by`` still to be asked for; None when the old number was heard on, or
    lately, when the new one was heard too briefly, too late or too far off."""
    t_us, lon_e7, lat_e7, track = firsts[link.new, :4].tolist()
    first = Place(t_us, lon_e7, lat_e7, track, 1)
    final_us = first.t_us + rule.window_us
    until_us = min(now_us, final_us)
    confirmed_us = int(firsts[link.new, F_CONFIRMED])
    found = _last_before(link.old, first.t_us, fixes, silences)
    if found is None or confirmed_us == NEVER or confirmed_us > until_us:
        return None
    last, step_us, again_us = found
    if again_us <= final_us or first.t_us - last.t_us > rule.gap_us:
        return None
    silent_us = until_us - last.t_us
    if silent_us < max(LEAST_SILENCE_US, STEPS * step_us):
        return None
    way_m = distance_m(last.lon_e7 * 1e-7, last.lat_e7 * 1e-7, first.lon_e7 * 1e-7, first.lat_e7 * 1e-7)
    if way_m - SLACK_M > rule.speed_kn * KN_MS * (first.t_us - last.t_us) * 1e-6:
        return None
    return Match(link, last, first, (), silent_us, 0, way_m)


def best(matches: Sequence[Match], names: Sequence[str]) -> Match | None:
    """The strongest of the links of one new vessel; paths that several old ones fit are counted as rivals."""
    if not matches:
        return None
    order = sorted(matches, key=lambda m: (STRENGTH.index(m.by[0]), -len(m.by), -m.last.t_us, names[m.last.track]))
    one = order[0]
    rivals = sum("path" in m.by or m.by == one.by for m in order[1:])
    return replace(one, rivals=rivals)
