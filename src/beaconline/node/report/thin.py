"""Fewer fixes for the same line: what a map may leave out, and how far it then is from the truth.

Decides: where a track's line breaks (a long silence, the map's cut) and how many metres each fix matters. Leaving out
every fix that matters at most T metres keeps each left-out fix within T metres of what is drawn, so one sort answers
"which tolerance fits the budget". Refuses: to smooth or to move a fix.
Source: Ramer 1972, Douglas and Peucker 1973, in the plane that is drawn (Mercator), scaled by the latitude.
Known failures: a line is cut in stretches of 1,024 fixes before it is thinned (the method is quadratic at worst), so
up to one fix a stretch is kept without need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beaconline.foundation.geo.geodesy import F64
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["Thinned", "Thinner", "piece_starts", "significance_m", "thin"]

STRETCH = 1024
"""Longest stretch thinned at once, fixes: bounds the work for a hostile line at 1,024 steps a fix."""

SILENCE_US = 2 * 3600 * 1_000_000
"""A line is not drawn across a silence of more than this (microseconds) and of four times the track's median step."""

SILENCE_MAX_US = 6 * 3600 * 1_000_000
"""Nor ever across more than this: six hours at 20 kn are 120 nm of guessing."""

EARTH_M = 6_371_008.8
"""Mean radius, metres: a tolerance needs no ellipsoid."""


class Thinned(NamedTuple):
    """What is left of n fixes in lines.

    keep         bool[n]
    tolerance_m  every fix left out of a kept line lies within so many metres of it; 0 = none was left out
    lines, lines_kept  lines before, and those of which anything is kept
    """

    keep: npt.NDArray[np.bool_]
    tolerance_m: float
    lines: int
    lines_kept: int


@kernel
def piece_starts(t_us: I64, track: I32, whole_e7: I64) -> I64:
    """First row of each line, int64[k]: rows by (track, t_us); a new line at a new track, at a long silence and where
    the way to the next fix crosses the map's cut (``whole_e7``: degrees x 1e7 east of it)."""
    n = len(t_us)
    start = np.empty(n, np.int64)
    k, a = 0, 0
    while a < n:
        b = a + 1
        while b < n and track[b] == track[a]:
            b += 1
        limit = np.int64(SILENCE_US)
        if b - a > 2:
            step = int(np.median((t_us[a + 1 : b] - t_us[a : b - 1]).astype(np.float64)))
            limit = min(max(limit, np.int64(4 * step)), np.int64(SILENCE_MAX_US))
        for i in range(a, b):
            if i == a or t_us[i] - t_us[i - 1] > limit or abs(whole_e7[i] - whole_e7[i - 1]) > 1_800_000_000:
                start[k] = i
                k += 1
        a = b
    return start[:k].copy()


@kernel
def _off_m(x: F64, y: F64, i: int, a: int, b: int) -> float:
    """Metres from fix i to the drawn leg a-b."""
    ux, uy = x[b] - x[a], y[b] - y[a]
    px, py = x[i] - x[a], y[i] - y[a]
    long2 = ux * ux + uy * uy
    f = min(1.0, max(0.0, (px * ux + py * uy) / long2)) if long2 > 0.0 else 0.0
    # 1 / cosh(y) is the cosine of the latitude: the plane's scale there.
    return math.hypot(px - f * ux, py - f * uy) * EARTH_M / math.cosh(y[i])


@kernel
def _stretch(x: F64, y: F64, first: int, last: int, cap: float, out: F64) -> None:
    """Fill ``out`` between two kept fixes; no fix matters more than the one that split its stretch off."""
    stack_a, stack_b = np.empty(last - first + 2, np.int64), np.empty(last - first + 2, np.int64)
    stack_cap = np.empty(last - first + 2)
    stack_a[0], stack_b[0], stack_cap[0], top = first, last, cap, 1
    while top > 0:
        top -= 1
        a, b, limit = stack_a[top], stack_b[top], stack_cap[top]
        worst, at = -1.0, -1
        for i in range(a + 1, b):
            off = _off_m(x, y, i, a, b)
            if off > worst:
                worst, at = off, i
        if at >= 0:
            out[at] = min(worst, limit)
            stack_a[top], stack_b[top], stack_cap[top] = a, at, out[at]
            stack_a[top + 1], stack_b[top + 1], stack_cap[top + 1] = at, b, out[at]
            top += 2


@kernel
def significance_m(x: F64, y: F64, start: I64) -> F64:
    """How far, in metres, what is drawn would be off without each fix; infinite for the first fix of a line.

    x, y: plane radians. The last fix (and those where a long line is cut) matter as much as the line is long: of a ship
    that lay still within the tolerance one dot remains.
    """
    n, k = len(x), len(start)
    out = np.empty(n)
    for p in range(k):
        a, b = start[p], start[p + 1] - 1 if p + 1 < k else n - 1
        extent = 0.0
        for i in range(a + 1, b + 1):
            extent = max(extent, _off_m(x, y, i, a, a))
        first = a
        while first < b:
            last = min(first + STRETCH, b)
            out[last] = extent
            _stretch(x, y, first, last, extent, out)
            first = last
        out[a] = math.inf
    return out


def _round_up(metres: float) -> float:
    """The next of 1, 2, 5 times a power of ten: a figure that can be said."""
    if metres <= 0.0:
        return 0.0
    base = 10.0 ** math.floor(math.log10(metres))
    return next(base * step for step in (1, 2, 5, 10) if base * step >= metres * (1 - 1e-12))


class Thinner:
    """Thins lines that come bit by bit, to what ``thin`` keeps of all of them at once; about three times the budget of
    fixes is held.

    A fix that ``budget`` others outdo can never be kept, whatever comes; those are let go.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.fixes = self.lines = 0
        self._length: list[I64] = []
        self._floor = -1.0
        self._lost = 0.0
        self._held: list[tuple[F64, I64, dict[str, npt.NDArray[Any]]]] = []
        self._count = 0

    def add(self, x: F64, y: F64, start: I64, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        """Whole lines: plane radians, first row of each line, and what to give back of each fix kept."""
        n = len(x)
        if not n:
            return
        matters = significance_m(x, y, start)
        finite = matters[~np.isinf(matters)]
        self._lost = max(self._lost, float(finite.max(initial=0.0)))
        line = np.searchsorted(start, np.arange(n), side="right") - 1 + self.lines
        self._length.append(np.diff(np.append(start, n)))
        self.fixes += n
        self.lines += len(start)
        self._hold(matters, line, columns)
        if self._count > 2 * self.budget:
            self._let_go()

    def _hold(self, matters: F64, line: I64, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        keep = matters > self._floor
        self._count += int(keep.sum())
        if keep.all():
            self._held.append((matters, line, {name: np.asarray(column) for name, column in columns.items()}))
        else:
            self._held.append((matters[keep], line[keep], {name: column[keep] for name, column in columns.items()}))

    def _let_go(self) -> None:
        every = np.concatenate([matters for matters, _, _ in self._held])
        if len(every) <= self.budget:
            return
        self._floor = float(np.partition(every, len(every) - self.budget - 1)[len(every) - self.budget - 1])
        if math.isinf(self._floor):  # more lines than the budget: their first fixes stay until all lines are known
            self._floor = self._lost
        held, self._held, self._count = self._held, [], 0
        for matters, line, columns in held:
            self._hold(matters, line, columns)

    def finish(self) -> tuple[float, int, I64, dict[str, npt.NDArray[Any]]]:
        """(tolerance in metres, lines of which anything is kept, line of each fix kept, their columns)."""
        if not self._held:
            return 0.0, self.lines, np.zeros(0, np.int64), {}
        matters = np.concatenate([each for each, _, _ in self._held])
        line = np.concatenate([each for _, each, _ in self._held])
        if self.fixes <= self.budget:
            keep, tolerance, lines = np.ones(len(matters), np.bool_), 0.0, self.lines
        elif self.lines >= self.budget:
            length = np.concatenate(self._length)
            chosen = np.zeros(self.lines, np.bool_)
            chosen[np.argsort(-length, kind="stable")[: self.budget]] = True
            keep = np.isinf(matters) & chosen[line]
            tolerance, lines = _round_up(self._lost), int(chosen.sum())
        else:
            # The largest value that has to go; everything up to the round figure above it goes too.
            below = len(matters) - self.budget - 1
            worst = float(np.partition(matters, below)[below]) if below >= 0 else self._floor
            tolerance, lines = _round_up(worst), self.lines
            keep = matters > tolerance
        names = self._held[0][2]
        kept = {name: np.concatenate([columns[name] for _, _, columns in self._held])[keep] for name in names}
        return tolerance, lines, line[keep], kept


def thin(x: F64, y: F64, start: I64, budget: int) -> Thinned:
    """Keep at most ``budget`` fixes; lines are dropped (those of fewest fixes first) only when their first fixes alone
    exceed it."""
    once = Thinner(budget)
    once.add(x, y, start, {"at": np.arange(len(x))})
    tolerance, lines, _, kept = once.finish()
    keep = np.zeros(len(x), np.bool_)
    if kept:
        keep[kept["at"]] = True
    return Thinned(keep, tolerance, len(start), lines)
