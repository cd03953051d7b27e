"""Hulls and their forces: which vessels ``joint_activity`` looks at, and where each of them was, slot by slot.

Decides: a hull is a vessel key (MMSI or a sensor's own id); where two of its tracks share a slot, the one of more slots
stands for it. Its force is the strongest claim at the last slot in which it was heard. Forces that act: navy, coast
guard, militia, other government, research, dredgers; a fishing fleet counts beside them. Slots between two fixes that
may be bridged are filled on the straight line. Refuses: forces that trade (cargo, tanker, passenger, service), the
node's own vessels, and vessels of which nobody says anything.
Source: behaviours page; contract page ("Zones, lists, cables"). Known failures: a hull that changes force in mid-run
has its last one throughout; two hulls on one MMSI count as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64, KN_MS, ecef_e7, lonlat_of
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.forces.claims import Claim, Forces
from beaconline.understand.forces.said import Said, said_at, vessel_of
from beaconline.understand.joint.slots import Slots

__all__ = ["ACTING", "FISHING", "GROUPS", "Hull", "Whereabouts", "hulls_of", "matters", "may_pair", "whereabouts"]

GROUPS = {
    "navy": "navy", "coast_guard": "police", "other_government": "police", "militia": "militia",
    "research": "research", "dredger": "dredger",
}  # fmt: skip
"""Acting forces and the group each belongs to: a coast guard and a fisheries agency police the same waters, so that
seeing them together is their everyday trade and no joint activity."""
ACTING = frozenset(GROUPS)
FISHING = "fishing"


def may_pair(a: str, b: str) -> bool:
    """Whether two forces together are worth telling. A fishing fleet pairs with a navy or a militia only: those who
    police it, and those who survey or dig where it fishes, meet it by trade."""
    if FISHING in (a, b):
        return bool({a, b} & {"navy", "militia"})
    return GROUPS[a] != GROUPS[b]


def matters(forces: Forces, said: Said, book: TrackBook, code: int, t_us: int) -> bool:
    """Whether a track's force, as known at an instant that the watermark has passed, is one that counts here."""
    force = forces.force(book.mmsi[code], said_at(said, book, code, t_us), t_us)
    return force is not None and (force in ACTING or force == FISHING)


@dataclass(frozen=True, slots=True)
class Hull:
    """A hull: its key, its force, the claim behind it, and whether a list (not its own word alone) says so."""

    key: str
    force: str
    claim: Claim
    listed: bool


@dataclass(slots=True)
class Whereabouts:
    """n rows by hull then slot, at most one for each: index of the hull, track code, slot, ECEF metres (n x 3), speed
    in hundredths of a knot (-1 unknown), time of the fix or of the slot's middle, 1 = a reported fix."""

    hull: I32
    track: I32
    slot: I32
    xyz: F64
    ckn: I32
    t_us: I64
    fix: I8

    def __len__(self) -> int:
        return len(self.hull)

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Whereabouts:
        return Whereabouts(*(getattr(self, f.name)[index] for f in fields(self)))

    def place_e7(self, row: int) -> tuple[int, int]:
        """(lon, lat) of a row, degrees x 1e7."""
        return place_e7(self.xyz[row])


def place_e7(xyz: F64) -> tuple[int, int]:
    """(lon, lat) under an ECEF point near the surface, degrees x 1e7."""
    lon, lat = lonlat_of(float(xyz[0]), float(xyz[1]), float(xyz[2]))
    return round(lon * 1e7), round(lat * 1e7)


def hulls_of(
    slots: Slots, forces: Forces, said: Said, book: TrackBook, slot_us: int
) -> tuple[list[Hull], dict[int, int]]:
    """Hulls whose force counts, by key, and the index of each of their tracks; ``slots`` by track then slot."""
    codes, last = np.unique(slots.track[::-1], return_index=True)
    by_key: dict[str, list[tuple[int, int]]] = {}
    for code, at in zip(codes.tolist(), (len(slots) - 1 - last).tolist(), strict=True):
        t_us = int(slots.slot[at]) * slot_us + int(slots.off_us[at])
        by_key.setdefault(vessel_of(book.names[code], book.mmsi[code]), []).append((t_us, code))
    hulls: list[Hull] = []
    index: dict[int, int] = {}
    for key in sorted(by_key):
        t_us, code = max(by_key[key], key=lambda each: (each[0], book.names[each[1]]))
        claims = forces.claims(book.mmsi[code], said_at(said, book, code, t_us), t_us)
        claim = next((each for each in claims if each.force), None)
        if claim is None or (claim.force not in ACTING and claim.force != FISHING):
            continue
        for _, each in by_key[key]:
            index[each] = len(hulls)
        hulls.append(Hull(key, claim.force, claim, bool(claim.list_name) or claim.by != "ship_type"))
    return hulls, index


@kernel
def _speeds(track: I32, t_us: I64, linked: I8, xyz: F64, said_ckn: I32) -> I32:
    """Speed of each row, hundredths of a knot: the larger of the told one and the one made good since the row before;
    where neither is known, that to the next row; -1 else."""
    n = len(track)
    made = np.full(n, -1, np.int32)
    for i in range(1, n):
        if track[i] == track[i - 1] and linked[i] == 1 and t_us[i] > t_us[i - 1]:
            away = np.sqrt(((xyz[i] - xyz[i - 1]) ** 2).sum())
            made[i] = np.int32(min(32_000.0, away / ((t_us[i] - t_us[i - 1]) * 1e-6) / KN_MS * 100.0 + 0.5))
    out = np.empty(n, np.int32)
    for i in range(n):
        out[i] = max(said_ckn[i], made[i])
        if out[i] < 0 and i + 1 < n and track[i + 1] == track[i]:
            out[i] = made[i + 1]
    return out


@kernel
def _filled(track: I32, slot: I32, linked: I8) -> I32:
    """How many rows each row becomes: itself, and the empty slots before it back to a linked one."""
    out = np.ones(len(track), np.int32)
    for i in range(1, len(track)):
        if track[i] == track[i - 1] and linked[i] == 1:
            out[i] = slot[i] - slot[i - 1]
    return out


def _fill(w: Whereabouts, linked: I8, slot_us: int) -> Whereabouts:
    """Rows by track then slot, with empty slots between linked rows filled in."""
    count = _filled(w.track, w.slot, linked)
    source = np.repeat(np.arange(len(w)), count)
    back = np.cumsum(count)[source] - 1 - np.arange(len(source))
    out = w.take(source)
    new = back > 0
    if not new.any():
        return out
    out.slot[new] -= back[new].astype(np.int32)
    at = out.slot[new].astype(np.int64) * slot_us + slot_us // 2
    now, before = source[new], source[new] - 1
    share = (at - w.t_us[before]) / (w.t_us[now] - w.t_us[before])
    out.xyz[new] = w.xyz[before] + share[:, None] * (w.xyz[now] - w.xyz[before])
    away = np.sqrt(((w.xyz[now] - w.xyz[before]) ** 2).sum(axis=1))
    made = away / ((w.t_us[now] - w.t_us[before]) * 1e-6) / KN_MS * 100.0
    out.ckn[new] = np.minimum(made + 0.5, 32_000.0).astype(np.int32)
    out.t_us[new] = at
    out.fix[new] = 0
    return out


def whereabouts(slots: Slots, index: dict[int, int], book: TrackBook, slot_us: int) -> Whereabouts:
    """Where the hulls (see ``hulls_of``) were; ``slots`` by track then slot."""
    of_track = np.full(len(book) + 1, -1, np.int32)
    rank = np.zeros(len(book) + 1, np.int64)
    for order, code in enumerate(sorted(index, key=lambda each: book.names[each])):
        of_track[code], rank[code] = index[code], order
    mine = slots.take(of_track[slots.track] >= 0)
    t_us = mine.slot.astype(np.int64) * slot_us + mine.off_us
    xyz = ecef_e7(mine.lon_e7, mine.lat_e7)
    ckn = _speeds(mine.track, t_us, mine.linked, xyz, mine.ckn.astype(np.int32))
    w = Whereabouts(of_track[mine.track], mine.track, mine.slot, xyz, ckn, t_us, np.ones(len(mine), np.int8))
    w = _fill(w, mine.linked, slot_us)
    # One row a hull and slot: of two tracks the one that was heard in more slots.
    heard = np.bincount(mine.track, minlength=len(book) + 1)
    w = w.take(np.lexsort((rank[w.track], -heard[w.track], w.slot, w.hull)))
    first = np.ones(len(w), bool)
    first[1:] = (w.hull[1:] != w.hull[:-1]) | (w.slot[1:] != w.slot[:-1])
    return w.take(first)


def labels_of(hulls: Sequence[Hull]) -> tuple[list[str], I32]:
    """Forces met, by name, and the position in them of each hull's."""
    names = sorted({hull.force for hull in hulls})
    return names, np.array([names.index(hull.force) for hull in hulls], np.int32)
