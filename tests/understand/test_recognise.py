"""Recognise a vessel in lists: by what, how sure, and what speaks against it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.records.times import parse_us
from beaconline.foundation.table.reports import Static
from beaconline.understand.forces.claims import FORCES, Claim
from beaconline.understand.forces.lists import Entry, read_list
from beaconline.understand.forces.recognise import (
    LEAST,
    MOST_CLAIMS,
    OWN_FORCES,
    OWN_WORD,
    Recogniser,
    hull_keys,
    name_key,
)

IMO_A, IMO_B = 9074729, 9241061
NOW = parse_us("2026-01-01T00:00:00Z")


def of(text: str) -> Recogniser:
    return Recogniser(read_list(text.encode(), "l.csv").entries)


def ask(text: str, mmsi: int = -1, **said: object) -> tuple[Claim, ...]:
    return of(text).claims(mmsi, Static(**said), NOW)  # type: ignore[arg-type]


def test_each_identifier_alone_and_its_order() -> None:
    weights = [
        ask(f"imo\n{IMO_A}\n", imo=IMO_A)[0].weight,
        ask("mmsi\n412000001\n", 412000001)[0].weight,
        ask("callsign\nBXAB\n", callsign="bx-ab")[0].weight,
        ask("hull\nPGV 1234\n", name="KAPAL PGV1234")[0].weight,
        ask("name\nSea  Star\n", name="SEA-STAR")[0].weight,
        ask("name\nOTHER\n", name="SEA STAR", ship_type=30)[0].weight,
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)
    assert weights[-2] >= LEAST > weights[-1]


def test_agreeing_identifiers_raise_the_weight_and_are_told() -> None:
    text = f"mmsi,imo,callsign,name\n412000001,{IMO_A},BXAB,SEA STAR\n"
    (claim,) = ask(text, 412000001, imo=IMO_A, callsign="BXAB", name="SEA STAR")
    assert (claim.by, claim.fits, claim.against) == ("imo", ("imo", "mmsi", "callsign", "name"), ())
    assert claim.weight > ask(text, 412000001)[0].weight


def test_an_imo_number_with_a_wrong_check_digit_recognises_nobody() -> None:
    assert ask(f"imo\n{IMO_A}\n", imo=IMO_A + 1) == ()
    (claim,) = ask(f"mmsi,imo\n412000001,{IMO_A}\n", 412000001, imo=IMO_A + 1)
    assert claim.against == ()


def test_mmsi_leads_to_one_entry_and_imo_to_another() -> None:
    a, b = f"412000001,{IMO_A},navy", f"412000002,{IMO_B},fishing"
    first, second = ask(f"mmsi,imo,force\n{a}\n{b}\n", 412000001, imo=IMO_B)
    assert (first.force, first.by, first.against) == ("fishing", "imo", ("mmsi",))
    assert (second.force, second.by, second.against) == ("navy", "mmsi", ("imo",))


def test_the_contradiction_is_told_where_the_first_entry_names_no_imo() -> None:
    first, second = ask(f"mmsi,imo,force\n412000001,,navy\n412000002,{IMO_B},fishing\n", 412000001, imo=IMO_B)
    assert (first.force, second.force, second.against) == ("fishing", "navy", ("imo",))


def test_two_lists_that_agree_are_two_claims_without_contradiction() -> None:
    first, second = ask(f"mmsi,imo,force,source\n412000001,,navy,a\n,{IMO_A},navy,b\n", 412000001, imo=IMO_A)
    assert {first.source, second.source} == {"a", "b"}
    assert first.against == second.against == ()


def test_strongest_first_then_newer_then_source() -> None:
    text = "mmsi,force,source,as_of\n412000001,navy,z,2020-01-01\n412000001,militia,b,2024-01-01\n"
    text += "412000001,fishing,a,2024-01-01\n"
    text += "412000001,other,c,\n412000001,research,d,2030-01-01\n"
    assert [c.source for c in ask(text, 412000001)] == ["d", "a", "b", "z", "c"]


def test_a_claim_without_force_lets_the_next_one_speak() -> None:
    found = of("mmsi,force,source\n412000001,,a\n412000001,navy,b\n")
    assert found.force(412000001, Static(ship_type=30), NOW) == "navy"
    assert found.force(412000002, Static(ship_type=30), NOW) == "fishing"
    assert found.force(412000002, Static(), NOW) is None


def test_own_word_is_the_weakest_and_says_so() -> None:
    *_, own = ask("name,force\nSEA STAR,militia\n", name="SEA STAR", ship_type=30)
    assert (own.force, own.source, own.by, own.list_name, own.as_of_us) == ("fishing", OWN_WORD, "ship_type", "", None)
    assert of("name,force\nSEA STAR,militia\n").force(-1, Static(name="SEA STAR", ship_type=30), NOW) == "militia"
    assert {*OWN_FORCES.values()} <= {*FORCES}


def test_a_name_alone_against_another_mmsi_is_no_match() -> None:
    text = "mmsi,name,force\n412000001,LUCKY STAR,militia\n"
    assert ask(text, 412000002, name="LUCKY STAR") == ()
    assert ask(text, -1, name="LUCKY STAR")[0].by == "name"


def test_a_shared_name_is_weaker_and_a_name_of_many_is_none() -> None:
    two = ask("mmsi,name\n412000001,STAR\n412000002,STAR\n", -1, name="STAR")
    assert [c.weight for c in two] == [0.2, 0.2]
    assert ask("mmsi,name\n412000001,STAR\n412000002,STAR\n412000003,STAR\n", -1, name="STAR") == ()
    same = ask("mmsi,name,source\n412000001,STAR,a\n412000001,STAR,b\n", -1, name="STAR")
    assert [c.weight for c in same] == [0.4, 0.4], "two sources on one vessel share nothing"


@pytest.mark.parametrize(("hull", "name", "fits"), [
    ("5901", "CCG 5901", True), ("5901", "CCG5901", True), ("5901", "5901", True), ("5901", "CCG 15901", False),
    ("5901", "CCG 59012", False), ("5901", "CCG 590", False), ("PGV-1234", "PGV 1234", True),
    ("PGV-1234", "PGV1234", True), ("PGV-1234", "SPGV 1234", False), ("PGV-1234", "PGV 1234 A", True),
    ("12", "LUCKY 12", False), ("A12", "LUCKY A-12", True), ("5901", "", False),
])  # fmt: skip
def test_hull_numbers_in_names(hull: str, name: str, fits: bool) -> None:
    assert bool(ask(f"hull\n{hull}\n", name=name)) == fits


def test_a_bare_hull_number_in_another_name_is_the_weakest_match_and_none_against_another_mmsi() -> None:
    text = "name,hull,force,mmsi\nCCG 5901,5901,coast_guard,412000001\n"
    (weak,) = ask(text, name="JIN 5901")
    assert (weak.weight, weak.against) == (LEAST, ("name",))
    assert ask(text, 412000002, name="JIN 5901") == ()
    assert ask(text, name="CCG-5901")[0].fits == ("hull", "name")
    assert ask(text, name="CCG-5901")[0].weight == 0.4, "the number inside the name is no evidence beside the name"


def test_text_for_comparing() -> None:
    assert name_key("  Sea--Star №2 ") == name_key("SEA STAR NO2")
    assert name_key("\u3000海 星") == "海星"
    assert hull_keys("A1") == ["A", "A1", "1"]
    assert len(hull_keys("A 1 " * 60)) <= 24


@given(st.text(max_size=40))
def test_any_name_can_be_asked_for(name: str) -> None:
    found = Recogniser([Entry(None, None, name or None, name or None, name or "x", "navy", None, "s", None, "l", 2)])
    for claim in found.claims(-1, Static(name=name, callsign=name), NOW):
        assert 0 < claim.weight <= 1


def test_order_of_entries_does_not_matter() -> None:
    rng = random.Random(5)
    entries = [
        Entry(rng.choice([None, 412000001, 412000002]), rng.choice([None, IMO_A, IMO_B]), None,
              rng.choice([None, "STAR"]), rng.choice([None, "5901"]), rng.choice(FORCES), None, rng.choice("ab"),
              rng.choice([None, 1, 2]), "l", line)
        for line in range(2, 60)
    ]  # fmt: skip
    asked = (412000001, Static(imo=IMO_B, name="STAR 5901"), NOW)
    wanted = Recogniser(entries).claims(*asked)
    assert len(wanted) > 10
    for _ in range(5):
        rng.shuffle(entries)
        assert Recogniser(entries).claims(*asked) == wanted


def test_a_date_after_the_instant_is_still_a_claim_with_its_date() -> None:
    (claim,) = ask("mmsi,as_of\n412000001,2030-01-01\n", 412000001)
    assert claim.as_of_us == parse_us("2030-01-01T00:00:00Z") > NOW


@pytest.mark.parametrize(
    ("listed", "sent", "same"),
    [
        ("São Nuño", "SAO NUNO", True),
        ("Straße Ægir", "STRASSE ÆGIR", True),
        ("αγιος", "ΑΓΙΟΣ", True),
        ("борей-2", "БОРЕЙ 2", True),
        ("борей", "бореи", False),
        ("सागर", "सगर", False),
        ("มนต์", "มินต์", False),
        ("ガ丸", "カ丸", False),
        ("海巡 101", "海巡101", True),
        ("سفينة", "سفينة", True),
    ],
)
def test_names_in_many_scripts(listed: str, sent: str, same: bool) -> None:
    assert (name_key(listed) == name_key(sent)) is same
    assert bool(ask(f"name\n{listed}\n", name=sent)) is same


def test_a_hull_number_with_an_accent_is_found_in_a_name_off_the_air() -> None:
    assert [c.by for c in ask("hull\nÑR-1234\n", name="BUQUE NR 1234")] == ["hull"]


def test_a_name_listed_a_hundred_thousand_times_keeps_the_strongest_claims() -> None:
    """Comparing each with each would take minutes here."""
    rows = "".join(f"SHIP 11,SHIP 11,fishing,s{i:06d}\n" for i in range(100_000))
    forces = of("name,hull,force,source\n" + rows)
    claims = forces.claims(-1, Static(name="SHIP 11"), 0)
    assert len(claims) == MOST_CLAIMS and claims[0].source == "s000000"
