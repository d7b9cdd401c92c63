"""Local times of transport logs become instants by the bundle's own rules of summer time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from analyzer.bundle import Host
from analyzer.bundle.manifest import Daylight
from analyzer.zones import Zone

at = datetime.fromisoformat

# Central European Time: one hour ahead of UTC, two from the last Sunday of March to the last Sunday of October
PARIS = Host(
    utc_bias_minutes=-60,
    time_zone="Romance Standard Time",
    daylight=Daylight(-60, "03-05 Sun 02:00", "10-05 Sun 03:00"),
)
# Sydney: summer time from the first Sunday of October to the first Sunday of April
SYDNEY = Host(
    utc_bias_minutes=-600,
    time_zone="AUS Eastern Standard Time",
    daylight=Daylight(-60, "10-01 Sun 02:00", "04-01 Sun 03:00"),
)
# whoever wrote these kept the bias in force on a day of summer
PARIS_IN_SUMMER = replace(PARIS, utc_bias_minutes=-120)
SYDNEY_IN_SUMMER = replace(SYDNEY, utc_bias_minutes=-660)
NO_RULE = Host(utc_bias_minutes=-60, time_zone="Romance Standard Time")


@pytest.mark.parametrize(
    ("host", "local", "instant"),
    [
        (PARIS, at("2026-03-02T09:02"), at("2026-03-02T08:02Z")),
        (PARIS, at("2026-07-14T09:02"), at("2026-07-14T07:02Z")),
        # 29 March and 25 October 2026 are the last Sundays
        (PARIS, at("2026-03-29T00:59"), at("2026-03-28T23:59Z")),
        (PARIS, at("2026-03-29T03:00"), at("2026-03-29T01:00Z")),
        (PARIS, at("2026-10-25T02:30"), None),
        (SYDNEY, at("2026-01-10T12:00"), at("2026-01-10T01:00Z")),
        (SYDNEY, at("2026-06-10T12:00"), at("2026-06-10T02:00Z")),
        (PARIS_IN_SUMMER, at("2026-07-14T09:02"), at("2026-07-14T07:02Z")),
        (PARIS_IN_SUMMER, at("2026-03-02T09:02"), at("2026-03-02T08:02Z")),
        (SYDNEY_IN_SUMMER, at("2026-06-10T12:00"), at("2026-06-10T02:00Z")),
        # a zone that is two hours ahead in winter has the same bias all the same
        (replace(PARIS_IN_SUMMER, time_zone="FLE Standard Time"), at("2026-07-14T09:02"), at("2026-07-14T06:02Z")),
        (NO_RULE, at("2026-03-02T09:02"), None),
    ],
)
def test_a_local_time_is_an_instant_where_the_rules_leave_no_doubt(
    host: Host, local: datetime, instant: datetime | None
) -> None:
    assert Zone.of(host).utc(local) == instant


@pytest.mark.parametrize(
    "rule", ["13-05 Sun 02:00", "03-06 Sun 02:00", "03-05 Xyz 02:00", "03-05 Sun 25:00", "", "spring"]
)
def test_a_rule_that_is_none_leaves_the_zone_in_doubt(rule: str) -> None:
    host = Host(
        utc_bias_minutes=-60, time_zone="Romance Standard Time", daylight=Daylight(-60, rule, "10-05 Sun 03:00")
    )
    assert Zone.of(host).utc(at("2026-03-02T09:02")) is None
