"""A loitering that rests on few fixes is put aside, and stays in the queue inside a watched zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenarios.scenes.scene import Scene, Vessel

from beaconline.node.watch import Options, watch

BOX = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)]


def stay(fixes: int, folder: Path, *, zoned: bool) -> dict[str, Any]:
    """A vessel that comes, lies still over so many fixes 92 minutes apart, and leaves."""
    boat = Vessel(799510001, -14.0, 0.0, step_s=92 * 60.0).go(90.0, 14.0 / 92 * 60, 92)
    boat.stay(92 * fixes).go(90.0, 9.0, 92 * 4)
    scene = Scene("", "loitering", "", [boat], zones=[("a", "watch", BOX)] if zoned else [])
    zones = [scene.zone_file(folder)] if zoned else []
    (finding,) = watch(scene.frame(), options=Options(only=["loitering"], zones=zones)).findings
    return finding


@pytest.mark.parametrize("zoned", [False, True])
@pytest.mark.parametrize("fixes", [3, 4, 5])
def test_fewer_than_four_fixes_are_few(fixes: int, zoned: bool, tmp_path: Path) -> None:
    finding = stay(fixes, tmp_path, zoned=zoned)
    assert finding["measures"]["fixes_used"] == fixes
    few = fixes < 4
    assert finding["queue"] == ("context" if few and not zoned else "default")
    assert any(e["what"].startswith("few fixes") for e in finding["counter_evidence"]) is few
    assert any("outranks" in e["what"] for e in finding["counter_evidence"]) is (few and zoned)
