"""Scenes of ``identity_change``: a vessel sends another name, call sign, IMO number or MMSI; and what only looks so."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "identity_change"
IMO_ONE, IMO_TWO = 9074729, 9241061
"""Their check digits hold."""


def _renamed() -> Scene:
    vessel = Vessel(799200001, 0.0, 0.0, name="SIM ALPHA", callsign="SIMA1", imo=IMO_ONE).go(60.0, 9.0, 60)
    vessel.now(name="SIM OMEGA").go(60.0, 9.0, 60)
    wanted = [{"kind": KIND, "type": "name", "mmsis": [799200001], "queue": "default"}]
    return Scene("another name under way", KIND, "sends another name from one hour on", [vessel], wanted)


def _all_at_once() -> Scene:
    vessel = Vessel(799200002, 0.0, 0.0, name="SIM ALPHA", callsign="SIMA1", imo=IMO_ONE).go(60.0, 9.0, 60)
    vessel.now(name="SIM OMEGA", callsign="SIMO9").go(60.0, 9.0, 10).now(imo=IMO_TWO).go(60.0, 9.0, 60)
    wanted = [{"kind": KIND, "type": "imo", "mmsis": [799200002], "queue": "default"}]
    return Scene("name, call sign and IMO number", KIND, "three fields within minutes: one finding", [vessel], wanted)


def _call_sign() -> Scene:
    vessel = Vessel(799200003, 0.0, 0.0, name="SIM ALPHA", callsign="SIMA1").go(60.0, 9.0, 60)
    vessel.now(callsign="QXYZ7").go(60.0, 9.0, 60)
    return Scene("another call sign", KIND, "sends another call sign", [vessel],
                 [{"kind": KIND, "type": "callsign", "mmsis": [799200003]}])  # fmt: skip


def _new_number() -> Scene:
    old = Vessel(799200004, 0.0, 0.0, callsign="SIMA1", name="SIM ALPHA").go(60.0, 9.0, 60)
    new = Vessel(798200004, old.east_nm, old.north_nm, 60.0, callsign="SIMA1", name="SIM ALPHA")
    new.stay(5, heard=False).go(60.0, 9.0, 90)
    wanted = [{"kind": KIND, "type": "mmsi", "roles": {799200004: "before", 798200004: "after"}, "queue": "default"}]
    return Scene("another MMSI, one call sign", KIND, "one number falls silent, another goes on with its call sign",
                 [old, new], wanted)  # fmt: skip


def _new_number_by_path() -> Scene:
    old = Vessel(799200005, 0.0, 0.0, name="SIM ALPHA").go(60.0, 12.0, 60)
    new = Vessel(799200006, old.east_nm, old.north_nm, 60.0, name="SIM OMEGA")
    new.go(60.0, 12.0, 4, heard=False).go(60.0, 12.0, 90)
    other = Vessel(799200007, 1.0, 3.0, name="SIM OTHER").go(60.0, 12.0, 150)
    wanted = [{"kind": KIND, "type": "mmsi", "mmsis": [799200005, 799200006]}]
    return Scene("another MMSI on one path", KIND, "all it sends changes; it goes on with its path", [old, new, other],
                 wanted)  # fmt: skip


def _slip() -> Scene:
    vessel = Vessel(799200010, 0.0, 0.0, name="SIM ALPHA").go(60.0, 9.0, 40)
    vessel.now(name="SIM ALPHB").go(60.0, 9.0, 2).now(name="SIM ALPHA").go(60.0, 9.0, 40)
    return Scene("a broken name", KIND, "one letter is wrong in two messages, then right again", [vessel])


def _spelling() -> Scene:
    vessel = Vessel(799200011, 0.0, 0.0, name="SIM STAR").go(60.0, 9.0, 40)
    for name in ("SIM  STAR", "Sim Star", "SIM-STAR", "SIM STAR."):
        vessel.now(name=name).go(60.0, 9.0, 40)
    return Scene("other spelling", KIND, "one name with other blanks, case and punctuation", [vessel])


def _filled_in() -> Scene:
    vessel = Vessel(799200012, 0.0, 0.0).go(60.0, 9.0, 40).now(name="SIM ALPHA").go(60.0, 9.0, 40)
    vessel.now(callsign="SIMA1", imo=IMO_ONE).go(60.0, 9.0, 40).now(name=None, callsign=None).go(60.0, 9.0, 40)
    return Scene("fields filled in", KIND, "fields come one after the other, and go", [vessel])


def _no_identity() -> Scene:
    vessel = Vessel(799200013, 0.0, 0.0, name="SIM ALPHA", ship_type=70, draught_m=5.0, length_m=90.0).go(60.0, 9.0, 60)
    vessel.now(ship_type=80, draught_m=9.0, length_m=95.0).go(60.0, 9.0, 60)
    return Scene("type and draught", KIND, "ship type, draught and length change, which is no identity", [vessel])


def _by_turns() -> Scene:
    vessel = Vessel(799200014, 0.0, 0.0, name="SIM ALPHA").go(60.0, 9.0, 40)
    for turn in range(12):
        vessel.now(name="SIM ALPHA" if turn % 2 else "WORKBOAT 7").go(60.0, 9.0, 15)
    return Scene("two devices by turns", KIND, "two names come by turns every quarter of an hour", [vessel])


def _two_ships() -> Scene:
    one = Vessel(799200015, 0.0, 0.0, name="SIM ALPHA").go(60.0, 9.0, 60)
    two = Vessel(799200015, 40.0, 40.0, 0.5, name="SIM OMEGA").go(60.0, 9.0, 120)
    return Scene("two ships on one MMSI", KIND, "two ships share a number, one falls silent: no change", [one, two])


def _wrong_imo() -> Scene:
    vessel = Vessel(799200016, 0.0, 0.0, imo=9074720).go(60.0, 9.0, 40).now(imo=IMO_ONE).go(60.0, 9.0, 40)
    return Scene("an IMO number put right", KIND, "a number whose check digit fails gives way to one that holds",
                 [vessel])  # fmt: skip


def _meeting() -> Scene:
    one = Vessel(799200017, 0.0, 0.0, name="SIM ALPHA").go(90.0, 12.0, 60)
    two = Vessel(799200018, 12.8, 0.1, 64.0, name="SIM OMEGA").go(270.0, 12.0, 90)
    return Scene("one goes, one comes", KIND, "one falls silent where another, on the opposite course, is first heard",
                 [one, two])  # fmt: skip


def _heard_on() -> Scene:
    one = Vessel(799200019, 0.0, 0.0, name="SIM ALPHA", callsign="SIMA1").go(60.0, 9.0, 60)
    two = Vessel(799200020, one.east_nm, one.north_nm, 60.0, name="SIM ALPHA", callsign="SIMA1")
    two.go(60.0, 9.0, 3, heard=False).go(60.0, 9.0, 90)
    one.go(60.0, 9.0, 20, heard=False).go(60.0, 9.0, 60)
    return Scene("two devices, one call sign", KIND, "the first number is heard again: two devices on one hull",
                 [one, two])  # fmt: skip


def _berth() -> Scene:
    one = Vessel(799200021, 0.0, 0.0, name="SIM ALPHA", length_m=80.0).stay(60)
    two = Vessel(799200022, 0.02, 0.0, 65.0, name="SIM OMEGA", length_m=80.0).stay(90)
    return Scene("one switched off, one on", KIND, "two at rest side by side, one after the other", [one, two])


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _renamed(), _all_at_once(), _call_sign(), _new_number(), _new_number_by_path(), _slip(), _spelling(),
        _filled_in(), _no_identity(), _by_turns(), _two_ships(), _wrong_imo(), _meeting(), _heard_on(), _berth(),
    ]  # fmt: skip
