"""Bit tables and the columnar decoder: against pyais's own encoder and decoder, and at every length a rule names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais import encode_dict
from pyais.messages import NMEAMessage

from beaconline.foundation.wire.ais.bits import ARMOUR
from beaconline.foundation.wire.ais.decode import Messages, ints, pack_messages, payload_bits, text_bytes, texts
from beaconline.foundation.wire.ais.layout import ABSENT
from beaconline.foundation.wire.ais.plain import plain_messages
from beaconline.foundation.wire.ais.registry import BAD_LENGTH, BAD_PART, LAYOUTS, TOO_SHORT, UNKNOWN_TYPE, slot_of_type

ALPHABET = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"


def pack(*payloads: tuple[str, int]) -> Messages:
    """Messages of one part each, from (payload, fill bits)."""
    buf = np.frombuffer("".join(p for p, _ in payloads).encode(), np.uint8)
    length = np.array([len(p) for p, _ in payloads], np.int32)
    start = (np.cumsum(length) - length).astype(np.int64)
    first = np.arange(len(payloads), dtype=np.int32)
    fill = np.array([f for _, f in payloads], np.int8)
    return pack_messages(buf, first, np.ones(len(payloads), np.int32), start, length, fill)


def armour(bits: str) -> tuple[str, int]:
    """(payload, fill bits) of a text of zeros and ones."""
    fill = -len(bits) % 6
    bits += "0" * fill
    values = [int(bits[i : i + 6], 2) for i in range(0, len(bits), 6)]
    return "".join(chr(v + 48 if v < 40 else v + 56) for v in values), fill


def plain(payload: tuple[str, int]) -> dict[str, Any]:
    messages = pack(payload)
    assert messages.slot[0] >= 0
    return next(iter(plain_messages(messages, int(messages.slot[0]), np.zeros(1, np.int32))))


def text(bits: str) -> str:
    return "".join(ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6)).split("@")[0].rstrip(" ")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: f"{each.types}-{each.table}")
def test_tables_are_in_bit_order_without_overlap(layout: Any) -> None:
    either = {"dest1", "dest2", "vendor_code", "model", "serial"}  # two readings of the same bits
    fields = [f for f in layout.fields if f.name not in either]
    for a, b in pairwise(fields):
        assert a.start + a.width <= b.start, (a, b)
    assert fields[-1].start < layout.max_bits
    assert all(f.width % 6 == 0 for f in fields if f.kind == "text")
    assert all(f.width <= 30 for f in fields if f.kind != "text")


@given(st.data())
def test_every_field_of_every_table_from_bits(data: st.DataObject) -> None:
    """Random bits of every type at full length: each field is the integer that stands at its place."""
    layout = data.draw(st.sampled_from(LAYOUTS))
    kind = data.draw(st.sampled_from(layout.types))
    size = min(layout.max_bits, max(f.start + f.width for f in layout.fields) + 84)
    size = layout.only_bits[0] if layout.only_bits else max(size, layout.min_bits)
    rest = data.draw(st.integers(0, 2 ** (size - 6) - 1))
    bits = f"{kind:06b}{rest:0{size - 6}b}"
    if kind == 24:
        named = {f.name for f in layout.fields}
        mmsi = 982_000_000 if "mothership_mmsi" in named else 211_000_000
        bits = f"{kind:06b}{0:02b}{mmsi:030b}{int('callsign' in named):02b}" + bits[40:]
    messages = pack(armour(bits))
    slot = int(messages.slot[0])
    assert LAYOUTS[slot] is layout and messages.bits[0] == size
    rows = np.zeros(1, np.int32)
    got = ints(messages, slot, rows)
    for f in layout.fields:
        piece = bits[f.start : f.start + f.width]
        if f.kind == "text":
            if len(piece) == f.width and (
                f.more_width == 0 or "000000" in {piece[i : i + 6] for i in range(0, 120, 6)}
            ):
                assert texts(text_bytes(messages, slot, rows, f.name))[0] == text(piece)
        elif f.kind != "spare" and len(piece) == f.width:
            value = int(piece, 2)
            if f.kind == "int" and piece[0] == "1":
                value -= 1 << f.width
            assert got[f.name][0] == value, f
    count, payload = payload_bits(messages, 0, 40)
    assert count == size - 40
    assert int.from_bytes(payload, "big") >> (-count % 8) == int(bits[40:] or "0", 2)


NAMES = st.text(alphabet=[c for c in ALPHABET if c != "@"], max_size=20).map(lambda s: s.rstrip(" "))
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "repeat": st.integers(0, 3), "mmsi": st.integers(1, 999_999_999), "status": st.integers(0, 15),
    "speed": st.integers(0, 1023).map(lambda v: v / 10), "accuracy": st.integers(0, 1),
    "lon": st.integers(-180 * 600_000, 181 * 600_000).map(lambda v: v / 600_000),
    "lat": st.integers(-90 * 600_000, 91 * 600_000).map(lambda v: v / 600_000),
    "course": st.integers(0, 3600).map(lambda v: v / 10), "heading": st.integers(0, 511), "second": st.integers(0, 63),
    "maneuver": st.integers(0, 2), "raim": st.integers(0, 1), "radio": st.integers(0, 2**19 - 1),
    "imo": st.integers(0, 2**30 - 1), "callsign": NAMES.map(lambda s: s[:7].rstrip(" ")), "shipname": NAMES,
    "name": NAMES, "destination": NAMES, "ship_type": st.integers(0, 99), "to_bow": st.integers(0, 511),
    "to_stern": st.integers(0, 511), "to_port": st.integers(0, 63), "to_starboard": st.integers(0, 63),
    "epfd": st.integers(0, 8), "month": st.integers(0, 12), "day": st.integers(0, 31), "hour": st.integers(0, 24),
    "minute": st.integers(0, 60), "draught": st.integers(0, 255).map(lambda v: v / 10), "dte": st.integers(0, 1),
    "year": st.integers(0, 9999), "alt": st.integers(0, 4095), "cs": st.integers(0, 1), "display": st.integers(0, 1),
    "dsc": st.integers(0, 1), "band": st.integers(0, 1), "msg22": st.integers(0, 1), "assigned": st.integers(0, 1),
    "aid_type": st.integers(0, 31), "off_position": st.integers(0, 1), "virtual_aid": st.integers(0, 1),
    "partno": st.integers(0, 1), "model": st.integers(0, 15), "serial": st.integers(0, 2**20 - 1),
    "gnss": st.integers(0, 1), "ais_version": st.integers(0, 3),
}  # fmt: skip
RENAMED = {"msg_type": "type", "ship_type": "shiptype", "reserved_1": "reserved", "reserved_2": "regional"}
SCALE = {"speed": 10, "course": 10, "lon": 600_000, "lat": 600_000, "draught": 10}


@given(st.data())
def test_equal_to_pyais_on_every_type_we_own(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([1, 2, 3, 4, 5, 9, 11, 18, 19, 21, 24, 27]))
    fields = {name: data.draw(values, label=name) for name, values in COMMON.items()}
    fields |= {"msg_type": kind, "turn": 0}
    if kind == 9:
        fields["speed"] = data.draw(st.integers(0, 1023))
    if kind == 27:
        fields["lon"] = data.draw(st.integers(-108_000, 108_600)) / 600
        fields["lat"] = data.draw(st.integers(-54_000, 54_600)) / 600
        fields |= {"speed": data.draw(st.integers(0, 63)), "course": data.draw(st.integers(0, 511))}
    if kind == 24 and fields["mmsi"] // 10_000_000 == 98:
        fields["mothership_mmsi"] = data.draw(st.integers(1, 999_999_999))
    lines = [line.encode() for line in encode_dict(fields, sentence_type="VDM", seq_id=1)]
    parts = [line.split(b",") for line in lines]
    payload = b"".join(p[5] for p in parts).decode(), int(parts[-1][6][:1])
    mine = plain(payload)
    whole = (
        NMEAMessage(lines[0])
        if len(lines) == 1
        else NMEAMessage.assemble_from_iterable([NMEAMessage(x) for x in lines])
    )
    theirs = whole.decode().asdict(enum_as_int=True)
    compared = 0
    for name, value in theirs.items():
        our_name = RENAMED.get(name, name)
        if name in ("turn", "name_ext", "vendorid") or our_name not in mine:
            continue
        raw = mine[our_name]
        if isinstance(value, str):
            # pyais also drops blanks before a name, which are on the air; we drop those behind it alone.
            assert str(raw).lstrip(" ") == value.strip(" "), name
        else:
            factor = {9: {"speed": 1}, 27: {"speed": 1, "course": 1, "lon": 600, "lat": 600}}.get(kind, {}).get(name)
            factor = SCALE.get(name, 1) if factor is None else factor
            # pyais rounds degrees to six decimals.
            assert abs(float(raw) - float(value) * factor) <= factor * 1e-6, name
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize(
    ("kind", "size", "good"),
    [
        (1, 162, False), (1, 163, True), (1, 168, True), (1, 204, True), (1, 205, False),
        (4, 167, False), (4, 168, True), (11, 168, True),
        (5, 419, False), (5, 420, True), (5, 422, True), (5, 424, True), (5, 426, True),
        (9, 167, False), (9, 168, True), (10, 71, False), (10, 72, True),
        (18, 167, False), (18, 168, True), (19, 307, False), (19, 308, True), (19, 312, True),
        (20, 71, False), (20, 72, True), (20, 186, True), (20, 187, False),
        (21, 271, False), (21, 272, True), (21, 360, True), (21, 368, True), (21, 369, False),
        (24, 159, False), (24, 160, True), (24, 168, True), (24, 169, False),
        (27, 95, False), (27, 96, True), (27, 97, False), (27, 168, True), (27, 169, False),
    ],
)  # fmt: skip
def test_lengths_at_their_edges(kind: int, size: int, good: bool) -> None:
    messages = pack(armour(f"{kind:06b}" + "0" * (size - 6)))
    assert messages.bits[0] == size
    if good:
        assert kind in LAYOUTS[messages.slot[0]].types
    else:
        assert messages.slot[0] == BAD_LENGTH


def test_verdicts() -> None:
    part = f"{24:06b}" + "0" * 32
    cases = {
        armour("0" * 168): UNKNOWN_TYPE,
        armour(f"{28:06b}" + "0" * 162): UNKNOWN_TYPE,
        armour(f"{63:06b}" + "0" * 162): UNKNOWN_TYPE,
        armour("000001" + "0" * 31): TOO_SHORT,
        armour("0"): TOO_SHORT,
        armour(part + "10" + "0" * 128): BAD_PART,
        armour(part + "11" + "0" * 128): BAD_PART,
        armour(part + "01" + "0" * 121): BAD_LENGTH,
        armour(part): BAD_LENGTH,
    }
    messages = pack(*cases)
    assert messages.slot.tolist() == list(cases.values())


def test_part_b_from_162_bits_and_of_an_auxiliary_craft() -> None:
    head = f"{24:06b}{0:02b}{982_111_222:030b}{1:02b}"
    got = plain(armour(head + "0" * 92 + f"{211_000_001:030b}"))
    assert got["mothership_mmsi"] == 211_000_001 and "to_bow" not in got and got["epfd"] is None
    got = plain(armour(f"{24:06b}{0:02b}{211_111_222:030b}{1:02b}" + "0" * 92 + f"{17:09b}{4:09b}{3:06b}{2:06b}"))
    assert [got[k] for k in ("to_bow", "to_stern", "to_port", "to_starboard")] == [17, 4, 3, 2]


def test_cut_messages_keep_what_came() -> None:
    """Type 5 of 420 bits: no DTE flag, the last character short of two bits; type 1 of 163: 14 bits of radio."""
    bits = f"{5:06b}" + "0" * 296 + f"{1:06b}" * 19 + "0001"
    got = plain(armour(bits))
    assert len(bits) == 420 and got["dte"] is None and got["destination"] == "A" * 19 + "D"
    got = plain(armour(f"{1:06b}" + "0" * 143 + "10000110100000"))
    assert got["radio"] == 0b10000110100000


def test_fill_bits_that_reach_into_a_word_already_written() -> None:
    for chars in range(1, 60):
        for fill in range(6):
            payload = "w" * chars
            messages = pack((payload, fill), ("0", 0))
            size = 6 * chars - fill
            assert payload_bits(messages, 0, 0) == (
                size,
                (((1 << size) - 1) << (-size % 8)).to_bytes((size + 7) // 8, "big"),
            )


def test_parts_are_joined_without_their_fill_bits() -> None:
    text_ = b"w0ww"
    buf = np.frombuffer(text_, np.uint8)
    for fill in range(6):
        messages = pack_messages(
            buf, np.zeros(1, np.int32), np.array([3], np.int32), np.array([0, 1, 2], np.int64),
            np.array([1, 1, 2], np.int32), np.array([fill, 0, 1], np.int8),
        )  # fmt: skip
        bits = "1" * (6 - fill) + "000000" + "1" * 11
        assert payload_bits(messages, 0, 0) == (
            len(bits),
            int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big"),
        )


def test_name_of_an_aid_goes_on_behind_the_fixed_part() -> None:
    def aid(name: str, more: str) -> dict[str, Any]:
        chars = "".join(f"{ALPHABET.index(c):06b}" for c in name.ljust(20, "@"))
        rest = "".join(f"{ALPHABET.index(c):06b}" for c in more)
        return plain(armour(f"{21:06b}" + "0" * 37 + chars + "0" * 109 + rest))

    assert aid("CHINA ROSE MURPHY EX", "PRESS ALERT")["name"] == "CHINA ROSE MURPHY EXPRESS ALERT"
    assert aid("TWENTY CHARACTERS AN", " MORE  ")["name"] == "TWENTY CHARACTERS AN MORE"
    assert aid("SHORT", "NOT MINE")["name"] == "SHORT"
    assert aid("BLANK AT THE 20TH   ", "X")["name"] == "BLANK AT THE 20TH   X"


def test_absent_is_not_zero() -> None:
    messages = pack(armour(f"{5:06b}" + "0" * 414))
    assert ints(messages, slot_of_type(5), np.zeros(1, np.int32), ("dte",))["dte"][0] == ABSENT


def test_armour_table() -> None:
    legal = [c for c in range(256) if ARMOUR[c] < 64]
    assert sorted(ARMOUR[legal].tolist()) == list(range(64))
    assert all(48 <= c <= 87 or 96 <= c <= 119 for c in legal)


PAYLOADS = st.text(alphabet=[chr(c) for c in (*range(48, 88), *range(96, 120))], min_size=1, max_size=200)


@given(st.lists(st.tuples(PAYLOADS, st.integers(0, 5)), min_size=1, max_size=8))
def test_no_payload_raises_and_no_message_reads_its_neighbour(payloads: list[tuple[str, int]]) -> None:
    together = pack(*payloads)
    for i, each in enumerate(payloads):
        alone = pack(each)
        assert alone.slot[0] == together.slot[i] and alone.bits[0] == together.bits[i]
        slot = int(alone.slot[0])
        if slot >= 0:
            a = list(plain_messages(alone, slot, np.zeros(1, np.int32)))
            b = list(plain_messages(together, slot, np.array([i], np.int32)))
            assert a == b
