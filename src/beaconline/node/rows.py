"""The rows of a run, kept until its files are written, and then wanted by track: in memory, or put aside on disk.

Decides: in what pieces they come back: rows without a track first, then by track name, each track in time order.
Refuses: to hold more than a piece when they were put aside. Source: none. Known failures: a piece of whole tracks is
as large as its largest track.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from beaconline.foundation.store.spill import Columns, Spill
from beaconline.foundation.table.reports import I32, Reports

__all__ = ["HeldRows", "Rows", "SpilledRows", "ranks"]

PIECE_ROWS: Final = 250_000
"""Rows of a piece, about: some 16 MB. Fewer cost time, more cost memory."""

ALL: Final = tuple(Reports.__dataclass_fields__)


def ranks(names: Sequence[str]) -> tuple[list[int], I32]:
    """(track codes by name; place of each code in them, int32[n + 1], -1 stays -1)."""
    ranked = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names) + 1, np.int32)
    rank[ranked] = np.arange(len(names), dtype=np.int32)
    rank[-1] = -1
    return ranked, rank


class Rows(Protocol):
    """n rows with their tracks."""

    def __len__(self) -> int: ...

    def pieces(
        self, names: Sequence[str], columns: Sequence[str] = ALL, *, first: int = -1, after: int | None = None,
        whole: bool = False,
    ) -> Iterator[tuple[I32, Columns]]:  # fmt: skip
        """(place of each row's track among the sorted names, the columns asked for), piece by piece in order.

        names  names of all tracks by code
        first, after  only places in first..after-1; -1 are the rows without a track
        whole  a piece ends with a track
        """
        ...


class HeldRows:
    """Rows in memory, in canonical order, with the code of each one's track."""

    def __init__(self, reports: Reports, track: I32) -> None:
        self.reports, self.track = reports, track
        self._order: tuple[npt.NDArray[np.intp], I32] | None = None

    def __len__(self) -> int:
        return len(self.reports)

    def _by_track(self, names: Sequence[str]) -> tuple[npt.NDArray[np.intp], I32]:
        if self._order is None or len(self._order[1]) != len(self.track):
            place = ranks(names)[1][self.track]
            order = np.argsort(place, kind="stable")
            self._order = order, place[order]
        return self._order

    def pieces(
        self, names: Sequence[str], columns: Sequence[str] = ALL, *, first: int = -1, after: int | None = None,
        whole: bool = False,
    ) -> Iterator[tuple[I32, Columns]]:  # fmt: skip
        """See ``Rows``."""
        order, place = self._by_track(names)
        begin = int(np.searchsorted(place, first))
        last = len(place) if after is None else int(np.searchsorted(place, after))
        while begin < last:
            end = min(begin + PIECE_ROWS, last)
            if whole:
                end = int(np.searchsorted(place, place[end - 1], side="right"))
            index = order[begin:end]
            yield place[begin:end], {name: getattr(self.reports, name)[index] for name in columns}
            begin = end


class SpilledRows:
    """Rows put aside on disk as they come."""

    def __init__(self, folder: Path | None = None) -> None:
        self._spill = Spill(folder)
        self._sorted = False

    def __len__(self) -> int:
        return self._spill.rows

    def add(self, reports: Reports, track: I32, names: Sequence[str]) -> None:
        """Put rows in canonical order aside; later rows are later in that order. names: of all tracks so far."""
        codes = np.unique(track)
        mine = sorted(codes.tolist(), key=lambda code: (code >= 0, names[code] if code >= 0 else ""))
        place = np.empty(len(codes), np.int32)
        place[np.searchsorted(codes, mine)] = np.arange(len(codes), dtype=np.int32)
        columns = {name: getattr(reports, name) for name in ALL}
        self._spill.add(track, columns, place[np.searchsorted(codes, track)])

    def pieces(
        self, names: Sequence[str], columns: Sequence[str] = ALL, *, first: int = -1, after: int | None = None,
        whole: bool = False,
    ) -> Iterator[tuple[I32, Columns]]:  # fmt: skip
        """See ``Rows``; to be called once all rows are in."""
        if not self._sorted:
            self._spill.relabel(ranks(names)[1])
            self._sorted = True
        places, count = self._spill.keys()
        keep = (places >= first) & (places < (after if after is not None else len(names)))
        places, count = places[keep], count[keep]
        begin = 0
        while begin < len(places):
            end = max(begin + 1, int(np.searchsorted(np.cumsum(count[begin:]), PIECE_ROWS)) + begin)
            low, high = int(places[begin]), int(places[end - 1]) + 1
            found = self._spill.runs(low, high, columns)
            if end == begin + 1 and not whole:
                # One track: its runs are in time order, and need not be held together.
                yield from ((keys.astype(np.int32), some) for keys, some in found)
            else:
                yield _joined(list(found))
            begin = end

    def close(self) -> None:
        """Give the room on the disk back."""
        self._spill.close()


def _joined(runs: list[tuple[Any, Columns]]) -> tuple[I32, Columns]:
    """The runs as one, by key; of equal keys the earlier run first."""
    keys = np.concatenate([each for each, _ in runs])
    order = np.argsort(keys, kind="stable")
    names = runs[0][1]
    return keys[order].astype(np.int32), {n: np.concatenate([some[n] for _, some in runs])[order] for n in names}
