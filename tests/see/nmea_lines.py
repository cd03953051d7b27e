"""Sentences for tests, made by hand: checksums, TAG blocks, fragments; and the whole ledger of one input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from beaconline.foundation.table.reports import Pools, Reports, StaticRows
from beaconline.see.sources.batch import Reject
from beaconline.see.sources.nmea import NmeaOptions, read_nmea

POSITION = "13F?Vv700<DJuLEtvep`iToV0<00"
"""Type 1 of MMSI 224651000 at 5.27792 S, 161.88266 W."""
STATIC = ("53@o0E000001Q0CG37U8u<Tp4q@D00000000000018330400000000000000", "00000000008")
"""Type 5 of MMSI 219005012 in two parts; the second has two fill bits."""


def checksum(text: str) -> str:
    total = 0
    for byte in text.encode("utf-8"):
        total ^= byte
    return f"{total:02X}"


def sentence(
    payload: str, count: int = 1, part: int = 1, seq: str = "", channel: str = "A", fill: int = 0, head: str = "AIVDM"
) -> bytes:
    body = f"{head},{count},{part},{seq},{channel},{payload},{fill}"
    return f"!{body}*{checksum(body)}".encode()


def tagged(line: bytes, inside: str) -> bytes:
    return f"\\{inside}*{checksum(inside)}\\".encode() + line


def two(seq: str = "6", channel: str = "A", texts: tuple[str, str] = STATIC) -> tuple[bytes, bytes]:
    """The two sentences of one message."""
    first, second = texts
    return (
        sentence(first, 2, 1, seq, channel),
        sentence(second, 2, 2, seq, channel, 2),
    )


@dataclass
class Read:
    reports: Reports
    statics: StaticRows
    rejects: list[Reject]
    counts: Counter[str]
    pools: Pools
    batches: int

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(each.reason for each in self.rejects))


def read(chunks: bytes | Iterable[bytes], options: NmeaOptions | None = None, source: str = "log") -> Read:
    """Read an input whole and hold it to the ledger."""
    pools = Pools()
    made = list(read_nmea([chunks] if isinstance(chunks, bytes) else chunks, source, pools, options or NmeaOptions()))
    counts: Counter[str] = Counter()
    for each in made:
        counts.update(each.counts)
    out = Read(
        Reports.concat([b.reports for b in made]),
        StaticRows.concat([b.statics for b in made]),
        [r for b in made for r in b.rejects],
        counts,
        pools,
        len(made),
    )
    c = counts
    assert (
        c["lines"] == c["not_ais"] + c["line_rejects"] + c["orphan_fragments"] + c["messages"] + c["fragments_merged"]
    )
    assert c["messages"] == c["messages_without_position"] + c["messages_rejected"] + len(out.reports)
    assert len(out.rejects) == c["line_rejects"] + c["orphan_fragments"] + c["messages_rejected"]
    return out
