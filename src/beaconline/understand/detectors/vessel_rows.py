"""Which rows of a tick tell of a vessel on a track: no coast stations, buoys, aircraft, and no posits without a track.

Decides: by the sensor (message types 4, 9, 21) and by the form of the MMSI. Refuses: to judge a number of another form.
Source: ITU-R M.585-9. Known failures: a buoy under a ship's MMSI passes for a ship.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.report import SENSORS
from beaconline.understand.step import Tick

__all__ = ["vessel_rows"]

OF_VESSELS = np.array([name not in ("ais_base", "ais_sar", "ais_aton") for name in SENSORS])
"""By sensor code: whether it tells of vessels."""


def vessel_rows(tick: Tick) -> npt.NDArray[np.bool_]:
    """bool[n]: rows of vessels. 00 are coast stations, 99 aids to navigation, 111 aircraft, 970, 972 and 974 distress
    transmitters."""
    rows = tick.reports
    lead3 = rows.mmsi // 1_000_000
    odd = (rows.mmsi >= 0) & ((lead3 < 10) | (lead3 >= 990) | (lead3 == 111) | np.isin(lead3, (970, 972, 974)))
    return np.asarray((tick.track >= 0) & OF_VESSELS[rows.sensor] & ~odd)
