"""The balance holds, and a lost count of any term is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import PLAIN_MAPPING, mc, mc_row, plain, read

from beaconline.see.ledger import NMEA, NMEA_TERMS, TABLE_TERMS, TABLES, Ledger, LedgerError

TIMED = (
    b"\\c:1641168000*54\\!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n"
    b"\\c:1641168000*54\\!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n"
    b"!AIVDM,1,1,,A,16SteH0P00Jt63hHaa6SagvJ087r,0*42\r\n"  # a position without time
    b"# a comment\r\n"
    b"!AIVDM,1,1,,B,,0*25\r\n"  # no payload
    b"!AIVDM,2,1,7,B,55P5TL01VIaAL@7W;SC1@E=@E=@,0*00\r\n"  # bad checksum
    b"!AIVDM,1,1,,B,H52Mw@0000000000000000000000,2*6A\r\n"
    b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C\r\n"
    b"!AIVDM,2,2,1,A,88888888880,2*25\r\n"
    b"!AIVDM,2,1,4,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*19\r\n"  # its part 2 never comes
)
TABLE = mc(
    mc_row(),
    mc_row(),
    mc_row(LAT="91", LON="181"),
    mc_row(MMSI="x"),
    mc_row(LAT="95"),
    "too,few",
)


def both(folder: Path) -> None:
    read(folder, {"a.csv": TABLE, "b.nmea": TIMED})


def test_a_run_over_both_kinds_balances(tmp_path: Path) -> None:
    got = read(tmp_path / "in", {"a.csv": TABLE, "b.nmea": TIMED})
    table, nmea = got.ledger.terms[TABLES], got.ledger.terms[NMEA]
    assert {t: table[t] for t in TABLE_TERMS} == {
        "rows_in": 6, "without_position": 1, "reports": 1, "duplicates": 1, "rejects": 3,
    }  # fmt: skip
    assert all(nmea[t] > 0 for t in NMEA_TERMS), dict(nmea)
    summary = got.ledger.as_summary()
    assert summary["rows_in"] == 6 + nmea["lines"]
    assert summary["rejects"]["total"] == sum(summary["rejects"]["by_reason"].values()) == len(got.rejects)
    assert summary["reports"] == len(got.reports)
    assert set(summary["tables"]) == set(TABLE_TERMS) and set(summary["nmea"]) == set(NMEA_TERMS)


@pytest.mark.parametrize(("book", "term"), [*((TABLES, t) for t in TABLE_TERMS), *((NMEA, t) for t in NMEA_TERMS)])
def test_dropping_any_count_stops_the_run(
    book: str, term: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Ledger.add

    def forgetful(self: Ledger, b: str, t: str, n: int) -> None:
        if (b, t) != (book, term):
            whole(self, b, t, n)

    monkeypatch.setattr(Ledger, "add", forgetful)
    with pytest.raises(LedgerError):
        both(tmp_path / "in")


@pytest.mark.parametrize(
    "reason", ["bad_mmsi", "position_out_of_world", "too_few_fields", "no_time", "orphan_fragment"]
)
def test_dropping_the_count_of_a_reason_stops_the_run(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Ledger.reject
    monkeypatch.setattr(Ledger, "reject", lambda self, b, r, n=1: None if r == reason else whole(self, b, r, n))
    with pytest.raises(LedgerError):
        both(tmp_path / "in")


def test_dropping_the_quarantine_of_a_table_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [mc_row(MMSI=str(416000001 + k)) for k in range(9)] + [mc_row(BaseDateTime="2099-01-01T00:00:00")]
    whole = Ledger.add
    lost: list[str] = []

    def forgetful(self: Ledger, b: str, t: str, n: int) -> None:
        if t == "rejects" and n == 1 and not lost:
            lost.append(t)
        else:
            whole(self, b, t, n)

    monkeypatch.setattr(Ledger, "add", forgetful)
    with pytest.raises(LedgerError):
        read(tmp_path / "in", mc(*rows))


CELLS = st.sampled_from(["", "x", "1", "91", "181", "120.5", "-200", '"1"', "NaN", "416000001"])
TIMES = st.sampled_from(["2022-01-03T00:00:00", "", "never", "2022-01-03 00:00:01Z", "2099-01-01T00:00:00"])
ROWS = st.lists(
    st.tuples(TIMES, CELLS, CELLS, CELLS, CELLS, CELLS).map(",".join) | st.just("a,b"), min_size=1, max_size=30
)


@given(ROWS)
def test_any_table_balances_or_is_refused_whole(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    got = read(tmp_path_factory.mktemp("t") / "in", plain(*rows), PLAIN_MAPPING)
    summary = got.ledger.as_summary()
    assert summary["rows_in"] == (
        summary["reports"] + summary["without_position"] + summary["duplicates"] + summary["rejects"]["total"]
    )
    assert got.errors or summary["rows_in"] == len(rows)


def test_unknown_terms_and_negative_counts_are_refused() -> None:
    for term, n in (("lost", 1), ("rows_in", -1)):
        with pytest.raises(LedgerError):
            Ledger().add(TABLES, term, n)
