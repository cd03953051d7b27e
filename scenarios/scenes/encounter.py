"""Scenes of ``encounter``: two vessels close together for a while."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]


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


def scenes() -> list[Scene]:
    """All of them."""
    return [_alongside(), _passing()]
