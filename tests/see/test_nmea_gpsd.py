"""Our decoder against the published answers of gpsd and libais, field by field.

Types that become columns must agree in every field gpsd gives; the others in every field of their header and in the
bits of their payload. Application payloads that gpsd takes apart and we keep as bits are listed by APPLICATIONS.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from pathlib import Path
from typing import Any

import pytest

from beaconline.see.sources.nmea import NmeaOptions
from beaconline.see.sources.nmea_plain import decode_nmea

PAIRS = (
    ("sample.aivdm", "sample.aivdm.ju.chk"),
    ("ais-nmea.log", "ais-nmea.log.chk"),
    ("ais-nmea-type6-fid55.log", "ais-nmea-type6-fid55.log.chk"),
    ("ais_unpack_sixbit.log", "ais_unpack_sixbit.log.chk"),
)
WHOLE = {1, 2, 3, 4, 5, 9, 10, 11, 18, 19, 20, 21, 24, 27}
"""Types of which every field must agree."""
OURS_ALONE = {"class", "device"}
HEADERS = {
    6: ("seqno", "dest_mmsi", "retransmit", "dac", "fid"),
    8: ("dac", "fid"),
}
APPLICATIONS = {
    (6, 1, 12), (6, 1, 14), (6, 1, 18), (6, 1, 30), (6, 1, 32), (6, 200, 55), (6, 235, 10), (6, 250, 10),
    (8, 1, 11), (8, 1, 31), (8, 200, 10), (8, 200, 24), (8, 1, 16), (8, 1, 27),
}  # fmt: skip
"""(type, DAC, FI) of payloads that gpsd takes apart and that stay ``data`` bits here."""


def ours(path: Path) -> list[dict[str, Any]]:
    """Our messages, the two parts of type 24 merged as gpsd does: part B with the name of the last part A."""
    out: list[dict[str, Any]] = []
    names: dict[int, str] = {}
    heard: deque[int] = deque(maxlen=8)  # gpsd remembers the last eight parts A
    for block in decode_nmea([path.read_bytes()], path.name, NmeaOptions()):
        for message in block.messages:
            if message["type"] == 24 and message["partno"] == 0:
                names[message["mmsi"]] = message["shipname"]
                heard.append(message["mmsi"])
                continue
            if message["type"] == 24:
                if message["mmsi"] not in heard or message["mmsi"] not in names:
                    continue
                message["shipname"] = names.pop(message["mmsi"])
            out.append(message)
    return out


def answers(path: Path) -> list[dict[str, Any]]:
    lines = path.read_bytes().split(b"\n")
    return [json.loads(each) for each in lines if each.startswith(b'{"class":"AIS"')]


def bits(text: str) -> tuple[int, int]:
    """(number, value) of payload bits; what gpsd leaves in the last byte behind them is no payload."""
    count, digits = text.split(":")
    return int(count), int(digits or "0", 16) >> (4 * len(digits) - int(count))


@pytest.mark.parametrize(("log", "chk"), PAIRS)
def test_equal_to_gpsd(data: Path, log: str, chk: str) -> None:
    mine, theirs = ours(data / "nmea" / log), answers(data / "nmea" / chk)
    assert [(m["type"], m["mmsi"]) for m in mine] == [(t["type"], t["mmsi"]) for t in theirs]
    compared: Counter[int] = Counter()
    for m, t in zip(mine, theirs, strict=True):
        kind = t["type"]
        assert t["scaled"] is False
        if kind in WHOLE or kind not in HEADERS:
            # gpsd writes a communication state of zero for type 26 without reading it.
            left_out = OURS_ALONE | ({"radio"} if kind == 26 else set())
            wanted = {k: v for k, v in t.items() if k not in left_out}
        else:
            wanted = {k: t[k] for k in ("type", "repeat", "mmsi", *HEADERS[kind])}
            if "data" in t:
                wanted["data"] = t["data"]
            else:
                assert (kind, t["dac"], t["fid"]) in APPLICATIONS, t
        if "data" in wanted:
            assert bits(m["data"]) == bits(wanted.pop("data")), (log, m["line"])
        assert {k: m.get(k, "missing") for k in wanted} == wanted, (log, m["line"])
        compared[kind] += 1
    assert sum(compared.values()) == len(theirs) > 0


def test_gpsd_answers_hold_every_type_we_own(data: Path) -> None:
    kinds = {t["type"] for _, chk in PAIRS for t in answers(data / "nmea" / chk)}
    assert kinds >= WHOLE


SCALED = {"lon": "lon_deg", "lat": "lat_deg", "speed": "speed_kn", "course": "course_deg", "draught": "draught_m"}
SAME = ("type", "repeat", "mmsi", "status", "second", "maneuver", "raim", "accuracy", "shipname", "callsign", "name",
        "destination", "shiptype", "to_bow", "to_stern", "to_port", "to_starboard", "aid_type", "off_position",
        "virtual_aid", "cs", "display", "dsc", "band", "msg22", "text", "mmsi1", "dest_mmsi")  # fmt: skip


@pytest.mark.parametrize("name", ["typeexamples", "tagblock"])
def test_equal_to_libais(data: Path, name: str) -> None:
    theirs = [json.loads(each) for each in (data / "nmea" / f"{name}.json").read_text().splitlines()]
    mine = [
        m for b in decode_nmea([(data / "nmea" / f"{name}.nmea").read_bytes()], name, NmeaOptions()) for m in b.messages
    ]
    by_key = {(m["type"], m["mmsi"], m["t_event"]): m for m in mine}
    compared = 0
    for t in theirs:
        stamp = t["timestamp"].replace(".000000Z", "Z") if name == "tagblock" else None
        same = [
            m
            for (kind, mmsi, at), m in by_key.items()
            if (kind, mmsi) == (t["type"], t["mmsi"]) and stamp in (at, None)
        ]
        assert len(same) == 1, t
        (m,) = same
        if name == "tagblock":
            assert m["station"] == t["tagblock_station"]
        # libais gives 181 and 91 where we give null, and reads messages of any length.
        for theirs_name, our_name in SCALED.items():
            if (t["type"], theirs_name) == (9, "speed"):
                continue  # libais takes tenths of a knot; M.1371-5 table 58 and gpsd have whole knots
            if theirs_name in t and m.get(our_name) is not None:
                assert m[our_name] == pytest.approx(t[theirs_name], abs=2e-5), (theirs_name, t)
                compared += 1
        for field in SAME:
            if field == "name":
                # libais writes "_" as "-" and "'" as "`".
                assert m[field].translate({95: 45, 39: 96}) == t[field] if field in t else True
            elif field in t and field in m and isinstance(t[field], str | bool):
                assert m[field] == t[field], (field, t)
            elif field in t and field in m:
                assert int(m[field]) == int(t[field]), (field, t)
            compared += field in t and field in m
    assert compared > 20
