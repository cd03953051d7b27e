"""A stream of bytes as AIS messages in packed bits, with the ledger of lines.

Decides: every term of ``lines == not_ais + line_rejects + orphan_fragments + messages + fragments_merged``, each
counted where it happens: a message of k parts is one message and k - 1 fragments merged. Of a message's
parts, the first (in part order) that tells a time or a station tells it for the message.
Messages come in the order of the lines that completed them: behind one that still waits for what speaks against it
(nmea_parts), the others wait too, unless every chunk is a block (live), where none waits for another.
Refuses: to know a field of a message; times beyond what the line tells. Known failures: none known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from beaconline.foundation.records.times import NO_TIME
from beaconline.foundation.table.kernels import kernel
from beaconline.foundation.table.reports import I32, I64
from beaconline.foundation.wire.ais.decode import Messages, pack_messages
from beaconline.see.sources import nmea_fields as nf
from beaconline.see.sources import nmea_groups as groups
from beaconline.see.sources import nmea_parts as parts
from beaconline.see.sources.batch import Reject
from beaconline.see.sources.nmea_blocks import BLOCK_BYTES, MAX_RAW_BYTES, Block, Long, cut_stream
from beaconline.see.sources.nmea_stations import intern_slices

__all__ = ["Heard", "Reader"]

MAX_WAITING: Final = 4096
"""Fragments that may wait for the rest of their message between two blocks; above it the oldest become orphans."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """n good AIS sentences: those still waiting from earlier blocks first, then those of a block, in stream order.

    text     holds their bytes; place int64[n, 2] first byte and byte after the last; rows int64[n, COLUMNS] of
             nmea_fields, with PAY_START in text; station int64[n] code or -1
    unit     int64[n] running number of the line of the ledger; line int64[n] physical line
    """

    text: bytes
    place: I64
    rows: I64
    station: I64
    unit: I64
    line: I64

    def __len__(self) -> int:
        return len(self.place)

    def raw(self, k: int) -> bytes:
        """The line of sentence k as it came."""
        return self.text[self.place[k, 0] : self.place[k, 1]]

    def keep(self, index: I64) -> Sentences:
        """A copy of some of them with their bytes alone."""
        lines = [self.raw(int(k))[:MAX_RAW_BYTES] for k in index]
        ends = np.cumsum([len(each) for each in lines], dtype=np.int64)
        starts = np.concatenate((np.zeros(1, np.int64), ends))[:-1]
        rows = self.rows[index].copy()
        rows[:, nf.PAY_START] += starts - self.place[index, 0]
        place = np.stack((starts, ends), axis=1) if len(index) else np.zeros((0, 2), np.int64)
        return Sentences(
            b"".join(lines), place, rows,
            self.station[index], self.unit[index], self.line[index],
        )  # fmt: skip

    @staticmethod
    def none() -> Sentences:
        empty = np.zeros(0, np.int64)
        return Sentences(b"", np.zeros((0, 2), np.int64), np.zeros((0, nf.COLUMNS), np.int64), empty, empty, empty)

    def followed_by(self, other: Sentences) -> Sentences:
        if not len(self):
            return other
        # Their bytes go behind the block's, so that only the few that waited move.
        rows = self.rows.copy()
        rows[:, nf.PAY_START] += len(other.text)
        return Sentences(
            other.text + self.text,
            np.concatenate((self.place + len(other.text), other.place)),
            np.concatenate((rows, other.rows)),
            np.concatenate((self.station, other.station)),
            np.concatenate((self.unit, other.unit)),
            np.concatenate((self.line, other.line)),
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """n messages of one block, ordered by the line that completed them, and what was rejected on the way.

    messages  packed bits, bit table, type
    t_us      int64[n], time the line tells, or NO_TIME; t_src int64[n], position in records.report.T_SRCS
    station   int64[n], code in Reader.stations, -1 = not told
    line      int64[n], physical line that completed it; first_line int64[n], the first physical line of it
    unit      int64[n], running number of the line of the ledger that completed it, 0 = first
    channel   int64[n], character code of the channel, 0 = not told
    first, count, order  the sentences of message i, in part order: order[first[i] : first[i] + count[i]]
    counts    increments of lines, not_ais, line_rejects, orphan_fragments, messages, fragments_merged
    """

    messages: Messages
    t_us: I64
    t_src: I64
    station: I64
    line: I64
    first_line: I64
    unit: I64
    channel: I64
    first: I32
    count: I32
    order: I64
    sentences: Sentences
    rejects: list[Reject]
    counts: Counter[str]

    def __len__(self) -> int:
        return len(self.t_us)

    def raw(self, i: int) -> bytes:
        """The lines of message i, in part order, joined by a line feed."""
        at = int(self.first[i])
        return b"\n".join(self.sentences.raw(int(k)) for k in self.order[at : at + int(self.count[i])])


def reject_of(source: str, line: int, reason: str, raw: bytes, detail: str, length: int = -1) -> Reject:
    """A reject whose raw bytes are cut to the limit; the detail then tells the whole length."""
    whole = len(raw) if length < 0 else length
    if whole > MAX_RAW_BYTES:
        cut = f"cut to {MAX_RAW_BYTES} of {whole} bytes"
        detail = f"{detail}; {cut}" if detail else cut
    return Reject(source, line, reason, raw[:MAX_RAW_BYTES], detail)


class Reader:
    """One connection or one file: chunks in, messages out.

    source       name of the input, for rejects
    datagrams    True when every chunk is a datagram, whose end is a line end
    block_bytes  a block is read when so many bytes have come; 1 = with every chunk (live)
    stations     bytes of each station told so far, by code
    """

    def __init__(self, source: str, datagrams: bool = False, block_bytes: int = BLOCK_BYTES) -> None:
        self.stations: list[bytes] = []
        self._source = source
        self._datagrams = datagrams
        self._block_bytes = block_bytes
        self._ordered = block_bytes > 1
        self._codes: dict[bytes, int] = {}
        self._units = 0
        self._waiting = Sentences.none()
        self._carried = parts.Carried()

    def read(self, chunks: Iterable[bytes]) -> Iterator[Heard]:
        """Messages block by block; at least one block, so that an empty input has its (zero) counts too."""
        for block in cut_stream(chunks, self._datagrams, self._block_bytes):
            yield self._block(block)

    def _block(self, block: Block) -> Heard:
        counts: Counter[str] = Counter()
        rejects: list[Reject] = []
        if block.long is not None:
            rejects.append(self._long(block.long, counts))
        n = len(block.units)
        counts["lines"] += n
        status = block.rows[:, nf.STATUS]
        counts["not_ais"] += int(np.count_nonzero(status == nf.NOT_AIS))
        for u in np.flatnonzero(status > nf.NOT_AIS).tolist():
            counts["line_rejects"] += 1
            rejects.append(self._line_reject(block, u))
        new = self._good(block, np.flatnonzero(status == nf.OK))
        self._units += n
        return self._heard(self._waiting.followed_by(new), block.final, rejects, counts)

    def _long(self, long: Long, counts: Counter[str]) -> Reject:
        counts["lines"] += 1
        counts["line_rejects"] += 1
        self._units += 1
        reason, words = nf.REASONS[nf.TOO_LONG]
        return reject_of(self._source, long.line, reason, long.head, words, long.length)

    def _line_reject(self, block: Block, u: int) -> Reject:
        reason, words = nf.REASONS[int(block.rows[u, nf.STATUS])]
        start, end = int(block.units[u, 0]), int(block.units[u, 1])
        raw = block.text[start : min(end, start + MAX_RAW_BYTES)]
        return reject_of(self._source, int(block.units[u, 3]), reason, raw, words, end - start)

    def _good(self, block: Block, index: I64) -> Sentences:
        rows = block.rows if len(index) == len(block.rows) else block.rows[index]
        station = np.full(len(index), -1, np.int64)
        named = np.flatnonzero(rows[:, nf.ST_LEN] > 0)
        if len(named):
            start, length = rows[named, nf.ST_START], rows[named, nf.ST_LEN]
            code, first = intern_slices(block.buf, start, length)
            known = [self._station(block.text[start[i] : start[i] + length[i]]) for i in first.tolist()]
            station[named] = np.array(known, np.int64)[code]
        several = np.flatnonzero(rows[:, nf.COUNT] > 1)
        begun = np.empty(len(several), np.int64)
        begins = (rows[several, nf.PART] == 1).astype(np.int64)
        source = (station[several] + 1) % parts.BEGUN_SOURCES
        parts.count_begun(rows[several, nf.SEQ], begins, source, self._carried.total, self._carried.own, begun)
        rows[several, nf.BEGUN] = begun
        return Sentences(block.text, block.units[index, :2], rows, station, self._units + index, block.units[index, 3])

    def _station(self, name: bytes) -> int:
        found = self._codes.get(name)
        if found is None:
            found = self._codes[name] = len(self.stations)
            self.stations.append(name)
        return found

    def _heard(self, all_: Sentences, final: bool, rejects: list[Reject], counts: Counter[str]) -> Heard:
        buf = np.frombuffer(all_.text, np.uint8)
        single = np.flatnonzero(all_.rows[:, nf.COUNT] == 1)
        multi = np.flatnonzero(all_.rows[:, nf.COUNT] > 1)
        made = parts.assemble(buf, _fragments(all_, multi), self._carried, self._units, final)
        all_.rows[multi, nf.DOUBT] = made.doubt
        orphan = multi[made.state == groups.ORPHAN]
        wait = multi[(made.state == groups.PENDING) | (made.state == groups.TENTATIVE)]
        if len(wait) > MAX_WAITING:
            orphan, wait = np.sort(np.concatenate((orphan, wait[:-MAX_WAITING]))), wait[-MAX_WAITING:]
        for k in orphan.tolist():
            counts["orphan_fragments"] += 1
            words = f"part {all_.rows[k, nf.PART]} of {all_.rows[k, nf.COUNT]}, the rest not heard"
            rejects.append(reject_of(self._source, int(all_.line[k]), "orphan_fragment", all_.raw(k), words))
        members, last = made.part[made.complete], multi[made.last]
        until = _first_held(all_.unit[multi], made) if self._ordered else None
        if until is not None:
            early = all_.unit[last] < until
            behind = members[~early]
            later = single[all_.unit[single] > until]
            wait = np.sort(np.concatenate((wait, later, multi[behind[behind >= 0]])))
            single, members, last = single[all_.unit[single] < until], members[early], last[early]
        heard = _messages(all_, buf, single, multi, members, last, rejects, counts)
        self._waiting = all_.keep(wait)
        return heard


def _first_held(unit: I64, made: parts.Assembly) -> int | None:
    """The first line that completed a message which still waits; unit int64[n], lines of the fragments."""
    held = np.flatnonzero(made.state == groups.TENTATIVE)
    if not len(held):
        return None
    ends = np.full(len(made.part), -1, np.int64)
    np.maximum.at(ends, made.group[held], unit[held])
    return int(ends[ends >= 0].min())


def _fragments(all_: Sentences, multi: I64) -> I64:
    """The table that nmea_parts wants, for the sentences ``multi``."""
    rows = all_.rows[multi]
    out = np.empty((len(multi), groups.COLUMNS), np.int64)
    key = rows[:, nf.TALKER] << 20 | rows[:, nf.COUNT] << 16 | (rows[:, nf.SEQ] + 1) << 8 | rows[:, nf.CHANNEL]
    out[:, groups.KEY] = key
    out[:, groups.GROUP] = rows[:, nf.GROUP]
    out[:, groups.STATION] = all_.station[multi]
    out[:, groups.PART] = rows[:, nf.PART]
    out[:, groups.COUNT] = rows[:, nf.COUNT]
    out[:, groups.UNIT] = all_.unit[multi]
    out[:, groups.T_US] = rows[:, nf.T_US]
    out[:, groups.START] = rows[:, nf.PAY_START]
    out[:, groups.LENGTH] = rows[:, nf.PAY_LEN]
    out[:, groups.BEGUN] = rows[:, nf.BEGUN]
    out[:, groups.DOUBT] = rows[:, nf.DOUBT]
    return out


@kernel
def _gather(
    first: I32,
    count: I32,
    order: I64,
    rows: I64,
    station_of: I64,
    line_of: I64,
    t_us: I64,
    t_src: I64,
    station: I64,
    first_line: I64,
) -> None:
    """What the later parts of each message tell that its first part does not: time, station, an earlier line."""
    for i in range(len(first)):
        for j in range(first[i] + 1, first[i] + count[i]):
            k = order[j]
            first_line[i] = min(first_line[i], line_of[k])
            if t_us[i] == NO_TIME:
                t_us[i], t_src[i] = rows[k, nf.T_US], rows[k, nf.T_SRC]
            if station[i] < 0:
                station[i] = station_of[k]


def _messages(
    all_: Sentences, buf: npt.NDArray[np.uint8], single: I64, multi: I64, members: I64, ends: I64,
    rejects: list[Reject], counts: Counter[str],
) -> Heard:  # fmt: skip
    """Lay the sentences of each message one behind the other and pack the messages.

    members  int64[*, 9], places in multi of the parts of each message of several, -1 = none; ends, its last sentence
    """
    held = members >= 0
    size = held.sum(axis=1).astype(np.int32)
    counts["messages"] += len(single)
    counts["messages"] += len(size)
    counts["fragments_merged"] += int((size - 1).sum())
    order = np.concatenate((single, multi[members[held]]))
    count = np.concatenate((np.ones(len(single), np.int32), size))
    last = np.concatenate((single, ends))
    first = (np.cumsum(count) - count).astype(np.int32)
    by_line = np.argsort(all_.unit[last], kind="stable")
    first, count, last = first[by_line], count[by_line].astype(np.int32), last[by_line]
    lead = order[first]
    t_us, t_src, station = all_.rows[lead, nf.T_US].copy(), all_.rows[lead, nf.T_SRC].copy(), all_.station[lead].copy()
    first_line = all_.line[lead].copy()
    _gather(first, count, order, all_.rows, all_.station, all_.line, t_us, t_src, station, first_line)
    packed = pack_messages(
        buf, first, count, all_.rows[order, nf.PAY_START], all_.rows[order, nf.PAY_LEN].astype(np.int32),
        all_.rows[order, nf.FILL].astype(np.int8),
    )  # fmt: skip
    return Heard(
        packed, t_us, t_src, station, all_.line[last], first_line, all_.unit[last], all_.rows[lead, nf.CHANNEL],
        first, count, order, all_, rejects, counts,
    )  # fmt: skip
