"""A meeting at sea is told as one: the encounter stands in the default queue, and no block accounts for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenarios.scenes.block import scenes
from scenarios.scenes.scene import Scene
from scene_run import watched

MEETINGS = [scene for scene in scenes() if scene.name.startswith("meeting at sea")]


@pytest.mark.parametrize("scene", MEETINGS, ids=[scene.name for scene in MEETINGS])
def test_the_encounter_stands_and_no_block(scene: Scene, tmp_path: Path) -> None:
    findings = watched(scene, tmp_path).findings
    default = [finding["kind"] for finding in findings if finding["queue"] == "default"]
    assert "encounter" in default
    assert "block" not in default


def test_there_are_several() -> None:
    assert len(MEETINGS) >= 4
