"""The report in a real browser: it opens alone, filters, sorts, moves, prints, and obeys no name off the air."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Browser, Page, running
from report_scene import scene

from beaconline.node.report import LandLines, ReportInput, TrackLines, write_report

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    from conftest import require_part

    require_part("chromium")
    with running() as made:
        yield made


def saved(data: ReportInput, path: Path) -> Path:
    with path.open("wb") as file:
        write_report(data, file)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(scene(), tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Opener]:
    pages: list[Page] = []

    def go(fragment: str = "", path: Path | None = None, **how: Any) -> Page:
        pages.append(browser.open((path or file).as_uri() + fragment, **how))
        if how.get("scripts", True):
            pages[-1].settle()
        return pages[-1]

    yield go
    for page in pages:
        page.close()


def ids(page: Page) -> list[str]:
    found: list[str] = page.js(
        "[...document.querySelectorAll('#body tr')].map(tr => decodeURIComponent(tr.querySelector('a').hash.slice(1)))"
    )
    return found


def test_opens_alone_and_clean(opened: Opener) -> None:
    page = opened()
    page.assert_clean()
    assert page.data("shown") == "20"
    assert page.text(".mode").startswith("SIMULATED")
    assert "every one of 48,000 fixes of 300 tracks" in page.text("#honest")


def test_policy_stops_a_script_that_was_put_in(opened: Opener, file: Path, tmp_path: Path) -> None:
    """Without this, "no violation" could mean that nobody looks."""
    broken = tmp_path / "broken.html"
    broken.write_bytes(file.read_bytes().replace(b"</body>", b"<script>window.pwned=1</script></body>"))
    page = opened(path=broken)
    assert page.data("violation") == "script-src-elem"
    assert page.js("typeof window.pwned") == "undefined"


def test_policy_stops_a_request(opened: Opener, file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_bytes(file.read_bytes().replace(b"</body>", b'<img src="http://127.0.0.1:9/x.png"></body>'))
    assert opened(path=broken).data("violation") == "img-src"


def test_hostile_name_is_text(opened: Opener) -> None:
    page = opened(f"#f_{1:020x}")
    page.assert_clean()
    assert page.js("typeof window.pwned") == "undefined"
    assert page.js("document.images.length") == 0
    assert page.js("document.scripts.length") == 2
    assert "</script><script>window.pwned=1" in page.text("article.chosen .why")
    whole: str = page.js("document.documentElement.innerText")
    assert not {c for c in whole if c in "\x1b\x07\u202e\u2066\u200b\r"}
    assert "<U+202E>KCATTA<U+2066>" in whole


def test_filters_by_address(opened: Opener) -> None:
    everything = ids(opened("#queue=all"))
    assert len(everything) == 30
    encounters = ids(opened("#kind=encounter&queue=all"))
    assert sorted(encounters) == [f"f_{k:020x}" for k in range(0, 30, 3)]
    assert ids(opened("#q=VESSEL%2000003")) == [f"f_{3:020x}"]
    assert ids(opened("#q=no-such-ship")) == []
    assert ids(opened("#queue=nonsense&kind=nonsense&sort=nonsense&at=x&%E0%A4%A")) == ids(opened())


def test_filter_by_typing_and_pressing(opened: Opener) -> None:
    page = opened()
    page.js("document.getElementById('q').focus()")
    page.call("Input.insertText", text="vessel 00024")
    assert ids(page) == [f"f_{24:020x}"]
    assert "q=vessel%2000024" in page.js("location.hash")
    page.js("document.getElementById('q').select()")
    page.call("Input.insertText", text=" ")
    page.js("[...document.querySelectorAll('#kinds button')].find(b => b.dataset.kind === 'zone_entry').click()")
    assert (
        page.js("document.querySelector('#kinds button[data-kind=zone_entry]').getAttribute('aria-pressed')") == "true"
    )
    assert len(ids(page)) == 10
    page.assert_clean()


@pytest.mark.parametrize(
    ("key", "by"),
    [
        ("time", lambda f: f["t_start"]),
        ("kind", lambda f: f["kind"]),
        ("members", lambda f: " ".join(m["name"] for m in f["members"]).lower()),
        ("queue", lambda f: f["queue"] == "context"),
        ("score", lambda f: f["score"]),
    ],
)
def test_sorts(opened: Opener, tmp_path: Path, key: str, by: Callable[[dict[str, Any]], Any]) -> None:
    data = scene(findings=30)
    for k, finding in enumerate(data.findings):
        finding["score"] = (k * 7 % 30) / 30  # type: ignore[index]
        finding["members"][0]["name"] = f"SHIP {k * 11 % 30:02d}"
    page = opened("#queue=all", saved(data, tmp_path / "sorted.html"))
    for wanted in ("ascending", "descending"):
        page.js(f"document.querySelector('th.c-{key} button').click()")
        if key == "time" and wanted == "ascending":
            # The page starts in order of time: the first press turns it round.
            page.js(f"document.querySelector('th.c-{key} button').click()")
        assert page.js(f"document.querySelector('th.c-{key}').getAttribute('aria-sort')") == wanted
        of_id = {f["id"]: f for f in data.findings}
        shown = [by(of_id[i]) for i in ids(page)]
        assert shown == sorted(shown, reverse=wanted == "descending")
        assert len(set(map(str, shown))) > 1


def test_keys_step_through_findings(opened: Opener) -> None:
    page = opened()
    order = ids(page)
    for key, at in (("j", 0), ("j", 1), ("n", 2), ("k", 1), ("p", 0), ("p", 0)):
        page.key(key)
        assert page.js("document.querySelector('article.chosen').id") == order[at]
        assert page.js("location.hash").startswith(f"#{order[at]}")
    page.key("Escape")
    assert page.js("document.querySelector('article.chosen')") is None
    page.key("/")
    assert page.js("document.activeElement.id") == "q"


def test_link_opens_a_finding_the_filter_hides(opened: Opener) -> None:
    context = f"f_{2:020x}"
    page = opened(f"#{context}&kind=encounter&q=nothing")
    assert page.js("document.querySelector('article.chosen').id") == context
    assert context in ids(page)
    left, top, _, _ = page.box("article.chosen")
    assert left > 0 and 0 <= top < 500
    page.assert_clean()


def test_map_moves_and_tells(opened: Opener) -> None:
    data = scene()
    lon, lat = data.findings[0]["where"]["coordinates"]
    page = opened(f"#at={lat},{lon},9&theme=light")
    left, top, width, height = page.box("#map")
    x, y = left + width / 2, top + height / 2
    page.mouse("mouseMoved", x, y)
    page.settle()
    assert page.text("#tip").startswith("encounter, alongside")
    page.click(x, y)
    assert page.js("document.querySelector('article.chosen').id") == data.findings[0]["id"]
    before = page.text("#readout")
    page.mouse("mouseWheel", x + 100, y, deltaX=0, deltaY=-240)
    page.settle()
    page.mouse("mouseMoved", x, y)
    page.settle()
    assert page.text("#readout") != before
    page.mouse("mousePressed", x, y, button="left", clickCount=1, buttons=1)
    page.mouse("mouseMoved", x + 50, y + 40, button="left", buttons=1)
    page.mouse("mouseReleased", x + 50, y + 40, button="left", clickCount=1)
    page.settle()
    page.mouse("mouseMoved", x + 50, y + 40)
    page.settle()
    # What was under the pointer moved with it.
    after = page.text("#readout")
    page.js("document.getElementById('map').focus()")
    for key in ("ArrowLeft", "ArrowUp", "+", "-", "0"):
        page.key(key)
    page.settle()
    assert page.text("#readout") != after
    page.assert_clean()


def test_hover_names_the_track(opened: Opener, tmp_path: Path) -> None:
    """One eastbound track through the middle of the map, nothing else."""
    n = 50
    lon = np.linspace(120.0, 122.0, n)
    tracks = TrackLines(
        np.round(lon * 1e7).astype(np.int32), np.full(n, 240_000_000, np.int32),
        np.arange(n) * 60_000_000, np.zeros(n, np.int32), ["t"], ["\u202eLONE SHIP (1)"],
    )  # fmt: skip
    page = opened("#at=24,121,8", saved(ReportInput("x", "real", {}, [], tracks), tmp_path / "one.html"))
    left, top, width, height = page.box("#map")
    page.mouse("mouseMoved", left + width / 2, top + height / 2 + 2)
    page.settle()
    assert page.text("#tip").startswith("<U+202E>LONE SHIP (1)\nnear 1970-01-01 00:2")
    page.mouse("mouseMoved", left + width / 2, top + height / 2 + 40)
    page.settle()
    assert page.js("document.getElementById('tip').hidden")
    assert page.js("document.querySelector('.mode')") is None
    page.assert_clean()


def test_over_the_antimeridian_at_high_latitude(opened: Opener, tmp_path: Path) -> None:
    data = scene(lon=179.9, lat=84.0, spread_deg=0.3)
    assert len({bool(v > 0) for v in data.tracks.lon_e7.tolist()}) == 2
    page = opened("#at=84,180,8", saved(data, tmp_path / "anti.html"))
    left, top, width, height = page.box("#map")
    page.mouse("mouseMoved", left + width / 2 - 60, top + height / 2)
    page.settle()
    assert "E" in page.text("#readout")
    page.mouse("mouseMoved", left + width / 2 + 60, top + height / 2)
    page.settle()
    west = page.text("#readout")
    assert "W" in west and "84°" in west
    page.assert_clean()


@pytest.mark.parametrize("width", [360, 390, 768])
def test_phone_has_nothing_to_push_sideways(opened: Opener, width: int) -> None:
    page = opened(f"#f_{1:020x}", width=width, height=844)
    assert page.js("document.documentElement.scrollWidth") <= width
    page.assert_clean()


def test_print_holds_every_shown_finding_and_the_mode(opened: Opener) -> None:
    page = opened("#theme=dark")
    pdf = base64.b64decode(page.call("Page.printToPDF", printBackground=True)["data"])
    assert pdf.startswith(b"%PDF")
    # One page a finding at least; each filled just for paper.
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") >= 20
    assert page.js("document.querySelectorAll('article .inset').length") == 20
    assert "Printed: 20 of 30 findings, from the default queue." in page.js(
        "document.getElementById('printed').textContent"
    )
    assert page.data("theme") == "dark"
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.js("getComputedStyle(document.querySelector('.mode-edge')).display") == "block"
    assert page.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.assert_clean()


def test_works_without_scripts(opened: Opener) -> None:
    page = opened(scripts=False)
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    whole = page.text("noscript")
    assert whole.count("zone entry") == 10
    assert "VESSEL 00003" in whole
    assert page.requests() == [page.js("location.href")]


@pytest.mark.parametrize("theme", ["light", "dark", "night"])
def test_colours(opened: Opener, theme: str) -> None:
    page = opened(f"#theme={theme}")
    assert page.data("theme") == theme
    red, green, blue = json.loads(
        page.js("'[' + getComputedStyle(document.body).color.match(/\\d+/g).slice(0, 3).join() + ']'")
    )
    if theme == "night":
        assert red > 2 * max(green, blue)
    assert page.js("getComputedStyle(document.documentElement).colorScheme") == (
        "light" if theme == "light" else "dark"
    )
    page.key("t")
    assert page.data("theme") != theme
    page.assert_clean()


def test_nothing_at_all(opened: Opener, tmp_path: Path) -> None:
    empty = ReportInput("Watch report", "real", {}, [], TrackLines.empty(), [], LandLines([]))
    page = opened(path=saved(empty, tmp_path / "empty.html"))
    assert page.text("#none") == "No findings in this run."
    page.assert_clean()


def test_thousands_of_findings_come_by_and_by(opened: Opener, tmp_path: Path) -> None:
    data = scene(tracks=1300, fixes=40, findings=1200)
    page = opened("#queue=all", saved(data, tmp_path / "many.html"))
    assert page.data("shown") == "1200"
    assert len(ids(page)) == 300
    assert page.js("document.querySelectorAll('article .inset').length") < 20
    page.js("document.getElementById('more').click()")
    assert len(ids(page)) == 600
    page.assert_clean()


def test_drawings_hold_pixels_only_near_the_screen(opened: Opener) -> None:
    page = opened("#queue=all")
    first, last = ids(page)[0], ids(page)[-1]
    holds = "(id => (c => Boolean(c) && c.width > 0)(document.getElementById(id).querySelector('canvas')))"
    assert page.js(f"{holds}('{first}')") and not page.js(f"{holds}('{last}')")
    for shown, hidden in ((last, first), (first, last)):
        page.js(f"document.getElementById('{shown}').scrollIntoView()")
        page.settle()
        page.settle()
        assert page.js(f"{holds}('{shown}')") and not page.js(f"{holds}('{hidden}')")
    page.assert_clean()


@pytest.mark.slow
def test_thirty_thousand_tracks(opened: Opener, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Every track is drawn, the page says what was left out, and a frame is measured (told, not judged)."""
    data = scene(tracks=30_000, fixes=60, findings=60)
    path = saved(data, tmp_path / "stress.html")
    assert path.stat().st_size < 15_000_000
    page = opened(path=path)
    page.assert_clean()
    assert "30,000 of 30,000 tracks; each fix left out lies within" in page.text("#honest")
    left, top, width, height = page.box("#map")
    frames = []
    for k in range(10):
        page.mouse("mouseWheel", left + width / 2, top + height / 2, deltaX=0, deltaY=-60 if k < 5 else 60)
        page.settle()
        frames.append(float(page.data("frameMs") or "nan"))
    record_property("frame_ms", frames)
    record_property("bytes", path.stat().st_size)
    print(f"30,000 tracks: {path.stat().st_size / 1e6:.1f} MB, frames {frames} ms")
    assert all(np.isfinite(frames))
