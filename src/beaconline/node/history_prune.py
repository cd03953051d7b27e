"""Retention: which days leave a history.

Decides: a UTC day leaves when it ended more than so many days before the newest report. Newest is the last time that
the rest of the history supports, and never later than the clock: neither a forged stamp of next year nor a clock that
runs ahead can empty a history. Refuses: half days, and rows without a time. Rejects of an input leave with the last of
its days; the record of the import stays, so that an old file does not come in again. Source:
``docs/reference/history.md``. Known failures: rows in quarantine stay until the newest report has passed them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from beaconline.foundation.store.history import DAY_US, History, day_of
from beaconline.foundation.store.home import Import, Part, Writer
from beaconline.node.history_limit import believed_until

__all__ = ["Pruned", "prune"]


@dataclass(frozen=True, slots=True)
class Pruned:
    """Days that left, with their reports and static rows."""

    days: tuple[str, ...] = ()
    rows: int = 0
    static_rows: int = 0


def prune(writer: Writer, days: int, now_us: int) -> Pruned:
    """Let whole days leave that ended more than ``days`` days before the newest report. Raises HomeError, OSError."""
    with History(writer.home) as history:
        newest = _newest(history.parts, believed_until(history), now_us)
    if newest is None:
        return Pruned()
    limit_us = newest - days * DAY_US
    manifest = writer.manifest
    gone = [part for part in manifest.parts if part.day and day_of(part) + DAY_US <= limit_us]
    if not gone:
        return Pruned()
    imports = {key: _without_rejects(each, limit_us) for key, each in manifest.imports.items()}
    names = {part.day for part in gone}
    kept = tuple(part for part in manifest.parts if part.day not in names)
    writer.commit(replace(manifest, parts=kept, imports=imports))
    return Pruned(tuple(sorted(names)), sum(p.rows for p in gone), sum(p.static_rows for p in gone))


def _newest(parts: Iterable[Part], limit_us: int | None, now_us: int) -> int | None:
    """Last time of a report that is believed, at most now."""
    ends = [part.t_max_us for part in parts if part.t_max_us is not None]
    if not ends:
        return None
    return min(now_us, max(ends) if limit_us is None else limit_us)


def _without_rejects(each: Import, limit_us: int) -> Import:
    if each.t_max_us is None or each.t_max_us - each.t_max_us % DAY_US + DAY_US > limit_us:
        return each
    return replace(each, rejects_file=None)
