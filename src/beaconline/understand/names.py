"""Which name a ship gave, and when: so that a finding can say the name known at its end.

Decides: the name of a track at an instant. The track's own rows come first; static messages without position (types
5, 24) speak for the vessel key (MMSI or sensor id), so two ships on one MMSI may share the name they both send.
Refuses: a name first heard later. Source: the contract page. Known failures: none known.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, Pools, Reports, StaticRows
from beaconline.foundation.table.tracks import TrackBook

__all__ = ["Names", "hear", "name_at", "vessel_of"]


@dataclass(slots=True)
class Names:
    """State: (t_us, name) in time order by track name and by vessel key; last name of each track by code."""

    by_track: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    by_vessel: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    last: list[str] = field(default_factory=list)


@kernel
def _changes(track: I32, name: I32, last: I32, changed: npt.NDArray[np.bool_]) -> None:
    """Mark rows whose name differs from the track's name before; -1 = no name on this row."""
    for i in range(len(track)):
        if track[i] >= 0 and name[i] >= 0 and last[track[i]] != name[i]:
            last[track[i]] = name[i]
            changed[i] = True


def vessel_key(mmsi: int, sensor_id: int, pools: Pools) -> str:
    """``"mmsi:367000001"`` or ``"id:…"``: text, so that it means the same in every run."""
    return f"mmsi:{mmsi}" if mmsi >= 0 else f"id:{pools.sensor_ids[sensor_id]}"


def vessel_of(track: str, mmsi: int) -> str:
    """The key of a track's vessel: a sensor's own id is the name of its track."""
    return f"mmsi:{mmsi}" if mmsi >= 0 else f"id:{track}"


def hear(state: Names, reports: Reports, track: I32, book: TrackBook, statics: StaticRows, pools: Pools) -> Names:
    """Take the names of rows in canonical order and of static rows ordered by time."""
    texts: dict[str, int] = {}
    of_static = np.full(len(pools.statics), -1, np.int32)
    for code, record in enumerate(pools.statics.records):
        if record.name is not None:
            of_static[code] = texts.setdefault(record.name, len(texts))
    state.last.extend([""] * (len(book) - len(state.last)))
    last = np.array([texts.get(name, -1) for name in state.last], np.int32)
    name = of_static[reports.static]
    changed = np.zeros(len(reports), np.bool_)
    _changes(track, name, last, changed)
    by_code = list(texts)
    for i in np.flatnonzero(changed).tolist():
        code, text = int(track[i]), by_code[name[i]]
        state.by_track.setdefault(book.names[code], []).append((int(reports.t_us[i]), text))
        state.last[code] = text
    for i in range(len(statics)):
        given = pools.statics[int(statics.static[i])].name
        if given is None or (statics.mmsi[i] < 0 and statics.sensor_id[i] < 0):
            continue
        key = vessel_key(int(statics.mmsi[i]), int(statics.sensor_id[i]), pools)
        insort(state.by_vessel.setdefault(key, []), (int(statics.t_us[i]), given))
    return state


def name_at(state: Names, track: str, vessel: str, t_us: int) -> str | None:
    """The last name heard at or before ``t_us``, or None."""
    for history in (state.by_track.get(track), state.by_vessel.get(vessel)):
        if history:
            at = bisect_right(history, (t_us, "\U0010ffff"))
            if at:
                return history[at - 1][1]
    return None
