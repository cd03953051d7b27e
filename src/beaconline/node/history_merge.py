"""New rows and what a history holds already, as the parts that it will hold.

Decides: into how many parts a day goes, and that equal rows become one with all the places they came from. The answer
follows from the rows alone: imports in any order, of any overlapping files, leave the same files. Refuses: to read or
write. Source: the duplicate rule of ``see/clean/order.py``. Known failures: a single hour with more rows than
MOST_ROWS is one part all the same, and is held in memory whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from beaconline.foundation.store.parts import Content
from beaconline.foundation.table.reports import I64, Pools, Reports, StaticRows
from beaconline.see.clean.order import canonical_order, canonical_statics, find_repeats, unite_repeats

__all__ = ["MOST_ROWS", "hours_of", "merged", "within"]

MOST_ROWS: Final = 3_000_000
"""Rows of a part, as long as a day can be cut (about 400 MB while it is read). Fewer: more files to open for one
vessel's year. More: more memory for a day of dense traffic."""

_CUTS: Final = (1, 2, 4, 8, 24)
"""Parts of a day; each cut keeps the borders of the one before it."""


def hours_of(rows: int) -> list[tuple[int, int]]:
    """(first hour, hour after the last) of each part of a day with so many reports."""
    cuts = next((n for n in _CUTS if rows <= n * MOST_ROWS), _CUTS[-1])
    return [(k * 24 // cuts, (k + 1) * 24 // cuts) for k in range(cuts)]


def within(content: Content, first_us: int, after_us: int) -> Content:
    """The rows of some hours."""
    rows, statics = content.reports, content.statics
    keep = (rows.t_us >= first_us) & (rows.t_us < after_us)
    if not keep.all():
        rows = rows.take(keep)
    heard = (statics.t_us >= first_us) & (statics.t_us < after_us)
    statics = StaticRows(*(getattr(statics, name)[heard] for name in StaticRows.__dataclass_fields__))
    kept = np.isin(content.refs[:, 0], _places(rows)) if len(content.refs) else np.zeros(0, np.bool_)
    return Content(rows, statics, content.refs[kept])


def _places(rows: Reports) -> I64:
    place: I64 = rows.source.astype(np.int64) << 32 | rows.line
    return place


def merged(parts: Sequence[Content], pools: Pools) -> tuple[Content, int]:
    """(the rows of all parts, each once, in canonical order; how many were merged into an equal one)."""
    rows = Reports.concat([part.reports for part in parts])
    order = canonical_order(rows, pools)
    rows = rows.take(order)
    repeat = find_repeats(rows)
    pools.merged_refs.clear()
    if repeat.any():
        unite_repeats(rows, repeat, pools)
        rows = rows.take(~repeat)
    fresh = np.concatenate([*pools.merged_refs, np.zeros((0, 2), np.int64)])
    pools.merged_refs.clear()
    refs = _joined(np.concatenate([part.refs for part in parts] or [np.zeros((0, 2), np.int64)]), fresh)
    statics = canonical_statics([part.statics for part in parts], pools)
    return Content(rows, statics, refs), int(repeat.sum())


def _joined(old: I64, fresh: I64) -> I64:
    """All (kept, other) places, each pair once: what was merged into a row that is now merged itself goes with it."""
    if len(old) and len(fresh):
        by = np.argsort(fresh[:, 1], kind="stable")
        other, kept = fresh[by, 1], fresh[by, 0]
        at: npt.NDArray[np.intp] = np.minimum(np.searchsorted(other, old[:, 0]), len(other) - 1)
        moved = other[at] == old[:, 0]
        old = old.copy()
        old[moved, 0] = kept[at[moved]]
    pairs = np.concatenate([old, fresh])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.unique(pairs, axis=0) if len(pairs) else pairs
