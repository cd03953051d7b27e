"""Rows put aside on disk come back by key, in the order in which they were put in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.store.spill import Spill

RUNS = st.lists(st.lists(st.integers(-3, 6), max_size=30), max_size=8)


@given(RUNS, st.integers(-4, 7), st.integers(-4, 8))
def test_what_was_put_in_comes_back(runs: list[list[int]], first: int, after: int) -> None:
    spill = Spill()
    every: list[tuple[int, int]] = []
    for run in runs:
        rows = [(key, len(every) + k) for k, key in enumerate(run)]
        every += rows
        spill.add(np.array(run, np.int64), {"n": np.array([n for _, n in rows], np.int32)})
    got = [(int(k), int(n)) for keys, some in spill.runs(first, after) for k, n in zip(keys, some["n"], strict=True)]
    wanted = [row for row in every if first <= row[0] < after]
    assert sorted(got) == sorted(wanted)
    for key in range(first, after):
        assert [n for k, n in got if k == key] == [n for k, n in wanted if k == key]
    keys, counts = spill.keys()
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == {
        k: sum(1 for other, _ in every if other == k) for k in {key for key, _ in every}
    }
    assert spill.rows == len(every)
    spill.close()


def test_keys_may_be_named_anew_when_their_order_is_known() -> None:
    spill = Spill()
    # Tracks 0 and 1 are called "b" and "a".
    spill.add(np.array([0, 1, 0]), {"n": np.array([1, 2, 3])}, place=np.array([1, 0, 1]))
    spill.relabel(np.array([1, 0]))
    ((keys, some),) = spill.runs(0, 2)
    assert keys.tolist() == [0, 1, 1]
    assert some["n"].tolist() == [2, 1, 3]


def test_another_order_of_keys_is_refused() -> None:
    spill = Spill()
    spill.add(np.array([0, 1]), {"n": np.array([1, 2])})
    with pytest.raises(ValueError, match="another order"):
        spill.relabel(np.array([1, 0]))


def test_a_mark_takes_rows_back() -> None:
    spill = Spill()
    spill.add(np.array([1]), {"n": np.array([1])})
    mark = spill.mark()
    spill.add(np.array([1, 2]), {"n": np.array([2, 3])})
    spill.back_to(mark)
    spill.add(np.array([2]), {"n": np.array([4])})
    assert [some["n"].tolist() for _, some in spill.runs(0, 9)] == [[1], [4]]
    assert spill.rows == 2


def test_columns_keep_their_types() -> None:
    spill = Spill()
    spill.add(np.array([1]), {"n": np.array([1], np.int16)})
    with pytest.raises(TypeError, match="column n"):
        spill.add(np.array([1]), {"n": np.array([1], np.int32)})


def test_nothing_lies_in_the_folder(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    spill.add(np.arange(1000), {"n": np.arange(1000)})
    assert list(tmp_path.iterdir()) == []
    spill.close()
