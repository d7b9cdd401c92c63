"""What `make accuracy` counts as right and as wrong, on one machine whose expectation is told otherwise each time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.scenarios.accuracy import Score, family, score, table
from tests.scenarios.judgement import FIXTURES, Judged, judge


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """A machine whose token is stale, and that the analyzer says so of."""
    return judge(FIXTURES / "scenarios" / "field_bundle", tmp_path_factory.mktemp("room"))


def expecting(judged: Judged, **expect: Any) -> Judged:
    return replace(judged, scenario=replace(judged.scenario, expect=expect))


def test_a_cause_that_is_named_as_expected_counts_as_named(judged: Judged) -> None:
    told = expecting(judged, verdict="pinpointed", causes=["stale_token"])
    assert score(told) == Score(machines=1, to_name=1, named=1)
    assert family(told) == "token"


def test_another_cause_than_the_expected_one_is_missed_and_accused_falsely(judged: Judged) -> None:
    told = expecting(judged, verdict="pinpointed", causes=["clock_skew"])
    assert score(told) == Score(machines=1, to_name=1, named=0, accused_falsely=1)
    assert family(told) == "clock"
    assert not score(told).faultless


def test_a_verdict_that_should_have_stayed_open_counts_as_wrong(judged: Judged) -> None:
    told = expecting(judged, verdict="undetermined", statuses={"stale_token": ["possible", "unlikely"]})
    assert score(told) == Score(machines=1, accused_falsely=1, to_open=1, open=0)


def test_the_table_ends_with_the_sum_of_all_families() -> None:
    lines = list(table({"clock": Score(3, 2, 2, 0, 1, 1), "token": Score(2, 2, 1, 1, 0, 0)}))
    assert lines[-1].split() == ["all", "5", "3", "of", "4", "1", "1", "of", "1"]
