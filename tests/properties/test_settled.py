"""However rows arrive, what is settled is the same.

Any arrival order, any batches, delays inside the lateness bound, duplicates, restarts from a saved state: the findings
equal those of one batch run. Three mutants show that the test can fail.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import LATENESS_US, ZONE, Row, Said, said, statics, table, world

from beaconline.foundation.table.reports import Pools
from beaconline.foundation.table.snapshot import restore, save
from beaconline.node import wiring
from beaconline.node.watch import Options
from beaconline.understand.findings import RunLabel, settled
from beaconline.understand.runner import Runner, RunState


@pytest.fixture(scope="module")
def zone_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zones") / "zones.geojson"
    path.write_text(json.dumps(ZONE))
    return path


def _runner(zone_file: Path, pools: Pools, kind: type[Runner] = Runner) -> Runner:
    plan = wiring.plan(Options(zones=[zone_file]))
    return kind(plan.kinds, wiring.tracker(), wiring.merge, pools, RunLabel())


def batch(zone_file: Path, rows: list[Row], heard: list[Said] | None = None) -> list[dict[str, Any]]:
    pools = Pools()
    runner = _runner(zone_file, pools)
    as_of = max(r.t_us for r in rows)
    state, _ = runner.push(runner.start(), table(rows, pools), statics(heard or [], pools), as_of)
    return settled(runner.finish(state, as_of))


def live(
    zone_file: Path,
    rows: list[Row],
    seed: int,
    heard: list[Said] | None = None,
    *,
    kind: type[Runner] = Runner,
    lateness_us: int = LATENESS_US,
    forget: bool = False,
) -> list[dict[str, Any]]:
    """Rows with delays, copies by other stations, random batches and restarts."""
    rng = np.random.default_rng(seed)
    copies = [r for r in rows if rng.uniform() < 0.2]
    arriving: list[Row | Said] = [*rows, *copies, *(heard or [])]
    delays = rng.integers(0, LATENESS_US + 1, len(arriving))
    at = np.array([r.t_us for r in arriving]) + delays
    order = np.argsort(at, kind="stable")
    pools = Pools()
    runner = _runner(zone_file, pools, kind)
    state = runner.start()
    i = 0
    while i < len(order):
        n = int(rng.integers(1, 60))
        some = [arriving[k] for k in order[i : i + n]]
        # The next row may have arrived in the same instant, hence the microsecond.
        watermark = int(at[order[i : i + n][-1]]) - lateness_us - 1
        posits = table([each for each in some if isinstance(each, Row)], pools)
        told = statics([each for each in some if isinstance(each, Said)], pools)
        state, _ = runner.push(state, posits, told, watermark)
        i += n
        if rng.uniform() < 0.2:
            runner, pools, state = restarted(zone_file, runner, state, kind, forget)
    return settled(runner.finish(state, max(r.t_us for r in rows)))


def restarted(
    zone_file: Path, runner: Runner, state: RunState, kind: type[Runner], forget: bool
) -> tuple[Runner, Pools, RunState]:
    """Save everything, throw the process away, and read it back."""
    saved = save((runner.pools, state))
    pools, state = restore(saved, wiring.state_classes())
    fresh = _runner(zone_file, pools, kind)
    return fresh, pools, (fresh.start() if forget else state)


def text(findings: list[dict[str, Any]]) -> str:
    return json.dumps(findings, sort_keys=True, indent=1)


@settings(max_examples=max(25, settings.default.max_examples // 4), deadline=None)
@given(world_seed=st.integers(0, 10_000), arrival_seed=st.integers(0, 10_000))
def test_settled_is_the_same(zone_file: Path, world_seed: int, arrival_seed: int) -> None:
    rows = world(world_seed)
    heard = said(world_seed)
    assert text(live(zone_file, rows, arrival_seed, heard)) == text(batch(zone_file, rows, heard))


def test_three_ships_that_share_an_identity_are_told_the_same(zone_file: Path) -> None:
    told = [batch(zone_file, world(seed), said(seed)) for seed in range(6)]
    assert {f["type"] for findings in told for f in findings} >= {"shared_static"}
    for seed, findings in enumerate(told):
        assert text(live(zone_file, world(seed), seed, said(seed))) == text(findings)


def test_the_worlds_hold_every_kind(zone_file: Path) -> None:
    kinds = {f["kind"] for seed in range(6) for f in batch(zone_file, world(seed))}
    assert kinds >= {"encounter", "zone_entry", "identity_conflict"}


def test_shuffled_rows_give_the_same_batch(zone_file: Path) -> None:
    rows = world(3)
    shuffled = list(np.random.default_rng(0).permutation(np.array(rows, dtype=object)))
    assert text(batch(zone_file, shuffled)) == text(batch(zone_file, rows))


class NoReorderBuffer(Runner):
    """Mutant: hands rows on as they come."""

    def _release(self, state: RunState, reports: Any, watermark_us: int, ordered: bool) -> Any:
        state.watermark_us = watermark_us
        return reports


def _differs(zone_file: Path, **how: Any) -> bool:
    """Some of a dozen seeded arrivals must come out wrong, by another answer or by a broken promise."""
    for seed in range(12):
        rows = world(seed)
        try:
            if text(live(zone_file, rows, seed, **how)) != text(batch(zone_file, rows)):
                return True
        except (AssertionError, IndexError, ValueError):
            return True
    return False


def test_mutant_without_reorder_buffer_is_seen(zone_file: Path) -> None:
    assert _differs(zone_file, kind=NoReorderBuffer)


def test_mutant_without_saved_state_is_seen(zone_file: Path) -> None:
    assert _differs(zone_file, forget=True)


def test_mutant_without_dirty_bins_is_seen(zone_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wiring_mutant = pytest.importorskip("beaconline.understand.pairs.bins")
    monkeypatch.setattr(wiring_mutant, "dirty_bins", wiring_mutant.only_own_bin)
    assert _differs(zone_file)


def test_a_broken_lateness_bound_is_seen(zone_file: Path) -> None:
    assert _differs(zone_file, lateness_us=LATENESS_US // 10)
