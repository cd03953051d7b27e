"""Several pair kinds over one window: each gets what it would get alone, whatever the ticks; memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_worlds import HOUR_US, T0_US, crowd, fixes_of, vessels
from test_encounter_ticks import book_of, tick_of

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import restore, save
from beaconline.understand.context.protocol import NoContext
from beaconline.understand.detectors.encounter import Encounter
from beaconline.understand.pairs import family
from beaconline.understand.pairs.engine import PairRule, Runs, begin, runs_between
from beaconline.understand.pairs.family import FAMILY_CLASSES, PairFamily, PairKind, PairView, gather
from beaconline.understand.pairs.window import Fixes

HOUR = PairRule(500.0, max_bridge_us=HOUR_US)
RULES = {
    "near": HOUR,
    "nearer": replace(HOUR, radius_m=150.0),
    "both move": replace(HOUR, radius_m=2000.0, movers=2, least_kn=3.0),
    "one moves": replace(HOUR, radius_m=800.0, movers=1, least_kn=3.0),
    "slow": replace(HOUR, radius_m=2500.0, most_kn=3.0),
    "long": replace(HOUR, radius_m=700.0, keep_us=600_000_000),
}


@dataclass(slots=True)
class Seen:
    """What a member was handed: rows of runs, and the notes' names."""

    rows: list[tuple[int, ...]] = field(default_factory=list)
    noted: list[tuple[int, ...]] = field(default_factory=list)


class Member:
    """A kind that only keeps what it is handed."""

    version = "1"

    def __init__(self, name: str, rule: PairRule) -> None:
        self.name, self.rule, self.params = name, rule, {"radius_m": rule.radius_m}

    def start(self) -> Seen:
        return Seen()

    def ended(self, state: Seen, runs: Runs, view: PairView) -> list[Draft]:
        rows = [(*row, near) for row, near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True)]
        assert all(row[3] <= view.border_us for row in rows)
        state.rows += rows
        return []

    def note(self, state: Seen, runs: Runs, view: PairView) -> None:
        assert np.array_equal(runs.table, view.open_runs.table)
        state.noted = [tuple(row[:3]) for row in runs.table.tolist()]

    def pending(self, state: Seen, runs: Runs, view: PairView, as_of_us: int) -> list[Draft]:
        self.last = [(*row, near) for row, near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True)]
        return []


def members() -> list[Member]:
    return [Member(name, rule) for name, rule in RULES.items()]


def handed(fixes: Fixes, seed: int, largest: int) -> dict[str, list[tuple[int, ...]]]:
    """All rows that each member was handed in random ticks, the pending ones last."""
    rng = np.random.default_rng(seed)
    kinds = members()
    whole, book = PairFamily(kinds), book_of(fixes)
    state, i, as_of = whole.start(), 0, int(fixes.t_us[-1])
    while i < len(fixes):
        n = int(rng.integers(1, largest))
        part = fixes.take(slice(i, i + n))
        state, _ = whole.step(state, tick_of(part, book, int(part.t_us[-1]) - 1))
        i += n
        if rng.uniform() < 0.1:
            state = restore(save(state), (*FAMILY_CLASSES, Seen))
    state, _ = whole.step(state, tick_of(fixes.take(slice(0, 0)), book, as_of))
    before = save(state)
    whole.finish(state, as_of, book, Pools())
    assert save(state) == before, "a question must not change the state"
    return {kind.name: sorted(state.kinds[kind.name].rows + kind.last) for kind in kinds}


@settings(max_examples=15)
@given(world=st.integers(0, 5_000), cut=st.integers(0, 5_000))
def test_each_member_gets_what_it_would_get_alone(world: int, cut: int) -> None:
    fixes = crowd(world, hours=3.0)
    got = handed(fixes, cut, 60)
    for name, rule in RULES.items():
        runs = runs_between(rule, fixes, vessels(fixes))
        alone = [(*row, near) for row, near in zip(runs.table.tolist(), runs.closest_m.tolist(), strict=True)]
        assert got[name] == sorted(alone), name


def test_the_crowds_hold_runs_of_every_rule() -> None:
    found = [handed(crowd(seed, hours=3.0), 0, 100_000) for seed in range(6)]
    assert all(sum(len(each[name]) for each in found) >= 5 for name in RULES)


def moving(kn: float, step_s: float, said_kn: float | None, apart_m: float = 1000.0) -> Fixes:
    """Two ships on parallel courses for an hour."""
    ms, out = kn * 1852 / 3600, []
    for k in range(2):
        out += [(t, k, apart_m * k, ms * t) for t in np.arange(0, 3601, step_s)]
    return fixes_of(
        [T0_US + round(t * 1e6) for t, *_ in out], [r[1] for r in out], [round(r[2] / 0.011131949) for r in out],
        [round(r[3] / 0.0110574) for r in out], None if said_kn is None else [round(said_kn * 1000)] * len(out),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kn", "step_s", "said_kn", "found"),
    [
        (3.05, 60.0, None, 1), (2.95, 60.0, None, 0),  # the way made good
        (0.0, 10.0, 3.05, 1), (5.0, 10.0, 2.95, 0),  # on legs under a minute the reported speed
        (5.0, 60.0, 0.0, 1),  # on longer ones a false report does not hide a ship
    ],
)  # fmt: skip
def test_who_moves(kn: float, step_s: float, said_kn: float | None, found: int) -> None:
    fixes = moving(kn, step_s, said_kn)
    assert len(runs_between(replace(HOUR, radius_m=2000.0, movers=2, least_kn=3.0), fixes, vessels(fixes))) == found
    slow = replace(HOUR, radius_m=2000.0, most_kn=3.0)
    assert len(runs_between(slow, fixes, vessels(fixes))) == 1 - found


def test_movers_are_counted() -> None:
    one_lies = moving(5.0, 60.0, None)
    one_lies.lat_e7[one_lies.track == 1] = 0
    counts = [len(runs_between(replace(HOUR, radius_m=50_000.0, movers=n, least_kn=3.0), one_lies, vessels(one_lies)))
              for n in (0, 1, 2)]  # fmt: skip
    assert counts == [1, 1, 0]


def test_rules_over_one_window_agree_about_legs() -> None:
    with pytest.raises(ValueError, match="must agree"):
        begin([HOUR, replace(HOUR, max_bridge_us=1)])
    apart = PairFamily([Member("a", HOUR), Member("b", replace(HOUR, leg_slack_m=1.0)), Member("c", HOUR)])
    assert [[member.name for member in group] for group in apart.groups] == [["a", "c"], ["b"]]
    assert len(apart.start().windows) == 2


def test_pair_kinds_are_gathered_in_the_place_of_the_first() -> None:
    other, a, b = object(), Encounter(NoContext()), Member("b", HOUR)
    assert isinstance(a, PairKind)
    got = gather([other, a, other, b])
    assert [got[0], got[2]] == [other, other] and got[1].members == (a, b) and len(got) == 3
    assert gather([other]) == [other]


def test_live_and_batch_paths_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    fixes = crowd(12, hours=3.0)
    expected = handed(fixes, 3, 50)
    monkeypatch.setattr(family, "LIVE_ROWS", 0)
    assert handed(fixes, 3, 50) == expected


def test_memory_of_all_members_is_bounded() -> None:
    """A fleet of 40, a mile apart, at 10 s, the interval of class A at 14 kn, for six hours: under 40 KiB a vessel."""
    n, hours = 40, 6
    times = np.arange(0, hours * 3600, 10)
    t = np.repeat(times, n)
    track = np.tile(np.arange(n, dtype=np.int32), len(times))
    lon, lat = track * 160_000, (t * 650).astype(np.int64) + (track % 5) * 7_000
    fixes = fixes_of(T0_US + t * 1_000_000, track, lon, lat, np.full(len(t), 14_000))
    rules = [
        PairRule(500.0, keep_us=1_800_000_000), PairRule(150.0, window_us=1_200_000_000, most_kn=2.0),
        PairRule(5556.0, movers=2, least_kn=2.0, keep_us=1_200_000_000), PairRule(3704.0, movers=2, least_kn=1.0),
    ]  # fmt: skip
    whole, book = PairFamily([Member(str(k), rule) for k, rule in enumerate(rules)]), book_of(fixes)
    state, most = whole.start(), 0.0
    for i in range(0, len(fixes), n * 60):
        part = fixes.take(slice(i, i + n * 60))
        state, _ = whole.step(state, tick_of(part, book, int(part.t_us[-1])))
        window = state.windows[0]
        room = sum(column.nbytes for column in window.room.columns())
        held = sum(a.nbytes + b.nbytes for joined in window.joined for a, b in joined.cache.values())
        most = max(most, (room + held) / n)
    assert most < 40 * 1024, most
