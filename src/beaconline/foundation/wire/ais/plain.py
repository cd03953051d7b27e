"""One decoded message as a plain object: every field of its bit table as a raw integer, scaled companions beside.

Decides: names and form, those of gpsd's unscaled JSON (``turn``, ``to_bow``, ``eta`` ...) plus companions with a unit
in their name, null where the raw value is the filler. Refuses: to merge the two parts of type 24, which may be hours
apart; to read an application payload, which stays ``data`` ("bits:hex").
Source: the bit tables beside this module. Known failures: none known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from beaconline.foundation.table.reports import I32
from beaconline.foundation.wire.ais import legends
from beaconline.foundation.wire.ais.decode import Messages, ints, payload_bits, text_bytes, texts
from beaconline.foundation.wire.ais.layout import ABSENT, AIS_6BIT, Field
from beaconline.foundation.wire.ais.registry import LAYOUTS

__all__ = ["Plain", "plain_messages"]

Plain = dict[str, "str | int | float | bool | None"]


def _turn(raw: int) -> float | None:
    """Degrees a minute from the rate-of-turn code; None where not available or off its scale (no indicator)."""
    if abs(raw) > 126:
        return None
    value = round((raw / 4.733) ** 2, 1)
    return -value if raw < 0 else value


_LIMIT_DEG: Final = {"lon_deg": 180, "lat_deg": 90}
"""A raw position beyond it is no place; its companion is null."""


def _scaled(field: Field, raw: int) -> float | int | None:
    if raw in (ABSENT, field.none):
        return None
    if field.companion == "turn_deg_min":
        return _turn(raw)
    if field.companion in _LIMIT_DEG and abs(raw) > _LIMIT_DEG[field.companion] * field.den:
        return None
    if field.den == 1:
        return raw * field.num
    return round(raw * field.num / field.den, 7 if field.unit == "deg" and field.den >= 600 else 1)


_WORDS: Final[dict[str, Callable[[int], str]]] = {
    "status": lambda code: legends.legend(legends.NAV_STATUS, code, "Not defined"),
    "epfd": lambda code: legends.legend(legends.EPFD, code, "INVALID EPFD"),
    "aid_type": lambda code: legends.legend(legends.AID_TYPES, code, "INVALID NAV AID TYPE"),
    "shiptype": legends.ship_type,
    "stationtype": lambda code: legends.legend(legends.STATION_TYPES, code, "INVALID STATION TYPE"),
}


def _six_bit_text(messages: Messages, row: int, start: int) -> str:
    """Free text from bit ``start`` to the end: whole characters, "@" ends it, blanks at its end cut."""
    count, data = payload_bits(messages, row, start)
    value = int.from_bytes(data, "big") >> (-count % 8)
    chars = [AIS_6BIT[value >> (count - 6 * (i + 1)) & 63] for i in range(count // 6)]
    return "".join(chars).split("@", 1)[0].rstrip(" ")


def _binary(messages: Messages, row: int, out: Plain) -> bool:
    """Types 25 and 26: addressee, application and payload, where the flags say so. False when too short for them."""
    at = 40
    tail = 20 if out["type"] == 26 else 0
    if messages.bits[row] < 40 + 30 * bool(out["addressed"]) + 16 * bool(out["structured"]) + tail:
        return False
    _, data = payload_bits(messages, row, 0)
    whole, size = int.from_bytes(data, "big") >> (-int(messages.bits[row]) % 8), int(messages.bits[row])

    def take(start: int, width: int) -> int:
        return whole >> (size - start - width) & ((1 << width) - 1)

    out["dest_mmsi"] = take(at, 30) if out["addressed"] else 0
    at += 30 if out["addressed"] else 0
    out["app_id"] = take(at, 16) if out["structured"] else 0
    at += 16 if out["structured"] else 0
    count = size - at - tail
    out["data"] = _hex(count, take(at, count) if count else 0)
    if tail:
        out["radio"] = take(size - 20, 20)
    return True


def _hex(count: int, value: int) -> str:
    pad = -count % 8
    return f"{count}:{(value << pad).to_bytes((count + pad) // 8, 'big').hex()}"


def _finish(messages: Messages, row: int, slot: int, out: Plain) -> None:
    """What a bit table cannot say: joined times, free text, payloads, fields that exist only under a flag."""
    kind = out["type"]
    if kind in (4, 11):
        out["timestamp"] = (
            f"{out['year']:04d}-{out['month']:02d}-{out['day']:02d}"
            f"T{out['hour']:02d}:{out['minute']:02d}:{out['second']:02d}Z"
        )
    elif kind == 5:
        out["eta"] = f"{out['month']:02d}-{out['day']:02d}T{out['hour']:02d}:{out['minute']:02d}Z"
    elif kind in (12, 14):
        out["text"] = _six_bit_text(messages, row, LAYOUTS[slot].data_start)
    elif kind in (6, 8, 17):
        count, data = payload_bits(messages, row, LAYOUTS[slot].data_start)
        out["data"] = f"{count}:{data.hex()}"
    elif kind in (25, 26):
        if not _binary(messages, row, out):
            out["cut"] = True
    elif kind == 22:
        for name in ("ne_lon", "ne_lat", "sw_lon", "sw_lat") if out["addressed"] else ("dest1", "dest2"):
            del out[name]


def plain_messages(messages: Messages, slot: int, rows: I32) -> Iterator[Plain]:
    """The messages ``rows``, all of one slot, as plain objects in that order.

    Keys are in bit order; a field the message is too short for is None.
    """
    layout = LAYOUTS[slot]
    numbers = {name: column.tolist() for name, column in ints(messages, slot, rows).items()}
    words = {f.name: texts(text_bytes(messages, slot, rows, f.name)) for f in layout.fields if f.kind == "text"}
    shown = [f for f in layout.fields if f.kind != "spare"]
    for i, row in enumerate(np.asarray(rows).tolist()):
        out: Plain = {"class": "AIS", "scaled": False}
        for f in shown:
            if f.kind == "text":
                out[f.name] = words[f.name][i]
                continue
            raw: int = numbers[f.name][i]
            out[f.name] = None if raw == ABSENT else bool(raw) if f.kind == "bool" else raw
            if f.name in _WORDS and raw != ABSENT:
                out[f"{f.name}_text"] = _WORDS[f.name](raw)
            if f.companion:
                out[f.companion] = _scaled(f, raw)
        _finish(messages, row, slot, out)
        yield out
