"""The one text form of a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beaconline.foundation.records.times import EPOCH, TimeTextError, format_us, parse_us


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_text_and_number_are_one(moment: datetime) -> None:
    delta = moment.replace(tzinfo=UTC) - EPOCH
    t_us = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    assert parse_us(format_us(t_us)) == t_us


def test_microseconds_only_when_not_zero() -> None:
    assert format_us(0) == "1970-01-01T00:00:00Z"
    assert format_us(1) == "1970-01-01T00:00:00.000001Z"
    assert format_us(-1) == "1969-12-31T23:59:59.999999Z"


def test_offsets_are_honoured() -> None:
    assert parse_us("2026-01-02T11:04:05+08:00") == parse_us("2026-01-02T03:04:05Z")
    assert parse_us("2026-01-02T00:04:05.5-03:00") == parse_us("2026-01-02T03:04:05.500000Z")


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05", "2026-13-01T00:00:00Z", "2026-01-01T00:00:60Z", "", "x", "2026-01-02"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TimeTextError):
        parse_us(text)
