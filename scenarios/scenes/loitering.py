"""Scenes of ``loitering``: a vessel that makes no way for hours, and what only looks like it."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "loitering"


def _hold() -> Scene:
    ship = Vessel(799100001, -20.0, 0.0, ship_type=70, name="SIM 1001").to(0.0, 0.0, 12.0)
    for _ in range(20):
        ship.go(70.0, 0.6, 15).go(250.0, 0.6, 15)
    ship.go(45.0, 12.0, 120)
    return Scene(KIND + " on one spot", KIND, "a cargo ship stops at sea, stays ten hours on one spot and sails on",
                 [ship], [{"kind": KIND, "type": "hold", "queue": "default", "status": "closed"}])  # fmt: skip


def _drift() -> Scene:
    ship = Vessel(799100002, -24.0, 3.0, ship_type=80).to(0.0, 3.0, 12.0).go(110.0, 1.0, 720).go(20.0, 12.0, 150)
    return Scene(KIND + " with the current", KIND, "a tanker stops its engine and drifts for 12 hours at 1 kn",
                 [ship], [{"kind": KIND, "type": "drift", "queue": "default"}])  # fmt: skip


def _wander() -> Scene:
    ship = Vessel(799100003, -12.0, 0.0, ship_type=90).to(0.0, 0.0, 10.0)
    for course in (0, 100, 200, 320, 80, 180, 280, 30):
        ship.go(float(course), 1.6, 140)
    ship.go(0.0, 10.0, 100)
    return Scene(KIND + " to and fro", KIND, "a ship moves about at 1.6 kn on ever other courses for 19 hours",
                 [ship], [{"kind": KIND, "type": "wander", "queue": "default"}])  # fmt: skip


def _days() -> Scene:
    ship = Vessel(799100004, -15.0, 0.0, step_s=180.0, scatter_m=15.0, ship_type=70).to(0.0, 0.0, 12.0).under(1)
    for _ in range(3):
        ship.stay(1200).stay(290, heard=False)
    ship.stay(600).under(0).go(180.0, 12.0, 60)
    return Scene(KIND + " at anchor for days", KIND, "at anchor for three days, three times unheard for five hours",
                 [ship], [{"kind": KIND, "type": "hold", "queue": "default", "status": "closed"}])  # fmt: skip


def _short() -> Scene:
    ship = Vessel(799100005, -20.0, 0.0, ship_type=70).to(0.0, 0.0, 12.0).stay(170).go(45.0, 12.0, 180)
    return Scene(KIND + " stop too short", KIND, "a ship stops for 2 h 50 min and sails on", [ship])


def _fishing() -> Scene:
    ship = Vessel(799100006, 0.0, 0.0, ship_type=30)
    for k in range(24):
        ship.go(80.0 if k % 2 else 265.0, 3.2, 40)
    return Scene(KIND + " not trawling", KIND, "a trawler tows to and fro at 3.2 kn for 16 hours", [ship])


def _sparse_fishing() -> Scene:
    ship = Vessel(799100007, 0.0, 0.0, step_s=6600.0, status=None, sensor="vms")
    for k in range(96):
        ship.go(80.0 if k % 2 else 260.0, 4.0, 55)
    return Scene(KIND + " not fishing heard every two hours", KIND,
                 "a fishing vessel works to and fro at 4 kn and is heard every 110 minutes near the same place",
                 [ship])  # fmt: skip


def _stop_and_go() -> Scene:
    ship = Vessel(799100008, 0.0, 0.0, ship_type=70)
    for _ in range(8):
        ship.stay(40).go(90.0, 8.0, 20)
    return Scene(KIND + " not stop and go", KIND, "40 minutes still, 20 minutes at 8 kn, for eight hours: only the "
                 "still fixes taken together would be slow", [ship])  # fmt: skip


def _silence() -> Scene:
    ship = Vessel(799100009, -2.0, 0.0, ship_type=70).to(0.0, 0.0, 6.0).go(45.0, 1.0, 60)
    ship.go(45.0, 1.0, 300, heard=False).go(45.0, 1.0, 60).go(90.0, 12.0, 60)
    return Scene(KIND + " not over a silence", KIND, "slow for an hour, unheard for five hours, slow for an hour",
                 [ship])  # fmt: skip


def _longliner() -> Scene:
    ship = Vessel(799100010, -10.0, 0.0, ship_type=30, status=7).to(0.0, 0.0, 8.0).go(200.0, 0.9, 500).go(0.0, 8.0, 60)
    return Scene(KIND + " of a fishing vessel", KIND, "a fishing vessel drifts with its lines through the night",
                 [ship], [{"kind": KIND, "type": "drift", "queue": "context"}])  # fmt: skip


def _rig() -> Scene:
    rig = Vessel(799100011, 0.0, 0.0, step_s=360.0, scatter_m=5.0, ship_type=90).stay(2900)
    return Scene(KIND + " of a rig", KIND, "a rig lies where it lay when it was first heard, for two days",
                 [rig], [{"kind": KIND, "type": "hold", "queue": "context", "status": "open"}])  # fmt: skip


REEF = [(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)]


def _reef() -> Scene:
    ship = Vessel(799100012, 0.0, 0.0, step_s=300.0, scatter_m=8.0, ship_type=30, status=7).stay(1500)
    return Scene(KIND + " at a reef", KIND, "a fishing vessel lies at a reef from first to last fix",
                 [ship], [{"kind": KIND, "type": "hold", "queue": "default"}],
                 zones=[("reef A", "reef", REEF)])  # fmt: skip


def _buoy() -> Scene:
    buoy = Vessel(997990001, 0.0, 0.0, step_s=180.0, sensor="ais_aton", status=None).stay(900)
    return Scene(KIND + " not of a buoy", KIND, "an aid to navigation lies at its place", [buoy])


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _hold(), _drift(), _wander(), _days(), _short(), _fishing(), _sparse_fishing(), _stop_and_go(), _silence(),
        _longliner(), _rig(), _reef(), _buoy(),
    ]  # fmt: skip
