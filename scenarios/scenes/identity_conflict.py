"""Scenes of ``identity_conflict``: one MMSI on two ships, two MMSI with one number, and a ship that looks like it."""

from __future__ import annotations

from typing import Any

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]


def _two_places() -> Scene:
    vessels = [
        Vessel(799000201, -20.0, 0.0, step_s=60, name="SIM 0201").go(90.0, 10.0, 180),
        Vessel(799000201, 30.0, 25.0, 0.4, step_s=70, name="SIM 0201 B").go(200.0, 8.0, 180),
    ]
    wanted = {"kind": "identity_conflict", "type": "two_places"}
    return Scene(
        "two ships on one MMSI", "identity_conflict", "one MMSI sails in two places at once", vessels, [wanted]
    )


def _two_mmsi() -> Scene:
    same: dict[str, Any] = {"name": "SIM 0202", "imo": 9074729, "callsign": "SIM202", "length_m": 120.0}
    vessels = [
        Vessel(799000202, -40.0, 0.0, step_s=60, **same).go(90.0, 10.0, 180),
        Vessel(799000203, 40.0, 30.0, 0.3, step_s=60, **same).go(180.0, 9.0, 180),
    ]
    wanted = {"kind": "identity_conflict", "type": "shared_static", "mmsis": [799000202, 799000203]}
    says = "two MMSI send one IMO number from places that one hull cannot share"
    return Scene("one ship's number on two MMSI", "identity_conflict", says, vessels, [wanted])


def _one_ship() -> Scene:
    ship = (
        Vessel(799000204, -20.0, 0.0, step_s=30, scatter_m=15.0, name="SIM 0204").go(90.0, 18.0, 120).go(10.0, 18.0, 60)
    )
    return Scene("one fast ship", "identity_conflict", "one ship, fast, with scatter and a hard turn", [ship])


def scenes() -> list[Scene]:
    """All of them."""
    return [_two_places(), _two_mmsi(), _one_ship()]
