"""Fragments: put together in any order, never across two messages, never lost from the ledger."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nmea_lines import STATIC, Read, read, sentence, tagged, two

from beaconline.see.sources.nmea import NmeaOptions
from beaconline.see.sources.nmea_groups import FRAGMENT_WINDOW_LINES, FRAGMENT_WINDOW_S

OTHER = ("55R3Vn82=ILTQ3KKS>1<D60Dq@E918U<F222221J1`?164vc03S1CCAD", "`88888888888880")
"""Type 5 of MMSI 371255000, SEA ENTERPRISE, in two parts."""
A1, A2 = two()
B1, B2 = two(texts=OTHER)
NAMES = {219005012: "ROSINANTE", 371255000: "SEA ENTERPRISE"}


def ships(got: Read) -> list[tuple[int, str | None]]:
    return [(int(m), got.pools.statics[int(s)].name) for m, s in zip(got.statics.mmsi, got.statics.static, strict=True)]


def all_true(got: Read) -> bool:
    """True when every message is one that a ship sent."""
    return all(NAMES[mmsi] == name for mmsi, name in ships(got))


def lines(*parts: bytes) -> bytes:
    return b"".join(part + b"\n" for part in parts)


def test_parts_in_order_and_in_reverse() -> None:
    for order in ((A1, A2), (A2, A1)):
        got = read(lines(*order))
        assert ships(got) == [(219005012, "ROSINANTE")]
        assert got.counts["fragments_merged"] == 1 and got.counts["messages"] == 1 and got.reasons == {}
        assert got.statics.line.tolist() == [2]


def test_three_parts_in_every_order() -> None:
    text = "".join(STATIC)
    parts = [sentence(text[:20], 3, 1, "1"), sentence(text[20:50], 3, 2, "1"), sentence(text[50:], 3, 3, "1", fill=2)]
    for order in itertools.permutations(parts):
        got = read(lines(*order))
        assert ships(got) == [(219005012, "ROSINANTE")], order
        assert got.counts["fragments_merged"] == 2


@pytest.mark.parametrize("key", ["channel", "seq", "talker", "station", "group", "direction"])
def test_each_key_keeps_messages_apart(key: str) -> None:
    """Two messages interleaved in every way that keeps each one's own order."""
    if key == "channel":
        b = two("6", "B", OTHER)
    elif key == "seq":
        b = two("7", "A", OTHER)
    elif key in ("talker", "direction"):
        head = "BSVDM" if key == "talker" else "AIVDO"
        b = sentence(OTHER[0], 2, 1, "6", head=head), sentence(OTHER[1], 2, 2, "6", fill=2, head=head)
    else:
        b = B1, B2
    a = [A1, A2]
    b = list(b)  # type: ignore[assignment]
    if key == "station":
        a, b = [x + b",rONE,1272412825" for x in a], tuple(x + b",rTWO,1272412825" for x in b)
    if key == "group":
        a = [tagged(x, f"g:{i}-2-10") for i, x in enumerate(a, 1)]
        b = tuple(tagged(x, f"g:{i}-2-11") for i, x in enumerate(b, 1))
    for order in itertools.permutations([*a, *b]):
        got = read(lines(*order))
        assert sorted(ships(got)) == sorted(NAMES.items()), order


def test_two_stations_that_are_not_told_apart_are_never_spliced() -> None:
    for order in itertools.permutations([A1, A2, B1, B2]):
        got = read(lines(*order))
        assert all_true(got), order
        assert got.counts["orphan_fragments"] + 2 * got.counts["messages"] == 4
    assert read(lines(A1, B1, A2, B2)).counts["orphan_fragments"] == 4


@given(st.permutations([A1, A2, B1, B2, A1, A2, B1, B2]), st.integers(0, 8))
@settings(max_examples=300)
def test_repeats_and_losses_are_never_spliced_unless_both_lost_their_halves(order: list[bytes], kept: int) -> None:
    got = read(lines(*order[:kept]))
    whole = {A1, A2} <= set(order[:kept]) or {B1, B2} <= set(order[:kept])
    if whole and not all_true(got):
        # The one case that no key can tell: what came by then held one half of each.
        first = [x for x in order[:kept] if x in (A1, B1)]
        second = [x for x in order[:kept] if x in (A2, B2)]
        assert first and second
        assert {A1, A2} != {first[0], second[0]} and {B1, B2} != {first[0], second[0]}


def test_a_better_part_takes_the_place_of_one_that_came_too_early() -> None:
    """The second half of a message whose first half was lost, then a whole message of that station."""
    got = read(lines(*(x + b",rX" for x in (A2, B1, B2))))
    assert ships(got) == [(371255000, "SEA ENTERPRISE")]
    assert [(r.reason, r.line) for r in got.rejects] == [("orphan_fragment", 1)]
    # Without a station it could be the half of a message whose other half is late.
    assert read(lines(A2, B1, B2)).counts["orphan_fragments"] == 3


def test_a_told_station_starts_anew() -> None:
    """One station, first message cut off: the next one with the same number is whole, and is kept."""
    stamp = b",rONE,1272412825"
    got = read(lines(*(x + stamp for x in (A1, B1, B2))))
    assert ships(got) == [(371255000, "SEA ENTERPRISE")]
    assert [(r.reason, r.line) for r in got.rejects] == [("orphan_fragment", 1)]


def test_station_only_on_one_of_two_neighbours() -> None:
    for pair in ((A1, A2 + b",b003660465"), (tagged(A1, "s:x,c:1418169601"), A2)):
        got = read(lines(*pair))
        assert ships(got) == [(219005012, "ROSINANTE")]
        assert len(got.pools.stations[int(got.statics.stations[0])]) == 1
    # Not neighbours: whose part it is cannot be told.
    got = read(lines(A1 + b",rONE", sentence("13F?Vv700<DJuLEtvep`iToV0<00"), A2))
    assert got.counts["orphan_fragments"] == 2


def test_group_joins_parts_of_which_one_names_the_station() -> None:
    a = tagged(A1, "g:1-2-5,s:one,c:1418169601"), tagged(A2, "g:2-2-5")
    b = tagged(B1, "g:1-2-6,s:two,c:1418169601"), tagged(B2, "g:2-2-6")
    got = read(lines(a[0], b[0], a[1], b[1]))
    assert sorted(ships(got)) == sorted(NAMES.items())
    old = tagged(A1, "1G2:0125,c:1354719387"), tagged(A2, "2G2:0125")
    assert ships(read(lines(old[0], B1, old[1]))) == [(219005012, "ROSINANTE")]


def test_window_of_lines_at_its_edge() -> None:
    for between, whole in ((FRAGMENT_WINDOW_LINES - 1, True), (FRAGMENT_WINDOW_LINES, False)):
        got = read(lines(A1, *[b"#"] * between, A2))
        assert (got.counts["messages"] == 1) is whole
        assert got.counts["orphan_fragments"] == (0 if whole else 2)


def test_window_of_time_at_its_edge() -> None:
    t = 1_272_412_825
    for later, whole in ((FRAGMENT_WINDOW_S, True), (FRAGMENT_WINDOW_S + 1, False), (-FRAGMENT_WINDOW_S, True)):
        stamps = f",rX,{t}".encode(), f",rX,{t + later}".encode()
        got = read(lines(A1 + stamps[0], *[b"#"] * 5000, A2 + stamps[1]))
        assert (got.counts["messages"] == 1) is whole, later


def test_time_of_a_message_is_that_of_its_first_part_that_tells_one() -> None:
    got = read(lines(A1, A2 + b",rX,1272412825"))
    assert got.statics.t_us.tolist() == [1_272_412_825_000_000]
    got = read(lines(A1 + b",rX,1272412820", A2 + b",rX,1272412825"))
    assert got.statics.t_us.tolist() == [1_272_412_820_000_000]


def test_fragments_wait_over_blocks() -> None:
    parts = [B1 + b",rX", *[b"#"] * 50, A1, b"$GPGLL", A2, b"#", B2 + b",rX"]
    assert sorted(ships(read(lines(*parts)))) == sorted(NAMES.items())
    data = lines(*parts)
    for step in (1, 7, 50):
        got = read((data[i : i + step] for i in range(0, len(data), step)), NmeaOptions(block_bytes=1))
        assert sorted(ships(got)) == sorted(NAMES.items())


def test_a_bad_part_leaves_the_others_orphans() -> None:
    got = read(lines(A1[:-1] + b"0", A2, B1 + b",rX", B2[:-2] + b"00,rX"))
    assert got.reasons == {"bad_checksum": 2, "orphan_fragment": 2}


def test_message_of_parts_that_no_table_fits_is_one_reject_with_all_its_lines() -> None:
    bad = sentence("53@o0E000001Q0CG", 2, 1, "1"), sentence("0000", 2, 2, "1")
    got = read(lines(b"#", *bad))
    assert got.reasons == {"bad_length:5": 1}
    assert got.rejects[0].raw == b"\n".join(bad) and got.rejects[0].line == 2
    assert got.counts["fragments_merged"] == 1 and got.counts["messages_rejected"] == 1
