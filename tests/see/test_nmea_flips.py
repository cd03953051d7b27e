"""One character changed anywhere in a sentence: no message, and the ledger still balances."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nmea_lines import POSITION, read, sentence, tagged, two

GOOD = sentence(POSITION)


def flips(line: bytes) -> list[bytes]:
    """Every line that differs from this one in one byte, for a handful of bytes at each place."""
    return [
        line[:i] + bytes([new]) + line[i + 1 :]
        for i, old in enumerate(line)
        for new in {old ^ 1, old ^ 2, old ^ 16, old ^ 32, old ^ 128, 33, 36, 42, 44, 48, 92, 65} - {old, 10, 13}
    ]


@pytest.mark.parametrize("line", [GOOD, tagged(GOOD, "s:rSTA,c:1418169601,g:1-1-5"), sentence("", head="AIVDO")])
def test_no_flip_makes_a_message(line: bytes) -> None:
    changed = flips(line)
    got = read(b"".join(each + b"\n" for each in changed))
    assert got.counts["messages"] == 0
    assert got.counts["lines"] >= len(changed)


def test_no_flip_of_a_part_makes_a_message() -> None:
    a1, a2 = two()
    for changed in flips(a1):
        assert read(changed + b"\n" + a2 + b"\n").counts["messages"] == 0, changed
    for changed in flips(a2):
        assert read(a1 + b"\n" + changed + b"\n").counts["messages"] == 0, changed


def body_end(line: bytes) -> int:
    """Where the part of a line that a checksum covers ends: behind its two digits."""
    star = line.find(b"*")
    return star + 3 if star >= 0 else len(line)


@pytest.mark.parametrize("seed", range(20))
def test_sample_with_one_character_flipped_in_every_line(data: Path, seed: int) -> None:
    rng = random.Random(seed)
    lines = (data / "nmea" / "sample.aivdm").read_bytes().splitlines()
    changed = []
    for line in lines:
        end = body_end(line)
        if end:
            i = rng.randrange(end)
            new = rng.choice([c for c in range(256) if c not in (line[i], 10, 13)])
            line = line[:i] + bytes([new]) + line[i + 1 :]
        changed.append(line)
    got = read(b"\n".join(changed) + b"\n")
    assert got.counts["messages"] == 0 and got.counts["lines"] >= len(lines)


def test_each_line_of_the_sample_flipped_alone_loses_its_message_and_splices_none(data: Path) -> None:
    lines = (data / "nmea" / "sample.aivdm").read_bytes().splitlines()
    whole = read(b"\n".join(lines)).counts["messages"]
    for n, line in enumerate(lines):
        if b"VDM," in line[:8] or b"VDO," in line[:8]:
            bang = line.find(b",", 8)
            changed = line[:bang] + bytes([line[bang] ^ 1]) + line[bang + 1 :]
            got = read(b"\n".join([*lines[:n], changed, *lines[n + 1 :]]))
            assert got.counts["messages"] == whole - (0 if line.startswith(b"A") else 1), n


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_byte_anywhere(place: int, byte: int) -> None:
    changed = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    got = read(changed + b"\n")
    assert got.counts["messages"] == (1 if changed == GOOD else 0)
