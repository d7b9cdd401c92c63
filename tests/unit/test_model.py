"""The nouns: strengths, labels of people, and instants read out of text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analyzer.model import Failure, Gap, Person, Stage, Status, Strength, utc


@pytest.mark.parametrize(
    ("before", "after"),
    [("decisive", "strong"), ("strong", "weak"), ("weak", "context"), ("context", "context")],
)
def test_what_is_lowered_is_one_step_weaker_and_context_has_no_step_below(before: str, after: str) -> None:
    assert Strength(before).lowered() is Strength(after)


@pytest.mark.parametrize("ceiling", list(Strength))
@pytest.mark.parametrize("strength", list(Strength))
def test_a_ceiling_weakens_what_is_stronger_and_leaves_what_is_weaker(strength: Strength, ceiling: Strength) -> None:
    order = ["decisive", "strong", "weak", "context"]
    assert order.index(strength.at_most(ceiling)) == max(order.index(strength), order.index(ceiling))


def test_statuses_stand_in_the_order_of_rank() -> None:
    order = "confirmed contradictory likely possible undetermined unlikely ruled_out"
    assert [status.value for status in Status] == order.split()


def test_a_person_is_known_by_sid_and_name_without_regard_to_case() -> None:
    assert Person("S-1-5-21-1", "Alice").aliases == {"s-1-5-21-1", "alice"}
    assert Person(None, None).aliases == frozenset()


def test_an_output_names_a_person_by_sid_and_only_without_one_by_name() -> None:
    assert Person("S-1-5-21-1", "Alice").label == "S-1-5-21-1"
    assert Person(None, "Alice").label == "Alice"


def test_a_failure_is_known_by_its_times() -> None:
    assert not Failure().known
    assert Failure("dialog", (datetime(2026, 3, 2, tzinfo=UTC),)).known


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("2026-03-02T08:02:00Z", 0), ("2026-03-02T08:02:00.1Z", 100_000), ("2026-03-02T08:02:00.1234567Z", 123_456)],
)
def test_seven_digits_of_a_second_are_cut_to_six(text: str, microsecond: int) -> None:
    assert utc(text) == datetime(2026, 3, 2, 8, 2, 0, microsecond, UTC)


def test_an_offset_is_turned_into_utc() -> None:
    assert utc(" 2026-03-02T09:02:00.5+01:00 ") == datetime(2026, 3, 2, 8, 2, 0, 500_000, UTC)


@pytest.mark.parametrize("text", ["", "2026-03-02T08:02:00", "2026-03-02", "yesterday", "02/03/2026 08:02", "Z", ".Z"])
def test_a_text_without_a_certain_instant_is_none(text: str) -> None:
    assert utc(text) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1601-01-01T00:00:00Z", True),
        ("2999-12-31T23:59:59.999999Z", True),
        ("1601-01-01T00:00:00+00:01", False),
        ("2999-12-31T23:59:59-00:01", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-14:00", False),
    ],
)
def test_an_instant_that_no_windows_can_have_met_is_none(text: str, kept: bool) -> None:
    assert (utc(text) is not None) is kept


def test_gaps_have_a_total_order_even_where_nothing_was_collected() -> None:
    gaps = [
        Gap("b", None, Stage.PARSE, "", ""),
        Gap(None, "x", Stage.COLLECT, "", ""),
        Gap("a", "x", Stage.OPEN, "", ""),
    ]
    assert [gap.artifact for gap in sorted(gaps, key=Gap.order)] == [None, "a", "b"]
