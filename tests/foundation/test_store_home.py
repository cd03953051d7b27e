"""A home is whole after any kill, refuses what is none, and has one writer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from beaconline.foundation.store import home as store
from beaconline.foundation.store.home import HomeError, Manifest, Part, Writer, read_manifest, reading


def part(writer: Writer, day: str, value: int) -> Part:
    name = writer.put(day, "reports", pl.DataFrame({"n": [value]}))
    return Part(day, (0, 24), 1, 0, 0, 0, {"reports": name})


def add(home: Path, day: str, value: int) -> None:
    with Writer(home) as writer:
        kept = tuple(p for p in writer.manifest.parts if p.day != day)
        writer.commit(replace(writer.manifest, parts=(*kept, part(writer, day, value))))


def held(home: Path) -> dict[str, int]:
    manifest = read_manifest(home)
    return {p.day: pl.read_parquet(home / "history" / p.files["reports"])["n"][0] for p in manifest.parts}


def test_a_home_is_made_and_read(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    add(home, "2026-01-02", 1)
    add(home, "2026-01-03", 2)
    add(home, "2026-01-02", 3)
    assert held(home) == {"2026-01-02": 3, "2026-01-03": 2}
    names = {path.name for path in (home / "history").iterdir()}
    assert len([n for n in names if n.endswith(".parquet")]) == 2
    assert not [n for n in names if n.endswith(".part")]


def test_the_manifest_tells_of_no_folder(tmp_path: Path) -> None:
    home = tmp_path / "secret-machine"
    add(home, "2026-01-02", 1)
    assert not [p for p in home.rglob("*") if p.is_file() and b"secret-machine" in p.read_bytes()]


class KilledError(BaseException):
    """What a kill looks like from inside: nothing after it runs, and no handler of errors stops it."""


STEPS = ("replace", "fsync")


@pytest.mark.parametrize("fresh", [True, False])
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    """Every rename and every write to the disk is a place to die; afterwards the same change goes through."""
    number, died = 0, True
    while died:
        home = tmp_path / str(number)
        if not fresh:
            add(home, "2026-01-02", 1)
        before = held(home) if not fresh else None
        left = number

        def die(real: Any) -> Any:
            def step(*args: Any, **named: Any) -> Any:
                nonlocal left
                if left == 0:
                    raise KilledError
                left -= 1
                return real(*args, **named)

            return step

        with monkeypatch.context() as patch:
            patch.setattr(store.os, "fsync", die(os.fsync))
            patch.setattr(Path, "replace", die(Path.replace))
            patch.setattr(Path, "unlink", die(Path.unlink))
            died = False
            try:
                add(home, "2026-01-02", 2)
            except KilledError:
                died = True
        if died and not fresh:
            assert held(home) in (before, {"2026-01-02": 2})
        add(home, "2026-01-02", 2)
        assert held(home) == {"2026-01-02": 2}
        assert len(list((home / "history").glob("*.parquet"))) == 1
        assert not list(home.rglob("*.part"))
        number += 1
    assert number > 5


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("home.json", '{"schema": "home/2"}', "newer version"),
        ("home.json", '{"schema": "recipes/1"}', "is not home/1"),
        ("home.json", "[]", "is not home/1"),
        ("home.json", "{", "is broken"),
        ("history/manifest.json", '{"schema": "history/9", "parts": []}', "newer version"),
        ("history/manifest.json", '{"schema": "history/1", "parts": [{}]}', "is broken"),
        ("history/manifest.json", '{"schema": "history/1", "mode": "war", "retain_days": null, "parts": [], '
         '"imports": []}', "is broken"),
        ("history/manifest.json", "not json", "is broken"),
        ("history/manifest.json", None, "is missing"),
    ],
)  # fmt: skip
def test_what_is_no_home_of_this_version_is_refused_with_words(
    tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    home = tmp_path / "home"
    add(home, "2026-01-02", 1)
    if text is None:
        (home / name).unlink()
    else:
        (home / name).write_text(text)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    for call in (lambda: read_manifest(home), lambda: Writer(home)):
        with pytest.raises(HomeError, match=words) as error:
            call()
        assert str(home) in str(error.value)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(HomeError, match="not the home of a node"):
        Writer(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(HomeError, match="not a folder"):
        Writer(tmp_path / "letter.txt")
    with pytest.raises(HomeError, match="no such folder"):
        read_manifest(tmp_path / "absent")


def test_a_folder_called_history_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "rome.txt").write_text("once")
    with pytest.raises(HomeError, match="not the home of a node"):
        Writer(tmp_path)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with Writer(tmp_path / "home"):
        with pytest.raises(HomeError, match=f"another process writes to it .*{os.getpid()}"):
            Writer(tmp_path / "home")
        read_manifest(tmp_path / "home")
    Writer(tmp_path / "home").close()


def test_a_reader_keeps_the_files_it_reads(tmp_path: Path) -> None:
    home = tmp_path / "home"
    add(home, "2026-01-02", 1)
    with reading(home) as manifest:
        add(home, "2026-01-02", 2)
        old = home / "history" / manifest.parts[0].files["reports"]
        assert pl.read_parquet(old)["n"][0] == 1
    assert held(home) == {"2026-01-02": 2}
    add(home, "2026-01-03", 3)
    assert not old.exists()


def test_a_home_that_only_can_be_read_is_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    add(home, "2026-01-02", 1)
    (home / "history" / "readers.lock").unlink()
    with reading(home) as manifest:
        assert len(manifest.parts) == 1


def test_modes_never_mix(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Writer(home, "simulated") as writer:
        writer.commit(replace(writer.manifest, parts=(part(writer, "2026-01-02", 1),)))
    with pytest.raises(HomeError, match="holds data of mode simulated"):
        Writer(home, "real")
    with Writer(home) as writer:
        assert writer.manifest.mode == "simulated"


def test_the_text_of_a_manifest_is_json_and_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    add(home, "2026-01-02", 1)
    text = (home / "history" / "manifest.json").read_text()
    assert json.loads(text)["schema"] == "history/1"
    assert read_manifest(home).as_json() == text
    assert json.loads(Manifest().as_json())["parts"] == []
