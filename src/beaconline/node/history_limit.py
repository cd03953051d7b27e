"""Up to which time the rows of a history are believed.

Decides: by the rule by which files are judged (``see/clean/quarantine.py``), over all that the history holds. It stands
apart from the run over a history, so that a question about one vessel need not load every detector. Refuses: to drop
anything. Source: ``docs/reference/history.md``. Known failures: where rows lie behind a silence of 36 hours or more,
the times of all rows are read once to judge them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from beaconline.foundation.records.times import US_PER_S
from beaconline.foundation.store.history import History
from beaconline.foundation.table.reports import Pools
from beaconline.see.clean.quarantine import FEW_ROWS, FLOOR_S, latest_supported

__all__ = ["believed_until"]


def believed_until(history: History) -> int | None:
    """The last time that the rest of the history supports; None when that is simply the last."""
    parts = [part for part in history.parts if part.rows]
    n = sum(part.rows for part in parts)
    allowed = FLOOR_S * US_PER_S * max(1.0, FEW_ROWS / max(1, n))
    spans = [(part.t_min_us or 0, part.t_max_us or 0) for part in parts]
    # A part is shorter than any gap that is looked at, so gaps lie between parts.
    if n < 3 or not any(after[0] - before[1] > allowed for before, after in pairwise(spans)):
        return None
    pools = Pools()
    times, vessels, sources = [], [], []
    for part in parts:
        rows = history.read_part(part, pools)[0]
        vessel = np.where(rows.mmsi >= 0, rows.mmsi, -1)
        vessel[rows.sensor_id >= 0] = 1_000_000_000 + rows.sensor_id[rows.sensor_id >= 0]
        times.append(rows.t_us)
        vessels.append(vessel.astype(np.int32))
        sources.append(rows.source)
    return latest_supported(np.concatenate(times), np.concatenate(vessels), np.concatenate(sources))
