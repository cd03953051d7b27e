"""Vessel lists: what a file may hold, and how each mistake is told with file, line and reason."""

from __future__ import annotations

import gzip
import itertools
import random
from pathlib import Path

import pytest

from beaconline.foundation.records.times import parse_us
from beaconline.understand.forces import lists
from beaconline.understand.forces.claims import FORCES
from beaconline.understand.forces.lists import ListError, is_imo, load_lists, read_list

HEAD = "mmsi,imo,callsign,name,hull,force,flag,source,as_of\n"
ROW = '412000001,9074729,BXAB,"SEA, STAR",5901,coast_guard,AA,register,2025-03-01\n'


def read(text: str) -> lists.VesselLists:
    return read_list(text.encode(), "l.csv")


def refused(raw: bytes | str) -> str:
    with pytest.raises(ListError) as error:
        read_list(raw.encode() if isinstance(raw, str) else raw, "l.csv")
    return str(error.value)


def test_a_row_is_read() -> None:
    (entry,) = read(HEAD + ROW).entries
    assert entry == lists.Entry(
        412000001, 9074729, "BXAB", "SEA, STAR", "5901", "coast_guard", "AA", "register",
        parse_us("2025-03-01T00:00:00Z"), "l.csv", 2,
    )  # fmt: skip


def test_any_column_order_case_and_blanks_will_do() -> None:
    (entry,) = read(" Force , MMSI\n Coast Guard , 412000001 \n\n").entries
    assert (entry.force, entry.mmsi, entry.source, entry.as_of_us) == ("coast_guard", 412000001, "l.csv", None)


@pytest.mark.parametrize("raw", [
    b"\xef\xbb\xbf" + (HEAD + ROW).encode(), gzip.compress((HEAD + ROW).encode()),
    (HEAD + ROW).replace("\n", "\r\n").encode(), (HEAD + ROW).rstrip("\n").encode(),
    ("\n" + HEAD + "\n\n" + ROW).encode(),
], ids=["byte order mark", "gzip", "CR LF", "no last line end", "empty lines"])  # fmt: skip
def test_forms_that_are_read(raw: bytes) -> None:
    (entry,) = read_list(raw, "l.csv").entries
    assert entry.mmsi == 412000001


@pytest.mark.parametrize(("raw", "told"), [
    (b"", "l.csv: it is empty"),
    (b" \n\n", "l.csv: it is empty"),
    (HEAD, "l.csv: no row below its header"),
    ("force,flag\nnavy,AA\n", "l.csv: line 1: no column of mmsi, imo, callsign, name, hull"),
    ("mmsi;force\n412000001;navy\n", "l.csv: line 1: columns are divided by semicolons"),
    ("mmsi\tforce\n412000001\tnavy\n", "l.csv: line 1: columns are divided by tabs"),
    ("mmsi,mmsi\n412000001,412000001\n", "l.csv: line 1: column mmsi stands twice"),
    ("mmsi,force\n41200001,navy\n", "l.csv: line 2: mmsi '41200001' is no MMSI"),
    ("mmsi,force\n4.12E+08,navy\n", "l.csv: line 2: mmsi '4.12E+08' is no MMSI"),
    ("mmsi,force\n000000000,navy\n", "l.csv: line 2: mmsi '000000000' is no MMSI"),
    ("imo\n907472\n", "l.csv: line 2: imo '907472' is no IMO number"),
    ("imo\n9074728\n", "l.csv: line 2: imo '9074728': its check digit does not hold"),
    ("mmsi,force\n412000001,pirates\n", "l.csv: line 2: unknown force 'pirates'; known: navy,"),
    ("mmsi,as_of\n412000001,yesterday\n", "l.csv: line 2: as_of: "),
    ("mmsi,as_of\n412000001,2025-13-01\n", "l.csv: line 2: as_of: no such time"),
    ("mmsi,force\n,navy\n", "l.csv: line 2: no mmsi, no imo, no callsign, no name, no hull"),
    ("mmsi,force\n412000001\n", "l.csv: line 2: 1 columns, the header has 2"),
    ("mmsi,force\n412000001,navy,x\n", "l.csv: line 2: 3 columns, the header has 2"),
    ('mmsi,name\n412000001,"A\n412000002,B\n', "l.csv: line 2: not CSV"),
    ("mmsi,name\n412000001,A\x1b[2J\n", "l.csv: line 2: name holds a character that cannot be shown (U+001B)"),
    ("mmsi,name\n412000001,A\u202eB\n", "l.csv: line 2: name holds a character that cannot be shown (U+202E)"),
    ("mmsi,name\n412000001," + "A" * 201 + "\n", "l.csv: line 2: name has 201 characters"),
    (HEAD.encode() + b"412000001,,,caf\xe9,,,,,\n", "l.csv: line 2: not UTF-8 text"),
    ((HEAD + ROW).encode("utf-16"), "l.csv: UTF-16 text"),
    ((HEAD + ROW).encode("utf-16-le"), "l.csv: line 1: a NUL byte"),
    (HEAD.encode() + b"412000001,,,A\0,,,,,\n", "l.csv: line 2: a NUL byte"),
    (gzip.compress((HEAD + ROW).encode())[:-9], "l.csv: gzip data that cannot be unpacked"),
    ("mmsi,force\n412000001,navy\n\n412000001,militia\n", "l.csv: line 4: force 'militia' contradicts 'navy' in"),
    ("mmsi,imo\n412000001,9074729\n412000001,9241061\n", "l.csv: line 3: imo '9241061' contradicts '9074729'"),
    ("imo,flag\n9074729,AA\n9074729,BB\n", "l.csv: line 3: flag 'BB' contradicts 'AA' in line 2 for imo 9074729"),
])  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_reason(raw: bytes | str, told: str) -> None:
    assert refused(raw).startswith(told)
    assert len(refused(raw)) < 400


def test_every_force_is_known_and_none_may_be_named() -> None:
    assert {
        e.force for e in read("mmsi,force\n" + "".join(f"41200{i:04d},{f}\n" for i, f in enumerate(FORCES))).entries
    } == {*FORCES}
    assert read("mmsi,force\n412000001,\n").entries[0].force == ""
    assert "no column force" in read("mmsi\n412000001\n").notes[0]


def test_two_dates_or_two_sources_are_two_claims() -> None:
    text = (
        "mmsi,force,source,as_of\n412000001,fishing,a,2020-01-01\n412000001,militia,a,2024-01-01\n412000001,navy,b,\n"
    )
    assert [e.force for e in read(text).entries] == ["fishing", "militia", "navy"]


def test_a_repeated_row_counts_once_and_is_noted() -> None:
    found = read("mmsi,force\n412000001,navy\n412000001,navy\n")
    assert len(found.entries) == 1
    assert "1 rows say what an earlier one says" in found.notes[0]


def test_a_column_that_is_not_used_is_noted_with_what_was_meant() -> None:
    assert read("mmsi,forces,force\n412000001,x,navy\n").notes == (
        "list l.csv: columns not used: forces (should it be force?)",
    )


def test_limits_at_their_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "mmsi,force\n412000001,navy\n412000002,navy\n"
    monkeypatch.setattr(lists, "MAX_ENTRIES", 2)
    assert len(read(text).entries) == 2
    assert "line 4: more than 2 entries" in refused(text + "412000003,navy\n")
    monkeypatch.setattr(lists, "MAX_BYTES", len(text))
    assert len(read(text).entries) == 2
    assert "more than" in refused(text + "\n")
    assert "more than" in refused(gzip.compress((text + "\n").encode()))


def test_check_digits() -> None:
    assert is_imo(9074729) and is_imo(9241061)
    assert not any(is_imo(9074720 + d) for d in range(9))
    assert not is_imo(907472) and not is_imo(90747290)


def test_files_in_any_order_and_twice_give_the_same(tmp_path: Path) -> None:
    paths = []
    for name in ("b.csv", "a.csv", "c.csv"):
        paths.append(tmp_path / name)
        rows = [f"4120000{i:02d},navy\n" for i in range(20)]
        random.Random(name).shuffle(rows)
        paths[-1].write_text("mmsi,force\n" + "".join(rows))
    wanted = load_lists(paths)
    assert len(wanted.entries) == 60
    for order in itertools.permutations([*paths, paths[0]], 4):
        if len(set(order)) == 3:
            assert load_lists(order) == wanted


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"none\.csv: cannot be read"):
        load_lists([tmp_path / "none.csv"])
    with pytest.raises(ListError, match="cannot be read"):
        load_lists([tmp_path])


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("mmsi", "412000001.0", 412000001),
        ("mmsi", '"412000001.00"', 412000001),
        ("imo", "9074729.0", 9074729),
        ("imo", "IMO 9074729", 9074729),
        ("imo", "imo:9074729", 9074729),
        ("imo", "IMO-9074729", 9074729),
    ],
)
def test_numbers_as_table_programs_and_registers_write_them(column: str, text: str, value: int) -> None:
    (entry,) = read(f"{column}\n{text}\n").entries
    assert getattr(entry, column) == value


@pytest.mark.parametrize("text", ["412000001.5", "4.12000001E8", "2275000.0", "000000000.0", "412000001."])
def test_a_number_that_may_have_lost_a_digit_is_no_mmsi(text: str) -> None:
    assert "line 2: mmsi" in refused(f"mmsi\n{text}\n")


def test_all_bad_rows_of_a_list_are_told_at_once() -> None:
    bad = refused("mmsi,force\n1,navy\n412000001,navy\n2,navy\n412000003,pirates\n")
    assert bad.startswith("l.csv: line 2: mmsi '1' is no MMSI")
    assert bad.endswith("; 2 more rows are bad, lines 4, 5")
    assert refused("mmsi\n1\n2\n").endswith("; 1 more row is bad, line 3")
    many = refused("mmsi\n" + "1\n" * (lists.MAX_LINES + 2))
    assert many.endswith(f"lines {', '.join(str(n) for n in range(3, lists.MAX_LINES + 3))}, ...")


def test_two_lists_of_one_file_name_are_refused(tmp_path: Path) -> None:
    for folder, row in (("a", "412000001"), ("b", "412000002"), ("c", "412000001")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "l.csv").write_text(f"mmsi\n{row}\n")
    with pytest.raises(ListError, match=r"b/l\.csv: another list has this file name"):
        load_lists([tmp_path / "a/l.csv", tmp_path / "b/l.csv"])
    assert len(load_lists([tmp_path / "a/l.csv", tmp_path / "c/l.csv"]).entries) == 1
