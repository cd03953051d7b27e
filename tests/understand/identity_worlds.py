"""Seeded worlds of ships that rename, renumber, come and go, and their arrival at a node in any ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from beaconline.foundation.table.reports import Pools, Reports, Static, StaticRows
from beaconline.foundation.table.snapshot import restore, save
from beaconline.node import wiring
from beaconline.understand.findings import RunLabel, settled
from beaconline.understand.ground import Ground
from beaconline.understand.presence import PresenceRow
from beaconline.understand.runner import Runner, RunState

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
T0_US = 1_767_322_800 * 1_000_000
"""2026-01-02T03:00:00Z"""
IMOS = (9074729, 9241061, 9305623)

Fix = tuple[int, int, float, float, float, float, Static, str]
"""t_us, mmsi, lon, lat, knots, course, static fields, station."""
Word = tuple[int, int, Static]
"""t_us, mmsi, static fields without a position."""


def ship(
    rng: np.random.Generator, mmsi: int, begin_us: int, hours: float, step_min: float, says: Callable[[int], Static],
    lon: float, lat: float, kn: float, station: str = "s1",
) -> list[Fix]:  # fmt: skip
    """A ship on an eastward course; ``says`` gives its static fields at an instant."""
    out, t = [], begin_us
    while t < begin_us + hours * HOUR_US:
        east = kn * (t - begin_us) / HOUR_US / 60.0
        out.append((t, mmsi, round(lon + east, 5), lat, kn, 90.0, says(t), station))
        t += round(step_min * MINUTE_US * float(rng.uniform(0.7, 1.3)))
    return out


def identity_world(seed: int) -> tuple[list[Fix], list[Word]]:
    """A dozen ships over two days: renamed once, to and fro, renumbered with and without a link, silent for a day."""
    rng = np.random.default_rng(seed)
    fixes: list[Fix] = []
    words: list[Word] = []
    for k in range(8):
        begin = T0_US + int(rng.integers(0, 6 * HOUR_US))
        turn = begin + int(rng.integers(1 * HOUR_US, 5 * HOUR_US))
        how = int(rng.integers(0, 5))
        flip = int(rng.choice([5, 20, 45])) * MINUTE_US
        names = (f"OLD SHIP {k}", f"NEW HULL {k}")

        def says(t: int, how: int = how, turn: int = turn, flip: int = flip, names: tuple[str, str] = names) -> Static:
            late = t >= turn if how < 3 else (t - turn) // flip % 2 == 1 and turn < t < turn + 4 * flip
            return Static(
                name=names[late], callsign=f"C{names[late]}" if how == 1 else None,
                imo=IMOS[late] if how == 2 else None, length_dm=500, beam_dm=90,
            )  # fmt: skip

        in_rows = rng.uniform() < 0.5
        kn = float(rng.uniform(0, 14))
        own = ship(rng, 211000100 + k, begin, 8.0, float(rng.choice([2, 10, 25])), says if in_rows else _nothing,
                   10.0 + 0.2 * k, 5.0 + 0.2 * k, kn)  # fmt: skip
        fixes += own
        if not in_rows:
            words += [(t, 211000100 + k, says(t)) for t in range(begin, begin + 8 * HOUR_US, 7 * MINUTE_US)]
        if how == 0:
            words += [(turn + 3 * MINUTE_US, 211000100 + k, Static(callsign=f"Q{k}XYZ"))] * 2
        last = own[-1]
        gap = int(rng.choice([4, 12, 40, 200])) * MINUTE_US
        new = Static(name=names[1], callsign="SAME1" if how == 3 else None, length_dm=500, beam_dm=90)
        fixes += ship(rng, 311000100 + k, last[0] + gap, float(rng.choice([0.1, 3.0])), 5.0, lambda t, new=new: new,
                      last[2] + kn * gap / HOUR_US / 60.0, last[3], kn, "s2")  # fmt: skip
        if rng.uniform() < 0.4:
            back = last[0] + int(rng.choice([2, 20, 26])) * HOUR_US
            fixes += ship(rng, 211000100 + k, back, 1.0, 10.0, says, last[2], last[3], kn)
    return fixes, words


def _nothing(t: int) -> Static:
    return Static()


def table(fixes: list[Fix], pools: Pools) -> Reports:
    out = Reports.blank(len(fixes))
    for i, (t, mmsi, lon, lat, kn, course, static, station) in enumerate(fixes):
        out.t_us[i], out.mmsi[i], out.lon_e7[i], out.lat_e7[i] = t, mmsi, round(lon * 1e7), round(lat * 1e7)
        out.sog_mkn[i], out.cog_cdeg[i] = round(kn * 1000), round(course * 100)
        out.static[i] = pools.statics.code(static)
        out.stations[i], out.feeds[i] = pools.stations.code([station]), pools.feeds.code(["test"])
        out.source[i], out.line[i] = pools.sources.code("test"), i + 1
    return out


def word_table(words: list[Word], pools: Pools) -> StaticRows:
    zero = np.zeros(len(words), np.int32)
    return StaticRows(
        np.array([t for t, _, _ in words], np.int64), np.array([m for _, m, _ in words], np.int32),
        np.full(len(words), -1, np.int32), np.array([pools.statics.code(s) for _, _, s in words], np.int32), zero,
        np.zeros(len(words), np.int16), zero,
    )  # fmt: skip


Answer = tuple[list[dict[str, Any]], list[PresenceRow]]


def runner(kinds: Callable[[], list[Any]], ground: Ground, pools: Pools) -> Runner:
    return Runner(kinds(), wiring.tracker(), wiring.merge, pools, RunLabel(), ground)


def batch(kinds: Callable[[], list[Any]], ground: Ground, fixes: list[Fix], words: list[Word], as_of: int) -> Answer:
    pools = Pools()
    one = runner(kinds, ground, pools)
    fixes, words = [f for f in fixes if f[0] <= as_of], [w for w in words if w[0] <= as_of]
    state, _ = one.push(one.start(), table(fixes, pools), word_table(words, pools), as_of)
    return settled(one.finish(state, as_of)), one.presence_rows(state, as_of)


def live(
    kinds: Callable[[], list[Any]], ground: Ground, fixes: list[Fix], words: list[Word], as_of: int, seed: int,
    *, forget: bool = False,
) -> Answer:  # fmt: skip
    """Rows in random batches and any order within them, watermarks that lag, restarts from a saved state."""
    rng = np.random.default_rng(seed)
    arriving: list[Any] = sorted((x for x in [*fixes, *words] if x[0] <= as_of), key=lambda x: x[0])
    pools = Pools()
    one = runner(kinds, ground, pools)
    state, i = one.start(), 0
    while i < len(arriving):
        n = int(rng.integers(1, 150))
        some = [arriving[i + k] for k in rng.permutation(min(n, len(arriving) - i))]
        i += n
        watermark = arriving[i][0] - 1 - int(rng.integers(0, HOUR_US)) if i < len(arriving) else as_of
        posits = table([x for x in some if len(x) > 3], pools)
        state, _ = one.push(state, posits, word_table([x for x in some if len(x) == 3], pools), watermark)
        if rng.uniform() < 0.3:
            saved = save((pools, state))
            pools, state = restore(saved, (*wiring.state_classes(), RunState))
            one = runner(kinds, ground, pools)
            state = one.start() if forget else state
        # A row at or before the watermark would be late; the next batch begins after it.
        state.watermark_us = min(state.watermark_us, arriving[i][0] - 1) if i < len(arriving) else state.watermark_us
    return settled(one.finish(state, as_of)), one.presence_rows(state, as_of)
