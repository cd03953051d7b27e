"""A laxer threshold loses no event: what a stricter one finds, a laxer one covers, maybe as part of something longer.

Covered means: a finding of the kind with all of its members and at least its time. Types and queues may change: with a
larger reach a meeting may become part of a crowd. Kinds with properties of their own (gap, shadow, block,
joint_activity, position_spoof, listed_seen, feed_silent) have them beside their other tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenarios.scenes.scene import Scene
from scene_run import every_scene, watched

LAXER = {
    "encounter": ("distance_m = 800", "duration_s = 900", "median_speed_kn = 2.5"),
    "loitering": ("duration_s = 7200", "offshore_m = 18520"),
    "raft": ("distance_m = 200", "duration_s = 1200", "vessels = 3"),
    "zone_entry": ("dwell_s = 60", "depth_m = 250.0"),
    "port_visit": ("min_confidence = 1",),
    "cable_risk": ("slow_kn = 5.0",),
}
CASES = [
    pytest.param(scene, line, id=f"{scene.kind}-{scene.name}-{line}")
    for scene in every_scene()
    for line in LAXER.get(scene.kind, ())
]


def _covers(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    return (
        {m["mmsi"] for m in narrow["members"]} <= {m["mmsi"] for m in wide["members"]}
        and wide["t_start"] <= narrow["t_start"]
        and wide["t_end"] >= narrow["t_end"]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "line"), CASES)
def test_a_laxer_threshold_loses_no_event(scene: Scene, line: str, tmp_path: Path) -> None:
    only = [scene.kind]
    strict = watched(scene, tmp_path, only).findings
    lax = watched(scene, tmp_path, only, profile=f"[{scene.kind}]\n{line}\n").findings
    lost = [f["why"] for f in strict if not any(_covers(g, f) for g in lax)]
    assert not lost, lost
