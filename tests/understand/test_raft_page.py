"""The reference page of ``raft`` tells the parameters that the code has."""

from __future__ import annotations

import re
from pathlib import Path

from beaconline.understand.detectors.raft import DEFAULTS, LARGEST

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "raft.md"


def test_the_page_lists_every_parameter_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: float(value) for name, value in rows} == {name: float(value) for name, value in DEFAULTS.items()}


def test_every_parameter_is_bounded() -> None:
    assert LARGEST.keys() == DEFAULTS.keys()
