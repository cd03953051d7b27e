"""The report's making: what is thinned stays within what is said, what is packed comes back, texts are escaped."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import math
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_scene import finding, scene, walks, zone

from beaconline.foundation.geo.mercator import empty_meridian_deg, plane_radians
from beaconline.node.report import LandLines, ReportInput, TrackLines, chart, page, plain, write_report
from beaconline.node.report.pack import pack
from beaconline.node.report.thin import SILENCE_MAX_US, SILENCE_US, STRETCH, piece_starts, thin

MIN_US = 60_000_000


def made(data: ReportInput) -> str:
    out = io.BytesIO()
    write_report(data, out)
    return out.getvalue().decode("utf-8")


def block(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    parsed: dict[str, Any] = json.loads(found[1])
    return parsed


def unpack(text: str) -> list[int]:
    """An own reader of the packed form."""
    out, value, shift, before = [], 0, 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            before += (value >> 1) ^ -(value & 1)
            out.append(before)
            value = shift = 0
    return out


@given(st.lists(st.integers(-(2**50), 2**50), max_size=60))
def test_packed_numbers_come_back(values: list[int]) -> None:
    assert unpack(pack(np.array(values, np.int64))) == values


# ---- thinning


def line_distance_m(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Metres from a point of the plane to a leg, by sampling nothing: the textbook projection, in plain floats."""
    ux, uy = bx - ax, by - ay
    long2 = ux * ux + uy * uy
    f = 0.0 if long2 == 0 else min(1.0, max(0.0, ((x - ax) * ux + (y - ay) * uy) / long2))
    return math.dist((x, y), (ax + f * ux, ay + f * uy)) * 6_371_008.8 / math.cosh(y)


def worst_m(x: Any, y: Any, start: Any, keep: Any) -> float:
    """The farthest that a fix left out lies from what is drawn of its line."""
    worst = 0.0
    bounds = [*start.tolist(), len(x)]
    for a, b in itertools.pairwise(bounds):
        kept = [i for i in range(a, b) if keep[i]]
        if not kept:
            continue
        for i in range(a, b):
            if keep[i]:
                continue
            before = max((k for k in kept if k < i), default=kept[0])
            after = min((k for k in kept if k > i), default=before)
            worst = max(worst, line_distance_m(x[i], y[i], x[before], y[before], x[after], y[after]))
    return worst


@given(st.integers(0, 2**32), st.integers(1, 8), st.integers(1, 60), st.integers(1, 400), st.floats(-85, 85))
def test_what_is_left_out_lies_within_what_is_said(seed: int, tracks: int, fixes: int, budget: int, lat: float) -> None:
    lines = walks(seed, tracks, fixes, lat=lat, spread_deg=0.5)
    x, y, whole = plane_radians(lines.lon_e7, lines.lat_e7, empty_meridian_deg(lines.lon_e7))
    start = piece_starts(lines.t_us, lines.track, whole)
    done = thin(x, y, start, budget)
    assert done.keep.sum() <= budget or len(x) <= budget
    assert worst_m(x, y, start, done.keep) <= done.tolerance_m * (1 + 1e-9)
    if len(x) <= budget:
        assert done.keep.all() and done.tolerance_m == 0
    if len(start) <= budget:
        assert done.keep[start].all() and done.lines_kept == done.lines


def test_thinning_is_not_wasteful() -> None:
    """A straight line needs its ends; a right angle needs its corner."""
    lon = np.concatenate([np.arange(200), np.full(200, 199)]) * 10_000
    lat = np.concatenate([np.zeros(200), np.arange(200)]) * 10_000
    x, y, _ = plane_radians(lon.astype(np.int32), lat.astype(np.int32), -90.0)
    done = thin(x, y, np.array([0]), 50)
    kept = np.flatnonzero(done.keep)
    assert {0, 399} <= set(kept.tolist()) and 199 in kept.tolist() + [k - 1 for k in kept.tolist()]
    assert done.tolerance_m <= 10


def test_a_ship_lying_still_becomes_one_dot() -> None:
    rng = np.random.default_rng(1)
    n = 3 * STRETCH
    x, y, _ = plane_radians((rng.normal(0, 300, n)).astype(np.int32), (rng.normal(0, 300, n)).astype(np.int32), -90.0)
    far = plane_radians(np.arange(n, dtype=np.int32) * 1000, (rng.normal(0, 20_000, n)).astype(np.int32), -90.0)
    both_x, both_y = np.concatenate([x, far[0]]), np.concatenate([y, far[1]])
    done = thin(both_x, both_y, np.array([0, n]), n // 2)
    assert done.tolerance_m >= 50
    assert done.keep[:n].sum() == 1


def test_more_lines_than_room_drops_the_shortest() -> None:
    length = [5, 1, 9, 2]
    start = np.cumsum([0, *length[:-1]])
    x = np.arange(sum(length)) * 1e-4
    done = thin(x, np.zeros(len(x)), start, 2)
    assert np.flatnonzero(done.keep).tolist() == [0, 6]
    assert (done.lines, done.lines_kept) == (4, 2)


def starts(minutes: list[float], track: list[int] | None = None, whole: list[int] | None = None) -> list[int]:
    n = len(minutes)
    found: list[int] = piece_starts(
        (np.array(minutes) * MIN_US).astype(np.int64), np.array(track or [0] * n, np.int32), np.array(whole or [0] * n)
    ).tolist()
    return found


def test_lines_break_at_silence_track_and_cut() -> None:
    assert starts([0, 1, 2, 122, 123]) == [0]
    assert starts([0, 1, 2, 122.01, 123]) == [0, 3]
    assert starts([0, 60, 120, 360, 420]) == [0]
    assert starts([0, 60, 120, 361, 420]) == [0, 3]
    assert starts([0, 200, 400, 761]) == [0, 3], "never over six hours"
    assert starts([0, 1, 2, 3], [0, 0, 1, 1]) == [0, 2]
    assert starts([0, 1, 2], whole=[10, 3_599_999_990, 3_599_999_980]) == [0, 1]
    assert (SILENCE_US, SILENCE_MAX_US) == (120 * MIN_US, 360 * MIN_US)


# ---- frame


@given(st.lists(st.integers(-1_800_000_000, 1_800_000_000), min_size=1, max_size=40))
def test_the_cut_runs_through_water_without_ships(lon_e7: list[int]) -> None:
    cut = empty_meridian_deg(np.array(lon_e7, np.int32))
    assert -180 <= cut < 180
    gap = min(abs((v / 1e7 - cut + 180) % 360 - 180) for v in lon_e7)
    ordered = sorted((v / 1e7) % 360 for v in lon_e7)
    widest = max((b - a) for a, b in zip(ordered, [*ordered[1:], ordered[0] + 360], strict=True))
    assert gap >= widest / 2 - 0.11


def test_first_view_leaves_a_stray_fix_out_and_findings_in() -> None:
    lines = walks(3, 50, 60, spread_deg=0.3)
    lines.lon_e7[-1], lines.lat_e7[-1] = 0, 0
    data = [finding(lines, 0)]
    frame = chart.frame_of(lines, data)
    west, south, east, north = frame.view
    assert east - west < 15 and north - south < 15
    x, y = frame.east_of_cut(data[0]["where"]["coordinates"][0]), data[0]["where"]["coordinates"][1]
    assert west < x < east and south < y < north


def test_no_data_shows_the_world() -> None:
    frame = chart.frame_of(TrackLines.empty(), [])
    assert frame.view == (0.0, -75.0, 360.0, 80.0)


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (180.0, 66.0), (-75.0, -60.0), (20.0, 88.5), (121.0, 24.0)])
def test_land_is_drawn_where_the_map_looks(lon: float, lat: float) -> None:
    data = scene(tracks=20, fixes=30, findings=3, lon=lon, lat=lat, spread_deg=0.2)
    frame = chart.frame_of(data.tracks, data.findings)
    land = chart.land_part(frame, None)
    west, south, east, north = land["box"]
    assert west < frame.view[0] and east > frame.view[2] and south <= frame.view[1] and north >= frame.view[3]
    x, y = np.array(unpack(land["x"])) * 1e-4, np.array(unpack(land["y"])) * 1e-4
    assert sum(unpack(land["lengths"])) == len(x) <= chart.LAND_POINTS
    if len(x):
        assert x.min() >= west - 1e-3 and x.max() <= east + 1e-3
        assert y.min() >= south - 1e-3 and y.max() <= north + 1e-3


def test_given_land_is_cut_down_to_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "LAND_POINTS", 500)
    angle = np.linspace(0, 2 * np.pi, 4000)
    ring = np.column_stack([121 + np.cos(angle), 24 + np.sin(angle)])
    frame = chart.frame_of(walks(1, 3, 10), [])
    land = chart.land_part(frame, LandLines([ring]))
    assert 50 < sum(unpack(land["lengths"])) <= 500
    assert land["tolerance_deg"] > 0


def test_zone_over_the_antimeridian_is_one_outline() -> None:
    data = scene(tracks=20, fixes=30, findings=3, lon=179.9, lat=10, spread_deg=0.2)
    frame = chart.frame_of(data.tracks, data.findings)
    for ring in ([179.5, 180.4], [179.5, -179.6], [-180.5, -179.6]):
        box = zone("Z", ring[0], 9.5, ring[1], 10.5)
        part = chart.zones_part(frame, [box])[0]
        x = np.array(unpack(part["x"])) * 1e-5
        assert x.max() - x.min() == pytest.approx(0.9)
        assert frame.view[0] < x.mean() < frame.view[2]


def test_zone_kinds_of_geometry_and_none() -> None:
    frame = chart.frame_of(walks(1, 3, 10), [])
    ring = [[121, 24], [122, 24], [122, 25], [121, 24]]
    shapes = [
        {"type": "Polygon", "coordinates": [ring, ring]},
        {"type": "MultiPolygon", "coordinates": [[ring], [ring, ring]]},
        {"type": "LineString", "coordinates": ring},
        {"type": "MultiLineString", "coordinates": [ring, ring]},
        {"type": "Point", "coordinates": [121, 24]},
        None,
    ]
    parts = chart.zones_part(frame, [{"type": "Feature", "properties": {"name": "A"}, "geometry": g} for g in shapes])
    assert [len(unpack(p["lengths"])) for p in parts] == [2, 3, 1, 2, 0, 0]


# ---- traffic, posits, members


def test_small_traffic_is_whole() -> None:
    lines = walks(5, 12, 40)
    frame = chart.frame_of(lines, [])
    part = chart.traffic_part(frame, lines)
    assert part["fixes_drawn"] == part["fixes"] == 480 and part["tolerance_m"] == 0
    assert part["tracks_drawn"] == part["tracks"] == 12
    lon = (np.array(unpack(part["x"])) * 1e-5 + frame.cut_deg + 180) % 360 - 180
    assert np.abs(lon - lines.lon_e7 / 1e7).max() < 1.2e-5
    assert np.abs(np.array(unpack(part["y"])) * 1e-5 - lines.lat_e7 / 1e7).max() < 1.2e-5
    seconds = np.array(unpack(part["t"])) + part["t0_s"]
    assert seconds.tolist() == (lines.t_us // 1_000_000).tolist()
    per_line = np.array(part["labels"])[unpack(part["label"])]
    assert np.repeat(per_line, unpack(part["lengths"])).tolist() == [lines.labels[c] for c in lines.track.tolist()]


def test_big_traffic_is_thinned_to_the_budget_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "TRAFFIC_FIXES", 300)
    lines = walks(5, 30, 100)
    part = chart.traffic_part(chart.frame_of(lines, []), lines)
    assert part["fixes"] == 3000 and 60 <= part["fixes_drawn"] <= 300 and part["tolerance_m"] > 0
    assert len(unpack(part["x"])) == part["fixes_drawn"] == sum(unpack(part["lengths"]))
    assert part["tracks_drawn"] == part["tracks"] == 30


def test_posits_without_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = walks(5, 3, 100)
    lines.track[:] -= 1
    frame = chart.frame_of(lines, [])
    part = chart.posits_part(frame, lines)
    assert part["posits"] == 100 and part["cell_deg"] == 0
    assert chart.traffic_part(frame, lines)["tracks"] == 2
    monkeypatch.setattr(chart, "POSITS", 10)
    few = chart.posits_part(frame, lines)
    assert 1 <= few["posits_drawn"] <= 10 and few["cell_deg"] > 0
    x, y = np.array(unpack(few["x"])) * few["unit"], np.array(unpack(few["y"])) * few["unit"]
    east = (lines.lon_e7[:100] / 1e7 - frame.cut_deg) % 360
    for a, b in zip(east, lines.lat_e7[:100] / 1e7, strict=True):
        assert np.any((np.abs(x - a) <= few["cell_deg"] * 1.01) & (np.abs(y - b) <= few["cell_deg"] * 1.01))


def test_members_are_drawn_with_every_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    data = scene(tracks=20, fixes=100, findings=4)
    frame = chart.frame_of(data.tracks, data.findings)
    part = chart.paths_part(frame, data.tracks, data.findings)
    assert part["fixes"] == part["fixes_drawn"] and part["tolerance_m"] == 0
    pairs = list(zip(unpack(part["finding"]), unpack(part["member"]), strict=True))
    assert pairs == [(f, m) for f, item in enumerate(data.findings) for m in range(len(item["members"]))]
    inside = chart._window(data.findings[0])
    rows = (data.tracks.track == 0) & (data.tracks.t_us >= inside[0]) & (data.tracks.t_us <= inside[1])
    assert unpack(part["lengths"])[0] == rows.sum() > 20
    monkeypatch.setattr(chart, "PATH_FIXES", 50)
    few = chart.paths_part(frame, data.tracks, data.findings)
    assert few["fixes_drawn"] <= 50 and few["tolerance_m"] > 0
    assert len(unpack(few["lengths"])) == len(pairs)


def test_a_member_whose_track_is_not_here() -> None:
    data = scene(tracks=6, fixes=30, findings=1)
    data.findings[0]["members"][1]["track"] = "another run's"  # type: ignore[index]
    part = chart.paths_part(chart.frame_of(data.tracks, data.findings), data.tracks, data.findings)
    assert unpack(part["member"]) == [0]


# ---- the page


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.handlers: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        for name, value in attrs:
            if name in ("src", "href", "action", "formaction", "data", "poster", "srcset", "background", "ping"):
                self.found.append((tag, name, value or ""))
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")


def test_page_reaches_for_nothing() -> None:
    html = made(scene())
    parser = _Addresses()
    parser.feed(html)
    assert parser.found == [("link", "href", "data:,")]
    assert parser.handlers == []
    assert "default-src 'none'" in parser.policy
    assert not re.search(r"unsafe|https?:|\*", parser.policy)
    style, script = (
        re.search(r"<style>(.*?)</style>", html, re.DOTALL),
        re.search(r"<script>(.*?)</script>", html, re.DOTALL),
    )
    assert style is not None and script is not None
    for content, directive in ((style[1], "style-src"), (script[1], "script-src")):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in parser.policy
    for word in ("url(", "@import", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts", "Worker("):
        assert word not in style[1] and word not in script[1]
    # Data never becomes markup.
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in script[1]
    assert re.findall(r"https?://[^\"' )]*", script[1]) == ["http://www.w3.org/2000/svg"] * 2


def test_data_come_back_and_nothing_closes_the_block() -> None:
    data = scene()
    html = made(data)
    assert html.count("</script>") == 2
    raw = html.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert raw.isascii() and not set("<>&") & set(raw)
    held = block(html)
    assert [f["id"] for f in held["findings"]] == [f["id"] for f in data.findings]
    assert held["findings"][0]["measures"] == data.findings[0]["measures"]
    assert held["summary"]["rejects"] == data.summary["rejects"]


@given(st.text(max_size=60))
def test_any_name_leaves_the_page_whole(name: str) -> None:
    lines = walks(1, 4, 12)
    item = finding(lines, 0)
    item["members"][0]["name"] = name
    item["why"] = name + " lay there."
    labels = [name] * 4
    tracks = TrackLines(lines.lon_e7, lines.lat_e7, lines.t_us, lines.track, lines.names, labels)
    data = ReportInput(name, "real", {"warnings": [name]}, [item], tracks, [], LandLines([]))
    html = made(data)
    assert html.count("<script") == 2 and html.count("</script>") == 2
    assert html.count("<noscript>") == html.count("</noscript>") == 1
    assert len(block(html)["findings"]) == 1


def test_a_name_like_a_place_in_the_template_is_not_filled() -> None:
    lines = walks(1, 4, 12)
    data = ReportInput(
        "{{DATA}}{{SCRIPT}}", "real", {}, [finding(lines, 0, name="{{STYLE}}")], lines, [], LandLines([])
    )
    html = made(data)
    assert "<h1>{{DATA}}{{SCRIPT}}</h1>" in html
    assert html.count("<style>") == 1


def test_numbers_that_json_cannot_hold() -> None:
    lines = walks(1, 4, 12)
    item = finding(lines, 0)
    item["measures"] = {"a_m": math.nan, "b_m": math.inf}
    assert block(made(ReportInput("x", "real", {}, [item], lines, [], LandLines([]))))["findings"][0]["measures"] == {
        "a_m": None,
        "b_m": None,
    }


def test_long_texts_are_cut_and_say_so() -> None:
    lines = walks(1, 4, 12)
    exact, over = finding(lines, 0, name="A" * page.MAX_TEXT), finding(lines, 0, name="A" * (page.MAX_TEXT + 1))
    held = block(made(ReportInput("x", "real", {}, [exact, over], lines, [], LandLines([]))))["findings"]
    assert held[0]["members"][0]["name"] == "A" * page.MAX_TEXT
    assert held[1]["members"][0]["name"] == "A" * page.MAX_TEXT + "… (1 characters more)"


def test_findings_beyond_the_room_are_left_out_context_first(monkeypatch: pytest.MonkeyPatch) -> None:
    data = scene(tracks=20, fixes=30, findings=9)
    sizes = [len(chart.as_json(page._shown(f))) for f in data.findings]
    default = [i for i, f in enumerate(data.findings) if f["queue"] == "default"]
    room = sum(sizes[i] for i in default)
    monkeypatch.setattr(page, "MAX_FINDING_BYTES", room)
    held = block(made(data))
    assert [f["id"] for f in held["findings"]] == [data.findings[i]["id"] for i in default]
    assert held["findings_total"] == 9
    monkeypatch.setattr(page, "MAX_FINDING_BYTES", room - 1)
    assert len(block(made(data))["findings"]) == len(default) - 1
    monkeypatch.setattr(page, "MAX_FINDING_BYTES", sum(sizes))
    assert len(block(made(data))["findings"]) == 9


def test_same_input_same_page() -> None:
    assert made(scene()) == made(scene())


@pytest.mark.parametrize("mode", ["simulated", "exercise", "test"])
def test_a_mode_other_than_real_is_said(mode: str) -> None:
    html = made(scene(tracks=4, fixes=20, findings=1, mode=mode))
    assert f'<div class="mode" role="note"><strong>{mode.upper()}</strong>' in html
    assert html.count(f"{mode.upper()} ·") >= 10


def test_real_says_no_mode() -> None:
    assert 'class="mode' not in made(scene(tracks=4, fixes=20, findings=1, mode="real"))


def test_incomplete_and_notes_are_told_first() -> None:
    told = plain.warnings({"complete": False, "warnings": ["lat and lon <swapped>"]})
    assert told.index("incomplete") < told.index("lat and lon &lt;swapped&gt;")
    assert plain.warnings({}) == ""


@pytest.mark.parametrize(
    ("degrees", "words"),
    [
        (0.0, "0°00′00.0″N"),
        (-0.0, "0°00′00.0″N"),
        (-1e-9, "0°00′00.0″N"),
        (24.9, "24°54′00.0″N"),
        (-33.5083334, "33°30′30.0″S"),
        (59.99999999, "60°00′00.0″N"),
        (89.999986, "89°59′59.9″N"),
    ],
)
def test_degrees_minutes_seconds(degrees: float, words: str) -> None:
    assert plain.dms(degrees, "N", "S") == words


@given(st.floats(-180, 180))
def test_dms_means_what_it_says(degrees: float) -> None:
    match = re.fullmatch(r"(\d+)°(\d\d)′(\d\d\.\d)″([EW])", plain.dms(degrees, "E", "W"))
    assert match is not None
    value = int(match[1]) + int(match[2]) / 60 + float(match[3]) / 3600
    assert int(match[2]) < 60 and float(match[3]) < 60
    assert abs(value * (-1 if match[4] == "W" else 1) - degrees) <= 0.051 / 3600


def test_plain_table_holds_the_default_queue_first_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = scene(tracks=20, fixes=30, findings=9)
    monkeypatch.setattr(plain, "MAX_PLAIN_ROWS", 6)
    told = plain.findings_table(data.findings)
    assert told.count("<tr>") == 7 and "3 more findings" in told
    assert "<td>context</td>" not in told
    monkeypatch.setattr(plain, "MAX_PLAIN_ROWS", 9)
    assert "more findings" not in plain.findings_table(data.findings)
