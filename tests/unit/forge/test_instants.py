"""Instants in the forms Windows keeps."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone

from fixtures.forge.instants import filetime, iso, systemtime

PARIS = timezone(timedelta(hours=1))


def test_a_filetime_counts_tenths_of_microseconds_since_1601() -> None:
    assert filetime(datetime(1601, 1, 1, 0, 0, 0, 7, tzinfo=UTC)) == 70
    assert filetime(datetime(1970, 1, 1, 1, tzinfo=PARIS)) == 116_444_736_000_000_000


def test_a_systemtime_counts_weekdays_from_sunday_and_keeps_milliseconds() -> None:
    sunday = systemtime(datetime(2026, 3, 1, 1, 2, 3, 456_789, tzinfo=UTC))
    assert struct.unpack("<8H", sunday) == (2026, 3, 0, 1, 1, 2, 3, 456)


def test_a_text_is_utc_and_shows_fractions_only_where_there_are_any() -> None:
    assert iso(datetime(2026, 3, 2, 9, 2, tzinfo=PARIS)) == "2026-03-02T08:02:00Z"
    assert iso(datetime(2026, 3, 2, 8, 2, 0, 250_000, tzinfo=UTC)) == "2026-03-02T08:02:00.250000Z"
