"""Raw AIS: NMEA sentences in, reports with their rejects and counts out.

Decides: what the options mean, and how one looks at the first bytes of an input to tell that it is NMEA. The rest
stands beside this module: nmea_frame (lines and glued sentences), nmea_fields (one sentence), nmea_times, nmea_parts
(fragments), nmea_blocks and nmea_messages (the stream), nmea_reports (bits to reports).
Refuses: to open or to decompress anything. Source: IEC 61162-1, ITU-R M.1371-5. Known failures: those of the modules
named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from beaconline.foundation.table.reports import Pools
from beaconline.see.sources.batch import Batch
from beaconline.see.sources.nmea_blocks import BLOCK_BYTES
from beaconline.see.sources.nmea_messages import Reader
from beaconline.see.sources.nmea_reports import Told, reports_of
from beaconline.see.sources.nmea_statics import Ships

__all__ = ["DEFAULT_RATE_PER_S", "NmeaOptions", "looks_like_nmea", "read_nmea", "told_of"]

DEFAULT_RATE_PER_S: Final = 10.0
"""Lines a second of a log without times when only its beginning is told: what one receiver hears on a busy coast. Wrong
by a factor, every speed between fixes and every duration is wrong by it; tell the rate where it is known."""

_COUNTS: Final = (
    "lines",
    "not_ais",
    "line_rejects",
    "orphan_fragments",
    "fragments_merged",
    "messages",
    "messages_without_position",
    "messages_rejected",
)

_HEAD: Final = re.compile(rb"![A-Z0-9]{2}VD[MO],|!AI[A-Z0-9]{3},|\$PGHP,|\$[A-Z]{5},")
"""Head of a sentence that a log of raw AIS may hold: AIS itself, other receiver sentences, own-ship GNSS."""
_TAG: Final = re.compile(rb"\\[^\\]*\\")
_PREFIX: Final = re.compile(rb"[0-9TZtz:+./ ,;\t()\[\]-]*")
"""What may stand before a head beside TAG blocks: a time and its separators."""
LOOKED_AT: Final = 200
"""Lines looked at to recognise a log, so that a damaged first line does not hide it."""


@dataclass(frozen=True, slots=True)
class NmeaOptions:
    """How to read one input.

    received     (time of the first line in microseconds since 1970, lines a second or None for DEFAULT_RATE_PER_S): a
                 time for lines that tell none, marked ``told``; line i of the ledger (0 = first) gets FROM + i / RATE
    connection   name of the connection; fragments of two connections never meet, since each has its own call
    datagrams    every chunk is a datagram, and its end the end of a line
    feed         name of the feed that the reports carry; "" = none
    block_bytes  bytes read at once; 1 = a batch with every chunk (live)
    """

    received: tuple[int, float | None] | None = None
    connection: str = ""
    datagrams: bool = False
    feed: str = ""
    block_bytes: int = BLOCK_BYTES


def looks_like_nmea(head: bytes) -> bool:
    """True when a line of ``head`` begins as an NMEA sentence does, with or without TAG blocks or a time before it.

    Blank lines and comments ("#") are passed over; of the others LOOKED_AT are looked at. JSON is never NMEA.
    """
    lines = [x for x in re.split(rb"[\r\n]+", head.removeprefix(b"\xef\xbb\xbf")) if x.strip() and x[:1] != b"#"]
    if lines and lines[0].lstrip()[:1] in (b"{", b"["):
        return False
    for line in lines[:LOOKED_AT]:
        found = _HEAD.search(line)
        if found and _PREFIX.fullmatch(_TAG.sub(b"", line[: found.start()])):
            return True
    return False


def told_of(options: NmeaOptions) -> Told | None:
    """The told time of the options, the default rate filled in."""
    if options.received is None:
        return None
    from_us, rate = options.received
    return Told(from_us, DEFAULT_RATE_PER_S if rate is None else rate)


def read_nmea(chunks: Iterable[bytes], source: str, pools: Pools, options: NmeaOptions) -> Iterator[Batch]:
    """Batches of one input, at least one, with the counts of the ledger.

    chunks  plain bytes, cut anywhere (datagrams: one a chunk)
    source  the input as the user named it
    """
    told = told_of(options)
    reader = Reader(source, options.datagrams, options.block_bytes)
    ships = Ships(pools.statics)
    for heard in reader.read(chunks):
        reports, statics, rejects, counts = reports_of(heard, reader.stations, source, options.feed, pools, ships, told)
        counts.update(heard.counts)
        yield Batch(reports, statics, [*heard.rejects, *rejects], {name: counts[name] for name in _COUNTS})
