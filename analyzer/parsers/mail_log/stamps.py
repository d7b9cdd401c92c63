"""Local times of a log: the day that a line leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta


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
