"""``joint_activity`` over many made-up days: forces together in any layout, and fleets that a patrol visits.

Rafts in rows, in line or loose, there from the start or coming; two coast guard hulls that lie, go to and fro or round
at 3 to 6 nm; fleets of six to thirty boats, listed or known by their own type alone; one to three days; fixes every one
to ten minutes with losses and silences; ships passing by. Each with the raft gives one finding with every role; each
with a patrol instead gives none.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scenarios.scenes.scene import Scene, Vessel
from scene_run import watched

RAFT, GUARD, BOAT, SHIP = 412_000_000, 413_000_000, 414_000_000, 419_000_000


def _spot(rng: np.random.Generator, inner: float, outer: float) -> tuple[float, float]:
    a, off = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(inner, outer))
    return off * math.sin(a), off * math.cos(a)


def _raft(rng: np.random.Generator, end: float, step: float) -> list[Vessel]:
    layout, comes = rng.choice(["rows", "line", "loose"]), rng.uniform() < 0.5
    out = []
    for k in range(12):
        place = {"rows": (0.03 * (k % 4), 0.03 * (k // 4)), "line": (0.05 * k, 0.0)}.get(layout)
        e, n = place or (float(rng.uniform(-0.25, 0.25)), float(rng.uniform(-0.25, 0.25)))
        begin = float(rng.uniform(0, 60)) if comes else 0.0
        hull = Vessel(RAFT + k, e - 20.0 if comes else e, n, begin, step_s=step, scatter_m=10.0, ship_type=30)
        if comes:
            hull.to(e, n, 9.0)
        out.append(hull.stay(end - hull.minute))
    return out


def _guards(rng: np.random.Generator, end: float, step: float) -> list[Vessel]:
    out = []
    for k in range(2):
        mode, bearing = rng.choice(["lie", "to and fro", "round"]), float(rng.uniform(0, 2 * math.pi))
        off, kn, turn = float(rng.uniform(3.2, 5.8)), float(rng.uniform(2, 6)), 1.0
        at = off * math.sin(bearing), off * math.cos(bearing)
        hull = Vessel(GUARD + k, *at, step_s=step, scatter_m=10.0)
        if mode == "lie":
            hull.stay(end)
        while hull.minute < end:
            bearing += turn * float(rng.uniform(0.1, 0.5))
            off = float(rng.uniform(3.1, 5.9))
            hull.to(off * math.sin(bearing), off * math.cos(bearing), kn)
            turn = -turn if mode == "to and fro" else turn
        out.append(hull)
    return out


def _fleet(rng: np.random.Generator, end: float, step: float) -> list[Vessel]:
    out, spread = [], float(rng.uniform(4, 10))
    for k in range(int(rng.integers(6, 31))):
        boat = Vessel(BOAT + k, *_spot(rng, 0.0, spread), float(rng.uniform(0, 5)), step_s=step, ship_type=30)
        rests = rng.uniform() < 0.3
        while boat.minute < end:
            if rests:
                boat.stay(float(rng.uniform(100, 500)))
            e, n = (float(each) for each in rng.uniform(-2, 2, 2))
            boat.to(boat.east_nm + e, boat.north_nm + n, float(rng.uniform(2, 4.5)))
            if math.hypot(boat.east_nm, boat.north_nm) > spread:
                boat.to(*_spot(rng, 0.0, spread), 4.0)
        out.append(boat)
    return out


def _patrol(rng: np.random.Generator, end: float, step: float) -> list[Vessel]:
    out = []
    for k in range(int(rng.integers(1, 3))):
        hull = Vessel(GUARD + k, -40.0, float(rng.uniform(-9, 9)), float(rng.uniform(0, end * 0.6)), step_s=step)
        hull.to(*_spot(rng, 0.0, 5.0), float(rng.uniform(11, 16)))
        leaves = hull.minute + float(rng.uniform(40, 130))
        while hull.minute < leaves:
            e, n = (float(each) for each in rng.uniform(-2, 2, 2))
            hull.stay(float(rng.uniform(10, 40))).to(hull.east_nm + e, hull.north_nm + n, float(rng.uniform(4, 12)))
        out.append(hull.to(45.0, float(rng.uniform(-9, 9)), 14.0))
    return out


def _lose(rng: np.random.Generator, vessel: Vessel) -> None:
    minute = np.array([fix.minute for fix in vessel.fixes])
    keep = rng.uniform(size=len(minute)) > 0.3
    for _ in range(int(rng.poisson(2))):
        begin = float(rng.uniform(0, minute[-1]))
        keep &= (minute < begin) | (minute > begin + float(rng.uniform(30, 240)))
    vessel.fixes = [fix for fix, k in zip(vessel.fixes, keep, strict=True) if k]
    vessel.statics = [static for static, k in zip(vessel.statics, keep, strict=True) if k]


def made_up(seed: int, together: bool) -> Scene:
    rng = np.random.default_rng([seed, together])
    end, step = 60.0 * float(rng.choice([24, 36, 48, 72])), float(rng.choice([60, 180, 300, 600]))
    fleet = _fleet(rng, end, step)
    vessels = [*fleet, *(_raft(rng, end, step) + _guards(rng, end, step) if together else _patrol(rng, end, step))]
    for k in range(int(rng.integers(0, 6))):
        at = float(rng.uniform(-8, 8)), float(rng.uniform(0, end * 0.7))
        vessels.append(Vessel(SHIP + k, -30.0, *at, step_s=step, ship_type=70).go(float(rng.uniform(80, 100)), 13, 280))
    if rng.uniform() < 0.5:
        for vessel in vessels:
            _lose(rng, vessel)
    police = "coast_guard" if together or rng.uniform() < 0.7 else "other_government"
    listed = [(GUARD + k, police) for k in range(2)]
    if together or rng.uniform() < 0.6:
        listed += [(RAFT + k, "militia") for k in range(12)]
    if rng.uniform() < 0.5:
        listed += [(vessel.mmsi, "fishing") for vessel in fleet]
    text = "\n".join(["mmsi,force,source,as_of", *(f"{mmsi},{force},register,2025-01-01" for mmsi, force in listed)])
    scene = Scene("made up", "joint_activity", "", vessels, lists=text + "\n")
    return scene.moved(turned_deg=float(rng.uniform(0, 360)))


def check(seed: int, folder: Path) -> None:
    for together in (True, False):
        scene = made_up(seed, together)
        findings = watched(scene, folder, only=["joint_activity"]).findings
        assert len(findings) == int(together), (seed, together, [f["why"] for f in findings])
        if together:
            (finding,) = findings
            told = {(m["force"], m["role"]) for m in finding["members"] if m["force"] != "fishing"}
            assert told == {("militia", "mass"), ("coast_guard", "stand off")}, seed
            assert sum(m["force"] == "militia" for m in finding["members"]) == 12
            assert sum(m["force"] == "coast_guard" for m in finding["members"]) == 2
            assert all(m["role"] in ("mass", "around") for m in finding["members"] if m["force"] == "fishing")
            assert finding["measures"]["forces_count"] == 3
            assert finding["queue"] == "default"


@pytest.mark.parametrize("seed", range(6))
def test_made_up_days(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


@pytest.mark.trial
@pytest.mark.parametrize("seed", range(100, 200))
def test_many_made_up_days(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)
