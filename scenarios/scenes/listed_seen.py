"""Scenes of ``listed_seen``: a vessel of a list is heard, comes back, enters a zone; others only look alike."""

from __future__ import annotations

from scenarios.scenes.scene import Scene, Vessel

__all__ = ["scenes"]

KIND = "listed_seen"
LIST = """mmsi,imo,callsign,name,hull,force,flag,source,as_of
799100001,9074729,SIMA,SIM SENTRY,S-5901,coast_guard,SIM,register one,2025-06-01
799100002,9241061,SIMB,SIM TRAWLER,,militia,SIM,register one,2025-06-01
,,,SIM LONER,,fishing,SIM,register two,2025-07-01
,,,,PGV 4321,coast_guard,SIM,register two,2025-07-01
"""
BOX = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]


def _first() -> Scene:
    vessels = [
        Vessel(799100001, 0.0, 0.0, name="SIM SENTRY", callsign="SIMA").go(45.0, 12.0, 90),
        Vessel(799100009, 3.0, 0.0, name="SIM OTHER").go(45.0, 12.0, 90),
    ]
    wanted = {"kind": KIND, "type": "first", "mmsis": [799100001], "queue": "default", "roles": {799100001: "listed"}}
    return Scene("one of two is listed", KIND, "a listed vessel is heard, another is not listed", vessels, [wanted],
                 lists=LIST)  # fmt: skip


def _again() -> Scene:
    back = Vessel(799100001, 0.0, 0.0, step_s=600).go(90.0, 6.0, 120).stay(25 * 60, heard=False).go(90.0, 6.0, 120)
    short = Vessel(799100002, 9.0, 9.0, step_s=600).go(90.0, 6.0, 120).stay(23 * 60, heard=False).go(90.0, 6.0, 120)
    wanted = [
        {"kind": KIND, "type": "first", "mmsis": [799100001]},
        {"kind": KIND, "type": "again", "mmsis": [799100001]},
        {"kind": KIND, "type": "first", "mmsis": [799100002]},
    ]
    return Scene("back after a day", KIND, "silent for 25 h and back; another for 23 h, which is one episode",
                 [back, short], wanted, lists=LIST)  # fmt: skip


def _entered() -> Scene:
    vessels = [
        Vessel(799100001, -9.0, 0.0).go(90.0, 12.0, 50),
        Vessel(799100009, -9.0, 1.0).go(90.0, 12.0, 50),
    ]
    wanted = [
        {"kind": KIND, "type": "first", "mmsis": [799100001], "zones": []},
        {"kind": KIND, "type": "entered", "mmsis": [799100001], "zones": ["inner", "outer"], "queue": "default"},
    ]
    inner = [(-4.9, -4.9), (4.9, -4.9), (4.9, 4.9), (-4.9, 4.9)]
    zones = [("outer", "eez", BOX), ("inner", "reef", inner)]
    return Scene("into two zones at once", KIND, "a listed vessel enters two nested zones, one finding; another too",
                 vessels, wanted, zones=zones, lists=LIST)  # fmt: skip


def _to_and_fro() -> Scene:
    vessel = Vessel(799100002, -9.0, 0.0)
    for _ in range(4):
        vessel.go(90.0, 12.0, 30).go(270.0, 12.0, 30)
    wanted = [
        {"kind": KIND, "type": "first", "mmsis": [799100002]},
        {"kind": KIND, "type": "entered", "mmsis": [799100002], "zones": ["box"]},
    ]
    return Scene("in and out all day", KIND, "a listed vessel crosses a border eight times: one stay", [vessel], wanted,
                 zones=[("box", "watch", BOX)], lists=LIST)  # fmt: skip


def _inside_at_first() -> Scene:
    vessel = Vessel(799100002, 0.0, 0.0).stay(40).go(90.0, 3.0, 30)
    wanted = [{"kind": KIND, "type": "first", "mmsis": [799100002], "zones": ["box"]}]
    return Scene("first heard inside", KIND, "first heard inside a zone: one finding, no entry", [vessel], wanted,
                 zones=[("box", "watch", BOX)], lists=LIST)  # fmt: skip


def _by_name() -> Scene:
    vessels = [
        Vessel(799100011, 0.0, 0.0, name="SIM  LONER").go(0.0, 8.0, 40),
        Vessel(799100012, 2.0, 0.0, name="KAPAL PGV-4321").go(0.0, 8.0, 40),
        Vessel(799100013, 4.0, 0.0, name="KAPAL PGV 43210").go(0.0, 8.0, 40),
        Vessel(799100014, 6.0, 0.0, name="SIM TRAWLER").go(0.0, 8.0, 40),
        Vessel(799100015, 8.0, 0.0, name="SIM LONER II").go(0.0, 8.0, 40),
    ]
    wanted = [
        {"kind": KIND, "type": "first", "mmsis": [799100011], "queue": "context"},
        {"kind": KIND, "type": "first", "mmsis": [799100012], "queue": "default"},
    ]
    return Scene("by name and by hull number", KIND,
                 "recognised by name and by hull number; near names, and the name of a listed MMSI, are not", vessels,
                 wanted, lists=LIST)  # fmt: skip


def _contradicting() -> Scene:
    vessel = Vessel(799100001, 0.0, 0.0, imo=9241061, name="SIM TRAWLER").go(0.0, 8.0, 40)
    wanted = [{"kind": KIND, "type": "first", "mmsis": [799100001], "queue": "default"}]
    return Scene("mmsi of one, imo number of another", KIND, "two entries fit by halves: one finding that tells both",
                 [vessel], wanted, lists=LIST)  # fmt: skip


def _renamed() -> Scene:
    vessel = Vessel(799100012, 0.0, 0.0, name="PGV 4321").go(0.0, 8.0, 60).now(name="SIM NOBODY").go(0.0, 8.0, 60)
    wanted = [{"kind": KIND, "type": "first", "mmsis": [799100012]}]
    return Scene("under another name later", KIND, "recognised by a name it sends for an hour only", [vessel], wanted,
                 lists=LIST)  # fmt: skip


def _no_vessels() -> Scene:
    text = LIST + "111799001,,,,,coast_guard,SIM,register one,\n007991000,,,,,coast_guard,SIM,register one,\n"
    vessels = [
        Vessel(111799001, 0.0, 0.0, sensor="ais_sar").go(0.0, 90.0, 20),
        Vessel(7991000, 5.0, 0.0, sensor="ais_base").stay(60),
    ]
    return Scene("an aircraft and a coast station", KIND, "listed, and no vessels", vessels, lists=text)


def scenes() -> list[Scene]:
    """All of them."""
    return [
        _first(), _again(), _entered(), _to_and_fro(), _inside_at_first(), _by_name(), _contradicting(), _renamed(),
        _no_vessels(),
    ]  # fmt: skip
