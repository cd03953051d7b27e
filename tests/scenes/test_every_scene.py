"""Every scene of ``scenarios/scenes``: what must be found is found, and no more of its kind, wherever it lies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from scenarios.scenes.scene import Scene
from scene_run import every_scene, judge, watched

SCENES = every_scene()
LAID = {
    "as drawn": {},
    "turned": {"turned_deg": 137.0},
    "mirrored, over the antimeridian": {"mirrored": True, "origin": (179.98, 8.0)},
    "another day, far north": {"shifted": timedelta(days=3, hours=5, seconds=17), "origin": (-30.0, 62.0)},
}


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("scene", SCENES, ids=[f"{s.kind}-{s.name}" for s in SCENES])
def test_a_scene_gives_what_it_must(scene: Scene, laid: str, tmp_path: Path) -> None:
    moved = scene.moved(**LAID[laid])  # type: ignore[arg-type]
    wrong = judge(scene, watched(moved, tmp_path).findings)
    assert not wrong, "\n".join([scene.says, *wrong])
