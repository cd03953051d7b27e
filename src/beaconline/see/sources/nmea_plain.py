"""Raw AIS as plain objects, one a message, for people and scripts that want every field.

Decides: what stands beside the fields of a message: its line, time, station, channel. Application payloads of types 6
and 8 that pyais knows are given as ``application``, in pyais's own names and scaled values; the bits stay in ``data``.
Refuses: to merge type 24's parts or to drop a message for a strange value. Source: as named in nmea.py; pyais (MIT).
Known failures: an application that pyais cannot read is null, and ``application_error`` says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from beaconline.foundation.records.report import T_SRCS
from beaconline.foundation.records.times import NO_TIME, format_us
from beaconline.foundation.wire.ais.plain import plain_messages
from beaconline.foundation.wire.ais.registry import LAYOUTS
from beaconline.see.sources import nmea_fields as nf
from beaconline.see.sources.batch import Reject
from beaconline.see.sources.nmea import NmeaOptions, told_of
from beaconline.see.sources.nmea_messages import Heard, Reader
from beaconline.see.sources.nmea_reports import station_text, told_time, verdict_reject

__all__ = ["Decoded", "decode_nmea"]

_HEADER: Final = {"msg_type", "repeat", "mmsi", "seqno", "dest_mmsi", "retransmit", "dac", "fid"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Messages of one block in the order of the input, rejects, and increments of the ledger of lines.

    counts  lines, not_ais, line_rejects, orphan_fragments, fragments_merged, messages, messages_rejected
    """

    messages: list[dict[str, Any]]
    rejects: list[Reject]
    counts: Counter[str]


def _plain(value: Any) -> Any:
    """A value of pyais as JSON has it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _application(heard: Heard, i: int) -> dict[str, Any]:
    """``application`` (and ``application_error``) of a message of type 6 or 8."""
    from pyais.bit_vector import bit_vector
    from pyais.messages import MSG_CLASS

    rows = heard.sentences.rows
    at = int(heard.first[i])
    chosen = heard.order[at : at + int(heard.count[i])]
    text = heard.sentences.text
    payload = b"".join(
        text[rows[k, nf.PAY_START] : rows[k, nf.PAY_START] + rows[k, nf.PAY_LEN]] for k in chosen.tolist()
    )
    try:
        message = MSG_CLASS[int(heard.messages.type[i])].from_vector(
            bit_vector(payload, int(rows[chosen[-1], nf.FILL]))
        )
        if type(message).__name__.endswith("Default"):
            return {"application": None}
        fields = {k: _plain(v) for k, v in message.asdict(enum_as_int=True).items() if k not in _HEADER}
        return {"application": {"name": type(message).__name__.removeprefix("MessageType"), **fields}}
    except Exception as error:
        # A foreign decoder over bytes from the air may fail in any way; the message stands without it.
        return {"application": None, "application_error": f"{type(error).__name__}: {error}"[:200]}


def _messages(heard: Heard, stations: list[str], t_us: list[int], t_src: list[int]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for slot in range(len(LAYOUTS)):
        rows = np.flatnonzero(heard.messages.slot == slot).astype(np.int32)
        found.update(zip(rows.tolist(), plain_messages(heard.messages, slot, rows), strict=True))
    out = []
    for i in sorted(found):
        one: dict[str, Any] = dict(found[i])
        if one["type"] in (6, 8):
            one.update(_application(heard, i))
        station, channel = int(heard.station[i]), int(heard.channel[i])
        one["t_event"] = None if t_us[i] == NO_TIME else format_us(t_us[i])
        one["t_src"] = None if t_us[i] == NO_TIME else T_SRCS[t_src[i]]
        one["station"] = stations[station] if station >= 0 else None
        one["channel"] = chr(channel) if channel else None
        one["line"] = int(heard.line[i])
        out.append(one)
    return out


def decode_nmea(chunks: Iterable[bytes], source: str, options: NmeaOptions) -> Iterator[Decoded]:
    """Decoded messages of one input, block by block.

    Each message has the fields of gpsd's unscaled JSON as raw integers, scaled companions (``lon_deg``, ``speed_kn``:
    null where not available), and line, t_event (time the line tells, RFC 3339, or null), t_src, station, channel.
    """
    reader = Reader(source, options.datagrams, options.block_bytes)
    for heard in reader.read(chunks):
        t_us, t_src = told_time(heard, told_of(options))
        stations = [station_text(name) for name in reader.stations]
        counts = heard.counts.copy()
        rejects = list(heard.rejects)
        for i in np.flatnonzero(heard.messages.slot < 0).tolist():
            counts["messages_rejected"] += 1
            rejects.append(verdict_reject(heard, i, source))
        yield Decoded(_messages(heard, stations, t_us.tolist(), t_src.tolist()), rejects, counts)
