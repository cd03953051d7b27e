"""Imports: the same files twice add nothing, order does not show, nothing is lost, nothing half done."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from history_files import STATIC, UNDATED, days, row, tables, take, write

from beaconline.foundation.store.history import History
from beaconline.foundation.store.home import HomeError, read_manifest
from beaconline.foundation.table.reports import Pools
from beaconline.node import history_import, history_merge
from beaconline.see.ingest import IngestOptions


def test_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    csv, home = write(tmp_path / "a.csv", days(2, 3)), tmp_path / "home"
    first = take(home, csv)
    assert (first.new, first.merged, len(first.imported), first.problems) == (576, 0, 1, [])
    before = {path: path.read_bytes() for path in (home / "history").iterdir() if path.suffix != ".lock"}
    again = take(home, csv)
    assert (again.new, again.merged, again.imported, again.known) == (0, 0, [], [str(csv)])
    assert {path: path.read_bytes() for path in (home / "history").iterdir() if path.suffix != ".lock"} == before


def test_the_same_bytes_under_another_name_add_nothing_but_the_name(tmp_path: Path) -> None:
    csv, home = write(tmp_path / "b.csv", days(2)), tmp_path / "home"
    take(home, csv)
    before = tables(home)
    other = write(tmp_path / "a.csv", days(2))
    assert take(home, other).known == [str(other)]
    assert tables(home) == before
    (record,) = read_manifest(home).imports.values()
    assert record.names == ("a.csv", "b.csv")


def test_the_same_file_named_twice_counts_once(tmp_path: Path) -> None:
    csv = write(tmp_path / "a.csv", days(2))
    taken = take(tmp_path / "home", csv, csv)
    assert (taken.new, len(taken.imported), len(taken.known)) == (288, 1, 1)


def overlapping(folder: Path) -> list[Path]:
    rows = days(2, 3)
    return [
        write(folder / "a.csv", rows[:400]),
        write(folder / "b.csv", [*rows[300:], rows[300], rows[310]]),
        write(folder / "c.csv", [*rows[::7], "211000001,yesterday,1,2,0,0,0,X,,,30,7,4,8,3,30"]),
    ]


def test_order_of_imports_does_not_show(tmp_path: Path) -> None:
    files = overlapping(tmp_path)
    answers = []
    for number, order in enumerate(itertools.permutations(files)):
        home = tmp_path / f"home{number}"
        for file in order:
            take(home, file)
        answers.append(tables(home))
    once = tmp_path / "once"
    assert take(once, *files).new == 576
    assert all(answer == tables(once) for answer in answers)


def test_every_place_of_an_equal_row_is_kept(tmp_path: Path) -> None:
    files, home = overlapping(tmp_path), tmp_path / "home"
    for file in files:
        take(home, file)
    manifest = read_manifest(home)
    ids = {each.names[0]: each.id for each in manifest.imports.values()}
    with History(home) as history:
        pools = Pools()
        places = dict.fromkeys(ids.values(), 0)
        for part in history.parts:
            rows, _, refs = history.read_part(part, pools)
            for code in [*rows.source.tolist(), *(refs[:, 1] >> 32).tolist()]:
                places[pools.sources[code]] += 1
    # Each row of each file is the place of some report; of c.csv one row is a reject.
    assert places == {ids["a.csv"]: 400, ids["b.csv"]: 278, ids["c.csv"]: 83}


def test_what_was_rejected_is_kept_with_its_reason(tmp_path: Path) -> None:
    bad = "211000001,yesterday,1,2,0,0,0,X,,,30,7,4,8,3,30"
    csv, home = write(tmp_path / "a.csv", [*days(2), bad]), tmp_path / "home"
    taken = take(home, csv)
    (record,) = taken.imported
    assert sum(record.rejects.values()) == 1
    assert record.rows_in == 289 == record.reports + sum(record.rejects.values())
    assert record.rejects_file is not None
    frame = pl.read_parquet(home / "history" / record.rejects_file)
    assert frame.select("source", "line", "raw").rows() == [(record.id, 290, bad)]


def test_static_rows_are_kept_with_and_without_a_time(tmp_path: Path) -> None:
    (tmp_path / "log.nmea").write_text(STATIC + STATIC + UNDATED)
    home = tmp_path / "home"
    taken = take(home, tmp_path / "log.nmea")
    assert (taken.new, taken.static_rows) == (0, 2)
    with History(home) as history:
        assert [(d.day, d.rows, d.static_rows) for d in history.days()] == [("2014-12-10", 0, 1)]
        assert len(history.undated(Pools())) == 1
    assert take(home, write(tmp_path / "a.csv", days(2))).new == 288
    assert take(home, tmp_path / "log.nmea").static_rows == 0


def test_an_input_that_cannot_be_read_whole_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_import, "RUN_ROWS", 100)
    good = write(tmp_path / "a.csv", days(2))
    packed = gzip.compress(write(tmp_path / "x.csv", days(3, 4, step=1)).read_bytes())
    (tmp_path / "broken.csv.gz").write_bytes(packed[:-2000])
    last = write(tmp_path / "z.csv", days(5))
    taken = take(tmp_path / "home", good, tmp_path / "broken.csv.gz", tmp_path / "absent.csv", last)
    assert [problem.split(":")[0] for problem in taken.problems] == [
        str(tmp_path / "absent.csv"),
        str(tmp_path / "broken.csv.gz"),
    ]
    with History(tmp_path / "home") as history:
        assert [day.day for day in history.days()] == ["2026-01-02", "2026-01-05"]
    whole = tmp_path / "whole"
    take(whole, good, last)
    assert tables(whole) == tables(tmp_path / "home")


def test_a_file_that_changes_meanwhile_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv = write(tmp_path / "a.csv", days(2))
    real = history_import.read_file

    def slow(*args: object, **named: object) -> object:
        found = real(*args, **named)  # type: ignore[arg-type]
        with csv.open("a") as file:
            file.write(row(1, 3, 0) + "\n")
        return found

    monkeypatch.setattr(history_import, "read_file", slow)
    taken = take(tmp_path / "home", csv)
    assert "changed while it was read" in taken.problems[0]
    assert tables(tmp_path / "home") == {}


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv = write(tmp_path / "a.csv", days(2))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(csv.read_bytes())))
    taken = take(tmp_path / "home", "-")
    assert (taken.new, taken.imported[0].names) == (288, ("-",))
    assert take(tmp_path / "home", csv).new == 0
    assert not list((tmp_path / "home").rglob("*.part"))


def test_a_dense_day_is_cut_and_the_cut_follows_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imported in one piece, in pieces, or with many copies: a day of so many rows has the same parts."""
    monkeypatch.setattr(history_merge, "MOST_ROWS", 300)
    rows = days(2, step=1, until=600)
    whole, bits, copies = (tmp_path / name for name in ("whole", "bits", "copies"))
    take(whole, *(write(tmp_path / f"{k}.csv", rows[k::3]) for k in range(3)))
    for k in range(3):
        take(bits, tmp_path / f"{k}.csv")
    assert tables(whole) == tables(bits)
    with History(whole) as history:
        assert [part.hours for part in history.parts] == [(0, 6), (6, 12)]
        assert sum(part.rows for part in history.parts) == 1200
        reports, _ = history.read_day("2026-01-02", Pools())
        assert len(reports) == 1200 and (reports.t_us[1:] >= reports.t_us[:-1]).all()
    few = days(3, step=10, until=600)
    for k in range(4):
        take(copies, write(tmp_path / f"copy{k}.csv", [*few, row(0, 4, k)]))
    with History(copies) as history:
        assert [(p.day, p.hours, p.rows) for p in history.parts] == [
            ("2026-01-03", (0, 24), 120),
            ("2026-01-04", (0, 24), 4),
        ]


def test_what_was_read_counts_bit_by_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_import, "COMMIT_ROWS", 100)
    files = [write(tmp_path / f"{k}.csv", days(2, 3)[k::5]) for k in range(5)]
    taken = take(tmp_path / "bits", *files)
    assert (taken.new, len(taken.imported)) == (576, 5)
    monkeypatch.undo()
    take(tmp_path / "whole", *files)
    assert tables(tmp_path / "bits") == tables(tmp_path / "whole")


def test_another_mapping_is_another_import(tmp_path: Path) -> None:
    csv = tmp_path / "a.csv"
    csv.write_text("t,x,y,id\n2026-01-02T00:00:00Z,10,20,5\n")
    home = tmp_path / "home"
    for lon, lat in (("x", "y"), ("y", "x")):
        mapping = tmp_path / f"{lon}.toml"
        mapping.write_text(
            f'[columns]\nlon_deg = "{lon}"\nlat_deg = "{lat}"\nmmsi = "id"\n[time]\ncolumns = ["t"]\nformat = "auto"\n'
        )
        assert take(home, csv, options=IngestOptions(mapping=mapping)).new == 1
        assert take(home, csv, options=IngestOptions(mapping=mapping)).new == 0
    assert len(read_manifest(home).imports) == 2


def test_years_before_1970_have_their_days(tmp_path: Path) -> None:
    rows = [line.replace("2026-", "1800-") for line in days(2, 3)]
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", rows))
    with History(home) as history:
        assert [(day.day, day.rows) for day in history.days()] == [("1800-01-02", 288), ("1800-01-03", 288)]


def test_no_file_tells_where_its_inputs_lay(tmp_path: Path) -> None:
    folder = tmp_path / "on-this-machine"
    folder.mkdir()
    home = tmp_path / "home"
    take(home, write(folder / "a.csv", [*days(2), "x,y"]))
    assert not [p for p in home.rglob("*") if p.is_file() and b"on-this-machine" in p.read_bytes()]


def test_a_home_does_not_take_itself_in(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", days(2))
    home = tmp_path / "home"
    for known in ([], [str(tmp_path / "a.csv")]):
        taken = take(home, tmp_path)
        assert (taken.known, taken.problems) == (known, [])
        assert "belong to the home itself" in taken.warnings[0]
    assert len(read_manifest(home).imports) == 1


def test_a_broken_part_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(home, write(tmp_path / "a.csv", days(2)))
    (file,) = (home / "history").glob("*.reports.*")
    file.write_bytes(file.read_bytes()[:100])
    before = tables(home)
    with pytest.raises(HomeError, match=r"2026-01-02\.reports\..*cannot be read"):
        take(home, write(tmp_path / "b.csv", days(2, step=7)))
    assert {k: v for k, v in tables(home).items() if ".rejects." not in k} == before
    assert json.loads((home / "history" / "manifest.json").read_text())["imports"][0]["names"] == ["a.csv"]
