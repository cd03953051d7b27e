"""One event, one alarm: what accounts for what, at the edges of time, vessels and place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from beaconline.foundation.records.finding import KINDS
from beaconline.understand.rules import accounted
from beaconline.understand.rules.accounted import account
from beaconline.understand.rules.desk import join_repeats

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def found(
    kind: str, mmsis: Sequence[int], begin: float, end: float, *, east_nm: float = 0.0, queue: str = "default",
) -> dict[str, Any]:  # fmt: skip
    """A finding from minute to minute, so far east of a place on the equator."""
    t = [(DAY + timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M:%SZ") for m in (begin, end)]
    return {
        "id": f"f_{kind}_{'_'.join(map(str, mmsis))}_{begin:g}", "kind": kind, "type": "", "queue": queue,
        "handling": [], "zones": [], "t_start": t[0], "t_end": t[1],
        "members": [{"mmsi": m, "track": f"m{m}"} for m in mmsis],
        "where": {"type": "Point", "coordinates": [east_nm / 60.0, 0.0]},
    }  # fmt: skip


def standing(*findings: dict[str, Any]) -> list[str]:
    """Ids that stay in the default queue."""
    ordered = sorted(findings, key=lambda f: (f["t_start"], f["kind"], f["id"]))
    account(ordered, {f["id"] for f in findings if f["queue"] == "default"})
    return [f["id"] for f in ordered if f["queue"] == "default"]


def test_a_raft_accounts_for_its_meetings_and_they_name_it() -> None:
    raft = found("raft", (1, 2, 3, 4), 0, 300)
    pairs = [found("encounter", (a, b), 5, 290) for a in (1, 2, 3, 4) for b in (1, 2, 3, 4) if a < b]
    other = found("encounter", (8, 9), 5, 290)
    assert standing(raft, *pairs, other) == [raft["id"], other["id"]]
    assert all(p["handling"] == [{"how": "accounted", "of": raft["id"]}] and p["queue"] == "context" for p in pairs)
    assert raft["handling"] == other["handling"] == []


def test_a_vessel_outside_keeps_the_alarm() -> None:
    assert len(standing(found("raft", (1, 2, 3, 4), 0, 300), found("encounter", (4, 5), 5, 290))) == 2


@pytest.mark.parametrize(
    ("begin", "end", "alarms"),
    [
        (0, 100, 1), (-30, 100, 1), (100, 130, 1),
        # Two hours and eleven minutes, of which 100 and two margins of 30 would cover up to 160.
        (-60, 100, 1), (-73, 100, 1), (-74, 100, 2), (130, 130, 1), (131, 131, 2), (131, 200, 2),
    ],
)  # fmt: skip
def test_three_quarters_of_the_time_must_lie_inside(begin: float, end: float, alarms: int) -> None:
    spoof, other = found("position_spoof", (1, 2), 0, 100), found("loitering", (1,), begin, end)
    assert len(standing(spoof, other)) == alarms


def test_an_hour_of_false_positions_hides_no_day_of_loitering_but_a_short_block_covers_a_long_meeting() -> None:
    assert len(standing(found("position_spoof", (1,), 0, 60), found("loitering", (1,), 0, 900))) == 2
    block, meeting = found("block", (1, 2), 0, 40), found("encounter", (1, 2), 10, 400)
    assert standing(block, meeting) == [block["id"]]
    assert len(standing(found("raft", (1, 2, 3, 4), 0, 60), found("encounter", (1, 2), 0, 900))) == 2


@pytest.mark.parametrize("kind", ["identity_change", "listed_seen", "feed_silent"])
def test_other_questions_are_never_accounted_for(kind: str) -> None:
    for wide in accounted.ORDER:
        assert len(standing(found(wide, (1, 2), 0, 100), found(kind, (1,), 0, 100))) == 2


def test_only_what_was_meant_for_the_queue_accounts() -> None:
    raft, pair = found("raft", (1, 2, 3, 4), 0, 300, queue="context"), found("encounter", (1, 2), 5, 290)
    assert standing(raft, pair) == [pair["id"]]
    # A raft that was acknowledged was meant for it: its meetings do not stand up in its place.
    raft, pair = found("raft", (1, 2, 3, 4), 0, 300), found("encounter", (1, 2), 5, 290)
    raft |= {"queue": "context", "handling": [{"how": "acknowledged"}]}
    account([raft, pair], {raft["id"], pair["id"]})
    assert pair["handling"] == [{"how": "accounted", "of": raft["id"]}]
    assert raft["handling"] == [{"how": "acknowledged"}]


def test_a_muted_piece_keeps_its_own_words() -> None:
    raft, pair = found("raft", (1, 2, 3, 4), 0, 300), found("encounter", (1, 2), 5, 290)
    pair |= {"queue": "context", "handling": [{"how": "muted"}]}
    account([raft, pair], {raft["id"], pair["id"]})
    assert pair["handling"] == [{"how": "muted"}]


def test_everything_names_what_stands_itself() -> None:
    joint, raft = found("joint_activity", (1, 2, 3, 4, 5), 0, 600), found("raft", (1, 2, 3, 4), 30, 500)
    pair, one = found("encounter", (1, 2), 60, 400), found("loitering", (1,), 60, 400)
    assert standing(joint, raft, pair, one) == [joint["id"]]
    assert {f["handling"][0]["of"] for f in (raft, pair, one)} == {joint["id"]}


def test_meetings_that_share_vessels_are_one_gathering() -> None:
    pairs = [found("encounter", (a, b), 10 * a, 200) for a in range(1, 8) for b in range(a + 1, 8)]
    first = min(pairs, key=lambda f: (f["t_start"], f["id"]))
    assert standing(*pairs) == [first["id"]]


def test_meetings_one_after_the_other_far_apart_or_of_others_are_not() -> None:
    first = found("encounter", (1, 2), 0, 100)
    assert len(standing(first, found("encounter", (2, 3), 100, 200))) == 2
    assert len(standing(first, found("encounter", (2, 3), 99, 200))) == 1
    first = found("encounter", (1, 2), 0, 100)
    assert len(standing(first, found("encounter", (3, 4), 0, 100))) == 2
    assert len(standing(first, found("encounter", (2, 3), 0, 100, east_nm=3.05))) == 2
    assert len(standing(first, found("encounter", (2, 3), 0, 100, east_nm=2.95))) == 1


def test_a_gathering_does_not_run_on_through_the_day() -> None:
    chain = [found("encounter", (k, k + 1), 90 * k, 90 * k + 100) for k in range(8)]
    assert len(standing(*chain)) == 4


def test_a_full_gathering_begins_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounted, "MOST_MEMBERS", 4)
    star = [found("encounter", (1, k), 0, 100) for k in range(2, 6)]
    assert len(standing(*star)) == 2


def test_members_without_a_number_go_by_their_track_and_none_at_all_by_nothing() -> None:
    raft, pair = found("raft", (1, 2, 3, 4), 0, 300), found("encounter", (1, 2), 5, 290)
    for finding in (raft, pair):
        for member in finding["members"]:
            member["mmsi"] = None
    assert standing(raft, pair) == [raft["id"]]
    feed = found("feed_silent", (), 0, 300)
    assert feed["id"] in standing(raft, feed)


def test_what_is_accounted_for_begins_no_episode() -> None:
    raft, piece = found("raft", (1, 2, 3, 4), 0, 300), found("encounter", (1, 2), 0, 290)
    later = found("encounter", (1, 2), 500, 600)
    ordered = [raft, piece, later]
    account(ordered, {f["id"] for f in ordered})
    join_repeats(ordered, 6 * 3600)
    assert later["queue"] == "default"


def test_the_tables_name_kinds_that_exist() -> None:
    for table in (accounted.WITHIN, accounted.MEETING):
        for wide, narrow in table.items():
            assert wide in accounted.ORDER
            assert set(narrow) <= set(KINDS)
            # Nothing accounts for what stands above it.
            ranks = [accounted.ORDER.index(kind) for kind in narrow if kind in accounted.ORDER]
            assert all(rank > accounted.ORDER.index(wide) for rank in ranks)
