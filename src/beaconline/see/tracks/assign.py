"""Which open track of its vessel each row continues, or that it opens a new one: one pass in time order.

Decides: a row goes to the cheapest open track that it fits; to none if it fits none. The last fix of a track may have
been the stray one, so a row that fits nothing is also tried against the fix before it. After a long silence a
contradicting fix puts the place of the ship in doubt: for some minutes its fixes are kept apart in a track of their
own, and the old track goes on when the doubt is over. Refuses: to look ahead, so that any cut into steps gives the
same answer. Known failures: rows of those minutes stay in the track of their own even when they were the ship's.
"""

from __future__ import annotations

import math

import numpy as np

from beaconline.foundation.geo.frame import frame_point, ground_velocity
from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel, lean_inner, lean_kernel
from beaconline.foundation.table.reports import I8, I32, I64
from beaconline.see.tracks.berths import RETURNS_MAX, establish, own_berth, part_berths, part_side_by_side, see_berth
from beaconline.see.tracks.chain import LEAP_M2, LEAPS_AFTER_RETURN, PENDING, unforeseen
from beaconline.see.tracks.motion import (
    AIRCRAFT_MS,
    BOUND_MS,
    CALL,
    CLASS,
    CLOCK_S,
    COARSE_M,
    COARSE_STEP_M,
    CODE,
    COUNT,
    COURSE_OFF,
    FCOLS,
    GAP_S,
    GATE_M2,
    HAS_E,
    HAS_V,
    HEADING_DEG,
    ICOLS,
    IMO,
    JITTER_M,
    LEAPS,
    LINK_M2,
    LONG_SILENCE_S,
    MARK,
    MS_PER_KN,
    NAME,
    NEVER,
    P_HEADING_DEG,
    P_STATIC,
    PARENT,
    PX,
    RETURNS,
    SHIP_MS,
    SPEED_MS,
    SPEED_OFF,
    STATIC,
    STATION,
    T_PREV,
    T_WOKE,
    TWO_FOLD,
    TWO_FOLD_MAX,
    VX,
    T,
    X,
    easy,
    fit,
    heard_again,
    learn,
    seed,
)

__all__ = ["MAX_OPEN", "NO_KEY", "assign_rows", "slot_of_key"]

MAX_OPEN = 32
"""Open tracks of one vessel. When all are taken, the one silent longest gives way if it was silent for a day; else a
row that fits none joins the vessel's overflow track, which is named like any other, and takes what is left over until a
place is free. Too few would shatter an MMSI shared by a fleet; each costs up to one comparison a row. A vessel's state
is at most 32 slots of some 0.5 KiB."""
OVERFLOW = MAX_OPEN
"""Column of the vessel's list of slots that holds the code of its overflow track + 1, 0 = none yet."""
MAX_SILENCE_US = 90 * 86_400_000_000
"""A track silent for longer is closed: the ship's next fix opens a new one."""
BRIEF_SILENCE_US = 86_400_000_000
"""The same for a track of one or two fixes beside others, most often a stray: one day, so that a ship heard only by
satellites every few hours can still continue it."""
ELDER_TIMES, ELDER_M2, ELDER_COST = 4, 9.0, 6.0
"""A track of four times as many fixes, heard as lately, takes a row that it fits within three sigmas, unless it costs
so much more that names or headings speak against it."""
WEAK_LINK_M2 = 2.0
"""The last fix of a track may have been a stray only if it fitted no better than this."""
DOUBT_US = 450_000_000
"""How long the doubt lasts, from the first contradicting fix: 7.5 min; longer keeps more good fixes apart."""
NO_KEY = -1
AIRCRAFT_CLASS = 3
"""Class of rows of search-and-rescue aircraft."""
ID_BASE = 2_000_000_000
"""Keys from here on are codes of sensor ids; below are MMSI (nine digits)."""
RAD = math.pi / 180.0
_MIX = 0x9E3779B97F4A7C15 & 0x7FFFFFFFFFFFFFFF


@kernel
def slot_of_key(keys: I64, key: int) -> int:
    """Where a key stands, or would stand, in an open-addressed table whose length is a power of two."""
    mask = len(keys) - 1
    at = ((key * _MIX) >> 20) & mask
    while keys[at] != NO_KEY and keys[at] != key:
        at = (at + 1) & mask
    return at


@lean_inner
def _coarse(lon_e7: int, lat_e7: int, sog_mkn: int, cog_cdeg: int) -> bool:
    """Whether both coordinates are whole tenths of a minute, speed and course whole, as AIS type 27 gives them.

    A tenth of a minute is 166,666.7e-7 deg; 80e-7 deg are allowed for logs that went through 32-bit floats.
    """
    if sog_mkn % 1000 != 0 or cog_cdeg % 100 != 0:
        return False
    a, b = (lon_e7 * 6) % 100_000, (lat_e7 * 6) % 100_000
    return (a < 500 or a > 99_500) and (b < 500 or b > 99_500)


@lean_inner
def _in_doubt(si: I64, slots: I32, count: int, one: int, t_us: int) -> bool:
    """Whether a track had been silent for long when a rival of few fixes spoke up, and has it spoken up just now."""
    heard = si[slots[one], T]
    for j in range(count):
        rival = slots[j]
        if j == one or si[rival, PARENT] >= 0 or ELDER_TIMES * si[rival, COUNT] > si[slots[one], COUNT]:
            continue
        woke = si[rival, T_WOKE]
        if (woke - heard) * 1e-6 >= LONG_SILENCE_S and t_us - woke <= DOUBT_US:
            return True
    return False


@lean_inner
def _parent(si: I64, t_us: int, slots: I32, count: int, child: int, fits: F64) -> int:
    """Place of the track that a track kept apart belongs to, once out of doubt and if the row fits it; else -1."""
    for j in range(count):
        if si[slots[j], CODE] == si[slots[child], PARENT] and not _in_doubt(si, slots, count, j, t_us):
            return j if fits[j, 0] < GATE_M2 else -1
    return -1


@lean_inner
def _elder(si: I64, slots: I32, count: int, best: int, fits: F64) -> int:
    """The track that takes the row from a much younger one, if it fits well and costs little more.

    A stray fix ahead of a ship must not lure it away when it comes by.
    """
    chosen, most = best, ELDER_TIMES * si[slots[best], COUNT]
    for j in range(count):
        s = slots[j]
        if j == best or si[s, COUNT] < most or si[s, T] < si[slots[best], T]:
            continue
        if fits[j, 0] < ELDER_M2 and fits[j, 1] < fits[best, 1] + ELDER_COST:
            chosen, most = j, si[s, COUNT]
    return chosen


@lean_inner
def _choose(sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int, fits: F64) -> tuple[int, bool, int, float]:
    """(place in the vessel's list or -1, whether from the fix before, place of a track in doubt that it fits or -1,
    misfit). ``fits`` is room for misfit and cost of every open track."""
    if count == 1:
        m2 = easy(sf, si, slots[0], rf, ri)
        if m2 < WEAK_LINK_M2:
            return 0, False, -1, m2
    for tried in range(2):
        from_prev = tried == 1
        best, best_cost = -1, NEVER
        for j in range(count):
            s = slots[j]
            if from_prev and (si[s, COUNT] < 2 or sf[s, LINK_M2] < WEAK_LINK_M2):
                continue
            fits[j, 0], fits[j, 1] = fit(sf, si, s, rf, ri, from_prev)
            if fits[j, 1] < best_cost and (fits[j, 0] < GATE_M2 or not from_prev):
                best, best_cost = j, fits[j, 1]
        if best >= 0 and fits[best, 0] < GATE_M2:
            if from_prev or count == 1:
                return best, from_prev, -1, fits[best, 0]
            best = _elder(si, slots, count, best, fits)
            if _in_doubt(si, slots, count, best, ri[T]):
                return -1, False, best, fits[best, 0]
            return best, False, -1, fits[best, 0]
    return -1, False, -1, NEVER


@lean_inner
def _part(sf: F64, si: I64, s: int, other: int, prints: I32) -> None:
    """Part a track that was two ships at rest: the row before the last becomes the place of a track yet unnamed."""
    for k in range(FCOLS):
        sf[other, k] = sf[s, k]
    for k in range(ICOLS):
        si[other, k] = si[s, k]
    for k in range(3):
        sf[other, X + k] = sf[s, PX + k]
    si[other, T], si[other, T_WOKE] = si[s, T_PREV], si[s, T_PREV]
    si[other, CODE], si[other, COUNT], si[other, PARENT] = PENDING, 1, -1
    sf[other, HEADING_DEG] = sf[s, P_HEADING_DEG]
    if si[s, P_STATIC] > 0:
        si[other, STATIC] = si[s, P_STATIC]
        for k in range(3):
            si[other, NAME + k] = prints[si[s, P_STATIC], k]
    si[s, P_STATIC], si[other, P_STATIC] = -1, -1
    si[s, HAS_E], si[other, HAS_E] = 0, 0


@lean_inner
def _drop(slots: I32, count: int, one: int) -> int:
    """Close one track: its slot goes behind the end of the list, to be used again; the new length."""
    s = slots[one]
    for j in range(one, count - 1):
        slots[j] = slots[j + 1]
    slots[count - 1] = s
    return count - 1


@lean_inner
def _place(slots: I32, count: int, s: int) -> int:
    """Place of a slot in the list of open ones."""
    for j in range(count):
        if slots[j] == s:
            return j
    return -1


@lean_inner
def _prune(si: I64, slots: I32, count: int, t_us: int) -> int:
    """Close tracks that were silent too long; the new length."""
    j = 0
    while j < count:
        brief = count > 1 and si[slots[j], COUNT] < 3
        limit = BRIEF_SILENCE_US if brief else MAX_SILENCE_US
        if t_us - si[slots[j], T] > limit:
            count = _drop(slots, count, j)
        else:
            j += 1
    return count


@lean_inner
def _make_room(si: I64, slots: I32, count: int, t_us: int) -> int:
    """Close the track silent longest if that was a day or more and all places are taken; the new length."""
    if count < MAX_OPEN:
        return count
    worst = 0
    for j in range(1, count):
        if si[slots[j], T] < si[slots[worst], T]:
            worst = j
    return _drop(slots, count, worst) if t_us - si[slots[worst], T] >= BRIEF_SILENCE_US else count


@lean_inner
def _overflow(slots: I32, totals: I64, opened: I64, row: int, vessel: int) -> int:
    """Code of the overflow track of a vessel, announced at its first row."""
    if slots[OVERFLOW] == 0:
        slots[OVERFLOW] = _announce(totals, opened, row, vessel) + 1
    return int(slots[OVERFLOW]) - 1


@lean_inner
def _fill_row(
    i: int, t_us: I64, lon_e7: I32, lat_e7: I32, sog_mkn: I32, cog_cdeg: I32, heading_cdeg: I32, msg_type: I8,
    rf: F64, ri: I64,
) -> None:  # fmt: skip
    """Motion of row i as a slot's columns."""
    x, y, z, sl, cl, sf, cf = frame_point(lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
    rf[X], rf[X + 1], rf[X + 2] = x, y, z
    speed = sog_mkn[i] * 1e-3 * MS_PER_KN if sog_mkn[i] >= 0 else -1.0
    rf[SPEED_MS] = speed
    rf[VX], rf[VX + 1], rf[VX + 2] = 0.0, 0.0, 0.0
    # Below half a knot a course is noise, and the speed alone is known well enough to be the motion.
    ri[HAS_V] = 1 if speed >= 0.0 and (cog_cdeg[i] >= 0 or speed < 0.26) else 0
    if cog_cdeg[i] >= 0 and speed > 0.0:
        rf[VX], rf[VX + 1], rf[VX + 2] = ground_velocity(speed, cog_cdeg[i] * 1e-2 * RAD, sl, cl, sf, cf)
    rf[COARSE_M] = 0.0
    if msg_type[i] == 27 or (msg_type[i] < 0 and _coarse(lon_e7[i], lat_e7[i], sog_mkn[i], cog_cdeg[i])):
        rf[COARSE_M] = COARSE_STEP_M
    rf[HEADING_DEG] = heading_cdeg[i] * 1e-2 if heading_cdeg[i] >= 0 else -1.0
    ri[T] = t_us[i]
    mark = lon_e7[i] * np.int64(_MIX) + lat_e7[i]
    ri[MARK] = (mark * _MIX + sog_mkn[i]) * _MIX + cog_cdeg[i]


@lean_inner
def _announce(totals: I64, opened: I64, row: int, vessel: int) -> int:
    """Code of a new track, entered in the list of those to be named."""
    code = int(totals[2])
    opened[totals[3], 0], opened[totals[3], 1] = row, vessel
    totals[2] += 1
    totals[3] += 1
    return code


@lean_inner
def _slot_at(slots: I32, count: int, allotted: I32, vessel: int, totals: I64) -> int:
    """A free slot behind the open ones of a vessel: one it owned before, or a new one."""
    if count == allotted[vessel]:
        slots[count] = totals[1]
        totals[1] += 1
        allotted[vessel] += 1
    return int(slots[count])


@lean_inner
def _to_parent(si: I64, t_us: int, slots: I32, count: int, chosen: int, fits: F64) -> tuple[int, int]:
    """When doubt is over, a track kept apart ends and its parent goes on: (place chosen, length of the list)."""
    parent = _parent(si, t_us, slots, count, chosen, fits)
    if parent < 0:
        return chosen, count
    into = slots[parent]
    count = _drop(slots, count, chosen)
    return _place(slots, count, into), count


@lean_inner
def _youngest(si: I64, slots: I32, count: int, chosen: int) -> int:
    """Place of a track of one fix, later than the last one of the track chosen, or that track itself; else -1."""
    latest = chosen
    for j in range(count):
        if si[slots[j], COUNT] == 1 and si[slots[j], CODE] != PENDING and si[slots[j], T] > si[slots[latest], T]:
            latest = j
    return latest if si[slots[latest], COUNT] == 1 else -1


@lean_inner
def _continue(
    sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int, young: int, fitted: int, m2: float
) -> tuple[int, int, float]:
    """Try chain and leap for a row that fits no track, and a chain over a young one, if given, for a row that fits:
    (place, length of the list, misfit)."""
    chosen, over = unforeseen(sf, si, rf, ri, slots, count, young)
    if chosen < 0:
        return fitted, count, m2
    s = slots[chosen]
    if over >= 0:
        count = _drop(slots, count, over)
    return _place(slots, count, s), count, LEAP_M2


@lean_inner
def _open(
    sf: F64, si: I64, rf: F64, ri: I64, slots: I32, count: int, allotted: I32, vessel: int, totals: I64, parent: int
) -> int:
    """Open a track with a row, in a list that has room; its slot. The code is the next one."""
    s = _slot_at(slots, count, allotted, vessel, totals)
    seed(sf, si, s, rf, ri, totals[2])
    si[s, PARENT] = parent
    if count > 0:
        # The vessel's clock and antenna were learnt by its first track.
        for k in (CLOCK_S, COURSE_OFF, GAP_S, SPEED_OFF):
            sf[s, k] = sf[slots[0], k]
        sf[s, JITTER_M] = max(sf[s, JITTER_M], sf[slots[0], JITTER_M])
    see_berth(sf, si, s, rf, ri)
    return s


@lean_inner
def _part_at_rest(
    sf: F64, si: I64, s: int, slots: I32, count: int, allotted: I32, vessel: int, totals: I64, prints: I32
) -> int:
    """Part a track if it turned out to be two ships at rest, and there is room; the new length of the list."""
    if sf[s, TWO_FOLD] > TWO_FOLD_MAX and count < MAX_OPEN:
        sf[s, TWO_FOLD] = 0.0
        other = _slot_at(slots, count, allotted, vessel, totals)
        _part(sf, si, s, other, prints)
        part_side_by_side(sf, s, other)
        return count + 1
    if sf[s, RETURNS] > RETURNS_MAX and not establish(sf, si, s, slots, count) and count < MAX_OPEN:
        other = _slot_at(slots, count, allotted, vessel, totals)
        _part(sf, si, s, other, prints)
        part_berths(sf, s, other)
        si[other, COUNT] = 2
        return count + 1
    return count


@lean_inner
def _copied(sf: F64, si: I64, ri: I64, slots: I32, count: int) -> int:
    """Slot that a row is a late copy of a fix of, or -1."""
    for j in range(count):
        if si[slots[j], CODE] != PENDING and heard_again(sf, si, slots[j], ri):
            return int(slots[j])
    return -1


@lean_inner
def _assign(
    sf: F64, si: I64, rf: F64, ri: I64, slots: I32, open_count: I32, allotted: I32, prints: I32, row: int, vessel: int,
    totals: I64, opened: I64, fits: F64,
) -> int:  # fmt: skip
    """Give one row of a vessel its track, and keep the vessel's list of open tracks; the track's code."""
    count = _prune(si, slots, open_count[vessel], ri[T])
    copied = _copied(sf, si, ri, slots, count)
    if copied >= 0:
        # The track has moved on since: its motion is left as it is.
        open_count[vessel] = count
        return int(si[copied, CODE])
    chosen, from_prev, doubtful, m2 = own_berth(sf, si, rf, ri, slots, count), False, -1, 0.0
    if chosen < 0:
        chosen, from_prev, doubtful, m2 = _choose(sf, si, rf, ri, slots, count, fits)
        young = _youngest(si, slots, count, chosen) if chosen >= 0 and count > 1 and not from_prev else -1
        if young >= 0 or (chosen < 0 and doubtful < 0 and count > 0):
            chosen, count, m2 = _continue(sf, si, rf, ri, slots, count, young, chosen, m2)
        if chosen >= 0 and count > 1 and not from_prev and si[slots[chosen], PARENT] >= 0:
            chosen, count = _to_parent(si, ri[T], slots, count, chosen, fits)
    if chosen < 0:
        parent = si[slots[doubtful], CODE] if doubtful >= 0 else -1
        count = _make_room(si, slots, count, ri[T])
        if count == MAX_OPEN:
            open_count[vessel] = count
            return _overflow(slots, totals, opened, row, vessel)
        s = _open(sf, si, rf, ri, slots, count, allotted, vessel, totals, parent)
        open_count[vessel] = count + 1
        return _announce(totals, opened, row, vessel)
    s = slots[chosen]
    if not from_prev:
        see_berth(sf, si, s, rf, ri)
    learn(sf, si, s, rf, ri, from_prev)
    sf[s, LINK_M2] = m2
    if from_prev:
        sf[s, LEAPS] = LEAPS_AFTER_RETURN
    if si[s, CODE] == PENDING:
        si[s, CODE], si[s, T_WOKE] = _announce(totals, opened, row, vessel), ri[T]
    elif not from_prev:
        count = _part_at_rest(sf, si, s, slots, count, allotted, vessel, totals, prints)
    open_count[vessel] = count
    return int(si[s, CODE])


@lean_kernel
def assign_rows(
    start: int, key: I64, t_us: I64, lon_e7: I32, lat_e7: I32, sog_mkn: I32, cog_cdeg: I32, heading_cdeg: I32,
    msg_type: I8, msg_class: I8, stations: I32, static: I32, prints: I32, keys: I64, vessel_of: I32,
    open_count: I32, allotted: I32, open_slots: I32, sf: F64, si: I64, totals: I64, track: I32, opened: I64,
    rf: F64, ri: I64, fits: F64,
) -> int:  # fmt: skip
    """Rows from ``start`` on, until done or until a table is full; the row it stopped at.

    key       int64[n], MMSI, or ID_BASE + code of a sensor's own id; NO_KEY = anonymous
    prints    int32[n_static, 3], codes of name, call sign and IMO of a static record, -1 = null
    keys, vessel_of              open-addressed table: key -> vessel
    open_count, allotted, open_slots  by vessel: tracks open, slots it owns, and which (open ones first); OVERFLOW
    sf, si    slots; totals = [vessels, slots, tracks]
    track     int32[n], out: track code or -1
    opened    int64[k, 2], out: (row, vessel) of each new track of this call, in order of code; totals[3] counts them
    rf, ri, fits   room to work in: float64[FCOLS], int64[MARK + 1], float64[MAX_OPEN, 2]
    """
    for i in range(start, len(key)):
        if key[i] == NO_KEY:
            track[i] = -1
            continue
        at = slot_of_key(keys, key[i])
        if keys[at] == NO_KEY:
            if totals[0] >= len(open_count) or 2 * totals[0] >= len(keys):
                return i
            keys[at], vessel_of[at] = key[i], totals[0]
            totals[0] += 1
        v = vessel_of[at]
        if totals[1] >= len(sf) or totals[3] >= len(opened):
            return i
        if key[i] >= ID_BASE:
            # A sensor's own id is one track, whatever it does.
            if open_count[v] == 0:
                open_count[v], open_slots[v, 0] = 1, _announce(totals, opened, i, v)
            track[i] = open_slots[v, 0]
            continue
        _fill_row(i, t_us, lon_e7, lat_e7, sog_mkn, cog_cdeg, heading_cdeg, msg_type, rf, ri)
        rf[BOUND_MS] = AIRCRAFT_MS if msg_class[i] == AIRCRAFT_CLASS else SHIP_MS
        ri[STATIC], ri[CLASS], ri[STATION] = static[i], msg_class[i], stations[i]
        ri[NAME], ri[CALL], ri[IMO] = prints[static[i], 0], prints[static[i], 1], prints[static[i], 2]
        track[i] = _assign(sf, si, rf, ri, open_slots[v], open_count, allotted, prints, i, v, totals, opened, fits)
    return len(key)
