"""What puts a slow encounter aside: pleasure craft at rest together, and boats that leave one quay side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenarios.scenes.scene import Scene, Vessel

from beaconline.node.watch import Options, watch

METRE = 1 / 1852


def only_one(vessels: list[Vessel], folder: Path, *, port_nm: float | None, zoned: bool = False) -> dict[str, Any]:
    """The encounter of the vessels, with a port so far north of the origin."""
    zones = [("a", "watch", [(-30.0, -30.0), (30.0, -30.0), (30.0, 30.0), (-30.0, 30.0)])] if zoned else []
    scene = Scene("", "encounter", "", vessels, zones=zones)
    masks = []
    if port_nm is not None:
        masks = [folder / "ports.csv"]
        lon, lat = scene.place(0.0, port_nm)
        masks[0].write_text(f"longitude,latitude\n{lon},{lat}\n", encoding="utf-8")
    options = Options(only=["encounter"], masks=masks, zones=[scene.zone_file(folder)] if zoned else [])
    (finding,) = watch(scene.frame(), options=options).findings
    return finding


def lying(*ship_types: int | None) -> list[Vessel]:
    return [
        Vessel(799500001 + k, 25 * METRE * k, 0.0, **({} if of is None else {"ship_type": of})).stay(90)
        for k, of in enumerate(ship_types)
    ]


@pytest.mark.parametrize(
    ("types", "queue"),
    [
        ((36, 37), "context"), ((37, 37), "context"), ((36, 30), "default"), ((36, None), "default"),
        ((None, None), "default"),
    ],
)  # fmt: skip
def test_both_must_say_that_they_are_pleasure_craft(types: tuple[int | None, ...], queue: str, tmp_path: Path) -> None:
    finding = only_one(lying(*types), tmp_path, port_nm=None)
    assert (finding["type"], finding["queue"]) == ("alongside", queue)
    said = [e["what"] for e in finding["counter_evidence"] if "pleasure" in e["what"]]
    assert bool(said) is (queue == "context")


def test_a_watched_zone_outranks_what_pleasure_craft_say(tmp_path: Path) -> None:
    assert only_one(lying(36, 36), tmp_path, port_nm=None, zoned=True)["queue"] == "default"


def leaving(lay_min: float, far_nm: float, kn: float = 9.0) -> list[Vessel]:
    """Two that lie side by side, and sail north together; nearest to each other at the end."""
    out = []
    for k in range(2):
        boat = Vessel(799500011 + k, 120 * METRE * k, 0.0, step_s=30.0, ship_type=30).stay(lay_min)
        out.append(boat.to((120 - 60) * METRE * k, far_nm, kn).go(0.0 if k else 180.0, kn, 20))
    return out


def test_boats_that_leave_one_quay_together_lay_in_port(tmp_path: Path) -> None:
    # 100 minutes at rest and 67 under way: slow most of the time, nearest ten miles from the port.
    aside = only_one(leaving(100, 10), tmp_path, port_nm=0.0)
    assert aside["queue"] == "context" and aside["masks"]
    assert any("began near the port" in e["what"] for e in aside["counter_evidence"])
    assert only_one(leaving(100, 10), tmp_path, port_nm=40.0)["queue"] == "default"


def test_two_that_drift_off_from_near_a_port_are_not_excused_by_it(tmp_path: Path) -> None:
    # Slow all the time: from within ten kilometres of the port to beyond.
    drift = [Vessel(799500021 + k, 200 * METRE * k, 0.0, step_s=60.0).go(0.0, 1.4, 300) for k in range(2)]
    for k, boat in enumerate(drift):
        # nearest to each other at the end
        boat.go(270.0 if k else 0.0, 1.4, 2).go(0.0, 1.4, 20)
    finding = only_one(drift, tmp_path, port_nm=-1.0)
    assert finding["queue"] == "default"


@pytest.mark.parametrize(("types", "queue"), [((30, 30), "context"), ((30, 70), "default"), ((30, None), "default")])
def test_two_fishing_vessels_on_their_way_are_one_fleet(
    types: tuple[int | None, ...], queue: str, tmp_path: Path
) -> None:
    boats = [
        Vessel(799500031 + k, 150 * METRE * k, -90 * METRE * k, **({} if of is None else {"ship_type": of}))
        for k, of in enumerate(types)
    ]
    finding = only_one([boat.go(20.0, 9.0, 90) for boat in boats], tmp_path, port_nm=None)
    assert (finding["type"], finding["queue"]) == ("underway", queue)
    assert any("both say that they fish" in e["what"] for e in finding["counter_evidence"]) is (queue == "context")
