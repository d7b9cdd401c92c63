"""Local times of a log: the day that a line leaves out, and the instant that may be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.bundle import Host

# Windows' names of zones whose clocks have not changed since 2019. Source: CLDR windowsZones, IANA time zone database
_STEADY_ZONES = frozenset(
    {
        *("UTC", "Greenwich Standard Time", "India Standard Time", "China Standard Time", "Tokyo Standard Time"),
        *("Korea Standard Time", "Singapore Standard Time", "Taipei Standard Time", "SE Asia Standard Time"),
        *("Arabian Standard Time", "Arab Standard Time", "Russian Standard Time", "Turkey Standard Time"),
        *("US Mountain Standard Time", "E. Australia Standard Time", "South Africa Standard Time"),
        *("Argentina Standard Time", "E. South America Standard Time", "SA Pacific Standard Time"),
    }
)


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SWITCH = re.compile(
    rf"^(0[1-9]|1[0-2])-0?([1-5]) ({'|'.join(_WEEKDAYS)})\w* ([01]\d:[0-5]\d|2[0-3]:[0-5]\d)$", re.IGNORECASE
)


def moment(year: str, month: str, day: str, clock: str) -> datetime | None:
    """A naive local time of a year that a mail log can be of."""
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}") if "1990" <= year <= "2100" else None
    except ValueError:
        return None


@dataclass(slots=True)
class Calendar:
    """Gives a day to lines that have only a time: the file's own, and the next one after each midnight."""

    last: datetime | None

    def stamp(self, day: str | None, clock: str | None) -> datetime | None:
        """The local time of a line; that of the line before where it has none."""
        if day and clock:
            year, month, date = re.split(r"[./-]", day)
            self.last = moment(year, month, date, clock) or self.last
        elif clock and self.last:
            self.last = _next(self.last, clock)
        return self.last


def _next(last: datetime, clock: str) -> datetime:
    try:
        found = datetime.combine(last.date(), time.fromisoformat(clock))
    except ValueError:
        return last
    # a clock set back by an hour is no midnight
    return found + timedelta(days=1) if last - found > timedelta(hours=12) else found


@dataclass(frozen=True, slots=True)
class Zone:
    """What is known of the machine's time zone; UTC = local + bias.

    ``summer`` is the bundle's own rule of summer time.
    """

    bias: timedelta | None
    steady: bool
    summer: Summer | None = None

    @classmethod
    def of(cls, host: Host) -> Zone:
        """A zone is certain when its bias is known and it has no summer time, or the rules of it are known too."""
        known = host.utc_bias_minutes is not None and abs(host.utc_bias_minutes) <= 15 * 60
        bias = timedelta(minutes=host.utc_bias_minutes or 0) if known else None
        return cls(bias, known and host.time_zone in _STEADY_ZONES, Summer.of(host) if known else None)

    def utc(self, local: datetime | None) -> datetime | None:
        """The instant of a local time; None where the zone is not certain, or the hour came twice."""
        if local is None or self.bias is None:
            return None
        if self.summer:
            shift = self.summer.shift(local)
            return None if shift is None else (local + self.bias + shift).replace(tzinfo=UTC)
        return (local + self.bias).replace(tzinfo=UTC) if self.steady else None

    def latest(self, local: datetime) -> datetime:
        """The latest instant that a local time can mean: twelve hours behind UTC, or an hour off the known bias."""
        widest = timedelta(hours=12) if self.bias is None else self.bias + timedelta(hours=not self.steady)
        return (local + widest).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Summer:
    """A summer time rule: what it adds to the zone's bias between two local moments of each year."""

    bias: timedelta
    starts: Switch
    ends: Switch

    @classmethod
    def of(cls, host: Host) -> Summer | None:
        """The rule of ``live/state.json``; None where it is not whole."""
        starts, ends = Switch.of(host.daylight.starts), Switch.of(host.daylight.ends)
        if starts is None or ends is None or host.daylight.bias_minutes is None:
            return None
        return cls(timedelta(minutes=host.daylight.bias_minutes), starts, ends)

    def shift(self, local: datetime) -> timedelta | None:
        """What to add to the bias; None in the hours that are skipped or come twice."""
        start, end = self.starts.of_year(local.year), self.ends.of_year(local.year)
        doubt = abs(self.bias)
        if start - doubt <= local < start + doubt or end - doubt <= local < end + doubt:
            return None
        inside = start <= local < end if start < end else not end <= local < start
        return self.bias if inside else timedelta(0)


@dataclass(frozen=True, slots=True)
class Switch:
    """When clocks change: month, week of the month (5 is the last), weekday (0 is Monday), time of day."""

    month: int
    week: int
    weekday: int
    at: time

    @classmethod
    def of(cls, text: str | None) -> Switch | None:
        """Out of ``03-05 Sun 02:00``."""
        found = _SWITCH.match(text or "")
        if not found:
            return None
        return cls(int(found[1]), int(found[2]), _WEEKDAYS.index(found[3].lower()), time.fromisoformat(found[4]))

    def of_year(self, year: int) -> datetime:
        """The local moment in one year."""
        first = datetime.combine(date(year, self.month, 1), self.at)
        found = first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.week - 1))
        return found if found.month == self.month else found - timedelta(days=7)
