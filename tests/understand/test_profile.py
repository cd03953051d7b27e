"""A profile is used whole or refused with a reason."""

from __future__ import annotations

import pytest

from beaconline.understand.rules.profile import ProfileError, overlay

DEFAULTS = {"encounter": {"distance_m": 500, "median_speed_kn": 2.0, "word": "x"}}


def test_values_are_laid_over_the_defaults() -> None:
    got, _ = overlay("[encounter]\ndistance_m = 250\nmedian_speed_kn = 3\n", "p.toml", DEFAULTS)
    assert got == {"encounter": {"distance_m": 250, "median_speed_kn": 3.0, "word": "x"}}
    assert isinstance(got["encounter"]["median_speed_kn"], float)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[encounter]\ndistance = 250\n", "no such parameter"),
        ("[nothing]\na = 1\n", "no such kind"),
        ("encounter = 1\n", "a table"),
        ("[encounter]\ndistance_m = -1\n", "out of range"),
        ("[encounter]\ndistance_m = nan\n", "out of range"),
        ("[encounter]\ndistance_m = 'far'\n", "a number"),
        ("[encounter]\ndistance_m = true\n", "a number"),
        ("[encounter]\ndistance_m = 1.5\n", "whole number"),
        ("[encounter]\nword = 1\n", "a text"),
        ("[encounter\n", "not a TOML"),
    ],
)
def test_a_bad_profile_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason) as error:
        overlay(text, "p.toml", DEFAULTS)
    assert str(error.value).startswith("p.toml")
