"""Numbers as they came -> the integers of a report; a filler becomes null, never a value.

Decides: what is unknown and what is out of the world. Source: ITU-R M.1371-5 (91 deg, 181 deg, 102.3 kn, 360 deg and
511 deg mean "not available"); the MarineCadastre FAQ for signed speed and course. Rounding is half to even.

Known failures: 102.3 kn is read as unknown from every sensor, although a search-and-rescue aircraft could fly it; a
course of exactly 360.0 from a sensor other than AIS is taken as north (0).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beaconline.foundation.table.reports import I8, I32
from beaconline.see.clean.numbers import F64, Mask8

__all__ = ["cog_cdeg", "heading_cdeg", "positions", "small_int", "sog_mkn"]

_LON_FILLER_E7, _LAT_FILLER_E7 = 1_810_000_000, 910_000_000
_LON_MAX_E7, _LAT_MAX_E7 = 1_800_000_000, 900_000_000

MAX_SOG_KN = 1022.0
"""Above it a speed is no speed: the largest that AIS can tell (aircraft), and far above any ship."""


def positions(lon_deg: F64, lat_deg: F64) -> tuple[I32, I32, Mask8, Mask8]:
    """(lon_e7, lat_e7, unknown, out_of_world), each [n].

    A row whose longitude or latitude is null or a filler has no position (half a position is none). A row outside
    [-180, 180] x [-90, 90] is out of the world. Both stand as 0, 0 in the integers.
    """
    with np.errstate(invalid="ignore"):
        lon, lat = np.rint(lon_deg * 1e7), np.rint(lat_deg * 1e7)
        unknown = np.isnan(lon) | np.isnan(lat) | (lon == _LON_FILLER_E7) | (lat == _LAT_FILLER_E7)
        outside = ~unknown & ((np.abs(lon) > _LON_MAX_E7) | (np.abs(lat) > _LAT_MAX_E7))
    no = unknown | outside
    lon[no] = 0.0
    lat[no] = 0.0
    return lon.astype(np.int32), lat.astype(np.int32), unknown, outside


def sog_mkn(sog_kn: F64, signed_wrap: bool = False) -> tuple[I32, int]:
    """Thousandths of a knot, -1 unknown; and how many values were impossible (and so made unknown)."""
    with np.errstate(invalid="ignore"):
        if signed_wrap:
            sog_kn = np.where((sog_kn < 0) & (sog_kn >= -51.25), sog_kn + 102.4, sog_kn)
        filler = (np.abs(sog_kn - 102.3) < 0.0005) | (np.abs(sog_kn - 1023.0) < 0.0005)
        odd = ((sog_kn < 0) | (sog_kn > MAX_SOG_KN)) & ~filler
        unknown = np.isnan(sog_kn) | filler | odd
    return np.where(unknown, -1.0, np.rint(np.where(unknown, 0.0, sog_kn) * 1000.0)).astype(np.int32), int(odd.sum())


def _angle(deg: F64, unknown: Mask8) -> I32:
    whole = np.rint(np.where(unknown, 0.0, deg) * 100.0).astype(np.int64) % 36_000
    whole[unknown] = -1
    return whole.astype(np.int32)


def cog_cdeg(cog_deg: F64, ais: Mask8 | bool, signed_wrap: bool = False) -> tuple[I32, int]:
    """Hundredths of a degree 0..35999, -1 unknown; and how many values were impossible.

    ais  True (or where True): 360.0 is AIS's "not available". Elsewhere it is north. [-360, 0) counts from north to
    the west (add 360), except in a table with signed_wrap (add 409.6).
    """
    with np.errstate(invalid="ignore"):
        if signed_wrap:
            cog_deg = np.where((cog_deg < 0) & (cog_deg >= -204.85), cog_deg + 409.6, cog_deg)
        filler = (np.abs(cog_deg - 360.0) < 0.005) & ais
        odd = (cog_deg < -360.0) | (cog_deg > 360.005)
        unknown = np.isnan(cog_deg) | filler | odd
    return _angle(cog_deg, unknown), int(odd.sum())


def heading_cdeg(heading_deg: F64) -> tuple[I32, int]:
    """Hundredths of a degree 0..35999, -1 unknown (511 is AIS's "not available"); and how many were impossible."""
    with np.errstate(invalid="ignore"):
        filler = np.abs(heading_deg - 511.0) < 0.005
        odd = ((heading_deg < -360.0) | (heading_deg > 360.005)) & ~filler
        unknown = np.isnan(heading_deg) | filler | odd
    return _angle(heading_deg, unknown), int(odd.sum())


def small_int(values: F64, low: int, high: int, null: int | None) -> tuple[I8, int]:
    """Whole numbers low..high as int8, -1 unknown (``null`` is the feed's own filler); and how many were neither."""
    with np.errstate(invalid="ignore"):
        unknown = np.isnan(values)
        if null is not None:
            unknown |= values == null
        odd = ~unknown & ((values < low) | (values > high) | (values != np.rint(values)))
    unknown |= odd
    kept: npt.NDArray[np.int8] = np.where(unknown, -1.0, np.where(unknown, 0.0, values)).astype(np.int8)
    return kept, int(odd.sum())
