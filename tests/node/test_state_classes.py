"""A saved state finds its classes by bare name, so no two may share one."""

from __future__ import annotations

from dataclasses import make_dataclass

import pytest

from beaconline.node import wiring


def test_every_state_class_has_a_name_of_its_own() -> None:
    names = [held.__name__ for held in wiring.state_classes()]
    assert len(names) == len(set(names)) > 30


def test_two_of_one_name_stop_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    module = wiring.modules()["gap"]
    monkeypatch.setattr(module, "STATE_CLASSES", (*module.STATE_CLASSES, make_dataclass("RunState", [])))
    with pytest.raises(RuntimeError, match="two state classes are named RunState"):
        wiring.state_classes()
