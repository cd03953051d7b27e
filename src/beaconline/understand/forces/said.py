"""What each track said of itself, and when: name, call sign, IMO number, type, lengths, draught.

Decides: the static fields of a track at an instant, each field by itself: the last value heard at or before it. The
track's own rows come first; static messages without position (types 5, 24) speak for the vessel key (MMSI or sensor
id), so two ships on one MMSI may share what they both send. A message without a time is older than every other.
Refuses: a value first heard later, and to say which of two values is true. Source: the contract page.
Known failures: after MOST changes of one track nothing new is kept (an MMSI on many ships changes with every message);
``full`` counts them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, Pools, Reports, Static, StaticRows
from beaconline.foundation.table.tracks import TrackBook

__all__ = ["MOST", "Said", "hear", "name_at", "said_at", "said_changes", "vessel_of"]

MOST = 256
"""Changes kept of one track or vessel: bounds the memory that one false MMSI can take (about 40 kB)."""

_NOTHING = Static()
Story = list[tuple[int, Static]]
"""(since, what was then known), in order of time."""


@dataclass(slots=True)
class Said:
    """State. by_track by code of the book; by_vessel by vessel key; timeless by vessel key; last: code of the static
    record on each track's latest row that had one; full: changes not kept."""

    by_track: dict[int, Story] = field(default_factory=dict)
    by_vessel: dict[str, Story] = field(default_factory=dict)
    timeless: dict[str, Static] = field(default_factory=dict)
    last: list[int] = field(default_factory=list)
    full: int = 0


@kernel
def _changes(track: I32, static: I32, last: I32, changed: npt.NDArray[np.bool_]) -> None:
    """Mark rows with static fields (code > 0) other than those of the track's row before."""
    for i in range(len(track)):
        if track[i] >= 0 and static[i] > 0 and last[track[i]] != static[i]:
            last[track[i]] = static[i]
            changed[i] = True


def vessel_key(mmsi: int, sensor_id: int, pools: Pools) -> str:
    """``"mmsi:367000001"`` or ``"id:…"``: text, so that it means the same in every run."""
    return f"mmsi:{mmsi}" if mmsi >= 0 else f"id:{pools.sensor_ids[sensor_id]}"


def vessel_of(track: str, mmsi: int) -> str:
    """The key of a track's vessel: a sensor's own id is the name of its track."""
    return f"mmsi:{mmsi}" if mmsi >= 0 else f"id:{track}"


def _over(new: Static, old: Static) -> Static:
    """The fields of ``new``, and those of ``old`` where it says nothing."""
    if old is _NOTHING or new == old:
        return new
    if new is _NOTHING:
        return old
    return Static._make(a if a is not None else b for a, b in zip(new, old, strict=True))


def _larger(a: Static, b: Static) -> Static:
    """Of two records without a time each field's larger value: which came first must not matter."""
    return Static._make(max((v for v in pair if v is not None), default=None) for pair in zip(a, b, strict=True))


def _note(state: Said, story: Story, t_us: int, record: Static) -> None:
    now = _over(record, story[-1][1]) if story else record
    if story and now == story[-1][1]:
        return
    if len(story) >= MOST:
        state.full += 1
        return
    story.append((t_us, now))


def hear(state: Said, reports: Reports, track: I32, book: TrackBook, statics: StaticRows, pools: Pools) -> Said:
    """Take rows in canonical order, and static rows ordered by time that are not older than those of earlier calls."""
    state.last.extend([0] * (len(book) - len(state.last)))
    last = np.array(state.last, np.int32)
    changed = np.zeros(len(reports), np.bool_)
    _changes(track, reports.static, last, changed)
    for i in np.flatnonzero(changed).tolist():
        code = int(track[i])
        _note(state, state.by_track.setdefault(code, []), int(reports.t_us[i]), pools.statics[int(reports.static[i])])
    state.last = last.tolist()
    for i in range(len(statics)):
        if statics.mmsi[i] < 0 and statics.sensor_id[i] < 0:
            continue
        key, t_us = vessel_key(int(statics.mmsi[i]), int(statics.sensor_id[i]), pools), int(statics.t_us[i])
        record = pools.statics[int(statics.static[i])]
        if t_us == NO_TIME:
            state.timeless[key] = _larger(record, state.timeless.get(key, Static()))
        else:
            _note(state, state.by_vessel.setdefault(key, []), t_us, record)
    return state


def _then(story: Story | None, t_us: int) -> Static:
    if not story:
        return _NOTHING
    if story[-1][0] <= t_us:
        return story[-1][1]
    at = bisect_right(story, t_us, key=lambda each: each[0])
    return story[at - 1][1] if at else _NOTHING


def said_at(state: Said, book: TrackBook, code: int, t_us: int) -> Static:
    """Every field of a track (code of the book) as last heard at or before ``t_us``; None where it was not heard."""
    key = vessel_of(book.names[code], book.mmsi[code])
    vessel = _over(_then(state.by_vessel.get(key), t_us), state.timeless.get(key, _NOTHING))
    return _over(_then(state.by_track.get(code), t_us), vessel)


def said_changes(state: Said, book: TrackBook, code: int, begin_us: int, end_us: int) -> list[int]:
    """``begin_us``, and every later instant up to ``end_us`` at which ``said_at`` gives something new for a track."""
    stories = (state.by_track.get(code), state.by_vessel.get(vessel_of(book.names[code], book.mmsi[code])))
    times = {begin_us}
    for story in stories:
        if story and story[-1][0] > begin_us:
            times.update(t_us for t_us, _ in story if begin_us < t_us <= end_us)
    return sorted(times)


def name_at(state: Said, book: TrackBook, code: int, t_us: int) -> str | None:
    """The last name heard at or before ``t_us``, or None."""
    return said_at(state, book, code, t_us).name
