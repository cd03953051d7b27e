"""Tracks and identity conflicts on public traffic: the figures that the reference pages state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from track_data import marinecadastre, near_pairs, one_mmsi, solent, vessels_with_a_jump

from beaconline.foundation.records.finding import Draft
from beaconline.foundation.table.reports import I32, Pools, Reports
from beaconline.foundation.table.tracks import TrackBook
from beaconline.see.tracks.tracker import start, step
from beaconline.understand.detectors.identity_conflict import IdentityConflict
from beaconline.understand.step import Tick

CLEAN = [f"clean_{k}" for k in range(1, 7)]


def tracks(rows: Reports, pools: Pools) -> tuple[I32, TrackBook]:
    book = TrackBook()
    return step(start(), rows, pools, book)[1], book


def conflicts(rows: Reports, pools: Pools) -> tuple[list[Draft], TrackBook]:
    codes, book = tracks(rows, pools)
    kind, end = IdentityConflict(), int(rows.t_us[-1])
    state, drafts = kind.step(kind.start(), Tick(rows, codes, np.zeros(len(rows), np.int64), end, book, pools))
    return drafts + kind.finish(state, end, book, pools), book


def purity(codes: I32, first: np.ndarray) -> float:
    """Share of rows that belong to the ship most of their track is."""
    return sum(max(int(first[codes == c].sum()), int((~first[codes == c]).sum())) for c in np.unique(codes)) / len(
        codes
    )


def test_the_main_ship_of_many_on_one_mmsi_is_one_track(data: Path) -> None:
    rows, expected = one_mmsi(data, "many_ships_segments", Pools())
    codes, _ = tracks(rows, Pools())
    labels, sizes = np.unique(expected.astype(str), return_counts=True)
    main = expected.astype(str) == labels[sizes.argmax()]
    assert (main.sum(), (~main).sum()) == (1163, 30)
    top = np.bincount(codes[main]).argmax()
    assert (codes[main] == top).mean() >= 0.99
    assert (codes[~main] == top).sum() <= 3


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_mmsi_is_one_track_and_no_conflict(data: Path, name: str) -> None:
    pools = Pools()
    rows, _ = one_mmsi(data, name, pools)
    codes, book = tracks(rows, pools)
    assert np.bincount(codes).max() >= 0.98 * len(rows)
    assert len(book) <= 3
    assert conflicts(rows, pools)[0] == []


def test_a_noisy_mmsi_is_one_track(data: Path) -> None:
    rows, _ = one_mmsi(data, "noisy", Pools())
    assert len(tracks(rows, Pools())[1]) == 1


def test_a_jumping_mmsi_is_parted_and_told(data: Path) -> None:
    pools = Pools()
    rows, _ = one_mmsi(data, "jumping", pools)
    codes, book = tracks(rows, pools)
    sizes = np.bincount(codes)
    assert sizes.max() == len(rows) - 3 and len(book) == 4
    drafts, book = conflicts(rows, pools)
    assert [d.type for d in drafts] == ["stray_fix", "stray_fix"]
    assert all("station rORBCOMM" in d.why for d in drafts)


@pytest.mark.slow
def test_any_two_near_ships_of_a_harbour_on_one_mmsi_are_parted(data: Path) -> None:
    rows = solent(data)
    good, total, opened, pairs = 0.0, 0, 0, near_pairs(rows)
    assert 2500 < len(pairs) < 2800
    for both, first in pairs:
        part = rows.take(both)
        part.mmsi[:] = 235000000
        codes, book = tracks(part, Pools())
        good += purity(codes, first) * len(both)
        total += len(both)
        opened += len(book)
    assert good / total >= 0.995
    assert opened / len(pairs) <= 2.2


def test_ships_of_a_harbour_stay_whole(data: Path) -> None:
    rows = solent(data)
    _, book = tracks(rows, Pools())
    assert len(book) <= 1.05 * len(np.unique(rows.mmsi))


@pytest.mark.parametrize(("told", "most"), [(None, 1.05), (0, 1.6)])
def test_ships_of_a_harbour_stay_whole_whatever_they_tell(data: Path, told: int | None, most: float) -> None:
    """The same ships with speed and course blanked, or with zero in both. What breaks off is short."""
    rows = solent(data)
    rows.sog_mkn[:] = rows.cog_cdeg[:] = -1 if told is None else told
    codes, book = tracks(rows, Pools())
    ships = np.unique(rows.mmsi)
    assert len(book) <= most * len(ships)
    assert sum(np.bincount(codes[rows.mmsi == ship]).max() for ship in ships) >= 0.98 * len(rows)


def test_ships_without_a_jump_stay_whole_and_only_jumps_are_told(data: Path) -> None:
    pools = Pools()
    rows = marinecadastre(data, pools)
    jumping = vessels_with_a_jump(rows)
    drafts, book = conflicts(rows, pools)
    told = {book.mmsi[code] for draft in drafts for code, _ in draft.members}
    others = set(np.unique(rows.mmsi).tolist()) - jumping
    assert len(jumping) >= 30
    assert len(jumping & told) >= 0.9 * len(jumping)
    assert len(others & told) <= 0.01 * len(others)
    whole = sum(mmsi in others for mmsi in book.mmsi)
    assert whole <= 1.01 * len(others)
