"""``beaconline decode``: one JSON object a message, exit codes, no control character on a terminal."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nmea_lines import POSITION, read, sentence, tagged, two

from beaconline.cli.main import main

GOOD = tagged(sentence(POSITION), "s:rSTA,c:1418169601")


def test_one_json_line_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.nmea"
    log.write_bytes(b"# words\n" + GOOD + b"\n" + b"\n".join(two()) + b"\n")
    assert main(["decode", str(log), "--json"]) == 0
    first, second = (json.loads(each) for each in capsys.readouterr().out.splitlines())
    assert (first["type"], first["lon"], first["t_event"], first["station"], first["line"], first["channel"]) == (
        1, -97129590, "2014-12-10T00:00:01Z", "rSTA", 2, "A",
    )  # fmt: skip
    assert first["lon_deg"] == -161.88265 and first["speed_kn"] == 1.2 and first["heading_deg"] == 155
    assert second["shipname"] == "ROSINANTE" and second["t_event"] is None and second["line"] == 4


def test_packed_input_and_told_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(sentence(POSITION) + b"\n"))
    assert main(["decode", str(log), "--json", "--received", "2020-01-02T03:04:05Z,5"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert (got["t_event"], got["t_src"]) == ("2020-01-02T03:04:05Z", "told")


def test_exit_codes_and_messages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.nmea"
    bad.write_bytes((GOOD + b"\n") * 98 + sentence("") + b"\n" + GOOD[:-1] + b"0\n")
    assert main(["decode", str(bad)]) == 1
    told = capsys.readouterr().err
    assert f"{bad}:99: empty_payload" in told and "rejected 2: bad_checksum 1, empty_payload 1" in told
    assert main(["decode", str(bad), "--max-reject", "2%"]) == 0
    for name, content in (("empty", b""), ("table", b"MMSI,LAT,LON\n1,2,3\n"), ("binary", bytes(range(256)) * 9)):
        (tmp_path / name).write_bytes(content)
        assert main(["decode", str(tmp_path / name)]) == 1
        assert name in capsys.readouterr().err
    assert main(["decode", str(tmp_path / "absent")]) == 1
    with pytest.raises(SystemExit) as wrong:
        main(["decode", str(bad), "--received", "yesterday"])
    assert wrong.value.code == 2


def test_no_control_character_reaches_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.nmea"
    log.write_bytes(
        tagged(sentence(POSITION), "s:\x1b[31m</script>,c:1418169601") + b"\n" + b"\x1b]0;x\x07" + GOOD + b"\n"
    )
    main(["decode", str(log)])
    main(["decode", str(log), "--json"])
    got = capsys.readouterr()
    assert "\x1b" not in got.out + got.err and "\x07" not in got.out + got.err
    assert json.loads(got.out.splitlines()[-1])["station"] == "\x1b[31m</script>"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("args", [["--json"], []])
@pytest.mark.parametrize("repeats", [1, 2000])
def test_an_output_that_takes_no_more_is_told(tmp_path: Path, args: list[str], repeats: int) -> None:
    log = tmp_path / "log.nmea"
    log.write_bytes((GOOD + b"\n") * repeats)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "beaconline", "decode", str(log), *args], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("beaconline: cannot write: ") and done.stderr.count(b"\n") == 1


def test_line_ends_in_file_names_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "a\nbeaconline decode: all is well\x1b[2K\u202e"
    for content in (GOOD + b"\n" + GOOD[:-1] + b"\n", b"", b"words"):
        bad.write_bytes(content)
        assert main(["decode", str(bad), "--json"]) == 1
        told = capsys.readouterr().err
        assert "\nbeaconline decode: all" not in told and "\x1b" not in told and "\u202e" not in told


def test_wide_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "wide.nmea"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        log.write_bytes((GOOD.decode() + "\n").encode(encoding))
        assert main(["decode", str(log)]) == 1
        told = capsys.readouterr().err
        assert "UTF-16" in told and "[csv]" not in told, encoding


def test_application_payloads_by_pyais(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", str(data / "nmea" / "sample.aivdm"), "--json"]) == 0
    messages = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    met = [m for m in messages if m["type"] == 8 and (m["dac"], m["fid"]) == (1, 11)]
    assert met and all(m["data"].split(":")[0].isdigit() for m in met)
    assert met[0]["application"]["name"] == "8Dac1Fid11"
    assert all("application" in m for m in messages if m["type"] in (6, 8))


def test_the_ledger_counts_what_is_decoded(data: Path) -> None:
    got = read((data / "nmea" / "nmea_data_sample.txt").read_bytes())
    assert got.counts["lines"] == 898
    assert got.reasons["empty_payload"] == 100 and got.counts["orphan_fragments"] == 20
    assert {r.reason for r in got.rejects} == {"empty_payload", "orphan_fragment", "no_time"}


@pytest.mark.parametrize("told", [False, True])
def test_every_log_balances(data: Path, told: bool) -> None:
    from beaconline.see.sources.nmea import NmeaOptions, looks_like_nmea

    logs = [p for p in sorted((data / "nmea").iterdir()) if p.suffix in (".log", ".aivdm", ".nmea", ".txt")]
    assert len(logs) == 8
    for log in logs:
        content = log.read_bytes()
        assert looks_like_nmea(content[:4096]), log
        got = read(content, NmeaOptions(received=(1_400_000_000_000_000, None) if told else None))
        assert not told or "no_time" not in got.reasons
