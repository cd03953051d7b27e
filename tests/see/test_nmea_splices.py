"""No message is ever made of parts of two: every order of two and three messages that share all keys."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from beaconline.foundation.records.times import NO_TIME
from beaconline.see.sources import nmea_groups as groups
from beaconline.see.sources import nmea_parts as parts
from beaconline.see.sources.nmea_doubts import BAN_LINES, BAN_S, DOUBT_LINES, HOLD_LINES, RUN_GAP_LINES, RUNS_TRUSTED
from beaconline.see.sources.nmea_parts import MAX_BEGUN, MAX_OPEN

Fragment = tuple[str, int]
"""Message (a letter) and number of the part, from 1."""
Placed = tuple[Fragment, int]
"""A fragment and its line."""

SIZES = {2: (60, 11), 3: (30, 30, 11)}
"""Characters of the parts of a static report."""
UNEVEN = {2: (56, 15), 3: (28, 32, 11)}
"""The same of message B, where lengths differ."""


class Stream:
    """Fragments of messages of one key, read by the assembler alone.

    named  numbers of the parts that tell a station (that of their message); t_s  seconds at a line, or None
    """

    def __init__(self, count: int, uneven: bool = False, named: Sequence[int] = (), t_s: float | None = None) -> None:
        self.count, self.named, self.t_s = count, named, t_s
        self.text = b""
        self.place: dict[Fragment, tuple[int, int]] = {}
        for ship in "ABCDEFGH":
            for part in range(1, count + 1):
                size = (UNEVEN if uneven and ship == "B" else SIZES)[count][part - 1]
                self.place[ship, part] = len(self.text), size
                self.text += ("5" if part == 1 else "0").encode() + (f"{ship}{part}" * 40).encode()[: size - 1]
        self.buf = np.frombuffer(self.text, np.uint8)

    def rows(self, placed: Iterable[Placed]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        out = []
        for (ship, part), line in placed:
            station = ord(ship) if part in self.named else -1
            time = NO_TIME if self.t_s is None else int(1e15 + line * self.t_s * 1e6)
            out.append((7, -1, station, part, self.count, line, time, *self.place[ship, part], 0, 0))
        return np.array(out, np.int64).reshape(-1, groups.COLUMNS)

    def messages(self, placed: Sequence[Placed]) -> list[str]:
        """Ships of the parts of each message that was put together."""
        made = parts.assemble(self.buf, self.rows(placed), parts.Carried(), 10_000, True)
        return ["".join(placed[f][0][0] for f in made.part[g][: self.count]) for g in made.complete]

    def whole(self, placed: Sequence[Placed]) -> list[str]:
        """The messages put together, each of one ship, by the letter of it."""
        got = self.messages(placed)
        assert all(len(set(each)) == 1 for each in got), (got, placed)
        return sorted(each[0] for each in got)


def losses(order: Sequence[Fragment]) -> Iterator[list[Placed]]:
    """The stream as it is, with each one part lost, and with each one part damaged (its line is still there)."""
    placed = list(zip(order, range(len(order)), strict=True))
    yield placed
    for i in range(len(order)):
        kept = [*order[:i], *order[i + 1 :]]
        yield list(zip(kept, range(len(kept)), strict=True))
        yield [*placed[:i], *placed[i + 1 :]]


def interleavings(ships: str, count: int) -> Iterator[list[Fragment]]:
    """Every stream in which each message keeps its own order."""
    for letters in (
        set(itertools.permutations(ships * count)) if len(ships) == 2 else merged(dict.fromkeys(ships, count))
    ):
        seen: dict[str, int] = {}
        out = []
        for ship in letters:
            seen[ship] = seen.get(ship, 0) + 1
            out.append((ship, seen[ship]))
        yield out


def merged(left: dict[str, int]) -> Iterator[tuple[str, ...]]:
    if not any(left.values()):
        yield ()
    for ship, n in left.items():
        if n:
            for rest in merged({**left, ship: n - 1}):
                yield (ship, *rest)


def spoken(order: str) -> list[Placed]:
    """ "A1 B1 # A2" as fragments on lines; "#" is any other line."""
    return [((word[0], int(word[1])), line) for line, word in enumerate(order.split()) if word != "#"]


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("named", [(), (1,), (2,)])
@pytest.mark.parametrize(("ships", "count"), [("AB", 2), ("AB", 3), ("ABC", 2)])
def test_every_order_of_messages_that_share_all_keys(
    ships: str, count: int, named: tuple[int, ...], uneven: bool
) -> None:
    stream = Stream(count, uneven, named)
    for order in itertools.permutations([(ship, part) for ship in ships for part in range(1, count + 1)]):
        for placed in losses(order):
            stream.whole(placed)


@pytest.mark.parametrize("named", [(), (1,)])
@pytest.mark.parametrize("count", [2, 3])
def test_every_interleaving_of_three_messages(count: int, named: tuple[int, ...]) -> None:
    stream = Stream(count, named=named)
    n = 0
    for order in interleavings("ABC", count):
        for placed in losses(order):
            stream.whole(placed)
            n += 1
    assert n == (90 * 13 if count == 2 else 1680 * 19)


@pytest.mark.parametrize("order", ["A1 B1 A2 B2", "A1 B2 A2 B1", "B1 A2 B2", "A1 B2 B1", "A1 B2 # # A2 # B1"])
def test_orders_that_were_spliced_once(order: str) -> None:
    for named in ((), (1,)):
        assert Stream(2, named=named).whole(spoken(order)) == []
    assert Stream(2, named=(1, 2)).whole(spoken("A1 B1 A2 B2")) == ["A", "B"]


def test_a_station_on_the_first_part_alone() -> None:
    stream = Stream(3, named=(1,))
    assert stream.whole(spoken("A1 A2 A3")) == ["A"]
    assert stream.whole(spoken("A1 A2 A3 # # # B1 B2 B3")) == ["A", "B"]
    for order in ("A1 A2 B1 B2 A3 B3", "A1 B1 A2 A3 B2 B3", "A1 # A2 A3"):
        assert stream.whole(spoken(order)) == [], order


def test_one_message_is_whole_in_any_order() -> None:
    for count in (2, 3):
        for order in itertools.permutations([("A", part) for part in range(1, count + 1)]):
            assert Stream(count).whole(list(zip(order, (3, 5, 9), strict=False))) == ["A"]


def test_messages_on_consecutive_lines_with_others_between_are_whole() -> None:
    for gap in range(6):
        order = "A1 A2 " + "# " * gap + "B1 B2"
        assert Stream(2).whole(spoken(order)) == (["A", "B"] if gap > RUN_GAP_LINES else []), gap
    # Here B could have been sent A2, or its parts do not stand together.
    assert Stream(2).whole(spoken("A1 A2 # # # # B2 B1")) == []
    assert Stream(2).whole(spoken("A1 A2 # # # # B1 # B2")) == []
    assert Stream(2).whole(spoken("A1 # A2 # # # # B1 B2")) == []


def test_lengths_tell_whose_part_it_is() -> None:
    uneven = Stream(2, uneven=True)
    assert uneven.whole(spoken("A1 A2 B1 B2")) == ["A", "B"]
    assert uneven.whole(spoken("A1 B2 B1 A2")) == []
    assert Stream(2).whole(spoken("A1 A2 B1 B2")) == []


def run_of(n: int, gap: int) -> list[Placed]:
    """n whole messages, each of other text, with so many other lines between."""
    return [(("ABCDEFGH"[i], part), i * (2 + gap) + part) for i in range(n) for part in (1, 2)]


@pytest.mark.parametrize("gap", range(RUN_GAP_LINES + 1))
def test_many_messages_with_one_number_are_whole(gap: int) -> None:
    """What a log of static reports with one sequence number looks like."""
    for n in range(1, 8):
        whole = "ABCDEFGH"[:n] if n == 1 or n >= RUNS_TRUSTED else ""
        assert Stream(2).whole(run_of(n, gap)) == list(whole), n
    # One of them crossed with the next: none of the key is believed.
    placed = run_of(6, gap)
    placed[9], placed[11] = (placed[11][0], placed[9][1]), (placed[9][0], placed[11][1])
    assert Stream(2).messages([*placed[:10], placed[11]]) == []


def test_how_long_doubt_lasts() -> None:
    for late, whole in ((DOUBT_LINES, ["A", "B", "C", "D"]), (DOUBT_LINES + 1, [])):
        end = 2 + late  # A is complete on line 2
        later = [(("C", 1), end - 3), (("C", 2), end - 2), (("D", 1), end - 1), (("D", 2), end)]
        assert Stream(2).whole(run_of(2, 0) + later) == whole


def in_blocks(data: bytes, size: int, block: int) -> list[dict[str, object]]:
    from beaconline.see.sources.nmea import NmeaOptions
    from beaconline.see.sources.nmea_plain import decode_nmea

    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    return [m for block in decode_nmea(chunks, "log", NmeaOptions(block_bytes=block)) for m in block.messages]


@pytest.mark.parametrize("seed", range(8))
def test_any_blocks_give_the_same_messages_in_the_same_order(seed: int) -> None:
    """Nameless and named, whole, lost, crossed and repeated messages of few numbers, with others between."""
    from nmea_lines import POSITION, sentence, tagged, two

    rng = np.random.default_rng(seed)
    out: list[bytes] = []
    for i in range(200):
        few = int(rng.integers(1, 3 if seed % 2 else 10))
        pair = list(two(str(few), "A", (f"5{i:04d}".ljust(60, "0"), f"{i:04d}".ljust(11, "0"))))
        if rng.random() < 0.2:
            pair = [tagged(each, f"s:r{i % 3}") for each in pair]
        if rng.random() < 0.2:
            pair[1] = tagged(pair[1], f"c:{1_700_000_000 + i}")
        out += [each for each in pair if rng.random() > 0.05]
        out += [sentence(POSITION)] * int(rng.integers(0, 4))
        if rng.random() < 0.1:
            at = int(rng.integers(max(0, len(out) - 6), len(out)))
            out.append(out.pop(at))
        if rng.random() < 0.05:
            out.append(out[-1])
    data = b"".join(each + b"\n" for each in out)
    whole = in_blocks(data, len(data), len(data))
    assert [m["line"] for m in whole] == sorted(m["line"] for m in whole)  # type: ignore[type-var]
    for size in (149, 900, 5000):
        assert in_blocks(data, size, size) == whole, size
    live = in_blocks(data, 149, 1)
    assert sorted(map(repr, live)) == sorted(map(repr, whole))


def test_a_copy_is_no_contradiction() -> None:
    for order in ("A1 A1 A2 A2", "A1 A2 A1 A2", "A1 A2 A2 A1"):
        assert Stream(2).whole(spoken(order)) == ["A", "A"], order


def test_how_long_what_speaks_against_a_message_is_awaited() -> None:
    for late in (HOLD_LINES, HOLD_LINES + 1):
        placed = [(("A", 1), 0), (("A", 2), 5), (("B", 2), 5 + late)]
        assert Stream(2).whole(placed) == ([] if late <= HOLD_LINES else ["A"])
    for step_s, whole in ((BAN_S / 2, []), (BAN_S / 2 + 0.1, ["A"])):
        assert Stream(2, t_s=step_s).whole(spoken("A1 A2 # B2")) == whole


def test_the_ban_after_a_clash_ends() -> None:
    for after in (BAN_LINES, BAN_LINES + 1):
        placed = [(("A", 1), 0), (("B", 1), 1), (("C", 1), 1 + after), (("C", 2), 2 + after)]
        assert Stream(2).whole(placed) == ([] if after <= BAN_LINES else ["C"])
    for step_s in (BAN_S / 10, BAN_S / 10 + 0.01):
        placed = [(("A", 1), 0), (("B", 1), 1), (("C", 1), 11), (("C", 2), 12)]
        assert Stream(2, t_s=step_s).whole(placed) == ([] if step_s == BAN_S / 10 else ["C"])


def test_a_part_is_too_late_once_the_numbers_have_come_round() -> None:
    for begun, whole in ((MAX_BEGUN, ["A"]), (MAX_BEGUN + 1, [])):
        stream = Stream(2)
        rows = stream.rows(spoken("A1 # # # # A2"))
        rows[1, groups.BEGUN] = begun
        made = parts.assemble(stream.buf, rows, parts.Carried(), 10_000, True)
        assert len(made.complete) == len(whole)


def test_begun_messages_are_counted_by_source_and_without_the_own_number() -> None:
    seq = np.array([1, 2, 2, -1, 1, 3, 1], np.int64)
    begins = np.array([1, 1, 0, 1, 1, 1, 0], np.int64)
    source = np.array([0, 0, 0, 0, 1, 0, 0], np.int64)
    out = np.empty(7, np.int64)
    carried = parts.Carried()
    counts = carried.total, carried.own
    parts.count_begun(seq, begins, source, *counts, out)
    assert out.tolist() == [0, 1, 1, 2, 0, 3, 3]
    parts.count_begun(seq[:1], begins[:1], source[:1], *counts, out[:1])
    assert out[0] == 3


def test_open_messages_of_a_key_are_bounded() -> None:
    stream = Stream(2, named=(1, 2), t_s=0.001)
    rows = stream.rows([(("A", 1), line) for line in range(MAX_OPEN + 1)])
    rows[:, groups.STATION] = np.arange(MAX_OPEN + 1)
    made = parts.assemble(stream.buf, rows, parts.Carried(), MAX_OPEN + 1, False)
    assert (made.state == groups.PENDING).sum() == MAX_OPEN and made.state[-1] == groups.ORPHAN


def busy(loss: float, gap: int, timed: bool) -> tuple[int, int]:
    """(messages of which every part came, messages put together) of one receiver that tells no station."""
    from nmea_lines import POSITION, read, sentence, tagged, two

    rng = np.random.default_rng(1)
    out: list[bytes] = []
    whole, line = 0, 0
    for i in range(1000):
        a, b = two(str(i % 10), "AB"[int(rng.integers(2))], (f"5{i:04d}".ljust(60, "0"), f"{i:04d}".ljust(11, "0")))
        kept = rng.random(2) >= loss
        whole += bool(kept.all())
        for each, there in ((a, kept[0]), (b, kept[1]), *[(sentence(POSITION), True)] * gap):
            line += 1
            if there:
                out.append(tagged(each, f"c:{1_700_000_000 + line // 300}") if timed else each)
    got = read(b"\n".join(out))
    return whole, got.counts["fragments_merged"]


@pytest.mark.parametrize("timed", [False, True])
def test_a_busy_receiver_loses_few_whole_messages(timed: bool) -> None:
    for loss, least in ((0.0, 1.0), (0.01, 0.99), (0.05, 0.97)):
        for gap in (1, 8):
            whole, kept = busy(loss, gap, timed)
            assert least * whole <= kept <= whole, (loss, gap)
