"""The one order of reports, and the merging of reports that say the same.

Decides: the canonical order, by time, then vessel (MMSI rising, then rows without any identity, then a sensor's own ids
by text), then every cleaned field by its content, then where the row came from (source name, line), then who heard it.
Two reports of one vessel that are equal in time and every cleaned field are one; feeds and stations are united, and the
smallest (source name, line) is kept as its origin. Refuses: to order by pool codes or arrival, which differ from run
to run; to merge anonymous posits, since nothing says that two of them are one vessel.

Batch and live runs both call these functions. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64, Pools, Reports, SetPool, Static, StaticRows

__all__ = [
    "canonical_order",
    "canonical_statics",
    "find_repeats",
    "is_canonical",
    "merge_duplicates",
    "unite_repeats",
]

Index = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

SMALL_GROUP = 24
"""Rows of one vessel and instant that are put in order by insertion; more go through one lexsort."""

_KEY_BITS = 62
"""Bits of the packed (time, vessel) key; two are left so that it never turns negative."""

_VALUES = (
    "lon_e7", "lat_e7", "sog_mkn", "cog_cdeg", "heading_cdeg", "nav_status", "msg_type", "sensor", "error_dm", "t_src",
    "t_received_us",
)  # fmt: skip
"""Cleaned fields that are plain integers, in the order in which they decide."""


def _rank(codes: npt.NDArray[Any], size: int, content: Callable[[int], Any]) -> I32:
    """int32[size + 1]: place of each code that occurs when ordered by content; index -1 (null) is first."""
    seen = np.zeros(size + 1, np.bool_)
    seen[codes] = True
    present = [int(c) for c in np.flatnonzero(seen[:size])]
    rank = np.zeros(size + 1, np.int32)
    rank[sorted(present, key=content)] = np.arange(1, len(present) + 1, dtype=np.int32)
    return rank


def _static_key(record: Static) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is not None, 0 if value is None else value) for value in record)


def _vessel_key(reports: Reports, pools: Pools) -> I64:
    """int64[n]: MMSI; one billion for a row without identity; above it the place of the sensor's id."""
    key = reports.mmsi.astype(np.int64)
    other = key < 0
    if other.any():
        ids = reports.sensor_id[other]
        rank = _rank(ids, len(pools.sensor_ids), pools.sensor_ids.texts.__getitem__)
        key[other] = 1_000_000_000 + rank[ids]
    return key


@kernel
def _all_multiples(t_us: I64, low: int, unit: int) -> bool:
    for t in t_us:  # noqa: SIM110 (numba compiles no generators)
        if (t - low) % unit != 0:
            return False
    return True


@kernel
def _pack(key: I64, t_us: I64, low: int, unit: int, most: int) -> bool:
    """key (the vessel) becomes time and vessel in one; True when it rises from row to row."""
    rising = True
    for k in range(len(key)):
        key[k] += (t_us[k] - low) // unit * most
        if k > 0 and key[k] <= key[k - 1]:
            rising = False
    return rising


def _time_unit(t_us: I64, low: int, high: int, most: int) -> int | None:
    """The coarsest unit in which all times are whole; None where time and vessel do not fit into one integer."""
    if high - low >= 2**_KEY_BITS:
        return None
    unit = next((u for u in (1_000_000, 1_000) if _all_multiples(t_us, low, u)), 1)
    span = (high - low) // unit + 1
    return unit if span.bit_length() + most.bit_length() <= _KEY_BITS else None


def canonical_order(reports: Reports, pools: Pools) -> Index:
    """int64[n]: rows in canonical order. One sort on time and vessel; ties are ordered among themselves."""
    n = len(reports)
    if n < 2:
        return np.arange(n, dtype=np.int64)
    key = _vessel_key(reports, pools)
    low, high, most = int(reports.t_us.min()), int(reports.t_us.max()), int(key.max()) + 1
    unit = _time_unit(reports.t_us, low, high, most)
    if unit is None:
        order = np.lexsort((key, reports.t_us)).astype(np.int64)
        same = (np.diff(reports.t_us[order]) == 0) & (np.diff(key[order]) == 0)
    elif _pack(key, reports.t_us, low, unit, most):
        return np.arange(n, dtype=np.int64)
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        same = key[1:] == key[:-1]
    del key
    if same.any():
        _order_ties(reports, pools, order, same)
    return order


def _order_ties(reports: Reports, pools: Pools, order: Index, same: npt.NDArray[np.bool_]) -> None:
    """Order the runs of equal (time, vessel) in place by content, source name and line, stations and feeds."""
    head = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)) == 1)
    tail = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)) == -1) + 1
    tied = order[np.concatenate(([False], same)) | np.concatenate((same, [False]))]
    keys = _tie_keys(reports, pools, tied)
    place = np.zeros(len(reports), np.int32)
    place[tied] = np.arange(len(tied), dtype=np.int32)
    small = tail - head <= SMALL_GROUP
    _insertion(order, place, keys, head[small], tail[small])
    for start, stop in zip(head[~small], tail[~small], strict=True):
        rows = order[start:stop]
        at = place[rows]
        order[start:stop] = rows[np.lexsort(tuple(keys[k][at] for k in reversed(range(len(keys)))))]


def _tie_keys(reports: Reports, pools: Pools, tied: Index) -> npt.NDArray[np.int64]:
    """int64[keys, m]: what decides between rows of one vessel and instant, most important first."""

    def ranked(codes: npt.NDArray[Any], size: int, content: Callable[[int], Any]) -> I32:
        part = codes[tied]
        rank: I32 = _rank(part, size, content)[part]
        return rank

    columns: list[npt.NDArray[Any]] = [getattr(reports, name)[tied] for name in _VALUES]
    statics, stations, feeds, sources = pools.statics, pools.stations, pools.feeds, pools.sources
    columns.append(ranked(reports.static, len(statics), lambda c: _static_key(statics[c])))
    heard_by = ranked(reports.stations, len(stations), stations.sets.__getitem__)
    fed_by = ranked(reports.feeds, len(feeds), feeds.sets.__getitem__)
    # Copies of an anonymous posit stay apart, so who heard them decides before where they stood in the inputs. Other
    # copies are merged, and the first of them gives its place.
    anonymous = (reports.mmsi[tied] < 0) & (reports.sensor_id[tied] < 0)
    columns += [np.where(anonymous, heard_by, 0), np.where(anonymous, fed_by, 0)]
    columns.append(ranked(reports.source, len(sources), sources.texts.__getitem__))
    columns += [reports.line[tied], heard_by, fed_by]
    return np.stack([c.astype(np.int64) for c in columns])


@kernel
def _insertion(order: Index, place: I32, keys: I64, head: Places, tail: Places) -> None:
    depth = keys.shape[0]
    for g in range(len(head)):
        for i in range(head[g] + 1, tail[g]):
            row = order[i]
            at = place[row]
            j = i - 1
            while j >= head[g]:
                other = place[order[j]]
                less = False
                for k in range(depth):
                    if keys[k, at] != keys[k, other]:
                        less = keys[k, at] < keys[k, other]
                        break
                if not less:
                    break
                order[j + 1] = order[j]
                j -= 1
            order[j + 1] = row


def is_canonical(order: Index) -> bool:
    """True when an order changes nothing."""
    return bool((order[1:] > order[:-1]).all())


def find_repeats(reports: Reports) -> npt.NDArray[np.bool_]:
    """bool[n]: the row says what the row before it says (rows in canonical order)."""
    n = len(reports)
    out = np.zeros(n, np.bool_)
    if n < 2:
        return out
    same = np.diff(reports.t_us) == 0
    same &= (reports.mmsi[1:] == reports.mmsi[:-1]) & (reports.sensor_id[1:] == reports.sensor_id[:-1])
    same &= (reports.mmsi[1:] >= 0) | (reports.sensor_id[1:] >= 0)
    at = np.flatnonzero(same)
    for name in (*_VALUES, "static"):
        column = getattr(reports, name)
        at = at[column[at + 1] == column[at]]
    out[at + 1] = True
    return out


def merge_duplicates(reports: Reports, pools: Pools) -> tuple[Reports, npt.NDArray[np.bool_]]:
    """(merged rows, repeat bool[n]) of rows in canonical order.

    repeat marks the rows that were merged into the one before them; their stations and feeds stand in the row kept.
    With no repeats the same object comes back. ``repeat.sum()`` is the number of duplicates.
    """
    repeat = find_repeats(reports)
    if not repeat.any():
        return reports, repeat
    unite_repeats(reports, repeat, pools)
    return reports.take(~repeat), repeat


def unite_repeats(reports: Reports, repeat: npt.NDArray[np.bool_], pools: Pools) -> None:
    """Give the first row of each run of repeats the stations and feeds of all of them, in place; note where the merged
    rows stood in ``pools.merged_refs``."""
    head = np.maximum.accumulate(np.where(repeat, 0, np.arange(len(repeat))))
    extra = np.flatnonzero(repeat)
    place = reports.source.astype(np.int64) << 32 | reports.line
    pools.merged_refs.append(np.stack((place[head[extra]], place[extra]), axis=1))
    _unite(reports.stations, head[extra], reports.stations[extra], pools.stations)
    _unite(reports.feeds, head[extra], reports.feeds[extra], pools.feeds)


def _unite(target: I32, group: npt.NDArray[np.intp], codes: I32, pool: SetPool) -> None:
    """target[group[k]] |= codes[k], as sets; each distinct pair of sets is joined once."""
    differs = target[group] != codes
    group, codes = group[differs], codes[differs]
    while len(group):
        # One member of each group a round, so that a group of many is joined step by step.
        _, first = np.unique(group, return_index=True)
        pair = target[group[first]].astype(np.int64) << 32 | codes[first].astype(np.int64)
        distinct, inverse = np.unique(pair, return_inverse=True)
        joined = [pool.code((*pool[int(p) >> 32], *pool[int(p) & 0xFFFFFFFF])) for p in distinct]
        target[group[first]] = np.array(joined, np.int32)[inverse]
        rest = np.ones(len(group), np.bool_)
        rest[first] = False
        group, codes = group[rest], codes[rest]


def canonical_statics(parts: Sequence[StaticRows], pools: Pools) -> StaticRows:
    """Static rows ordered by time (NO_TIME first), vessel and content; each (time, vessel, content) once, the one with
    the smallest (source name, line), heard by the stations of all."""
    rows = StaticRows.concat(parts)
    if len(rows) < 2:
        return rows
    ids, statics, sources, stations = pools.sensor_ids, pools.statics, pools.sources, pools.stations
    who = _rank(rows.sensor_id, len(ids), ids.texts.__getitem__)[rows.sensor_id]
    what = _rank(rows.static, len(statics), lambda c: _static_key(statics[c]))[rows.static]
    where = _rank(rows.source, len(sources), sources.texts.__getitem__)[rows.source]
    heard = _rank(rows.stations, len(stations), stations.sets.__getitem__)[rows.stations]
    order = np.lexsort((heard, rows.line, where, what, who, rows.mmsi, rows.t_us))
    again = np.zeros(len(order), np.bool_)
    again[1:] = True
    for column in (rows.t_us, rows.mmsi, rows.sensor_id, rows.static):
        again[1:] &= np.diff(column[order]) == 0
    ordered = StaticRows(*(getattr(rows, name)[order] for name in StaticRows.__dataclass_fields__))
    head = np.maximum.accumulate(np.where(again, 0, np.arange(len(again))))
    extra = np.flatnonzero(again)
    _unite(ordered.stations, head[extra], ordered.stations[extra], pools.stations)
    return StaticRows(*(getattr(ordered, name)[~again] for name in StaticRows.__dataclass_fields__))
