"""From draft to record: hash, names, schema, and what "settled" leaves out."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from beaconline.foundation.records.finding import Draft, Evidence, Mask
from beaconline.understand.findings import Member, Rule, RunLabel, build, settled

RULE = Rule("encounter", "1", "0" * 16)
DRAFT = Draft(
    kind="encounter", type="alongside", t_start_us=0, t_end_us=3_600_000_000, open=False, settled=True,
    members=((0, "vessel"), (1, "vessel")), lon_e7=1215000000, lat_e7=249000000, zones=(),
    measures={"distance_min_m": 12.3, "duration_s": 3600},
    evidence=(Evidence("closest approach", 1, 1215000000, 249000000, "a", "station s1", {"gap_s": 3}),),
    counter_evidence=(Evidence("no anchorage mask here"),), masks=(Mask("port", "ports.csv:3", 800),),
    why_key="encounter.alongside", why_args={"distance_m": 12}, why="{0} and {1} lay together", key="0",
)  # fmt: skip
MEMBERS = (Member("a", 211000001, "EVIL {1} </script>", "vessel", None), Member("b", None, None, "vessel", None))


def test_the_record_fits_its_schema() -> None:
    schema = json.loads(resources.files("beaconline.schemas").joinpath("finding-1.json").read_text())
    record = build(DRAFT, RULE, MEMBERS, RunLabel("real", ({"feed": "f", "label": None},)), ["f"])
    record["t_recorded"] = "1970-01-01T00:00:00Z"
    jsonschema.validate(record, schema)
    assert json.loads(json.dumps(record)) == record


def test_a_name_with_braces_is_not_filled_in_again() -> None:
    record = build(DRAFT, RULE, MEMBERS, RunLabel(), [])
    assert record["why"] == "EVIL {1} </script> (MMSI 211000001) and track b lay together"


def test_event_depends_on_content_and_members_alone() -> None:
    one = build(DRAFT, RULE, MEMBERS, RunLabel(), [])
    assert one["event"] == build(DRAFT, RULE, MEMBERS, RunLabel(), [])["event"]
    moved = build(replace(DRAFT, t_end_us=1), RULE, MEMBERS, RunLabel(), [])
    other = build(DRAFT, RULE, (MEMBERS[0], replace(MEMBERS[1], track="c")), RunLabel(), [])
    stricter = build(DRAFT, replace(RULE, params_hash="1" * 16), MEMBERS, RunLabel(), [])
    assert len({f["event"] for f in (one, moved, other, stricter)}) == 4


def test_settled_keeps_the_last_revision_and_drops_the_retracted() -> None:
    first = build(DRAFT, RULE, MEMBERS, RunLabel(), [])
    second = {**first, "rev": 2, "t_end": "1970-01-01T02:00:00Z", "supersedes": first["event"], "reason": "grew"}
    gone = {**first, "id": "f_x", "status": "retracted", "rev": 3}
    kept = settled([second, first, gone])
    assert [f["t_end"] for f in kept] == ["1970-01-01T02:00:00Z"]
    assert not {"id", "rev", "supersedes", "reason", "t_recorded"} & set(kept[0])


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        build(replace(DRAFT, measures={"x": float("nan")}), RULE, MEMBERS, RunLabel(), [])
