"""The hostile ship sails through a whole run: in by a table, out by every file and by the terminal."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from beaconline.foundation.records.times import format_us, parse_us
from hostile import HOSTILE_NAME

CONTROLS = {chr(c) for c in range(32)} - {"\n", "\r"} | {"\x7f", "\u202e", "\u2066", "\u200b"}

MAPPING = """
[columns]
lon_deg = "lon"
lat_deg = "lat"
mmsi = "mmsi"
sog_kn = "sog"
name = "name"
[time]
columns = ["t"]
format = "auto"
zone = "UTC"
[units]
sog = "kn"
[csv]
delimiter = ","
decimal = "."
encoding = "utf-8"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ships alongside for an hour far from land, one with the hostile name; the folder of the run."""
    work = tmp_path_factory.mktemp("hostile")
    table, mapping = work / "in.csv", work / "map.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    begin = parse_us("2026-01-02T00:00:00Z")
    with table.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["mmsi", "t", "lon", "lat", "sog", "name"])
        for k in range(40):
            t = format_us(begin + k * 120_000_000)
            out.writerow([416000001, t, f"{140 + k * 1e-5:.6f}", "20.000000", "0.3", HOSTILE_NAME])
            out.writerow([416000002, t, f"{140.0003 + k * 1e-5:.6f}", "20.000000", "0.3", "QUIET"])
    command = [sys.executable, "-m", "beaconline.cli.main", "watch", str(table), "--mapping", str(mapping)]
    command += ["--out", str(work / "out"), "--only", "encounter", "--mode", "simulated"]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    (work / "said").write_bytes(done.stdout + done.stderr)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return work


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_finding_is_made_and_names_it(folder: Path) -> None:
    findings = [json.loads(line) for line in read(folder / "out/findings.jsonl").splitlines()]
    assert [f["kind"] for f in findings] == ["encounter"]
    named = {m["mmsi"]: m["name"] for m in findings[0]["members"]}
    assert named[416000002] == "QUIET"
    assert named[416000001] is not None and "</script>" in named[416000001]


def test_json_lines_are_lines(folder: Path) -> None:
    raw = (folder / "out/findings.jsonl").read_bytes()
    assert raw.count(b"\n") == 1
    assert not {chr(b) for b in raw if b < 32} - {"\n"}


def test_table_computes_nothing(folder: Path) -> None:
    text = (folder / "out/findings.csv").read_bytes().decode("utf-8")
    assert not CONTROLS & set(text)
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                bare = cell.lstrip(' "')
                assert bare[:1] not in set("=+@\t\r") or bare.lstrip("+").replace(".", "").isdigit(), cell


def test_page_holds_it_as_text_only(folder: Path) -> None:
    html = read(folder / "out/report.html")
    assert html.count("<script") == html.count("</script>") == 2
    assert "<img" not in html
    assert not CONTROLS & set(html)
    assert "&lt;U+202E&gt;" in html


def test_geojson_and_summary_are_json(folder: Path) -> None:
    assert json.loads(read(folder / "out/findings.geojson"))["type"] == "FeatureCollection"
    json.loads(read(folder / "out/summary.json"))


def test_terminal_only_prints(folder: Path) -> None:
    said = (folder / "said").read_bytes().decode("utf-8")
    assert said and not CONTROLS & set(said)


def test_an_error_that_quotes_it_only_prints(tmp_path: Path) -> None:
    """A file named like the ship, minus what no file can be named."""
    name = HOSTILE_NAME.replace("/", "").replace("\0", "")[:80] + ".csv"
    command = [sys.executable, "-m", "beaconline.cli.main", "watch", str(tmp_path / name), "--out", str(tmp_path / "o")]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    assert done.returncode in (1, 2)
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "HYPERLINK" in said and not CONTROLS & set(said)
    assert "Traceback" not in said


def test_page_in_a_browser(folder: Path, require: Callable[[str], None]) -> None:
    require("chromium")
    from browser import running

    with running() as browser:
        page = browser.open((folder / "out/report.html").as_uri())
        page.assert_clean()
        assert page.js("typeof window.pwned") == "undefined"
        assert page.js("document.images.length") == 0
        assert "<U+001B>[31m" in page.js("document.body.textContent")
