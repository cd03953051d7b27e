"""Seeded harbours for tests of rafts: hulls that come, tie up, drift, fall silent and leave."""

from __future__ import annotations

import numpy as np
from pair_worlds import T0_US, fixes_of

from beaconline.understand.pairs.window import Fixes


def harbour(seed: int, hulls: int = 14, hours: float = 5.0) -> Fixes:
    """Two pontoons 400 m apart; a hull stays at one of them for a while, sails round, and perhaps ties up again."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(hulls):
        t, step = float(rng.uniform(0, 900)), float(rng.choice([20, 90, 300, 700]))
        while t < hours * 3600:
            pontoon = int(rng.integers(2))
            berth = np.array([400.0 * pontoon + rng.uniform(-60, 60), rng.uniform(-90, 90)])
            until = t + float(rng.uniform(600, 9000))
            drift = rng.normal(0, 0.05, 2)
            begun = t
            while t < until:
                out.append((t, k, *(berth + drift * (t - begun) + rng.normal(0, 4, 2)), abs(rng.normal(0, 0.3))))
                t += step * float(rng.uniform(0.6, 1.5)) + (4000 if rng.uniform() < 0.01 else 0)
            for part in range(1, 4):
                t += 120
                out.append((t, k, 200.0, 800.0 * part, 12.0))
            t += float(rng.uniform(60, 2500))
    return fixes_of(
        [T0_US + round(r[0] * 1e6) for r in out], [r[1] for r in out],
        [round(r[2] / 0.011131949 / np.cos(np.radians(50))) for r in out],
        [500_000_000 + round(r[3] / 0.011131949) for r in out],
        [round(r[4] * 1000) if rng.uniform() < 0.8 else -1 for r in out],
    )  # fmt: skip
