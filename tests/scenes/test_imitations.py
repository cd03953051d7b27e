"""What only imitates: every kind over ordinary work, faults of reception and false positions, and the queue it leaves.

``python -m scenarios.imitations --seeds 50`` tries many more seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from scenarios.imitation import Imitation
from scenarios.imitations import ALL, judge, watched

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", ALL, ids=[make(0).name for make in ALL])
def test_the_default_queue_holds_what_it_must_and_nothing_else(
    make: Callable[[int], Imitation], seed: int, tmp_path: Path
) -> None:
    scene = make(seed)
    wrong = judge(scene, watched(scene, tmp_path).findings)
    assert not wrong, "\n".join([f"{scene.name}, seed {seed}: {scene.says}", *wrong])


def test_the_judge_sees_what_is_missing_and_what_is_too_much() -> None:
    scene = next(make(0) for make in ALL if make(0).name == "nine tied up at sea")
    raft = {"queue": "default", "kind": "raft", "type": "raft", "why": "", "members": []}
    raft["members"] = [{"mmsi": mmsi} for mmsi in scene.expect[0]["mmsis"]]
    assert judge(scene, [raft]) == []
    assert len(judge(scene, [])) == 1
    assert len(judge(scene, [raft, raft])) == 1
    assert len(judge(scene, [raft, {**raft, "queue": "context"}])) == 0
    assert len(judge(scene, [{**raft, "members": raft["members"][:-1]}])) == 2
