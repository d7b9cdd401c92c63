"""The machine's zone: by the running system, else by what the registry keeps of it."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import Any

import pytest

from analyzer.measures import zone
from analyzer.zones import Zone
from tests.unit.evidence import STATE, Row, holding, section, setting, when

KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation"
at = datetime.fromisoformat


def moment(month: int, week: int, weekday: int, hour: int, year: int = 0) -> str:
    """A SYSTEMTIME as the registry keeps it; weekday 0 is Sunday."""
    return struct.pack("<8H", year, month, weekday, week, hour, 0, 0, 0).hex()


NEVER = bytes(16).hex()
# Central European Time: -60, in summer 60 more, from the last Sunday of March to the last of October
PARIS: dict[str, Any] = {
    "ActiveTimeBias": 2**32 - 120,
    "Bias": 2**32 - 60,
    "StandardBias": 0,
    "DaylightBias": 2**32 - 60,
    "DaylightStart": moment(3, 5, 0, 2),
    "StandardStart": moment(10, 5, 0, 3),
}


def stored(**told: Any) -> tuple[Row, ...]:
    return tuple(setting(KEY, name, value) for name, value in (PARIS | told).items() if value is not None)


def live(**told: Any) -> tuple[Row, ...]:
    return section("host", "host", told, artifact=STATE)


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2026-07-14T09:02", "2026-07-14T07:02Z"), ("2026-01-14T09:02", "2026-01-14T08:02Z"), ("2026-10-25T02:30", None)],
)
@pytest.mark.parametrize("active", [-60, -120])
def test_the_registrys_rule_tells_every_time_of_the_year(active: int, local: str, utc: str | None) -> None:
    found = zone(holding(stored(ActiveTimeBias=2**32 + active)))
    assert found.utc(at(local)) == (when(utc) if utc else None)


def test_a_summer_of_the_southern_half_is_one_too() -> None:
    sydney = {"ActiveTimeBias": 2**32 - 600, "Bias": 2**32 - 600}
    rule = {"DaylightStart": moment(10, 1, 0, 2), "StandardStart": moment(4, 1, 0, 3)}
    found = zone(holding(stored(**sydney, **rule)))
    assert found.utc(at("2026-01-10T12:00")) == when("2026-01-10T01:00Z")
    assert found.utc(at("2026-06-10T12:00")) == when("2026-06-10T02:00Z")


@pytest.mark.parametrize(
    "told",
    [{"DaylightStart": NEVER, "StandardStart": NEVER}, {"DynamicDaylightTimeDisabled": 1}],
    ids=["no summer", "summer switched off"],
)
def test_a_zone_without_summer_time_is_certain(told: dict[str, Any]) -> None:
    found = zone(holding(stored(ActiveTimeBias=2**32 - 60, **told)))
    assert found.utc(at("2026-07-14T09:02")) == when("2026-07-14T08:02Z")


@pytest.mark.parametrize(
    "told",
    [
        {"ActiveTimeBias": 300},
        {"Bias": None},
        {"DaylightBias": 0},
        {"DaylightStart": None},
        {"StandardStart": "00"},
        {"DaylightStart": moment(3, 29, 0, 2, year=2026)},
        {"DaylightStart": moment(13, 5, 0, 2)},
        {"DaylightStart": "no bytes"},
    ],
    ids=["another bias", "no bias", "no shift", "no start", "cut", "one year's date", "no month", "no bytes"],
)
def test_a_rule_that_is_none_leaves_the_zone_in_doubt(told: dict[str, Any]) -> None:
    found = zone(holding(stored(**told)))
    assert found.utc(at("2026-07-14T09:02")) is None
    assert found.bias is not None


def test_nothing_is_known_where_nothing_tells_it() -> None:
    assert zone(holding()) == Zone()
    assert zone(holding(stored(ActiveTimeBias=None))) == Zone()


def test_the_running_system_goes_before_the_registry() -> None:
    found = zone(holding(live(utc_bias_minutes=300), stored()))
    assert found == Zone(timedelta(minutes=300))


@pytest.mark.parametrize("bias", [-60, -120])
def test_the_registrys_rule_stands_beside_a_live_bias_that_it_leads_to(bias: int) -> None:
    found = zone(holding(live(utc_bias_minutes=bias), stored()))
    assert found.utc(at("2026-07-14T09:02")) == when("2026-07-14T07:02Z")


def test_a_rule_of_the_running_system_is_read() -> None:
    rule = section(
        "host.daylight", "host.daylight", {"bias_minutes": -60, "starts": "03-05 Sun 02:00", "ends": "10-05 Sun 03:00"}
    )
    found = zone(holding(live(utc_bias_minutes=-60), rule))
    assert found.utc(at("2026-07-14T09:02")) == when("2026-07-14T07:02Z")


def test_a_local_time_of_the_collections_own_day_is_told_by_the_bias_of_that_day() -> None:
    found = Zone(timedelta(minutes=-60))
    assert found.of_day(at("2026-03-02T09:02"), when("2026-03-02T20:00Z")) == when("2026-03-02T08:02Z")
    assert found.of_day(at("2026-03-02T09:02"), when("2026-06-02T20:00Z")) is None
    assert found.of_day(at("2026-03-02T09:02"), None) is None


def test_the_latest_instant_is_an_hour_off_the_bias_at_most() -> None:
    local = at("2026-03-02T09:02")
    assert Zone(timedelta(minutes=-60)).latest(local) == when("2026-03-02T09:02Z")
    assert Zone().latest(local) == when("2026-03-02T21:02Z")
    assert Zone(timedelta(minutes=-60), steady=True).latest(local) == when("2026-03-02T08:02Z")


@pytest.mark.parametrize(("active", "minutes"), [(2**32 - 60, -60), (480, 480), (2**31, None), (1441, None)])
def test_the_stored_bias_is_signed_and_within_a_day(active: int, minutes: int | None) -> None:
    found = zone(holding(stored(ActiveTimeBias=active, Bias=None)))
    assert found.bias == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize("light", [-60.0, 1e18])
@pytest.mark.parametrize("bias", [1e18, float("inf")])
def test_a_running_system_that_tells_an_impossible_bias_tells_none(bias: float, light: float) -> None:
    rule = {"bias_minutes": light, "starts": "03-05 Sun 02:00", "ends": "10-05 Sun 03:00"}
    assert zone(holding(live(utc_bias_minutes=bias), section("host.daylight", "host.daylight", rule))) == Zone()


def test_the_bias_of_winter_is_added_to_the_zones_own() -> None:
    told = {"ActiveTimeBias": 2**32 - 60, "Bias": 0, "StandardBias": 2**32 - 60}
    found = zone(holding(stored(**told, DaylightStart=NEVER, StandardStart=NEVER)))
    assert found.utc(at("2026-07-14T09:02")) == when("2026-07-14T08:02Z")
