"""Scenes of ``encounter``: two vessels close together for a while, at rest and under way."""

from __future__ import annotations

from scenarios.scenes.scene import NM_M, Scene, Vessel

__all__ = ["scenes"]


def _metres(m: float) -> float:
    return m / NM_M


def _alongside() -> Scene:
    vessels = [
        Vessel(799000001, 0.0, 0.0, name="SIM 0001", ship_type=80).stay(180),
        Vessel(799000002, -8.0, 0.01).to(0.02, 0.01, 10.0).stay(60).go(90.0, 10.0, 40),
    ]
    wanted = {"kind": "encounter", "type": "alongside", "mmsis": [799000001, 799000002]}
    return Scene(
        "alongside for an hour", "encounter", "one lies, one comes, stays an hour and leaves", vessels, [wanted]
    )


def _passing() -> Scene:
    vessels = [
        Vessel(799000003, -10.0, 0.1).go(90.0, 12.0, 100),
        Vessel(799000004, 10.0, 0.0).go(270.0, 12.0, 100),
    ]
    return Scene("passing close", "encounter", "two vessels pass at a cable's length and do not stop", vessels)


def _drifting() -> Scene:
    vessels = [
        Vessel(799000005, 0.0, 0.0).go(70.0, 0.9, 120),
        Vessel(799000006, _metres(250), 0.0).go(80.0, 0.9, 120),
    ]
    wanted = {"type": "drift", "queue": "default"}
    return Scene("drifting together", "encounter", "two vessels drift side by side for two hours", vessels, [wanted])


def _underway() -> Scene:
    vessels = [
        Vessel(799000011, 0.0, 0.0).go(40.0, 9.0, 90),
        Vessel(799000012, _metres(120), _metres(-90)).go(40.0, 9.0, 90),
    ]
    wanted = {"type": "underway", "queue": "default"}
    return Scene(
        "side by side under way", "encounter", "two vessels keep station at 9 kn for 90 min", vessels, [wanted]
    )


def _overtaking() -> Scene:
    """Within 500 m for 50 minutes, never in company: the one runs past the other."""
    vessels = [
        Vessel(799000013, 0.0, 0.0).go(0.0, 10.0, 120),
        Vessel(799000014, _metres(200), -0.5).go(0.0, 10.5, 120),
    ]
    return Scene("slow overtaking", "encounter", "one vessel overtakes another half a knot faster", vessels)


def _one_lies() -> Scene:
    vessels = [Vessel(799000015, 0.0, 0.0).stay(120)]
    circling = Vessel(799000016, _metres(150), 0.0)
    for k in range(36):
        circling.go(60.0 * k, 3.0, 3)
    return Scene("one lies, one circles", "encounter", "of the two only one is slow", [*vessels, circling])


def _tow(tug_type: int | None, first: int, name: str, queue: str) -> Scene:
    ahead = Vessel(first, 0.0, 0.0, ship_type=tug_type)
    astern = Vessel(first + 1, 0.0, _metres(-350))
    for vessel in (ahead, astern):
        vessel.go(0.0, 6.0, 120)
    wanted = {"type": "tow", "queue": queue, "roles": {first: "ahead", first + 1: "astern"}}
    return Scene(name, "encounter", "a constant 350 m astern for two hours", [ahead, astern], [wanted])


def _column() -> Scene:
    """In line astern by helm: the distance works between 200 and 420 m."""
    ahead = Vessel(799000025, 0.0, 0.0, ship_type=35).go(0.0, 8.0, 120)
    astern = Vessel(799000026, 0.0, _metres(-310), ship_type=35)
    for k in range(24):
        astern.go(0.0, 8.0 + (0.55 if k // 2 % 2 else -0.55) * (0.5 if k < 2 else 1.0), 5)
    wanted = {"type": "underway", "queue": "default"}
    return Scene(
        "column by helm", "encounter", "in line astern, the distance works as a helm does", [ahead, astern], [wanted]
    )


def _pilot_transfer() -> Scene:
    ship = Vessel(799000031, 0.0, 0.0, ship_type=70).go(0.0, 9.0, 90)
    boat = Vessel(799000032, 6.0, 3.0, ship_type=50, name="SIM PILOT 1")
    boat.to(_metres(30), 4.5, 16.0)
    return Scene(
        "pilot transfer", "encounter", "a pilot boat is alongside for ten minutes", [ship, _beside(boat, ship, 10)]
    )


def _beside(boat: Vessel, ship: Vessel, minutes: float) -> Vessel:
    """The boat waits for nothing: it joins where the ship is then, stays beside it and turns away."""
    at = boat.minute
    boat.to(_metres(30), (at + 6) / 60 * 9.0, 60 * abs((at + 6) / 60 * 9.0 - boat.north_nm) / 6 + 0.01)
    return boat.go(0.0, 9.0, minutes).go(90.0, 16.0, 20)


def _pilot_stays() -> Scene:
    ship = Vessel(799000033, 0.0, 0.0, ship_type=70).go(0.0, 9.0, 120)
    boat = Vessel(799000034, _metres(60), _metres(40), ship_type=50).go(0.0, 9.0, 45).go(90.0, 16.0, 30)
    wanted = {"type": "pilot", "queue": "context"}
    return Scene("pilot boat stays", "encounter", "a pilot boat goes along for 45 minutes", [ship, boat], [wanted])


def _pair_trawl(minutes: float, kind_type: str, queue: str, ship_type: int, first: int, name: str) -> Scene:
    vessels = [Vessel(first + k, _metres(300) * k, 0.0, ship_type=ship_type, length_m=24.0) for k in range(2)]
    for vessel in vessels:
        vessel.go(0.0, 3.2, minutes / 2).go(30.0, 3.2, minutes / 2)
    wanted = {"type": kind_type, "queue": queue}
    return Scene(name, "encounter", f"side by side at 3.2 kn for {minutes:g} min", vessels, [wanted])


def _regatta() -> Scene:
    """Eight boats beat to windward, each on its own tacks."""
    boats = []
    for k in range(8):
        boat = Vessel(799000051 + k, _metres(90 * k), 0.0, ship_type=36, length_m=12.0)
        for leg in range(30):
            boat.go(45.0 if (leg + k) % 2 else 315.0, 4.5 + 0.15 * k, 4 + (k * 3 + leg) % 3)
        boats.append(boat)
    return Scene("regatta", "encounter", "boats race close together and keep no station", boats)


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _alongside(), _passing(), _drifting(), _underway(), _overtaking(), _one_lies(),
        _tow(52, 799000021, "tow by a tug", "context"), _tow(None, 799000023, "tow by motion alone", "default"),
        _column(), _pilot_transfer(), _pilot_stays(),
        _pair_trawl(150, "pair_trawl", "context", 30, 799000041, "pair trawl"),
        _pair_trawl(50, "underway", "context", 30, 799000043, "side by side, too short for a pair trawl"),
        _pair_trawl(150, "underway", "default", 70, 799000045, "side by side, no fishing vessels"),
        _regatta(),
    ]  # fmt: skip
