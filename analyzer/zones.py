"""The machine's time zone: which instants its local times can mean."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from analyzer.model import BIAS_MAX_MINUTES

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
# Minutes by which UTC is ahead of zones of summer time in winter, by Windows' names. Source: the same
_WINTER_MINUTES = {
    name: minutes
    for minutes, names in {
        540: ("Alaskan",),
        480: ("Pacific",),
        420: ("Mountain",),
        360: ("Central",),
        300: ("Eastern", "US Eastern"),
        240: ("Atlantic", "Pacific SA"),
        210: ("Newfoundland",),
        60: ("Azores",),
        0: ("GMT",),
        -60: ("W. Europe", "Central Europe", "Romance", "Central European"),
        -120: ("E. Europe", "FLE", "GTB", "Israel", "Egypt", "Middle East"),
        -570: ("Cen. Australia",),
        -600: ("AUS Eastern", "Tasmania"),
        -720: ("New Zealand",),
    }.items()
    for name in names
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SWITCH = re.compile(
    rf"^(0[1-9]|1[0-2])-0?([1-5]) ({'|'.join(_WEEKDAYS)})\w* ([01]\d:[0-5]\d|2[0-3]:[0-5]\d)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Zone:
    """What is known of the machine's time zone; UTC = local + bias.

    ``summer`` is the bundle's own rule of summer time, and ``bias`` then the one of winter; ``steady`` says that the
    zone has none. Where neither is known, ``bias`` is the one that was in force when the bundle was made.
    """

    bias: timedelta | None = None
    steady: bool = False
    summer: Summer | None = None

    @classmethod
    def of(cls, host: Host) -> Zone:
        """A zone is certain when its bias is known and it has no summer time, or the rules of it are known too.

        Beside a rule of summer time the bias is the winter's; a writer who meant the one in force is known by the zone.
        """
        if host.utc_bias_minutes is None or abs(host.utc_bias_minutes) > BIAS_MAX_MINUTES:
            return UNKNOWN
        bias, summer = timedelta(minutes=host.utc_bias_minutes), Summer.of(host)
        if summer and bias - summer.bias == _winter(host.time_zone):
            bias -= summer.bias
        return cls(bias, host.time_zone in _STEADY_ZONES, summer)

    @property
    def certain(self) -> bool:
        """Whether the rules of every time of the year are known."""
        return self.bias is not None and (self.steady or self.summer is not None)

    @property
    def biases(self) -> tuple[timedelta | None, ...]:
        """The biases that can be in force."""
        return (self.bias, self.bias + self.summer.bias) if self.bias is not None and self.summer else (self.bias,)

    def utc(self, local: datetime | None) -> datetime | None:
        """The instant of a local time; None where the zone is not certain, or the hour came twice."""
        if local is None or self.bias is None:
            return None
        if self.summer:
            shift = self.summer.shift(local)
            return None if shift is None else (local + self.bias + shift).replace(tzinfo=UTC)
        return (local + self.bias).replace(tzinfo=UTC) if self.steady else None

    def of_day(self, local: datetime, collected: datetime | None) -> datetime | None:
        """The instant of a local time, told by the bias of the collection's own day where no rule tells it.

        An older local time may lie on the other side of a change to or from summer time: it stays unknown.
        """
        if self.certain or self.bias is None or collected is None:
            return self.utc(local)
        at = (local + self.bias).replace(tzinfo=UTC)
        return at if abs(collected - at) < timedelta(days=1) else None

    def read(self, local: datetime) -> datetime | None:
        """The instant of a local time, an hour off at most; None where no bias is known."""
        if self.bias is None:
            return None
        return self.utc(local) or (local + self.bias).replace(tzinfo=UTC)

    def latest(self, local: datetime) -> datetime:
        """The latest instant that a local time can mean: twelve hours behind UTC, or an hour off the known bias."""
        widest = timedelta(hours=12) if self.bias is None else self.bias + timedelta(hours=1)
        return self.utc(local) or (local + widest).replace(tzinfo=UTC)


UNKNOWN = Zone()


def _winter(zone: str | None) -> timedelta | None:
    minutes = _WINTER_MINUTES.get((zone or "").removesuffix(" Standard Time"))
    return None if minutes is None else timedelta(minutes=minutes)


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
    def of_bytes(cls, stored: bytes) -> Switch | None:
        """Out of a SYSTEMTIME of the registry; None for a date that is of one year only, and for none at all.

        Source: TIME_ZONE_INFORMATION (learn.microsoft.com): eight little-endian words, year to milliseconds; where the
        year is 0, the day is the week of the month, 5 the last; weekday 0 is Sunday; month 0 means no change at all.
        """
        if len(stored) < 12:
            return None
        year, month, weekday, week, hour, minute = struct.unpack_from("<6H", stored)
        if year or not (1 <= month <= 12 and weekday <= 6 and 1 <= week <= 5 and hour <= 23 and minute <= 59):
            return None
        return cls(month, week, (weekday - 1) % 7, time(hour, minute))

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
