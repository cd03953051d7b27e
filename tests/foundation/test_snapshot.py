"""A saved state comes back as it was, and a foreign file can build nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import cbor2
import numpy as np
import pytest

from beaconline.foundation.table.reports import Pools, Reports, SetPool, Static, StaticPool, TextPool
from beaconline.foundation.table.snapshot import SnapshotError, restore, save


@dataclass
class Part:
    values: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    array: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    nothing: None = None


def test_round_trip() -> None:
    part = Part({("a", 1): [0.5, -1.0]}, np.arange(6, dtype=np.int32).reshape(2, 3))
    back = restore(save(part), [Part])
    assert back.values == part.values
    assert back.array.dtype == np.int32
    assert (back.array == part.array).all()
    back.array[0, 0] = 7  # a restored array can be written to


def test_pools_keep_their_codes() -> None:
    pools = Pools()
    pools.statics.code(Static(name="A"))
    code = pools.stations.code(["s2", "s1"])
    back = restore(save(pools), [Pools, StaticPool, SetPool, TextPool, Static])
    assert back.statics.records == pools.statics.records
    assert back.stations.code(["s1", "s2"]) == code


def test_reports_round_trip() -> None:
    table = Reports.blank(3)
    back = restore(save(table), [Reports])
    assert save(back) == save(table)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(SnapshotError, match="Part"):
        restore(save(Part()), [])


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 9, cbor2.dumps({"dc": 3}), cbor2.dumps({"nd": ["O", [1], b""]})]
)
def test_what_is_no_state_is_refused(data: bytes) -> None:
    if data == b"\x00":  # the number 0 is a state, if a dull one
        assert restore(data, []) == 0
        return
    with pytest.raises(SnapshotError):
        restore(data, [Part])


def test_code_cannot_be_saved() -> None:
    with pytest.raises(SnapshotError):
        save({"f": print})
    with pytest.raises(SnapshotError):
        save(np.array([object()]))
