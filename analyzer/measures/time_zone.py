"""The machine's time zone, as the running system tells it or the registry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from analyzer.bundle import Host
from analyzer.bundle.manifest import Daylight
from analyzer.measures.evidence import elements
from analyzer.model import BIAS_MAX_MINUTES
from analyzer.tables import Evidence
from analyzer.zones import UNKNOWN, Summer, Switch, Zone

_KEY = r"system\currentcontrolset\control\timezoneinformation"
_NO_CHANGE = bytes(2)


def zone(evidence: Evidence) -> Zone:
    """The zone by the live state, else by the SYSTEM hive; else one of which nothing is known."""
    told = [host for host in elements(evidence, "host") if "utc_bias_minutes" in host.numbers]
    if not told:
        return _stored(evidence)
    bias = _possible(told[0].numbers["utc_bias_minutes"])
    rule = next(iter(elements(evidence, "host.daylight")), None)
    daylight = Daylight()
    if rule:
        light = _possible(rule.numbers.get("bias_minutes"))
        daylight = Daylight(light, rule.text("starts"), rule.text("ends"))
    live = Zone.of(Host(utc_bias_minutes=bias, time_zone=told[0].text("time_zone"), daylight=daylight))
    stored = UNKNOWN if live.certain else _stored(evidence)
    return stored if stored.certain and live.bias in stored.biases else live


def _stored(evidence: Evidence) -> Zone:
    """What the registry keeps of the zone: the bias in force, the zone's own one, and when the clocks change.

    A rule that does not lead to the bias in force is not the one that Windows follows.
    Source: Control\\TimeZoneInformation and TIME_ZONE_INFORMATION (learn.microsoft.com): ActiveTimeBias, Bias,
    StandardBias and DaylightBias in minutes, signed; StandardStart and DaylightStart, each a SYSTEMTIME whose month 0
    means that the zone never changes; DynamicDaylightTimeDisabled 1: the clocks are not set to summer time.
    """
    rows = evidence.registry.filter(pl.col("key").str.to_lowercase() == _KEY, pl.col("name").is_not_null())
    values: dict[str, dict[str, Any]] = {}
    for row in rows.sort("artifact", "place").collect().iter_rows(named=True):
        values.setdefault(row["name"].lower(), row)
    active, own = _minutes(values, "activetimebias"), _minutes(values, "bias")
    if active is None:
        return UNKNOWN
    winter = None if own is None else own + (_minutes(values, "standardbias") or timedelta(0))
    if active == winter and _never_changes(values):
        return Zone(active, steady=True)
    light = _minutes(values, "daylightbias")
    starts, ends = (Switch.of_bytes(_bytes(values, f"{name}start")) for name in ("daylight", "standard"))
    if winter is None or own is None or not light or not starts or not ends or active not in (winter, own + light):
        return Zone(active)
    return Zone(winter, summer=Summer(own + light - winter, starts, ends))


def _never_changes(values: dict[str, dict[str, Any]]) -> bool:
    disabled = values.get("dynamicdaylighttimedisabled", {}).get("number") == 1
    months = [_bytes(values, f"{name}start")[2:4] for name in ("daylight", "standard")]
    return disabled or months == [_NO_CHANGE, _NO_CHANGE]


def _minutes(values: dict[str, dict[str, Any]], name: str) -> timedelta | None:
    number = values.get(name, {}).get("number")
    minutes = _possible(number - 2**32 if number is not None and number >= 2**31 else number)
    return None if minutes is None else timedelta(minutes=minutes)


def _possible(minutes: float | None) -> int | None:
    """Minutes that a zone can be off by; None for others."""
    return int(minutes) if minutes is not None and abs(minutes) <= BIAS_MAX_MINUTES else None


def _bytes(values: dict[str, dict[str, Any]], name: str) -> bytes:
    try:
        return bytes.fromhex(values.get(name, {}).get("value") or "")
    except ValueError:
        return b""
