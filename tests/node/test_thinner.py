"""Lines thinned bit by bit keep what all of them at once would keep, and never hold much more than the budget."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beaconline.node.report import thin as module
from beaconline.node.report.thin import Thinner, significance_m, thin

LINES = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=12), min_size=1, max_size=14)


def columns(lines: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, first row of each line): steps east, heights north, in plane radians of some metres."""
    x = np.concatenate([np.arange(len(line)) for line in lines]) * 1e-6
    y = np.concatenate([np.array(line) for line in lines]) * 1e-6
    start = np.cumsum([0, *(len(line) for line in lines[:-1])])
    return x, y, start.astype(np.int64)


def plain(lines: list[list[int]], budget: int) -> tuple[list[int], float]:
    """What the definition says, over all fixes: (rows kept, tolerance)."""
    x, y, start = columns(lines)
    n = len(x)
    if n <= budget:
        return list(range(n)), 0.0
    matters = significance_m(x, y, start).tolist()
    if len(lines) >= budget:
        longest = sorted(range(len(lines)), key=lambda k: (-len(lines[k]), k))[:budget]
        lost = max((m for m in matters if not math.isinf(m)), default=0.0)
        return sorted(int(start[k]) for k in longest), module._round_up(lost)
    tolerance = module._round_up(sorted(matters)[n - budget - 1])
    return [k for k in range(n) if matters[k] > tolerance], tolerance


@given(LINES, st.integers(1, 60), st.integers(1, 5))
def test_bit_by_bit_is_all_at_once(lines: list[list[int]], budget: int, at_once: int) -> None:
    kept, tolerance = plain(lines, budget)
    thinner = Thinner(budget)
    row = 0
    for k in range(0, len(lines), at_once):
        some = lines[k : k + at_once]
        x, y, start = columns(some)
        thinner.add(x, y, start, {"row": np.arange(row, row + len(x))})
        row += len(x)
        held = sum(len(matters) for matters, _, _ in thinner._held)
        # Of each line the first fix stays, whatever it costs: which lines go is only known at the end.
        assert held <= 2 * budget + thinner.lines
    got_tolerance, _, line, columns_kept = thinner.finish()
    got = columns_kept["row"].tolist() if columns_kept else []
    assert got == kept
    assert got_tolerance == tolerance
    owner = np.repeat(np.arange(len(lines)), [len(each) for each in lines])
    assert line.tolist() == owner[kept].tolist()
    at_all = thin(*columns(lines), budget)
    assert np.flatnonzero(at_all.keep).tolist() == kept and at_all.tolerance_m == tolerance


def test_nothing_was_put_in() -> None:
    tolerance, lines, line, kept = Thinner(3).finish()
    assert (tolerance, lines, len(line), kept) == (0.0, 0, 0, {})
