"""How long a gap may be bridged."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.table.reports import Pools, Reports
from beaconline.understand.cadence import Cadence, bridge

MINUTE_US = 60_000_000


def _rows(minutes: list[int], track: list[int], pools: Pools, feed: str = "f") -> tuple[Reports, np.ndarray]:
    table = Reports.blank(len(minutes))
    table.t_us[:] = np.array(minutes, np.int64) * MINUTE_US
    table.feeds[:] = pools.feeds.code([feed])
    return table, np.array(track, np.int32)


def test_a_fast_feed_is_bridged_by_one_hour_and_a_slow_one_by_two() -> None:
    pools = Pools()
    fast, track = _rows([0, 10, 20, 30], [0, 0, 0, 0], pools)
    assert (bridge(Cadence(), fast, track, 1, pools)[1] == 3600 * 1_000_000).all()
    slow, track = _rows([0, 110, 220, 330], [0, 0, 0, 0], pools)
    assert bridge(Cadence(), slow, track, 1, pools)[1].tolist()[1:] == [7200 * 1_000_000] * 3


def test_a_silence_is_no_cadence() -> None:
    pools = Pools()
    rows, track = _rows([0, 7 * 60, 14 * 60], [0, 0, 0], pools)
    assert (bridge(Cadence(), rows, track, 1, pools)[1] == 3600 * 1_000_000).all()


def test_rows_without_track_and_no_rows() -> None:
    pools = Pools()
    rows, track = _rows([0, 110, 220], [-1, -1, -1], pools)
    assert (bridge(Cadence(), rows, track, 0, pools)[1] == 3600 * 1_000_000).all()
    state, out = bridge(Cadence(), Reports.blank(0), np.zeros(0, np.int32), 0, pools)
    assert len(out) == 0
    assert state.steps == {}


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(0, 60), st.integers(1, 4))
def test_any_cut_gives_the_same(minutes: list[int], cut: int, tracks: int) -> None:
    minutes = sorted(minutes)
    codes = [i % tracks for i in range(len(minutes))]
    whole = bridge(Cadence(), *_rows(minutes, codes, pools := Pools()), tracks, pools)[1]
    state, first = bridge(Cadence(), *_rows(minutes[:cut], codes[:cut], pools := Pools()), tracks, pools)
    second = bridge(state, *_rows(minutes[cut:], codes[cut:], pools), tracks, pools)[1]
    assert np.concatenate([first, second]).tolist() == whole.tolist()
