"""Pairs within a distance by brute force: every pair of tracks, every pair of legs, numpy and nothing of the product.

Own constants and own ECEF. Legs longer than 20 km are cut on the great circle by recursive halving, which is another
way to the same curve. For tests only.
"""

from __future__ import annotations

import numpy as np

A, F = 6378137.0, 1 / 298.257223563
E2 = 2 * F - F * F


def ecef(lon_deg, lat_deg):
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    n = A / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.stack([n * np.cos(lat) * np.cos(lon), n * np.cos(lat) * np.sin(lon), n * (1 - E2) * np.sin(lat)], axis=-1)


def _on_surface(p):
    return p / np.sqrt((p[..., 0] ** 2 + p[..., 1] ** 2) / A**2 + p[..., 2] ** 2 / (A * A * (1 - E2)))[..., None]


def _legs(t_s, xyz, bridge_s, max_kn, slack_m, curved):
    """(t0, t1, p, v) of the believed legs of one track."""
    out = []
    for i in range(len(t_s) - 1):
        dt = t_s[i + 1] - t_s[i]
        length = np.linalg.norm(xyz[i + 1] - xyz[i])
        if not 0 < dt <= bridge_s or length > max_kn * 1852 / 3600 * dt + slack_m:
            continue
        n = int(np.ceil(length / 20_000)) if curved and length > 20_000 else 1
        f = np.linspace(0, 1, n + 1)
        if n == 1:
            points = np.stack([xyz[i], xyz[i + 1]])
        else:
            a, b = xyz[i] / np.linalg.norm(xyz[i]), xyz[i + 1] / np.linalg.norm(xyz[i + 1])
            w = np.arccos(np.clip(a @ b, -1, 1))
            points = _on_surface(np.sin((1 - f) * w)[:, None] * a + np.sin(f * w)[:, None] * b)
            points[0], points[-1] = xyz[i], xyz[i + 1]
        times = t_s[i] + f * dt
        speed = np.diff(points, axis=0) / np.diff(times)[:, None]
        out += list(zip(times[:-1], times[1:], points[:-1], speed, strict=True))
    if not out:
        return None
    t0, t1, p, v = zip(*out, strict=True)
    return np.array(t0), np.array(t1), np.array(p), np.array(v)


def _pair(one, two, radius_m):
    """Stretches (start, end, closest, when) of one pair, unmerged."""
    a, b = np.meshgrid(np.arange(len(one[0])), np.arange(len(two[0])), indexing="ij")
    a, b = a.ravel(), b.ravel()
    lo, hi = np.maximum(one[0][a], two[0][b]), np.minimum(one[1][a], two[1][b])
    ok = lo < hi
    a, b, lo, hi = a[ok], b[ok], lo[ok], hi[ok]
    d = one[2][a] + one[3][a] * (lo - one[0][a])[:, None] - two[2][b] - two[3][b] * (lo - two[0][b])[:, None]
    v = one[3][a] - two[3][b]
    vv, dv, dd = (v * v).sum(1), (d * v).sum(1), (d * d).sum(1)
    span = hi - lo
    with np.errstate(divide="ignore", invalid="ignore"):
        disc = dv**2 - vv * (dd - radius_m**2)
        root = np.sqrt(np.maximum(disc, 0))
        s = np.where(vv > 0, (-dv - root) / vv, np.where(dd <= radius_m**2, 0, np.inf))
        e = np.where(vv > 0, (-dv + root) / vv, np.where(dd <= radius_m**2, span, -np.inf))
        m = np.clip(np.where(vv > 0, -dv / vv, 0), 0, span)
    s, e = np.maximum(s, 0), np.minimum(e, span)
    ok = (disc >= 0) & (s <= e)
    near = np.sqrt(((d + v * m[:, None]) ** 2).sum(1))
    return sorted(zip((lo + s)[ok], (lo + e)[ok], near[ok], (lo + m)[ok], strict=True))


def runs(t_us, track, xyz, bridge_us, radius_m, *, max_kn=100.0, slack_m=500.0, curved=True, tie_s=1e-6):
    """Maximal intervals as rows (track a, track b, start_s, end_s, closest_m), times in seconds since the first fix.

    bridge_us is one number for all. Stretches closer in time than ``tie_s`` are one interval.
    """
    zero = t_us.min()
    legs = {}
    for k in np.unique(track):
        rows = np.flatnonzero(track == k)
        rows = rows[np.argsort(t_us[rows], kind="stable")]
        legs[int(k)] = _legs((t_us[rows] - zero) / 1e6, xyz[rows], bridge_us / 1e6, max_kn, slack_m, curved)
    out = []
    names = sorted(k for k in legs if legs[k] is not None)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            merged = []
            for s, e, near, _ in _pair(legs[a], legs[b], radius_m):
                if merged and s <= merged[-1][1] + tie_s:
                    merged[-1][1] = max(merged[-1][1], e)
                    merged[-1][2] = min(merged[-1][2], near)
                else:
                    merged.append([s, e, near])
            out += [(a, b, s, e, near) for s, e, near in merged]
    return out
