"""What an INPUT stands for, and how packed streams are unpacked or found broken."""

from __future__ import annotations

import gzip
import io
import os
import socket
from pathlib import Path

import polars as pl
import pytest
import zstandard
from reading import mc, mc_row, read

from beaconline.foundation.table.reports import Pools
from beaconline.see.ingest import IngestOptions, ingest
from beaconline.see.inputs import InputError, InputFile, LineGuard, expand, stream

ROWS = [mc_row(MMSI=str(416000001 + k), LON=f"121.{k:04d}") for k in range(3000)]
TABLE = mc(*ROWS)


def unpacked(path: Path) -> bytes:
    return b"".join(stream(expand([path])[0][0]))


def test_folders_are_read_in_order_and_hidden_files_are_not(tmp_path: Path) -> None:
    for name in ("b/2.csv", "b/1.csv", "a.csv", ".hidden", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    files, errors = expand([tmp_path])
    assert [Path(f.name).relative_to(tmp_path).as_posix() for f in files] == ["a.csv", "b/1.csv", "b/2.csv"]
    assert errors == []


def test_what_cannot_be_read_is_told_beside_what_can(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "good.csv").write_bytes(TABLE)
    os.mkfifo(tmp_path / "pipe")
    files, errors = expand([tmp_path / "empty", tmp_path / "none.csv", tmp_path / "pipe", tmp_path / "good.csv"])
    assert [f.name for f in files] == [str(tmp_path / "good.csv")]
    reasons = {Path(e.source).name: e.reason for e in errors}
    assert "no files" in reasons["empty"] and "cannot be opened" in reasons["none.csv"]
    assert reasons["pipe"] == "not a regular file but a pipe"


def test_what_is_no_file_inside_a_folder_is_passed_over_by_name_and_a_dead_link_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.csv").write_bytes(TABLE)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        (folder / "dead.csv").symlink_to("nowhere")
        (folder / "loop").symlink_to("loop")
        (folder / "up").symlink_to(".")
        got = ingest([folder], IngestOptions(), Pools())
    assert len(got.reports) == 3000
    assert {(Path(e.source).name, e.reason.split(" (")[0]) for e in got.errors} == {
        ("dead.csv", "a link that leads nowhere"),
        ("loop", "a link that leads nowhere"),
    }
    told = sorted(w.removeprefix(f"{folder}/") for w in got.warnings)
    assert told == [
        "door: passed over, not a regular file but a socket",
        "pipe: passed over, not a regular file but a pipe",
        "up: passed over, a link to a folder",
    ]


def test_a_folder_that_cannot_be_listed_is_an_error_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shut").mkdir()
    (tmp_path / "good.csv").write_bytes(TABLE)
    listed = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, errors = expand([tmp_path])
    assert [Path(f.name).name for f in files] == ["good.csv"]
    assert [str(e) for e in errors] == [f"{tmp_path}/shut: cannot be opened (Permission denied)"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"bad\xff.csv", "bad\\xff.csv"), (b"two\nlines\x1b[31m.csv", "two\\nlines\\x1b[31m.csv"),
     ("\u202egnp.csv".encode(), "\\u202egnp.csv"), ("航\u3000跡.csv".encode(), "航\u3000跡.csv")],
)  # fmt: skip
def test_any_file_name_is_read_and_named_on_one_line(raw: bytes, shown: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = os.fsdecode(os.fsencode(tmp_path) + b"/in/" + raw)
    for data, reports in ((TABLE, 3000), (_parquet(), 1)):
        Path(path).write_bytes(data)
        for given in (path, tmp_path / "in"):
            got = ingest([given], IngestOptions(), Pools())
            assert got.errors == [] and len(got.reports) == reports
            assert [Path(i.name).name for i in got.inputs] == [shown] == [Path(t).name for t in got.pools.sources.texts]
    Path(path).write_bytes(b"\0\1\2" * 1000)
    error = ingest([path], IngestOptions(), Pools()).errors[0]
    assert str(error).startswith(f"{tmp_path}/in/{shown}:1: ") and "\n" not in str(error)
    Path(path).unlink()
    assert str(ingest([path], IngestOptions(), Pools()).errors[0]).startswith(f"{tmp_path}/in/{shown}: ")


def _parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"t_event": ["2022-01-03T00:00:00Z"], "lon_deg": [121.5], "lat_deg": [24.5]}).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress, bytes])
def test_plain_gzip_and_zstd_by_their_bytes_not_their_names(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(pack(TABLE))  # type: ignore[operator]
    assert unpacked(path) == TABLE


def test_several_members_padding_and_frames(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 700)
    assert unpacked(path) == b"one\ntwo\n"
    path.write_bytes(zstandard.compress(b"one\n") + zstandard.compress(b"two\n"))
    assert unpacked(path) == b"one\ntwo\n"
    path.write_bytes(gzip.compress(b"one\n") + b"garbage")
    with pytest.raises(InputError, match="gzip"):
        unpacked(path)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_packed_file_cut_off_keeps_its_whole_rows_and_is_an_error(pack: object, tmp_path: Path) -> None:
    packed = pack(TABLE)  # type: ignore[operator]
    size = len(packed) * 2 // 3
    got = read(tmp_path / "in", {"cut": packed[:size], "whole.csv": mc(mc_row(MMSI="1"))})
    assert len(got.errors) == 1
    error = got.errors[0]
    assert error.source.endswith("cut") and f"cut off at byte {size}" in error.reason
    assert error.line == got.inputs[0].rows + 2, "the line after the last whole row (the header is line 1)"
    assert set(got.reports.mmsi.tolist()) >= {1} and got.ledger.as_summary()["rejects"]["total"] == 0


def test_a_flipped_byte_inside_gzip_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TABLE))
    packed[len(packed) // 2] ^= 0xFF
    got = read(tmp_path / "in", {"x.gz": bytes(packed)})
    assert len(got.errors) == 1 and "gzip" in got.errors[0].reason


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(gzip.compress(TABLE))

    monkeypatch.setattr("sys.stdin", Stdin)
    calls: list[tuple[str, int, int | None]] = []
    got = ingest(["-"], IngestOptions(), Pools(), lambda *call: calls.append(call))
    assert len(got.reports) == 3000 and got.pools.sources.texts == ["-"] and got.errors == []
    assert calls and all(total is None for _, _, total in calls)


def test_progress_reaches_the_size_of_the_inputs(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_bytes(TABLE)
    calls: list[tuple[str, int, int | None]] = []
    ingest(paths, IngestOptions(), Pools(), lambda *call: calls.append(call))
    done = [n for _, n, _ in calls]
    assert done == sorted(done) and calls[-1] == ("read", 2 * len(TABLE), 2 * len(TABLE))


def test_the_guard_never_hands_on_half_a_line_of_a_broken_stream() -> None:
    def broken() -> object:
        yield b"one\ntw"
        yield b"o\nthr"
        raise InputError("x", None, "broken")

    guard = LineGuard(broken())  # type: ignore[arg-type]
    assert b"".join(guard) == b"one\ntwo\n"
    assert guard.error is not None and guard.error.line == 3
    whole = LineGuard(iter([b"one\ntw", b"o"]))
    assert whole.peek(2) == b"one\n" and b"".join(whole) == b"one\ntwo" and whole.error is None


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(TABLE)

    def refuse(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        list(stream(InputFile("x.csv", path, 1)))
