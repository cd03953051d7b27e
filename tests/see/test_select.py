"""--since, --until and --bbox on clean reports."""

from __future__ import annotations

import numpy as np
import pytest

from beaconline.foundation.table.reports import Reports
from beaconline.see.clean.select import select


def reports() -> Reports:
    out = Reports.blank(5)
    out.t_us[:] = [0, 10, 20, 30, 40]
    out.lon_e7[:] = (np.array([-180, -175, 0, 175, 180]) * 1e7).astype(np.int32)
    out.lat_e7[:] = (np.array([-10, 0, 10, 20, 90]) * 1e7).astype(np.int32)
    return out


def times(**asked: object) -> list[int]:
    given = {"since_us": None, "until_us": None, "bbox": None} | asked
    return select(reports(), **given).t_us.tolist()  # type: ignore[arg-type]


def test_since_is_included_and_until_is_not() -> None:
    assert times(since_us=10, until_us=30) == [10, 20]
    rows = reports()
    assert select(rows, None, None, None) is rows


def test_a_box_and_its_edges() -> None:
    assert times(bbox=(-175.0, 0.0, 0.0, 10.0)) == [10, 20]
    assert times(bbox=(-180.0, -90.0, 180.0, 90.0)) == [0, 10, 20, 30, 40]


def test_a_box_over_the_antimeridian() -> None:
    assert times(bbox=(170.0, -90.0, -170.0, 90.0)) == [0, 10, 30, 40]
    assert times(bbox=(175.0, -90.0, 180.0, 90.0)) == [0, 30, 40], "180 east and 180 west are one line"


@pytest.mark.parametrize("box", [(0.0, 10.0, 5.0, 5.0), (-181.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 91.0)])
def test_no_box(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="no box"):
        times(bbox=box)
