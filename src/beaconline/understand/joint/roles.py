"""Roles: what each hull of an activity did, in time order, told from where it was.

Decides, slot by slot, the first of these that fits: ``block`` and ``shadow`` where a finding of that kind says so of
the hull; ``supply``: it came from outside to the crowd twice or more and was away for most of the time; ``mass``: slow,
with three or more hulls within a mile (a fishing hull: three or more fishing hulls within 3 nm); ``screen``: it held
off the crowd while three or more hulls of its force did, on all sides (no half of the horizon without one); ``stand
off``: it held between 1 and 12 nm off the crowd; ``around``: it was there and none of these fits. A hull's main role is
the one of most slots. Refuses: what a role is for, and who gave it; these are words for places.
Source: behaviours page, ``joint_activity``. Known failures: half-hour slots are too coarse for a blocking manoeuvre, so
blocks and shadows are only known where those kinds are looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from beaconline.foundation.geo.geodesy import F64, NM_M, bearing_deg, lonlat_of
from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I32, I64
from beaconline.understand.joint.activity import Activity, Bools, Rule, company
from beaconline.understand.joint.hulls import FISHING, GROUPS, Hull, Whereabouts

__all__ = ["ROLES", "Part", "Stretch", "forces_by_track", "parts_of"]

ROLES = ("block", "shadow", "supply", "screen", "stand off", "mass", "around")
"""In the order in which they are tried; of two with as many slots the earlier is the main one."""
AROUND = ROLES.index("around")
LOOSE_M = 3 * NM_M
"""A fishing fleet at work keeps further apart than hulls that lie."""
SCREEN_HULLS = 3
"""Fewer cannot be on all sides."""
SHORT_SLOTS = 1
"""A stretch of so few slots between two of another role is not told: one fix proves no change of role."""
ARRIVALS = 2
POLICE = frozenset(force for force, group in GROUPS.items() if group == "police")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One role of a hull in time order: rows (of the hull's part) from and to, both inside."""

    role: str
    first: int
    last: int


@dataclass(slots=True)
class Part:
    """What one hull did: its rows within the radius while the activity lasted, by time; metres off the middle of each;
    the main role; stretches in time order."""

    hull: int
    rows: Whereabouts
    off_m: F64
    role: str
    stretches: list[Stretch]


def forces_by_track(where: Whereabouts, hulls: Sequence[Hull]) -> dict[int, str]:
    """The force of every track of the hulls."""
    codes, at = np.unique(where.track, return_index=True)
    return {code: hulls[h].force for code, h in zip(codes.tolist(), where.hull[at].tolist(), strict=True)}


def _told(
    drafts: Sequence[Draft], kind: str, word: tuple[str, ...], forces: dict[int, str]
) -> list[tuple[int, int, int]]:  # fmt: skip
    """(track, from, to) of members of a kind of finding whose role begins with one of the words, unless the other
    member is of the same force: hulls of a fleet follow each other home."""
    return [
        (code, draft.t_start_us, draft.t_end_us)
        for draft in drafts
        if draft.kind == kind
        for code, role in draft.members
        if role.startswith(word) and any(forces.get(other) != forces.get(code) for other, _ in draft.members)
    ]


def _mark(roles: I32, rows: Whereabouts, told: Sequence[tuple[int, int, int]], role: str, slot_us: int) -> None:
    for code, start_us, end_us in told:
        inside = (rows.slot >= start_us // slot_us) & (rows.slot <= end_us // slot_us)
        roles[(rows.track == code) & inside & (roles == AROUND)] = ROLES.index(role)


def _surrounded(slot: I32, bearing: F64, hull: I32) -> Bools:
    """For rows of one force that held off: whether in their slot three or more hulls left no half horizon free."""
    out = np.zeros(len(slot), bool)
    order = np.lexsort((bearing, slot))
    starts = np.flatnonzero(np.append(True, np.diff(slot[order]) != 0))
    for begin, end in zip(starts, np.append(starts[1:], len(order)), strict=True):
        b = bearing[order[begin:end]]
        if len(b) >= SCREEN_HULLS and max(np.diff(np.append(b, b[0] + 360.0))) < 180.0:
            out[order[begin:end]] = True
    return out


def _arrivals(where: Whereabouts, hull: int, core: F64, radius_m: float, inside_slots: I64) -> int:
    """How often a hull came to the given slots after it was heard outside the radius."""
    mine = where.take(where.hull == hull)
    outside = ((mine.xyz - core) ** 2).sum(axis=1) > radius_m**2
    state = np.where(outside, 0, np.where(np.isin(mine.slot, inside_slots), 1, -1))
    state = state[state >= 0]
    return int(((state[1:] == 1) & (state[:-1] == 0)).sum())


def _roles(
    rows: Whereabouts, off_m: F64, core: F64, labels: I32, hulls: Sequence[Hull], drafts: Sequence[Draft], rule: Rule,
    crowd: bool,
) -> I32:  # fmt: skip
    """Position in ROLES of each row."""
    roles = np.full(len(rows), AROUND, np.int32)
    forces = forces_by_track(rows, hulls)
    _mark(roles, rows, _told(drafts, "block", ("blocker", "blocking"), forces), "block", rule.slot_us)
    _mark(roles, rows, _told(drafts, "shadow", ("follow", "shadow"), forces), "shadow", rule.slot_us)
    near = company(rows, labels, rule.crowd_m, LOOSE_M)
    slow = (rows.ckn >= 0) & (rows.ckn < rule.slow_ckn)
    fishing = np.array([hulls[h].force == FISHING for h in rows.hull.tolist()], bool)
    mass = slow & ((near[:, 0] >= rule.crowd - 1) | (fishing & (near[:, 2] >= rule.crowd - 1)))
    roles[mass & (roles == AROUND)] = ROLES.index("mass")
    if not crowd:
        return roles
    off = slow & ~fishing & (off_m > rule.crowd_m) & (roles == AROUND)
    roles[off] = ROLES.index("stand off")
    lon, lat = lonlat_of(core[0], core[1], core[2])
    places = [lonlat_of(*xyz) for xyz in rows.xyz[off].tolist()]
    bearing = np.array([bearing_deg(lon, lat, *place) for place in places])
    (at,) = np.nonzero(off)
    for label in np.unique(labels[rows.hull[at]]):
        mine = labels[rows.hull[at]] == label
        around = _surrounded(rows.slot[at][mine], bearing[mine], rows.hull[at][mine])
        roles[at[mine][around]] = ROLES.index("screen")
    return roles


def _stretches(roles: I32) -> list[Stretch]:
    """Runs of one role, short ones between two longer ones taken into the one before."""
    runs: list[list[int]] = []
    for i, role in enumerate(roles.tolist()):
        if runs and runs[-1][0] == role:
            runs[-1][2] = i
        elif runs and i and runs[-1][2] - runs[-1][1] + 1 <= SHORT_SLOTS and len(runs) > 1:
            runs.pop()
            if runs[-1][0] == role:
                runs[-1][2] = i
            else:
                runs[-1][2] = i - 1
                runs.append([role, i, i])
        else:
            runs.append([role, i, i])
    if len(runs) > 1 and runs[-1][2] - runs[-1][1] + 1 <= SHORT_SLOTS:
        last = runs.pop()
        runs[-1][2] = last[2]
    return [Stretch(ROLES[role], first, last) for role, first, last in runs]


def parts_of(
    where: Whereabouts, each: Activity, labels: I32, hulls: Sequence[Hull], drafts: Sequence[Draft], rule: Rule
) -> list[Part]:
    """What each hull of an activity did, in the order of ``each.hulls``."""
    members = np.zeros(len(hulls), bool)
    members[each.hulls] = True
    off2 = ((where.xyz - each.core) ** 2).sum(axis=1)
    inside = (where.slot >= each.first) & (where.slot <= each.last) & (off2 <= rule.radius_m**2) & members[where.hull]
    rows, off_m = where.take(inside), np.sqrt(off2[inside])
    roles = _roles(rows, off_m, each.core, labels, hulls, drafts, rule, bool(each.crowd))
    out = []
    for h in each.hulls:
        (at,) = np.nonzero(rows.hull == h)
        mine = roles[at]
        mass = rows.slot[at][mine == ROLES.index("mass")].astype(np.int64)
        seldom = 2 * len(at) <= each.last - each.first + 1
        may_supply = seldom and hulls[h].force not in POLICE | {FISHING} and len(mass) > 0
        if may_supply and _arrivals(where, h, each.core, rule.radius_m, mass) >= ARRIVALS:
            mine[mine == ROLES.index("mass")] = ROLES.index("supply")
        count = np.bincount(mine, minlength=len(ROLES))
        out.append(Part(h, rows.take(at), off_m[at], ROLES[int(np.argmax(count))], _stretches(mine)))
    return out
