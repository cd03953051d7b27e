"""Which rows of a tick tell of a vessel on a track: no coast stations, buoys, aircraft, and no posits without a track.

Decides: by the sensor (message types 4, 9, 21) and by the form of the MMSI. Refuses: to judge a number of another form.
Source: ITU-R M.585-9. Known failures: a buoy under a ship's MMSI passes for a ship.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.report import SENSORS
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I8, I32
from beaconline.understand.step import Tick

__all__ = ["vessel_rows"]

OF_VESSELS = np.array([name not in ("ais_base", "ais_sar", "ais_aton") for name in SENSORS])
"""By sensor code: whether it tells of vessels."""


@kernel
def _vessel_rows(track: I32, sensor: I8, mmsi: I32, of_vessels: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    out = np.empty(len(track), np.bool_)
    for i in range(len(track)):
        lead = mmsi[i] // 1_000_000
        odd = mmsi[i] >= 0 and (lead < 10 or lead >= 990 or lead == 111 or lead == 970 or lead == 972 or lead == 974)
        out[i] = track[i] >= 0 and of_vessels[sensor[i]] and not odd
    return out


def vessel_rows(tick: Tick) -> npt.NDArray[np.bool_]:
    """bool[n]: rows of vessels. 00 are coast stations, 99 aids to navigation, 111 aircraft, 970, 972 and 974 distress
    transmitters."""
    return _vessel_rows(tick.track, tick.reports.sensor, tick.reports.mmsi, OF_VESSELS)
