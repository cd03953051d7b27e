"""Every scene gives the same settled findings live as in one batch: any arrival order, delays, batches, restarts.

The scenes hold every kind, so this is the promise "batch equals live" for each of them. Two mutants show that the test
can fail.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios.scenes.scene import Scene
from scene_run import every_scene, options_of

from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.foundation.table.snapshot import restore, save
from beaconline.node import wiring
from beaconline.node.watch import Options
from beaconline.see.ingest import IngestOptions, ingest
from beaconline.understand.findings import RunLabel, settled
from beaconline.understand.runner import Runner

SCENES = every_scene()
LATENESS_US = 600 * 1_000_000


def _runner(options: Options, pools: Pools) -> Runner:
    plan = wiring.plan(options)
    return wiring.runner(plan, pools, RunLabel("simulated"))


def _read(scene: Scene) -> tuple[Reports, StaticRows, Pools]:
    pools = Pools()
    held = ingest([scene.frame()], IngestOptions(), pools, None)
    return held.reports, held.statics, pools


def batch(scene: Scene, options: Options) -> str:
    reports, statics, pools = _read(scene)
    runner = _runner(options, pools)
    as_of = int(reports.t_us.max())
    state, _ = runner.push(runner.start(), reports, statics, as_of)
    return _text(settled(runner.finish(state, as_of)))


def live(scene: Scene, options: Options, seed: int, *, lateness_us: int = LATENESS_US, forget: bool = False) -> str:
    """Rows with delays and copies, in some forty batches of any size, with restarts from a saved state."""
    rng = np.random.default_rng(seed)
    reports, statics, pools = _read(scene)
    as_of = int(reports.t_us.max())
    n = len(reports)
    copies = np.flatnonzero(rng.uniform(size=n) < 0.1)
    which = np.concatenate([np.arange(n), copies])
    at = reports.t_us[which] + rng.integers(0, LATENESS_US + 1, len(which))
    order = np.argsort(at, kind="stable")
    which, at = which[order], at[order]
    runner = _runner(options, pools)
    state = runner.start()
    cuts = np.sort(rng.integers(0, len(which), 40))
    for begin, end in zip([0, *cuts], [*cuts, len(which)], strict=True):
        if begin == end:
            continue
        some = reports.take(which[begin:end])
        watermark = int(at[end - 1]) - lateness_us - 1
        state, _ = runner.push(state, some, statics, min(watermark, as_of))
        statics = StaticRows.empty()
        if rng.uniform() < 0.1:
            saved = save((pools, state))
            pools, state = restore(saved, wiring.state_classes())
            runner = _runner(options, pools)
            state = runner.start() if forget else state
    return _text(settled(runner.finish(state, as_of)))


def _text(findings: list[dict[str, Any]]) -> str:
    return json.dumps(findings, sort_keys=True, indent=1)


NAMES = [f"{s.kind}-{s.name}" for s in SCENES]


@pytest.mark.parametrize("scene", SCENES, ids=NAMES)
def test_a_scene_is_told_the_same_live(scene: Scene, tmp_path: Path) -> None:
    options = options_of(scene, tmp_path)
    assert live(scene, options, seed=len(scene.name)) == batch(scene, options)


@pytest.mark.trial
@settings(deadline=None, max_examples=200)
@given(which=st.integers(0, len(SCENES) - 1), seed=st.integers(0, 2**32 - 1))
def test_any_scene_by_any_arrival(which: int, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    scene = SCENES[which]
    options = options_of(scene, tmp_path_factory.mktemp("scene"))
    assert live(scene, options, seed) == batch(scene, options)


def _differs(tmp_path: Path, **how: Any) -> bool:
    scene = next(s for s in SCENES if s.kind == "encounter" and s.expect)
    options = options_of(scene, tmp_path)
    return any(live(scene, options, seed, **how) != batch(scene, options) for seed in range(6))


def test_a_watermark_that_runs_ahead_is_seen(tmp_path: Path) -> None:
    assert _differs(tmp_path, lateness_us=LATENESS_US // 4)


def test_a_state_that_is_forgotten_is_seen(tmp_path: Path) -> None:
    assert _differs(tmp_path, forget=True)
