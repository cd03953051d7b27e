"""How long a gap may be bridged: one hour, two for feeds that report slowly.

Decides: ``bridge_us`` of every row. A feed counts as slow once more than half of the steps seen so far within its
tracks are over 30 minutes; only steps up to 6 hours count, since a longer one is a silence and no cadence. The count
runs in canonical order, so the answer for a row depends on the rows before it and on nothing else: a live run and a
batch run agree. Refuses: to look ahead. Source: conventions of geometry of the house (G = 1 h, 2 h for feeds whose
median step is over 30 min). Known failures: the first few rows of a slow feed are bridged by one hour only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from beaconline.foundation.records.times import US_PER_S
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64, Pools, Reports

__all__ = ["BRIDGE_S", "SLOW_BRIDGE_S", "Cadence", "bridge"]

BRIDGE_S = 3600
"""Longest gap bridged by a straight leg. Larger: ships are placed where nobody saw them."""
SLOW_BRIDGE_S = 7200
"""The same for slow feeds (VMS reports every one or two hours: with one hour nothing would ever be bridged)."""
SLOW_STEP_S = 1800
"""A step over this is slow."""
SILENCE_S = 6 * 3600
"""A step over this is a silence, not a cadence."""


@dataclass(slots=True)
class Cadence:
    """State: last time of each track (int64, by track code), and per set of feeds the count of short and slow steps."""

    last_us: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    steps: dict[str, list[int]] = field(default_factory=dict)


@kernel
def _bridge(track: I32, t_us: I64, feed: I32, last_us: I64, steps: I64, out: I64) -> None:
    for i in range(len(t_us)):
        k, f = track[i], feed[i]
        if k >= 0:
            if last_us[k] != NEVER:
                step = t_us[i] - last_us[k]
                if 0 < step <= SILENCE_US:
                    steps[f, 1 if step > SLOW_US else 0] += 1
            last_us[k] = t_us[i]
        out[i] = LONG_US if steps[f, 1] > steps[f, 0] else SHORT_US


NEVER = np.int64(-(2**63))
SILENCE_US = SILENCE_S * US_PER_S
SLOW_US = SLOW_STEP_S * US_PER_S
LONG_US = SLOW_BRIDGE_S * US_PER_S
SHORT_US = BRIDGE_S * US_PER_S


def bridge(state: Cadence, reports: Reports, track: I32, tracks: int, pools: Pools) -> tuple[Cadence, I64]:
    """``bridge_us`` for each row (int64[n]); ``tracks`` is how many track codes exist by now."""
    last = np.full(tracks, NEVER, np.int64)
    last[: len(state.last_us)] = state.last_us
    codes = np.unique(reports.feeds) if len(reports) else np.zeros(0, np.int32)
    names = ["\x1f".join(pools.feeds[int(c)]) for c in codes]
    steps = np.array([state.steps.get(name, [0, 0]) for name in names], np.int64).reshape(-1, 2)
    dense = np.zeros(int(codes.max()) + 1 if len(codes) else 1, np.int32)
    dense[codes] = np.arange(len(codes), dtype=np.int32)
    out = np.empty(len(reports), np.int64)
    _bridge(track, reports.t_us, dense[reports.feeds], last, steps, out)
    merged = dict(state.steps)
    merged.update({name: [int(a), int(b)] for name, (a, b) in zip(names, steps, strict=True)})
    return Cadence(last, merged), out
