"""Local times of a log: the day that a line leaves out, and the instant that may be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
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
    """What is known of the machine's time zone; UTC = local + bias."""

    bias: timedelta | None
    steady: bool

    @classmethod
    def of(cls, host: Host) -> Zone:
        """A zone is certain when its bias is known and it has no summer time."""
        known = host.utc_bias_minutes is not None and abs(host.utc_bias_minutes) <= 15 * 60
        bias = timedelta(minutes=host.utc_bias_minutes or 0) if known else None
        return cls(bias, known and host.time_zone in _STEADY_ZONES)

    def utc(self, local: datetime | None) -> datetime | None:
        """The instant of a local time; None where the zone is not certain."""
        if local is None or self.bias is None or not self.steady:
            return None
        return (local + self.bias).replace(tzinfo=UTC)

    def latest(self, local: datetime) -> datetime:
        """The latest instant that a local time can mean: twelve hours behind UTC, or an hour off the known bias."""
        widest = timedelta(hours=12) if self.bias is None else self.bias + timedelta(hours=not self.steady)
        return (local + widest).replace(tzinfo=UTC)
