"""Identity changes: edges of every threshold, any ticks, and real traffic in which next to nothing changes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_worlds import DAY_US, HOUR_US, MINUTE_US, T0_US, Answer, Fix, Word, batch, identity_world, live, ship

from beaconline.foundation.table.reports import Static
from beaconline.node.watch import Options, watch
from beaconline.understand.detectors import identity_change
from beaconline.understand.detectors.identity_change import LARGEST, IdentityChange, build
from beaconline.understand.detectors.identity_change_words import is_slip
from beaconline.understand.ground import Ground

RNG = np.random.default_rng(0)
A, B, C = Static(name="ALPHA ONE"), Static(name="OMEGA TWO"), Static(name="GAMMA SIX")


def kinds() -> list[Any]:
    return [IdentityChange(Ground())]


def told(fixes: list[Fix], words: list[Word] = [], hours: float | None = None, **params: Any) -> list[dict[str, Any]]:  # noqa: B006
    as_of = max(f[0] for f in fixes) if hours is None else T0_US + round(hours * HOUR_US)
    return batch(lambda: [IdentityChange(Ground(), params)], Ground(), fixes, words, as_of)[0]


def one(*parts: tuple[float, Static], mmsi: int = 211000001, step_s: int = 60, begin_min: float = 0.0) -> list[Fix]:
    """One ship on a straight course that says each thing for so many minutes."""
    out: list[Fix] = []
    t = begin = T0_US + round(begin_min * MINUTE_US)
    for minutes, static in parts:
        until = t + round(minutes * MINUTE_US)
        while t < until:
            out.append((t, mmsi, 10.0 + 10.0 * (t - T0_US) / HOUR_US / 60.0, 0.0, 10.0, 90.0, static, "s1"))
            t += step_s * 1_000_000
    assert begin < t
    return out


def types(findings: list[dict[str, Any]]) -> list[str]:
    return [f["type"] for f in findings]


def test_a_change_says_before_after_and_how_the_track_was_held() -> None:
    (found,) = told(one((60, A), (60, B)))
    assert (found["type"], found["t_start"], found["t_end"]) == ("name", "2026-01-02T03:59:00Z", "2026-01-02T04:00:00Z")
    assert found["why_args"]["name_before"] == "ALPHA ONE"
    assert found["why_args"]["name_after"] == "OMEGA TWO"
    assert found["measures"]["fixes_between"] == 1
    assert found["measures"]["made_good_kn"] == pytest.approx(10.0, abs=0.2)
    assert found["measures"]["change_within_s"] == 60
    assert "changed its name from ALPHA ONE to OMEGA TWO, within 60 s" in found["why"]
    assert not found["settled"], "it may turn out to come and go"


def test_it_is_settled_a_day_later() -> None:
    fixes = one((60, A), (60, B)) + one((5, B), begin_min=60 + 24 * 60)
    assert [f["settled"] for f in told(fixes)] == [True]
    assert [f["settled"] for f in told(fixes, hours=24.99)] == [False]


@pytest.mark.parametrize(
    ("minutes", "step_s", "found"), [(11, 60, True), (10, 60, False), (21, 600, True), (11, 600, False)]
)
def test_the_new_value_must_be_held(minutes: float, step_s: int, found: bool) -> None:
    """Ten minutes from first to last message (11 of one a minute), and three messages."""
    assert bool(told(one((60, A), (minutes, B), step_s=step_s))) == found
    assert bool(told(one((minutes, A), (60, B), step_s=step_s))) == found, "so must the old one"


def test_a_message_broken_between_does_not_hide_a_change_nor_make_one() -> None:
    assert types(told(one((30, A), (1, C), (30, B)))) == ["name"]
    assert told(one((30, A), (2, C), (30, A))) == []


@pytest.mark.parametrize(("turns", "told_times"), [(1, 1), (2, 2), (3, 3), (4, 0), (9, 0)])
def test_values_that_come_and_go_are_no_change(turns: int, told_times: int) -> None:
    """A to B, back, and again: changes of which three others stand near are left out."""
    parts = [(30, A if k % 2 == 0 else B) for k in range(turns + 1)]
    assert len(told(one(*parts))) == told_times


def test_to_and_fro_days_apart_are_changes() -> None:
    fixes = []
    for k in range(5):
        fixes += one((60, A if k % 2 == 0 else B), begin_min=k * 30 * 60)
    assert len(told(fixes)) == 4


def test_fields_within_an_hour_are_one_finding() -> None:
    both = Static(name="OMEGA TWO", callsign="QXYZ7")
    first = Static(name="ALPHA ONE", callsign="SIMA1")
    mixed = Static(name="OMEGA TWO", callsign="SIMA1")
    assert types(told(one((60, first), (60, mixed), (60, both)))) == ["callsign"]
    assert sorted(types(told(one((60, first), (61, mixed), (60, both))))) == ["callsign", "name"]


def test_values_that_identify_nothing() -> None:
    for x, y in ((Static(callsign="0"), Static(callsign="00000")), (Static(name="A"), Static(name="BB")),
                 (Static(imo=1234568), Static(imo=9074729)), (Static(name="X Y"), Static(name="x-y."))):  # fmt: skip
        assert told(one((60, x), (60, y))) == []


def test_static_messages_without_position_count_as_well() -> None:
    fixes = one((180, Static()))
    words = [(T0_US + k * 6 * MINUTE_US, 211000001, A if k < 15 else B) for k in range(30)]
    (found,) = told(fixes, words)
    assert found["evidence"][1]["t_event"] == "2026-01-02T04:30:00Z"
    assert found["measures"]["change_within_s"] == 360


def test_a_silence_over_the_change_is_context() -> None:
    near = one((60, A)) + one((60, B), begin_min=59 + 6 * 60)
    far = one((60, A)) + one((60, B), begin_min=60 + 6 * 60)
    assert [f["queue"] for f in told(near)] == ["default"]
    (found,) = told(far)
    assert found["queue"] == "context"
    assert "silent over the change" in found["counter_evidence"][-1]["what"]


def test_slips() -> None:
    for a, b in (("ALPHA", "ALPHB"), ("ALPHA", "ALPHAS"), ("ALPHA", "LPHA"), ("STAR OF THE NORT", "STAR OF THE NORTH"),
                 ("F/V ALPHA", "ALPHA"), ("ALPHA", "ALHA")):  # fmt: skip
        assert is_slip(a, b) and is_slip(b, a)
    assert not is_slip("ALPHA", "ALHPB")
    assert not is_slip("ALPHA ONE", "OMEGA TWO")
    assert [f["queue"] for f in told(one((60, A), (60, Static(name="ALPHA ONF"))))] == ["context"]


def numbers(gap_min: float, old: Static, new: Static, *, kn: float = 10.0, off_deg: float = 0.0,
            again: float | None = None, new_minutes: float = 90.0) -> list[Fix]:  # fmt: skip
    fixes = one((60, old))
    moved = one((new_minutes, new), mmsi=311000001, begin_min=59 + gap_min)
    fixes += [(t, m, lon, lat + off_deg, kn, course, s, st) for t, m, lon, lat, _, course, s, st in moved]
    return fixes + (one((30, old), begin_min=again) if again is not None else [])


def test_a_new_number_with_the_same_call_sign() -> None:
    (found,) = told(numbers(30, Static(callsign="SIMA1"), Static(callsign="SIMA1")))
    assert (found["type"], found["status"], found["settled"]) == ("mmsi", "open", False)
    assert [m["role"] for m in found["members"]] == ["before", "after"]
    assert found["measures"]["gap_s"] == 1800
    assert (found["measures"]["mid_before"], found["measures"]["mid_after"]) == (211, 311)
    assert "country code 211 to 311, linked by path and call sign" not in found["why"]
    assert "linked by call sign and path" in found["why"]


@pytest.mark.parametrize(("gap_min", "linked", "found"), [(30, False, True), (31, False, False), (31, True, True),
                                                          (360, True, True), (361, True, False)])  # fmt: skip
def test_gaps_that_a_link_may_have(gap_min: float, linked: bool, found: bool) -> None:
    says = Static(callsign="SIMA1") if linked else Static()
    assert bool(told(numbers(gap_min, says, says))) == found


def test_the_path_must_fit() -> None:
    assert types(told(numbers(10, Static(), Static(), off_deg=0.003))) == ["mmsi"]
    assert told(numbers(10, Static(), Static(), off_deg=0.02)) == []
    assert told(numbers(10, Static(), Static(), kn=15.0)) == []


def test_an_old_number_that_is_heard_on_is_another_ship() -> None:
    says = Static(callsign="SIMA1")
    assert told(numbers(5, says, says, again=100)) == []
    assert told(numbers(5, says, says, again=24 * 60)) == []
    later = told(numbers(5, says, says, again=26 * 60))
    assert [(f["type"], f["settled"]) for f in later] == [("mmsi", True)], "after a day it is another matter"


def test_a_new_number_must_be_heard_for_a_while() -> None:
    says = Static(callsign="SIMA1")
    late = 4.0
    assert told(numbers(5, says, says, new_minutes=10), hours=late) == []
    assert types(told(numbers(5, says, says, new_minutes=11), hours=late)) == ["mmsi"]


def test_two_imo_numbers_rule_out_a_link_by_call_sign() -> None:
    old, new = Static(callsign="SIMA1", imo=9074729), Static(callsign="SIMA1", imo=9241061)
    assert told(numbers(60, old, new)) == []
    assert types(told(numbers(60, old, Static(callsign="SIMA1", imo=9074729)))) == ["mmsi"]


def test_a_name_links_only_with_one_size() -> None:
    sized = Static(name="ALPHA ONE", length_dm=500, beam_dm=90)
    assert types(told(numbers(60, sized, sized))) == ["mmsi"]
    assert told(numbers(60, A, A)) == []
    assert told(numbers(60, sized, sized._replace(beam_dm=91))) == []


def test_a_new_number_too_far_off_is_another_vessel() -> None:
    says = Static(callsign="SIMA1")
    assert told(numbers(30, says, says, off_deg=1.0)) == []


def text(answer: Answer) -> str:
    return json.dumps(answer[0], sort_keys=True, indent=1)


@settings(max_examples=20)
@given(seed=st.integers(0, 5_000), cut=st.integers(0, 5_000), days=st.sampled_from([0.4, 1.1, 3.0]))
def test_any_ticks_give_the_same(seed: int, cut: int, days: float) -> None:
    fixes, words = identity_world(seed)
    as_of = T0_US + round(days * DAY_US)
    assert text(live(kinds, Ground(), fixes, words, as_of, cut)) == text(batch(kinds, Ground(), fixes, words, as_of))


def test_the_worlds_hold_changes_of_every_type() -> None:
    found = {
        t for seed in range(12) for t in types(batch(kinds, Ground(), *identity_world(seed), T0_US + 3 * DAY_US)[0])
    }
    assert found == {"name", "callsign", "imo", "mmsi"}


def test_a_forgotten_state_would_be_seen() -> None:
    as_of = T0_US + 3 * DAY_US
    assert any(
        text(live(kinds, Ground(), *identity_world(s), as_of, s, forget=True))
        != text(batch(kinds, Ground(), *identity_world(s), as_of))
        for s in range(6)
    )


def test_a_longer_hold_or_a_shorter_gap_never_finds_more() -> None:
    """Monotone: fewer changes with a longer ``held_s``, fewer new numbers with a smaller ``path_gap_s``."""
    for seed in range(6):
        fixes, words = identity_world(seed)
        as_of = T0_US + 3 * DAY_US
        counts = []
        for gap_s in (3600, 1800, 600, 60):
            params = {"path_gap_s": gap_s}
            found = batch(lambda p=params: [IdentityChange(Ground(), p)], Ground(), fixes, words, as_of)[0]
            counts.append({f["t_end"] + f["type"] for f in found if f["type"] == "mmsi"})
        assert all(small <= large for large, small in pairwise(counts))


def test_state_is_bounded_whatever_two_devices_send() -> None:
    rng = np.random.default_rng(1)
    fixes = ship(rng, 211000001, T0_US, 200.0, 2.0, lambda t: A if t // MINUTE_US % 2 else B, 0.0, 0.0, 0.0)
    as_of = fixes[-1][0]
    pool: list[Any] = []

    class Watched(IdentityChange):
        def step(self, state: Any, tick: Any) -> Any:
            out = super().step(state, tick)
            pool.append(max(len(runs) for runs in state.stories.values()))
            return out

    found = batch(lambda: [Watched(Ground())], Ground(), fixes, [], as_of)[0]
    assert found == []
    assert max(pool) <= 24


@pytest.mark.parametrize("key", LARGEST)
def test_parameters_out_of_bounds_are_named(key: str) -> None:
    for bad in (-1, LARGEST[key] * 2 + 1):
        with pytest.raises(ValueError, match=rf"\[identity_change\] {key}: "):
            build(Ground(), {key: bad})
    assert set(LARGEST) == set(identity_change.DEFAULTS)


def test_real_traffic_with_true_numbers_holds_no_new_number(data: Path) -> None:
    """Four days of ships, each under its true MMSI: none changed it, so none may be told."""
    for day in range(4):
        frame = pl.read_csv(data / f"tracks_without_identity/day{day}_truth.csv.gz").select(
            t_event=pl.col("time").str.to_datetime(time_unit="us").dt.replace_time_zone("UTC"), mmsi="track_id",
            lon_deg="lon", lat_deg="lat", sog_kn="speed", cog_deg_true="course",
        )  # fmt: skip
        frame = frame.filter(pl.col("mmsi").is_between(0, 999_999_999))
        assert watch(frame, options=Options(only=["identity_change"], mode="test")).findings == []


def test_real_files_of_one_vessel_hold_no_change(data: Path) -> None:
    found = watch([data / "ais/marinecadastre_20220103_99999rows.csv.gz"], options=Options(only=["identity_change"]))
    assert found.findings == []
