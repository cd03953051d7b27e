"""Text made safe: nothing a ship sends makes a terminal act, a line turn round, or a spreadsheet compute."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_scene import scene

from beaconline.node.safe_text import (
    MAX_MARKS,
    MAX_MEASURE_COLUMNS,
    csv_cell,
    findings_geojson,
    terminal_text,
    visible,
    write_findings_csv,
)
from hostile import HOSTILE_NAME

NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("=+-@|;,\t\r\n\"' \x1b\u202e\u2066\uff1d\uff20\u2212A1(")), max_size=40
)
STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\.?([eE][+-]?[0-9]+)?\Z")


@pytest.mark.parametrize(
    ("given", "cell"),
    [
        ("EVER SO", "EVER SO"),
        ("=1+1", "'=1+1"),
        ("+886", "+886"),
        ("-5", "-5"),
        ("-5.5e3", "-5.5e3"),
        ("-5 KN", "'-5 KN"),
        ("+1+cmd", "'+1+cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'<U+0009>=1"),
        ("\r=1", "'<U+000D>=1"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff20SUM", "'\uff20SUM"),
        ("\u22125", "'\u22125"),
        ("\ufeff=1", "'<U+FEFF>=1"),
        ("A;=1", "A;'=1"),
        ("A | @x", "A |' @x"),
        ("A-B", "A-B"),
        ("3 - 2", "3 - 2"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (-0.25, "-0.25"),
    ],
)
def test_cells(given: object, cell: str) -> None:
    assert csv_cell(given) == cell


def computes(cell: str) -> bool:
    """What the strictest of spreadsheets might compute, blanks and quotes before it or not."""
    bare = cell.lstrip(' "\u00a0\u3000')
    return bare[:1] in STARTS and bare != "" and not NUMBER.match(cell)


@given(NASTY)
def test_no_cell_computes_even_where_columns_are_cut_elsewhere(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([csv_cell(text), "end"])
    line = out.getvalue()
    assert "\n" not in line[:-2] and "\r" not in line[:-2]
    for separator in (",", ";", "\t", "|"):
        for cell in next(csv.reader([line], delimiter=separator)):
            # A number may begin with a minus; what follows it here is this row's own comma.
            assert not computes(cell.removesuffix("end").removesuffix(",")), (separator, cell)
    if ";" not in text:
        return
    # A reader that knows no quotes.
    for cell in line.rstrip("\r\n").split(";")[1:]:
        assert not computes(cell)


@given(NASTY)
def test_terminal_and_page_text_only_prints(text: str) -> None:
    shown = terminal_text(text)
    assert shown == visible(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    assert visible(shown) == shown
    # Nothing is lost: the numbers can be read back.
    assert re.sub(r"<U\+([0-9A-F]{4,6})>", lambda m: chr(int(m[1], 16)), shown) == text or "<U+" in text


def test_hostile_name_in_a_terminal() -> None:
    shown = terminal_text(HOSTILE_NAME)
    assert "\x1b" not in shown and "\u202e" not in shown and "\n" not in shown
    assert "<U+001B>[31m" in shown and "<U+202E>" in shown


def test_names_of_all_scripts_stay() -> None:
    for name in ("海巡 101", "第八 なにわ丸", "독도사랑", "ÅLESUND", "Ελλάς", "ס.ש", "BẢO VINH", "A\u0301"):
        assert visible(name) == name


def test_marks_at_the_limit() -> None:
    assert visible("e" + "\u0301" * MAX_MARKS) == "e" + "\u0301" * MAX_MARKS
    assert visible("e" + "\u0301" * (MAX_MARKS + 1)) == "e" + "\u0301" * MAX_MARKS + "<U+0301>"


def table(findings: Any) -> list[dict[str, str]]:
    out = io.StringIO()
    write_findings_csv(findings, out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def test_findings_table() -> None:
    findings = scene().findings
    rows = table(findings)
    assert [r["id"] for r in rows] == [f["id"] for f in findings]
    assert rows[0]["mmsi"] == "416000000 | 416000007"
    assert rows[0]["names"] == "VESSEL 00000 | VESSEL 00001"
    assert rows[0]["forces"] == "? | fishing"
    assert rows[0]["settled"] == "true" and rows[0]["score"] == ""
    assert float(rows[3]["lon_deg"]) == findings[3]["where"]["coordinates"][0]
    assert rows[0]["measure_distance_min_m"] == "38.2"
    assert not [c for r in rows for c in r.values() if computes(c)]


def test_measures_at_the_limit() -> None:
    finding = dict(scene(tracks=4, findings=1).findings[0])
    finding["measures"] = {f"a{k:02d}_m": k for k in range(MAX_MEASURE_COLUMNS)}
    assert "measures_more" not in table([finding])[0]
    finding["measures"]["z_m"] = 5
    row = table([finding])[0]
    assert json.loads(row["measures_more"]) == {"z_m": 5}
    assert row["measure_a59_m"] == "59"


def test_findings_csv_is_deterministic_and_empty_has_a_header() -> None:
    one, two = io.StringIO(), io.StringIO()
    write_findings_csv(scene().findings, one)
    write_findings_csv(scene().findings, two)
    assert one.getvalue() == two.getvalue()
    none = io.StringIO()
    write_findings_csv([], none)
    assert none.getvalue().startswith("id,event,kind,type,")
    assert none.getvalue().count("\r\n") == 1


def test_geojson() -> None:
    findings = scene().findings
    made = findings_geojson(findings)
    json.dumps(made, allow_nan=False)
    assert made["type"] == "FeatureCollection"
    assert [f["id"] for f in made["features"]] == [f["id"] for f in findings]
    first = made["features"][0]
    assert first["geometry"] == findings[0]["where"]
    assert first["properties"]["mmsi"] == "416000000 | 416000007"
    assert all(not isinstance(v, dict | list) for v in first["properties"].values())
