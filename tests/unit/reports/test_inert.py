from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.inert import anchor, inert, iso, moment, offset, quoted

STEERING = [
    "\x00",
    "\x07",
    "\x08",
    "\x1b",
    "\x7f",
    "\x80",
    "\x9b",
    "\xad",
    "\u061c",
    "\u200b",
    "\u200e",
    "\u200f",
    "\u2028",
    "\u2029",
    "\u202a",
    "\u202b",
    "\u202c",
    "\u202d",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\U000e0041",
]


@pytest.mark.parametrize("letter", STEERING, ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_steering_character_is_spelled_out(letter: str) -> None:
    assert inert(f"a{letter}b") == f"a⟨U+{ord(letter):04X}⟩b"


def test_an_ansi_escape_is_shown_and_not_obeyed() -> None:
    assert inert("\x1b[31mred\x1b[0m") == "⟨U+001B⟩[31mred⟨U+001B⟩[0m"


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb", "a\n\n\r\nb", "\na\nb\r\n"])
def test_a_text_of_several_lines_becomes_one_line(text: str) -> None:
    assert inert(text) == "a ⏎ b"


def test_a_tab_becomes_a_space() -> None:
    assert inert("a\tb") == "a b"


def test_letters_of_every_language_are_left_alone() -> None:
    text = "Échec à 8 h – Gerät „Größe“ 日本語 עברית 🙂 C:\\Users\\zoë"
    assert inert(text) == text


def test_a_quote_has_at_most_300_characters_and_says_that_it_was_cut() -> None:
    assert quoted("x" * 300) == "x" * 300
    assert quoted("x" * 301) == "x" * 299 + "…"


def test_a_text_of_a_megabyte_is_cut_even_when_it_grows_by_being_spelled_out() -> None:
    assert len(inert("\x00" * 1_000_000)) == 2000


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_comes_in_goes_out_as_one_encodable_line_without_controls(text: str) -> None:
    safe = inert(text)
    assert safe.encode().decode() == safe
    assert len(safe) <= 2000
    assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in safe)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    assert inert(inert(text)) == inert(text)


def test_an_instant_is_spelled_with_microseconds_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    assert iso(datetime(2026, 3, 2, 9, 2, tzinfo=paris)) == "2026-03-02T08:02:00.000000Z"


def test_an_instant_of_the_year_one_keeps_four_digits() -> None:
    assert iso(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"


def test_a_reader_sees_thousandths_only_where_there_are_any() -> None:
    assert moment(datetime(2026, 3, 2, 8, 2, tzinfo=UTC)) == "2026-03-02 08:02:00 UTC"
    assert moment(datetime(2026, 3, 2, 8, 2, 0, 120_000, tzinfo=UTC)) == "2026-03-02 08:02:00.120 UTC"


def test_an_anchor_holds_nothing_that_html_or_a_url_would_mistake() -> None:
    assert anchor("ev", 'a"><b id=x', "1") == "ev-a-b-id-x-1"
    assert anchor("cause", "stale_token") == "cause-stale_token"


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(), "0:00:00"),
        (timedelta(seconds=-52.81), "−0:00:52.810"),
        (timedelta(minutes=75, seconds=2), "+1:15:02"),
        (timedelta(days=-3, hours=-4), "−3 d 04:00:00"),
    ],
)
def test_a_distance_in_time_is_signed(span: timedelta, told: str) -> None:
    assert offset(span) == told
