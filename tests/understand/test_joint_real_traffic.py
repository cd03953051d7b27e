"""``joint_activity`` on real traffic whose forces are dealt at random and whose times are shifted hull by hull.

Nothing then holds hulls of one force together but chance: of draws with a test no more may come out at p .05 than 99 of
100 binomials of 5 % would, test by test and for whole runs after correction. Fishing vessels of four weeks stand for
the time test, a day of all traffic, the hulls of one busy coast, for the place test.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from joint_worlds import RULE, hull, most_allowed

from beaconline.foundation.table.reports import I32, I64
from beaconline.foundation.table.tracks import TrackBook
from beaconline.understand.joint.activity import activities, answers_of, areas_of
from beaconline.understand.joint.chance import correct
from beaconline.understand.joint.hulls import Whereabouts, labels_of, whereabouts
from beaconline.understand.joint.slots import DAY_US, JointState, all_slots, take_rows

FORCES = ("coast_guard", "fishing", "militia", "navy", "")


def _where(t_us: I64, code: I32, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Whereabouts:
    order = np.lexsort((code, t_us))
    code, t_us = code[order].astype(np.int32), t_us[order]
    lon_e7, lat_e7 = (np.round(each[order] * 1e7).astype(np.int32) for each in (lon, lat))
    state, n = JointState(), int(code.max()) + 1
    unknown, bridge = np.full(len(code), -1, np.int32), np.full(len(code), 7_200_000_000)
    take_rows(state, n, code, t_us, lon_e7, lat_e7, unknown, bridge, RULE.slot_us, 7_200_000_000)
    slots = all_slots(state, int(t_us[-1]), lambda code, at: True, RULE.slot_us, 60)
    book = TrackBook([f"t{k:05d}" for k in range(n)], [-1] * n, list(range(n)))
    return whereabouts(slots, {k: k for k in range(n)}, book, RULE.slot_us)


@pytest.fixture(scope="module")
def four_weeks(data: Path) -> Whereabouts:
    table = pl.read_csv(data / "ais" / "vms_northsea_tacsat_97015.csv.gz", infer_schema_length=None)
    at = (table["SI_DATE"] + " " + table["SI_TIME"]).str.to_datetime("%d/%m/%Y %H:%M:%S", strict=False)
    table = table.with_columns(at.dt.epoch("us").alias("t")).drop_nulls(["t", "SI_LATI", "SI_LONG"])
    begin = int(table["t"].quantile(0.3) or 0)
    table = table.filter(pl.col("t").is_between(begin, begin + 28 * DAY_US - RULE.slot_us))
    code = table["VE_REF"].rank("dense").to_numpy() - 1
    return _where(table["t"].to_numpy(), code, table["SI_LONG"].to_numpy(), table["SI_LATI"].to_numpy())


@pytest.fixture(scope="module")
def coast(data: Path) -> Whereabouts:
    """A day off a busy coast: a box of one degree by two."""
    table = pl.read_csv(data / "tracks_without_identity" / "day0_truth.csv.gz")
    table = table.filter(pl.col("lat").is_between(28.5, 29.5) & pl.col("lon").is_between(-91.0, -89.5))
    t_us = table["time"].str.to_datetime().dt.epoch("us").to_numpy()
    code = table["track_id"].cast(pl.Utf8).rank("dense").to_numpy() - 1
    return _where(t_us, code, table["lon"].to_numpy(), table["lat"].to_numpy())


def _run(where: Whereabouts, seed: int, shares: tuple[float, ...]) -> tuple[list[float], list[float], bool, int]:
    """p of each time test and each place test, whether the run raises anything, and how many tests counted."""
    rng = np.random.default_rng(seed)
    n = int(where.hull.max()) + 1
    dealt = rng.choice(len(FORCES), n, p=shares)
    w = where.take(dealt[where.hull] < 4)
    first = int(w.slot.min())
    slots = -(-(int(w.slot.max()) - first + 1) // RULE.day_slots) * RULE.day_slots
    w.slot[:] = first + (w.slot - first + rng.integers(0, slots, n)[w.hull]) % slots
    chosen, index = np.unique(w.hull, return_inverse=True)
    w.hull[:] = index.reshape(-1)
    w = w.take(np.lexsort((w.slot, w.hull)))
    hulls = [hull(f"{k:05d}", FORCES[dealt[k]]) for k in chosen.tolist()]
    names, labels = labels_of(hulls)
    slow = w.take((w.ckn >= 0) & (w.ckn < RULE.slow_ckn))
    areas = areas_of(slow, labels, names, RULE)
    answers = answers_of(slow, areas, labels, names, (first, first + slots - 1), RULE)
    verdict = correct([each for both in answers for each in both], RULE.level)
    able = [[a.p for a in side if a.draws and a.least <= RULE.level] for side in zip(*answers, strict=True)]
    raised = any(p is not None and p <= RULE.level for p in verdict.adjusted)
    told = bool(raised and any(each.type != "untested" for each in activities(w, hulls, RULE)))
    return (*(able or [[], []]), told, verdict.counted)  # type: ignore[return-value]


def _judge(where: Whereabouts, side: int, draws: int, least: int, shares: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    small = runs = told = 0
    for seed in range(draws):
        *answers, raised, _ = _run(where, seed, shares)
        told += raised
        if answers[side]:
            # One test of each draw: those of one draw share hulls and are no independent throws.
            runs += 1
            small += answers[side][int(rng.integers(len(answers[side])))] <= 0.05
    assert runs >= least, "the trial must test something"
    assert small <= most_allowed(runs)
    assert told <= most_allowed(draws)


def test_times_of_four_weeks_shifted(four_weeks: Whereabouts) -> None:
    _judge(four_weeks, 0, 250, 150, (0.1, 0.35, 0.1, 0.1, 0.35))


def test_forces_dealt_along_a_coast(coast: Whereabouts) -> None:
    _judge(coast, 1, 200, 100, (0.04, 0.1, 0.04, 0.02, 0.8))
