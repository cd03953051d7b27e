"""Rows in which one MMSI changes its place faster than a ship can, or changes between tracks: the compiled pass.

Decides: which rows the kind ``identity_conflict`` must look at one by one. All others only move the vessel's last fix
on. Refuses: to judge. Source: behaviours page. Known failures: none known.
"""

from __future__ import annotations

from beaconline.foundation.geo.geodesy import distance_m
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64

__all__ = ["NEVER_US", "N_FIX", "RUN", "TOP", "claim_rows", "place_rows"]

# Columns of a fix.
T, LON, LAT, TRACK, STATIONS, SOG, COG, RUN, TOP = range(9)
N_FIX = 9
"""t_us, lon_e7, lat_e7, track code, stations code, sog_mkn, cog_cdeg, fixes in a row on this track up to this one, and
the vessel's highest speed told of late, thousandths of a knot: each fix that tells less lowers it by an eighth."""
NEVER_US = -(2**62)
_METRES_A_DEGREE = 110_000.0
"""Less than a degree of latitude anywhere: a cheap bound before a distance is computed."""


@kernel
def place_rows(
    vessel: I32, track: I32, t_us: I64, lon_e7: I32, lat_e7: I32, stations: I32, sog_mkn: I32, cog_cdeg: I32,
    static: I32, apart_m: float, jump_m: float, jump_ms: float, quiet_us: int, last: I64, until_us: I64,
    last_static: I32, picked: I64, before: I64, claims: I64,
) -> tuple[int, int]:  # fmt: skip
    """Rows to look at, and rows in which a vessel's static record is new; (how many, how many).

    vessel    int32[n], vessel code or -1 (no vessel: skipped)
    last      int64[vessels, N_FIX], last fix of each; T = NEVER_US before the first
    until_us  int64[vessels], all rows up to this time are picked (a conflict is under way)
    last_static  int32[vessels], last static record told
    picked    int64[n, 2], out: (row, bits); bit 0 = a jump, bit 1 = another track, at least ``apart_m`` away
    before    int64[n, N_FIX], out: the vessel's fix before each picked row
    claims    int64[n], out: rows with a static record new to the vessel
    """
    n_picked, n_claims = 0, 0
    for i in range(len(vessel)):
        v = vessel[i]
        if v < 0:
            continue
        bits = 0
        known = last[v, T] != NEVER_US
        if known:
            dt = (t_us[i] - last[v, T]) * 1e-6
            other = track[i] != last[v, TRACK]
            far = abs(lat_e7[i] - last[v, LAT]) * 1e-7 * _METRES_A_DEGREE > 0.9 * jump_m
            far = far or abs(lon_e7[i] - last[v, LON]) * 1e-7 * 111_400.0 > 0.9 * jump_m
            if other or far:
                d = distance_m(last[v, LON] * 1e-7, last[v, LAT] * 1e-7, lon_e7[i] * 1e-7, lat_e7[i] * 1e-7)
                if d > jump_m and d > jump_ms * max(dt, 1.0):
                    bits |= 1
                if other and d >= apart_m:
                    bits |= 2
        if bits:
            until_us[v] = t_us[i] + quiet_us
        if known and (bits or t_us[i] <= until_us[v]):
            picked[n_picked, 0], picked[n_picked, 1] = i, bits
            before[n_picked] = last[v]
            n_picked += 1
        if static[i] > 0 and static[i] != last_static[v]:
            last_static[v] = static[i]
            claims[n_claims] = i
            n_claims += 1
        last[v, RUN] = last[v, RUN] + 1 if known and track[i] == last[v, TRACK] else 1
        last[v, TOP] = max(sog_mkn[i], last[v, TOP] - last[v, TOP] // 8) if known else sog_mkn[i]
        last[v, T], last[v, LON], last[v, LAT] = t_us[i], lon_e7[i], lat_e7[i]
        last[v, TRACK], last[v, STATIONS] = track[i], stations[i]
        last[v, SOG], last[v, COG] = sog_mkn[i], cog_cdeg[i]
    return n_picked, n_claims


@kernel
def claim_rows(vessel: I32, t_us: I64, since_us: I64, picked: I64) -> int:
    """Rows of vessels that share an identity with another, after the time when they began to; how many.

    since_us  int64[vessels], the largest integer where a vessel shares none
    """
    n = 0
    for i in range(len(vessel)):
        if vessel[i] >= 0 and t_us[i] > since_us[vessel[i]]:
            picked[n] = i
            n += 1
    return n
