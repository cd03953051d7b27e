"""Were longitude and latitude taken for one another? Says so; never mends it, since a mapping is the user's to change.

Decides: the warning, when at least SHARE of a sample of positions lie on land or out of the world and fewer than half
as many would if the two were swapped. Source: the contract page. Known failures: swapped positions that happen to lie
at sea raise no question; data from rivers are "on land" both ways and raise none either.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["SAMPLE", "SHARE", "sample", "swap_warning"]

SAMPLE = 2000
"""Positions looked at: enough for a share within 3 %, and a fraction of a second of land tests."""

SHARE = 0.2
"""Share of spoilt positions that raises the question."""

MENDED = 0.5
"""A swap mends when the spoilt positions after it are fewer than this share of those before. Not smaller: of harbour
traffic a fifth may lie on the land of a coarse coast line, swapped or not."""

F64 = npt.NDArray[np.float64]
OnLand = Callable[[F64, F64], npt.NDArray[np.bool_]]


def _spoilt(lon: F64, lat: F64, on_land: OnLand) -> npt.NDArray[np.bool_]:
    outside = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    land = np.zeros(len(lon), np.bool_)
    if not outside.all():
        land[~outside] = on_land(lon[~outside], lat[~outside])
    return outside | land


def sample(n: int, size: int = SAMPLE) -> npt.NDArray[np.intp]:
    """At most ``size`` places spread evenly over n rows (the same for the same n: no chance is involved)."""
    return np.linspace(0, n - 1, min(n, size)).astype(np.intp) if n else np.zeros(0, np.intp)


def swap_warning(lon_deg: F64, lat_deg: F64, on_land: OnLand) -> str | None:
    """A sentence for the result, or None. lon_deg, lat_deg: float64[n], a sample that also holds positions out of
    the world."""
    n = len(lon_deg)
    if n == 0:
        return None
    spoilt = int(_spoilt(lon_deg, lat_deg, on_land).sum())
    if spoilt < SHARE * n or int(_spoilt(lat_deg, lon_deg, on_land).sum()) >= MENDED * spoilt:
        return None
    share = round(100 * spoilt / n)
    return (
        f"{share} % of the positions lie on land or out of the world, and swapping longitude and latitude would put"
        " most of them at sea: are the two columns taken for one another?"
    )
