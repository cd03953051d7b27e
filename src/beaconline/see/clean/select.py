"""``--since``, ``--until`` and ``--bbox``: which reports a run looks at.

Decides: since is included, until is not; a box whose west is greater than its east goes over the antimeridian. Applied
to clean reports after the ledger is closed: a row left out here is no reject and no duplicate. Known failures: a box
cuts tracks where they leave it, so what happened outside is unseen and gaps at the edge are the box's doing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.reports import Reports

__all__ = ["inside_box", "select"]

Box = tuple[float, float, float, float]
"""(west, south, east, north) in degrees."""


def inside_box(lon_e7: npt.NDArray[np.int32], lat_e7: npt.NDArray[np.int32], bbox: Box) -> npt.NDArray[np.bool_]:
    """bool[n]: in the box, edges included. Raises ValueError when the box is none."""
    west, south, east, north = bbox
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"no box: west {west}, south {south}, east {east}, north {north}")
    w, s, e, n = (round(v * 1e7) for v in (west, south, east, north))
    tall = (lat_e7 >= s) & (lat_e7 <= n)
    wide = (lon_e7 >= w) & (lon_e7 <= e) if w <= e else (lon_e7 >= w) | (lon_e7 <= e)
    if e == 1_800_000_000:  # 180 east and 180 west are one line
        wide |= lon_e7 == -1_800_000_000
    if w == -1_800_000_000:
        wide |= lon_e7 == 1_800_000_000
    return tall & wide


def select(reports: Reports, since_us: int | None, until_us: int | None, bbox: Box | None) -> Reports:
    """The rows with since <= t_us < until inside the box; the same object when nothing is asked for."""
    if since_us is None and until_us is None and bbox is None:
        return reports
    keep = np.ones(len(reports), np.bool_)
    if since_us is not None:
        keep &= reports.t_us >= since_us
    if until_us is not None:
        keep &= reports.t_us < until_us
    if bbox is not None:
        keep &= inside_box(reports.lon_e7, reports.lat_e7, bbox)
    return reports if keep.all() else reports.take(keep)
