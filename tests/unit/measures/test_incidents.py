"""Known outages, and failures inside and outside of them."""

from __future__ import annotations

import pytest

from analyzer.measures import incidents
from tests.unit.evidence import failed, holding, scene


def told(*times: str, basis: str = "dialog", error_s: float | None = None) -> list[str | None]:
    where = scene(failed(*times, basis=basis), clock_error_s=error_s)
    return [f.value for f in incidents.measure(holding(), where)]


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-01-31T23:59:59Z", False),
        ("2026-02-01T00:00:00Z", True),
        ("2026-03-31T23:59:59Z", True),
        ("2026-04-01T00:00:00Z", False),
    ],
)
def test_the_incident_lasts_through_february_and_march(at: str, inside: bool) -> None:
    assert told(at) == (["February and March 2026"] if inside else [])


def test_one_failure_outside_shows_that_it_is_not_the_incident() -> None:
    assert told("2026-03-02T08:02:00Z", "2026-06-02T08:02:00Z") == []


def test_no_failure_lies_in_no_incident() -> None:
    assert list(incidents.measure(holding(), scene())) == []


def test_a_wrong_clock_is_counted_out_of_what_the_machine_wrote_and_not_of_a_reported_time() -> None:
    year_s = 365 * 86400.0
    assert told("2027-03-02T08:02:00Z", error_s=year_s) == ["February and March 2026"]
    assert told("2026-03-02T08:02:00Z", error_s=year_s) == []
    assert told("2026-03-02T08:02:00Z", basis="case", error_s=year_s) == ["February and March 2026"]
