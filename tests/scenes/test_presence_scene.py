"""The scene of presence: the table says what was laid, wherever it lies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scenarios.scenes.presence import scenes
from scene_run import watched


@pytest.mark.parametrize("laid", [
    {}, {"turned_deg": 137.0}, {"mirrored": True, "origin": (179.98, 8.0)},
    {"shifted": timedelta(days=3), "origin": (-30.0, 62.0)},
], ids=["as drawn", "turned", "over the antimeridian", "far north"])  # fmt: skip
def test_the_table_says_what_was_laid(laid: dict[str, Any], tmp_path: Path) -> None:
    (scene,) = scenes()
    found = watched(scene.moved(**laid), tmp_path, only=["zone_entry"])
    counts = {
        (r.zone, r.row, r.force): (r.vessel_days, r.calendar_days, r.calendar_days_listed) for r in found.presence
    }
    # 48 h from 03:00 on touch three days; the others come on the second and stay ten hours.
    assert {key: n for key, n in counts.items() if key[0] == "the reef"} == {
        ("the reef", "all", ""): (6, 3, 3),
        ("the reef", "force", "coast_guard"): (3, 3, 3),
        ("the reef", "force", "militia"): (2, 1, 1),
        ("the reef", "force", "fishing"): (1, 1, 0),
        ("the reef", "together", "two or more"): (4, 1, 1),
        ("the reef", "pair", "coast_guard + militia"): (3, 1, 1),
        ("the reef", "pair", "coast_guard + fishing"): (2, 1, 0),
        ("the reef", "pair", "militia + fishing"): (3, 1, 0),
    }
    assert counts["", "force", "coast_guard"] == (6, 3, 3)
    found.write(tmp_path / "out")
    assert (tmp_path / "out" / "presence.csv").read_text().count("the reef,reef,") == 8
