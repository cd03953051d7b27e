"""Retention: whole days leave, by the data's own time and never by a clock or a forged stamp alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from history_files import NOW_US, days, row, tables, take, write

from beaconline.foundation.records.times import parse_us
from beaconline.foundation.store.history import DAY_US, History
from beaconline.foundation.store.home import Writer, read_manifest
from beaconline.node.history_prune import Pruned, prune


def kept(home: Path) -> list[str]:
    with History(home) as history:
        return [day.day for day in history.days()]


def pruned(home: Path, days_kept: int, now_us: int = NOW_US) -> Pruned:
    with Writer(home) as writer:
        return prune(writer, days_kept, now_us)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    take(tmp_path / "home", write(tmp_path / "a.csv", days(2, 3, 4, 5, step=60)))
    return tmp_path / "home"


def test_days_leave_that_ended_so_long_before_the_newest_report(home: Path) -> None:
    """The newest report is of 2026-01-05 23:00."""
    assert pruned(home, 4) == Pruned()
    gone = pruned(home, 2)
    assert (gone.days, gone.rows) == (("2026-01-02",), 48)
    assert kept(home) == ["2026-01-03", "2026-01-04", "2026-01-05"]
    assert pruned(home, 2) == Pruned()
    assert pruned(home, 1).days == ("2026-01-03",)


def test_the_edge_is_the_end_of_the_day(tmp_path: Path) -> None:
    """A day that ended exactly so long ago leaves; one instant less and it stays."""
    for name, last, gone in (("a", row(1, 4, 0), ("2026-01-02",)), ("b", row(1, 3, 1439), ())):
        home = tmp_path / f"home-{name}"
        take(home, write(tmp_path / f"{name}.csv", [row(0, 2, 0), last]))
        assert pruned(home, 1).days == gone


def test_files_leave_the_disk_and_the_record_stays(home: Path, tmp_path: Path) -> None:
    before = tables(home)
    pruned(home, 1)
    assert set(tables(home)) < set(before)
    assert not [name for name in tables(home) if name.startswith("2026-01-02")]
    assert len(read_manifest(home).imports) == 1
    again = take(home, tmp_path / "a.csv")
    assert (again.new, len(again.known)) == (0, 1)
    assert kept(home) == ["2026-01-04", "2026-01-05"]


def test_rejects_leave_with_the_last_day_of_their_input(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(home, write(tmp_path / "old.csv", [*days(2, step=60), "211000001,yesterday,1,2"]))
    take(home, write(tmp_path / "new.csv", [*days(9, step=60), "211000001,yesterday,1,2"]))
    assert len([name for name in tables(home) if ".rejects." in name]) == 2
    pruned(home, 3)
    left = {each.names[0]: each for each in read_manifest(home).imports.values()}
    assert left["old.csv"].rejects_file is None and left["old.csv"].rejects
    assert left["new.csv"].rejects_file is not None
    assert len([name for name in tables(home) if ".rejects." in name]) == 1


def test_a_forged_stamp_of_next_century_empties_nothing(home: Path, tmp_path: Path) -> None:
    forged = [row(0, 2, 0).replace("2026-", "2099-")]
    take(home, write(tmp_path / "forged.csv", forged))
    assert pruned(home, 3, now_us=parse_us("2200-01-01T00:00:00Z")) == Pruned()
    assert kept(home)[0] == "2026-01-02"


def test_a_forged_fleet_is_not_believed_beyond_the_clock(home: Path, tmp_path: Path) -> None:
    """Enough forged vessels support each other; the clock still says that next month has not come."""
    forged = [line.replace("2026-01", "2026-02") for line in days(2, 3, 4, step=20, ships=8)]
    take(home, write(tmp_path / "forged.csv", forged))
    now_us = parse_us("2026-01-06T00:00:00Z")
    assert pruned(home, 4, now_us) == Pruned()
    assert pruned(home, 4, now_us + 60 * DAY_US).days[0] == "2026-01-02"


def test_a_clock_that_runs_ahead_empties_nothing(home: Path) -> None:
    assert pruned(home, 4, now_us=parse_us("2200-01-01T00:00:00Z")) == Pruned()


def test_an_empty_history(tmp_path: Path) -> None:
    assert pruned(tmp_path / "home", 1) == Pruned()
