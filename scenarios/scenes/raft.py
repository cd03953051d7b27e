"""Scenes of ``raft``: hulls tied or lying together, and those that only lie near."""

from __future__ import annotations

import math

from scenarios.scenes.scene import NM_M, Scene, Vessel

__all__ = ["scenes"]


def _metres(m: float) -> float:
    return m / NM_M


def _row(first: int, n: int, apart_m: float, minutes: float, **more: object) -> list[Vessel]:
    """n vessels lying side by side."""
    return [Vessel(first + k, _metres(apart_m) * k, 0.0, **more).stay(minutes) for k in range(n)]  # type: ignore[arg-type]


def _joiners() -> Scene:
    """Four from the start, a fifth and a sixth come, the first leaves: never under four."""
    vessels = _row(799100001, 3, 40.0, 240)
    vessels.append(Vessel(799100004, _metres(120), 0.0).stay(150).go(90.0, 8.0, 40))
    for k, begin in ((4, 60), (5, 90)):
        late = Vessel(799100001 + k, _metres(40 * k), -6.0, begin - 45)
        late.to(_metres(40 * k), 0.0, 8.0).stay(240 - late.minute)
        vessels.append(late)
    wanted = {"type": "raft", "mmsis": [799100001 + k for k in range(6)], "queue": "default"}
    # The fifth lies 40 m from the fourth and 80 m from the third, so the raft holds when the fourth leaves.
    return Scene("six with joiners and a leaver", "raft", "one raft of six hulls, all that time", vessels, [wanted])


def _three() -> Scene:
    return Scene("three", "raft", "three hulls are no raft", _row(799100011, 3, 40.0, 180))


def _too_far() -> Scene:
    return Scene("four at 200 m", "raft", "four hulls 200 m from each other", _row(799100021, 4, 200.0, 180))


def _anchored_line() -> Scene:
    vessels = _row(799100031, 8, 400.0, 300, status=1)
    return Scene("line at anchor", "raft", "eight anchored ships 400 m apart", vessels)


def _too_short() -> Scene:
    """Three lie, the fourth stays 25 minutes."""
    vessels = _row(799100041, 3, 40.0, 180)
    vessels.append(Vessel(799100044, _metres(120), -4.0).to(_metres(120), 0.0, 8.0).stay(25).go(90.0, 8.0, 60))
    return Scene("a fourth for 25 minutes", "raft", "four hulls for less than half an hour", vessels)


def _drifting(kn: float, first: int, expect: list[dict[str, object]]) -> Scene:
    vessels = [Vessel(first + k, _metres(60) * k, 0.0).go(70.0, kn, 150) for k in range(5)]
    return Scene(f"drifting at {kn} kn", "raft", f"five hulls drift together at {kn} kn", vessels, expect)


def _split_and_merge() -> Scene:
    """Ten in a row; the sixth leaves, five and four remain; it comes back and they are one again."""
    vessels = [Vessel(799100061 + k, _metres(100) * k, 0.0).stay(360) for k in range(10) if k != 5]
    middle = Vessel(799100066, _metres(500), 0.0).stay(120).go(0.0, 6.0, 20).go(180.0, 6.0, 20)
    vessels.append(middle.stay(360 - middle.minute))
    # The larger part goes on as the one raft; the part that broke off is a raft of its own for the time in between.
    everyone = {"type": "raft", "mmsis": [799100061 + k for k in range(10)]}
    return Scene(
        "splits and merges", "raft", "a raft falls into two for 40 minutes and joins again", vessels,
        [everyone, {"type": "raft", "mmsis": [799100067 + k for k in range(4)]}],
    )  # fmt: skip


def _gone_dark() -> Scene:
    """Six lie four hours; two fall silent after one hour."""
    vessels = _row(799100081, 6, 50.0, 60)
    for k, vessel in enumerate(vessels):
        vessel.stay(300, heard=k not in (4, 5))
    wanted = {"type": "raft", "mmsis": [799100081 + k for k in range(6)]}
    return Scene("two fall silent", "raft", "six hulls, two stop sending", vessels, [wanted])


def _marina() -> Scene:
    """Sailing boats side by side."""
    vessels = _row(799100091, 10, 8.0, 300, ship_type=36, length_m=11.0, step_s=180.0, scatter_m=3.0)
    wanted = {"type": "raft", "queue": "context"}
    return Scene("pleasure craft", "raft", "ten sailing boats at a pontoon", vessels, [wanted])


def _reef() -> Scene:
    """The same at a reef that is watched: nothing moves it out of sight."""
    vessels = _row(799100111, 10, 8.0, 300, ship_type=36, length_m=11.0, step_s=180.0)
    corners = [(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)]
    wanted = {"type": "raft", "queue": "default", "zones": ["reef A"]}
    return Scene(
        "inside a reef zone", "raft", "ten boats in a watched reef", vessels, [wanted], [("reef A", "reef", corners)]
    )


def _spread(first: int, n: int, hours: float, name: str, found: bool) -> Scene:
    """Hulls over 4 nm, none within 150 m of another, one report every ten minutes."""
    vessels = []
    for k in range(n):
        r, a = 2.2 * math.sqrt((k + 0.5) / n), 2.399963 * k
        vessel = Vessel(
            first + k, r * math.sin(a), r * math.cos(a), 3.0 * (k % 4), step_s=600.0, length_m=52.0, ship_type=30
        )
        vessels.append(vessel.stay(hours * 60))
    wanted = [{"type": "concentration", "mmsis": [first + k for k in range(n)], "queue": "default"}]
    return Scene(name, "raft", f"{n} hulls within 5 nm for {hours:g} h", vessels, wanted if found else [])


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _joiners(), _three(), _too_far(), _anchored_line(), _too_short(),
        _drifting(1.2, 799100051, []), _drifting(0.8, 799100056, [{"type": "raft", "queue": "default"}]),
        _split_and_merge(), _gone_dark(), _marina(), _reef(),
        _spread(799100121, 12, 26, "twelve hulls for 26 h", True),
        _spread(799100141, 9, 26, "nine hulls for 26 h", False),
        _spread(799100161, 12, 20, "twelve hulls for 20 h", False),
    ]  # fmt: skip
