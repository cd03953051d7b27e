"""The form of an MMSI, and whether it fits the message that carried it. Noted, never a reason to reject.

Decides: which kind of station a number says it is, by its leading digits. Refuses: to call a number false; unusual
forms are common on honest boats. Source: Recommendation ITU-R M.585-9. Known failures: forms that M.585 does not name
are "other"; whether the country digits are assigned is not checked.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from beaconline.foundation.table.reports import I8, I32, Reports
from beaconline.see.clean.numbers import Mask8, to_float

__all__ = ["MMSI_FORMS", "mmsi_form", "mmsi_notes", "read_mmsi"]

MMSI_FORMS: Final = (
    "ship", "ship_group", "coast_station", "sar_aircraft", "aton", "auxiliary_craft", "sart", "man_overboard", "epirb",
    "handheld", "other",
)  # fmt: skip
"""Names by code. ship = country digits 2-7 first; 0 ship_group; 00 coast_station; 111 sar_aircraft; 99 aton;
98 auxiliary_craft; 970 sart; 972 man_overboard; 974 epirb; 8 handheld; anything else other."""

_SHIP, _GROUP, _COAST, _SAR, _ATON, _AUX, _SART, _MOB, _EPIRB, _HANDHELD, _OTHER = range(11)

MMSI_MAX = 999_999_999


def mmsi_form(mmsi: I32) -> I8:
    """int8[n] position in MMSI_FORMS, -1 where mmsi is -1. A number under nine digits has leading zeros."""
    m = np.asarray(mmsi, np.int32)
    out = np.full(len(m), _OTHER, np.int8)
    first, two, three = m // 100_000_000, m // 10_000_000, m // 1_000_000
    out[(first >= 2) & (first <= 7)] = _SHIP
    out[(first == 0) & (two >= 1)] = _GROUP
    out[two == 0] = _COAST
    out[three == 111] = _SAR
    out[two == 99] = _ATON
    out[two == 98] = _AUX
    out[three == 970] = _SART
    out[three == 972] = _MOB
    out[three == 974] = _EPIRB
    out[first == 8] = _HANDHELD
    # 000000000 and 000xxxxxx name nobody.
    out[three == 0] = _OTHER
    out[m < 0] = -1
    return out


def mmsi_notes(reports: Reports) -> dict[str, int]:
    """Counts of reports by MMSI form (other than ship), and of those whose form does not fit the message type."""
    form = mmsi_form(reports.mmsi)
    counts = np.bincount(form[form >= 0], minlength=len(MMSI_FORMS))
    notes = {f"mmsi_form:{MMSI_FORMS[k]}": int(n) for k, n in enumerate(counts) if n and k != _SHIP}
    kind = reports.msg_type
    station = np.isin(form, (_COAST, _SAR, _ATON))
    wrong = ((kind == 4) & (form != _COAST)) | ((kind == 9) & (form != _SAR)) | ((kind == 21) & (form != _ATON))
    wrong |= np.isin(kind, (1, 2, 3, 18, 19, 27)) & station
    wrong &= form >= 0
    if wrong.any():
        notes["mmsi_form_unlike_message"] = int(wrong.sum())
    return notes


def read_mmsi(series: pl.Series) -> tuple[I32, Mask8]:
    """(int32[n], bad bool[n]). Unknown is -1; bad is what is no whole number in 0..999999999."""
    values, bad = to_float(series)
    with np.errstate(invalid="ignore"):
        wrong = (values < 0) | (values > MMSI_MAX) | (values != np.rint(values)) & ~np.isnan(values)
    if bad is not None:
        wrong |= bad
    unknown = np.isnan(values) | wrong
    return np.where(unknown, -1.0, np.where(unknown, 0.0, values)).astype(np.int32), wrong
