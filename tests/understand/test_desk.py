"""Mutes, exclusions, acknowledgements, repeats: what leaves the default queue, and what a bad file is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from beaconline.foundation.records.times import parse_us
from beaconline.understand.rules.conditions import Condition, RuleFileError, Seen, read_condition
from beaconline.understand.rules.desk import Desk, handle, join_repeats, read_exclusions, read_mutes

SEEN = Seen(
    id="f_1", event="e_1", kind="encounter", type="alongside", t_start_us=parse_us("2026-01-02T23:30:00Z"),
    mmsis=(1, 2), tracks=("a", "b"), names=("SIM ONE", None), forces=("fishing", None),
    lists=(frozenset({"own.csv"}), frozenset()), zones=(("bay", "anchorage"),),
)  # fmt: skip


def held(**table: Any) -> bool:
    return read_condition("f.toml: [[x]] 1:", table, ()).holds(SEEN)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"kinds": "encounter"}, True), ({"kinds": ["gap", "raft"]}, False), ({"types": "alongside"}, True),
        ({"types": "drift"}, False), ({"mmsi": [7, 2]}, True), ({"mmsi": 7}, False), ({"name": "sim one"}, True),
        ({"mmsi": [1], "members": "all"}, False), ({"mmsi": [1, 2], "members": "all"}, True),
        ({"force": "fishing"}, True), ({"force": "navy"}, False), ({"in_list": "own.csv"}, True),
        ({"in_list": "own.csv", "members": "all"}, False), ({"not_in_list": "own.csv"}, True),
        ({"not_in_list": "own.csv", "members": "all"}, False), ({"zones": "bay"}, True), ({"zones": "other"}, False),
        ({"zone_kinds": "anchorage"}, True), ({"zone_kinds": "reef"}, False), ({"outside_zones": "bay"}, False),
        ({"outside_zones": "other"}, True), ({"daily": "22:00-06:00"}, True), ({"daily": "06:00-22:00"}, False),
        ({"daily": "23:30-23:31"}, True), ({"daily": "23:00-23:30"}, False), ({"since": "2026-01-02T23:30:00Z"}, True),
        ({"until": "2026-01-02T23:30:00Z"}, False), ({"since": "2026-01-02T23:30:01Z"}, False),
        # One member must meet all that is asked of members: the one in the list is not number 2.
        ({"in_list": "own.csv", "mmsi": 2}, False),
    ],
)  # fmt: skip
def test_each_field_of_a_condition(table: dict[str, Any], expected: bool) -> None:
    assert held(**table) is expected


def test_a_finding_without_members_meets_no_condition_on_members() -> None:
    nobody = replace(SEEN, mmsis=(), tracks=(), names=(), forces=(), lists=())
    for members in ("any", "all"):
        assert not read_condition("x", {"mmsi": 1, "members": members}, ()).holds(nobody)
    assert Condition(kinds=frozenset({"encounter"})).holds(nobody)


MUTE = '[[mute]]\nkinds = "encounter"\nsince = 2026-01-02T00:00:00Z\nuntil = 2026-01-03T00:00:00Z\nreason = "drill"\n'


def finding(**more: Any) -> dict[str, Any]:
    return {"id": "f_1", "queue": "default", "handling": [], **more}


def test_a_mute_holds_by_the_time_of_the_behaviour_and_ends() -> None:
    mutes, _ = read_mutes(MUTE, "m.toml")
    for t_start, queue in (
        ("2026-01-01T23:59:59Z", "default"), ("2026-01-02T00:00:00Z", "context"),
        ("2026-01-02T23:59:59Z", "context"), ("2026-01-03T00:00:00Z", "default"),
    ):  # fmt: skip
        got = finding()
        handle(got, replace(SEEN, t_start_us=parse_us(t_start)), Desk(mutes=mutes))
        assert got["queue"] == queue
        assert [note["how"] for note in got["handling"]] == (["muted"] if queue == "context" else [])


def test_an_acknowledgement_outlives_a_revision_and_says_so() -> None:
    _, known = read_mutes(
        '[[acknowledge]]\nid = "f_1"\nevent = "e_1"\nby = "officer of the watch"\nat = 2026-01-03T08:00:00Z\n', "m.toml"
    )
    for event, revised in (("e_1", False), ("e_2", True)):
        got = finding()
        handle(got, replace(SEEN, event=event), Desk(acknowledged=known))
        assert got["queue"] == "context"
        assert got["handling"][0].get("revised_since", False) is revised
    other = finding()
    handle(other, replace(SEEN, id="f_2"), Desk(acknowledged=known))
    assert other["queue"] == "default"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[mute", "m.toml: not a TOML file"),
        ("[[silence]]\n", "m.toml: silence: not known here"),
        ("mute = 3\n", "m.toml: mute: tables [[mute]] were expected"),
        (MUTE.replace("until = 2026-01-03T00:00:00Z\n", ""), "[[mute]] 1: until: a mute needs an end"),
        (MUTE.replace("since = 2026-01-02T00:00:00Z\n", ""), "[[mute]] 1: since: a mute needs a start"),
        (MUTE.replace("2026-01-03", "2028-01-03"), "more than a year"),
        (MUTE.replace("2026-01-03T", "2026-01-01T"), "until: does not lie after since"),
        (MUTE.replace("00:00:00Z", "00:00:00"), "names no offset"),
        (MUTE.replace('kinds = "encounter"\n', ""), "would mute everything"),
        (MUTE.replace('reason = "drill"\n', ""), "reason: a text was expected"),
        (MUTE.replace("kinds", "kind"), "kind: no such field; known: reason, by, id, kinds"),
        (MUTE.replace('"encounter"', '"meeting"'), "'meeting' is not one of gap"),
        (MUTE.replace('"encounter"', "[]"), "is an empty list"),
        (MUTE + "mmsi = true\n", "an MMSI or a list of them was expected"),
        (MUTE + 'daily = "25:00-26:00"\n', "hours of the UTC day"),
        (MUTE + 'members = "most"\n', '"any" or "all"'),
        (MUTE + 'force = "army"\n', "'army' is not one of navy"),
        (MUTE + MUTE.replace("drill", ""), "[[mute]] 2: reason"),
        ('[[acknowledge]]\nid = "e_1"\nby = "x"\nat = 2026-01-03\n', "begins with f_"),
        ('[[acknowledge]]\nid = "f_1"\nat = 2026-01-03\n', "by: a text was expected"),
        ('[[acknowledge]]\nid = "f_1"\nby = "x"\n', "at: the time of the acknowledgement is missing"),
        ('[[acknowledge]]\nid = "f_1"\nby = "x"\nat = 2026-01-03\n' * 2, "is acknowledged twice"),
    ],
)
def test_a_bad_file_is_refused_whole_with_place_and_reason(text: str, said: str) -> None:
    with pytest.raises(RuleFileError, match=r"m\.toml") as refused:
        read_mutes(text, "m.toml")
    assert said in str(refused.value)


def test_an_exclusion_needs_a_reason_and_a_condition() -> None:
    with pytest.raises(RuleFileError, match="reason"):
        read_exclusions([{"kinds": "gap"}], "p.toml")
    with pytest.raises(RuleFileError, match="exclude everything"):
        read_exclusions([{"reason": "why not"}], "p.toml")
    got = finding()
    rules = read_exclusions([{"in_list": "own.csv", "reason": "own patrol"}], "p.toml")
    handle(got, SEEN, Desk(exclusions=rules))
    assert got["queue"] == "context"
    assert got["handling"] == [{"how": "excluded", "where": "p.toml: [[exclude]] 1", "reason": "own patrol"}]


def episode(*spans: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    out = []
    for k, (begin, end) in enumerate(spans):
        day = "2026-01-02T"
        one = {"id": f"f_{k}", "kind": "encounter", "type": "", "queue": "default", "handling": [], "zones": []}
        one |= {"t_start": f"{day}{begin}:00Z", "t_end": f"{day}{end}:00Z", "members": [{"mmsi": 1, "track": "a"}]}
        out.append(one | more)
    return out


def test_repeats_within_six_hours_are_one_episode() -> None:
    found = episode(("00:00", "01:00"), ("07:00", "08:00"), ("09:00", "10:00"), ("16:01", "17:00"))
    join_repeats(found, 6 * 3600)
    assert [f["queue"] for f in found] == ["default", "context", "context", "default"]
    assert [f["handling"] for f in found[1:3]] == [[{"how": "repeat", "of": "f_0"}]] * 2


def test_other_vessels_zones_and_context_findings_are_no_repeats() -> None:
    found = episode(("00:00", "01:00"), ("02:00", "03:00"), ("03:00", "04:00"))
    found[1]["members"] = [{"mmsi": 2, "track": "b"}]
    found[2]["zones"] = ["bay"]
    join_repeats(found, 6 * 3600)
    assert [f["queue"] for f in found] == ["default"] * 3
    hidden = episode(("00:00", "01:00"), ("02:00", "03:00"))
    hidden[0]["queue"] = "context"
    join_repeats(hidden, 6 * 3600)
    # What nobody saw in the queue hides nothing after it.
    assert hidden[1]["queue"] == "default"
