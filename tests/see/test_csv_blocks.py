"""Where rows begin and end, against the csv module, whatever the chunks are."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from beaconline.see.sources import csv_blocks
from beaconline.see.sources.csv_blocks import Block, cut, split_row

CELL = st.text(st.sampled_from('ab,"\n é'), max_size=5)
TABLE = st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=12)


def rows_of(blocks: list[Block]) -> list[tuple[int, bytes, int, int]]:
    return [(int(b.line[k]), b.raw(k), int(b.fields[k]), int(b.flags[k])) for b in blocks for k in range(len(b))]


def in_pieces(data: bytes, size: int, block_bytes: int = 7) -> list[tuple[int, bytes, int, int]]:
    return rows_of(list(cut([data[i : i + size] for i in range(0, len(data), size)], ",", block_bytes)))


@given(TABLE, st.sampled_from(["\n", "\r\n"]), st.integers(1, 9), st.integers(1, 60))
def test_rows_fields_and_lines_are_those_of_the_csv_module(
    table: list[list[str]], end: str, size: int, block_bytes: int
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(table)
    data = out.getvalue().encode()
    rows = in_pieces(data, size, block_bytes)
    assert [split_row(raw.decode(), ",") for _, raw, _, _ in rows] == table
    assert [fields for _, _, fields, _ in rows] == [len(row) for row in table]
    line, lines = 1, []
    for row in table:
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [number for number, _, _, _ in rows] == lines


@given(st.binary(max_size=80).map(lambda b: b.replace(b"\r", b"")), st.integers(1, 20), st.integers(1, 40))
def test_any_bytes_come_back_whole_and_alike_in_any_chunks(data: bytes, size: int, block_bytes: int) -> None:
    rows = in_pieces(data, size, block_bytes)
    assert rows == rows_of(list(cut([data], ",")))
    lines = data.split(b"\n")
    for number, raw, _, _ in rows:
        assert b"\n".join(lines[number - 1 :]).startswith(raw)
    kept = sum(1 + raw.count(b"\n") for _, raw, _, _ in rows)
    assert kept == sum(1 for line in lines if line) + sum(
        raw.split(b"\n").count(b"") for _, raw, _, _ in rows if b"\n" in raw
    )


def test_an_unclosed_quote_spoils_its_own_line_only() -> None:
    data = b'h,h\n1,2\n"broken,3\n' + b"4,5\n" * 40
    rows = in_pieces(data, 5)
    assert [number for number, _, _, flags in rows if flags & csv_blocks.FLAG_UNCLOSED] == [3]
    assert [number for number, raw, _, _ in rows if raw == b"4,5"] == list(range(4, 44))


def test_two_stray_quotes_do_not_swallow_the_lines_between() -> None:
    data = b'h,h\n1,"2\n3,4\n5,6"7\n8,9\n'
    for columns in (0, 2):
        rows = rows_of(list(cut([data], ",", columns=columns)))
        assert [(number, raw) for number, raw, _, _ in rows][1:] == [
            (2, b'1,"2'),
            (3, b"3,4"),
            (4, b'5,6"7'),
            (5, b"8,9"),
        ]
    rows = rows_of(list(cut([b'h,h\n1,"2\n3,4"\n5,6\n'], ",", columns=2)))
    assert [number for number, _, _, _ in rows] == [1, 2, 4], "a well-formed row of two lines is one row"
    rows = rows_of(list(cut([b'h,h\n1,"2\n3,4",5\n5,6\n'], ",", columns=2)))
    assert [number for number, _, _, _ in rows] == [1, 2, 3, 4]


def test_a_quote_may_hold_line_ends_up_to_the_limit() -> None:
    inside = b"\n" * (csv_blocks.MAX_QUOTED_LINES - 1)
    assert in_pieces(b'"' + inside + b'",1\n2,3\n', 3)[0][3] == csv_blocks.FLAG_QUOTE
    assert in_pieces(b'"' + inside + b'\n",1\n2,3\n', 3)[0][3] & csv_blocks.FLAG_UNCLOSED


def test_a_row_over_the_limit_is_cut_and_the_next_line_is_found() -> None:
    long = b"x" * (csv_blocks.MAX_ROW_BYTES + 1)
    for block_bytes in (1000, csv_blocks.MAX_ROW_BYTES * 4):
        data = b"a,b\n" + long + b"\n1,2\n"
        chunks = [data[i : i + 65_536] for i in range(0, len(data), 65_536)]
        rows = rows_of(list(cut(chunks, ",", block_bytes)))
        assert [(number, len(raw), flags) for number, raw, _, flags in rows] == [
            (1, 3, 0),
            (2, csv_blocks.RAW_LIMIT, csv_blocks.FLAG_LONG),
            (3, 3, 0),
        ]
    whole = b"x" * csv_blocks.MAX_ROW_BYTES
    assert rows_of(list(cut([whole + b"\n"], ",")))[0][3] == 0
