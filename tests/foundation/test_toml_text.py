"""TOML texts written by hand: none of them ends the program."""

from __future__ import annotations

import pytest

from beaconline.foundation.records import toml_text
from beaconline.foundation.records.toml_text import TomlTextError, read_toml


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_toml("\ufeff[gap]\nmin_s = 5\n") == {"gap": {"min_s": 5}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[gap", "not a TOML file: Expected"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a = " + '{"b" = ' * 100_000, "nested too deeply"),
        ("a = " + "1" * 5000, "thousands of digits"),
        ("a = 1\na = 2\n", "not a TOML file"),
        ("a = 2026-02-30\n", "not a TOML file"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    with pytest.raises(TomlTextError, match=told):
        read_toml(text)


def test_the_longest_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml_text, "MOST_CHARS", 5)
    assert read_toml("a = 1") == {"a": 1}
    with pytest.raises(TomlTextError, match="6 characters, at most 5"):
        read_toml("a = 10")
