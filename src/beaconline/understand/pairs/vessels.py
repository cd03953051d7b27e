"""Which rows of a tick place a vessel: no coast stations, no buoys, no aircraft, no posits without a track.

Decides: by the sensor (message types 4, 9, 21) and by the form of the MMSI. Refuses: to judge a number of another form.
Source: ITU-R M.585-9. Known failures: a buoy under a ship's MMSI passes for a ship.
"""

from __future__ import annotations

import numpy as np

from beaconline.foundation.records.report import SENSORS
from beaconline.understand.pairs.window import Fixes
from beaconline.understand.step import Tick

__all__ = ["NO_VESSEL", "fixes_of_vessels", "is_vessel_mmsi"]

NO_VESSEL = frozenset(SENSORS.index(name) for name in ("ais_base", "ais_sar", "ais_aton"))
"""Sensors that tell of no vessel."""


def is_vessel_mmsi(mmsi: int) -> bool:
    """False for MMSI of coast stations (00), aids to navigation (99), SAR aircraft (111) and distress transmitters
    (970, 972, 974), ITU-R M.585-9. Unknown (-1) passes."""
    if mmsi < 0:
        return True
    lead3, lead2 = mmsi // 1_000_000, mmsi // 10_000_000
    return lead2 not in (0, 99) and lead3 not in (111, 970, 972, 974)


def fixes_of_vessels(is_vessel: list[int], tick: Tick) -> Fixes:
    """The rows of a tick that place a vessel on a track. ``is_vessel`` (0 or 1 by track code) is noted on in place."""
    is_vessel += [int(is_vessel_mmsi(mmsi)) for mmsi in tick.book.mmsi[len(is_vessel) :]]
    rows = tick.reports
    keep = tick.track >= 0
    for code in NO_VESSEL:
        keep &= rows.sensor != code
    if not all(is_vessel):
        keep &= np.array(is_vessel, bool)[np.maximum(tick.track, 0)]
    fixes = Fixes(rows.t_us, tick.track, rows.lon_e7, rows.lat_e7, rows.sog_mkn, tick.bridge_us)
    return fixes if keep.all() else fixes.take(keep)
