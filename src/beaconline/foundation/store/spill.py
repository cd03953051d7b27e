"""Rows put aside on disk while they come in one order and are wanted in another.

Decides: how columns lie in the file. Rows come in runs; each run is sorted by a key (an hour, a track) before it is
written, so that all rows of some keys lie in one piece a column and run. Rows come back by key, and of equal keys in
the order in which they were put in. Refuses: to leave anything behind; the file has no name from its first moment, so
it is gone with the process, whatever ends it. Source: external merge sort. Known failures: a run with very many keys
keeps its list of keys in memory (16 bytes a key and run).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.reports import I64

__all__ = ["Columns", "Spill"]

Columns = dict[str, npt.NDArray[Any]]
"""Columns of equal length by name."""

Keys = npt.NDArray[np.integer[Any]]


class _Run(NamedTuple):
    """One run: its distinct keys (rising) and the row where each begins (one more: the end); offsets of its columns."""

    keys: I64
    start: I64
    offset: dict[str, int]


class Spill:
    """Rows by key in a file without a name.

    Raises OSError when the disk is full.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, prefix=".beaconline-", suffix=".part")  # noqa: SIM115
        self._types: dict[str, np.dtype[Any]] = {}
        self._runs: list[_Run] = []
        self._end = 0
        self.rows = 0

    def add(self, keys: Keys, columns: Mapping[str, npt.NDArray[Any]], place: Keys | None = None) -> None:
        """Put n rows in as one run; every call names the same columns, of the same types.

        The run is sorted by ``place`` where the order of the keys is not known yet (see ``relabel``), else by key.
        """
        if not len(keys):
            return
        by = keys if place is None else place
        order = np.argsort(by, kind="stable") if (by[1:] < by[:-1]).any() else None
        keys = keys if order is None else keys[order]
        offset: dict[str, int] = {}
        for name, column in columns.items():
            kind = self._types.setdefault(name, column.dtype)
            if kind != column.dtype:
                raise TypeError(f"column {name}: {column.dtype}, and {kind} before")
            offset[name] = self._end
            self._write(np.ascontiguousarray(column if order is None else column[order]))
        start = np.append(0, np.flatnonzero(np.diff(keys)) + 1)
        ends = np.append(start, len(keys)).astype(np.int64)
        self._runs.append(_Run(keys[start].astype(np.int64), ends, offset))
        self.rows += len(keys)

    def relabel(self, new: npt.NDArray[np.integer[Any]]) -> None:
        """Give key k the key ``new[k]``. Raises ValueError when a run is not in the order of the new keys."""
        self._runs = [_Run(new[run.keys].astype(np.int64), run.start, run.offset) for run in self._runs]
        if any((np.diff(run.keys) <= 0).any() for run in self._runs):
            raise ValueError("rows were put aside in another order than that of their keys")

    def mark(self) -> tuple[int, int, int]:
        """Where the rows end now, for ``back_to``."""
        return len(self._runs), self._end, self.rows

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Forget what was put in after a mark."""
        runs, self._end, self.rows = mark
        del self._runs[runs:]
        os.ftruncate(self._file.fileno(), self._end)

    def _write(self, column: npt.NDArray[Any]) -> None:
        left = column.view(np.uint8).data
        while left:
            done = os.pwrite(self._file.fileno(), left, self._end)
            self._end += done
            left = left[done:]

    def keys(self) -> tuple[I64, I64]:
        """(distinct keys of all runs, rising; rows of each)."""
        if not self._runs:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        every = np.concatenate([run.keys for run in self._runs])
        count = np.concatenate([np.diff(run.start) for run in self._runs])
        distinct, place = np.unique(every, return_inverse=True)
        return distinct, np.bincount(place, count, len(distinct)).astype(np.int64)

    def runs(self, first: int, after: int, names: Sequence[str] | None = None) -> Iterator[tuple[I64, Columns]]:
        """(key of each row, columns) of the rows with first <= key < after: what each run holds, in order of the runs.
        ``names`` leaves out the other columns."""
        for run in self._runs:
            low, high = np.searchsorted(run.keys, [first, after])
            if low >= high:
                continue
            begin, end = int(run.start[low]), int(run.start[high])
            keys = np.repeat(run.keys[low:high], np.diff(run.start[low : high + 1]))
            yield keys, {name: self._read(run, name, begin, end) for name in names or self._types}

    def _read(self, run: _Run, name: str, begin: int, end: int) -> npt.NDArray[Any]:
        kind = self._types[name]
        out = np.empty(end - begin, kind)
        left, at = out.view(np.uint8).data, run.offset[name] + begin * kind.itemsize
        while left:
            got = os.preadv(self._file.fileno(), [left], at)
            if not got:
                raise OSError("rows put aside on disk are gone")
            left, at = left[got:], at + got
        return out

    def close(self) -> None:
        """Give the room on the disk back."""
        self._file.close()
        self._runs.clear()
