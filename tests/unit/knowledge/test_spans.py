"""Lengths of time as a person says them."""

from __future__ import annotations

import pytest

from analyzer.knowledge.spans import is_span, span


@pytest.mark.parametrize(
    ("number", "spec", "said"),
    [
        (259_200, "dhms", "3 d"),
        (7_776_000, "jhms", "90 j"),
        (3_725, "dhms", "1 h 2 min"),
        (86_460, "dhms", "1 d"),
        (41, "jhms", "41 s"),
        (59.9, "dhms", "1 min"),
        (0.31, "dhms", "0.3 s"),
        (-90_000, "+dhms", "-1 d 1 h"),
        (12.4, "+jhms", "+12 s"),
        (12_817, "dh", "534 d 1 h"),
        (0.5, "jh", "30 min"),
        (float("inf"), "dhms", "inf s"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(number: float, spec: str, said: str) -> None:
    assert span(number, spec) == said


def test_only_its_own_letters_ask_for_a_length() -> None:
    assert is_span("+jhms")
    assert not is_span(",.0f")
    assert not is_span("hms")
    with pytest.raises(ValueError, match="no length of time"):
        span(1, ",.0f")
