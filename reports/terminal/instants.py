"""A time that a person types, read by the clock that the screen shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from analyzer.model import utc
from reports.terminal.clock import Clock, Mode
from reports.terminal.investigation import Investigation

_TYPED = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T]?)?(?:(\d{1,2}:\d{2})(:\d{2})?(\.\d{1,6})?)?")


def instant(text: str, case: Investigation, beside: datetime | None) -> datetime | None:
    """The instant as the machine's clock wrote it; None for what is no time.

    ``2026-03-02 08:02``, ``2026-03-02`` or ``08:02``, which is of the day of ``beside``; with an offset or Z it means
    the machine's own UTC whatever clock is shown.
    """
    text = text.strip()
    if exact := utc(text):
        return exact
    found = _TYPED.fullmatch(text)
    if not text or found is None:
        return None
    day, minutes, seconds, fraction = found.groups(default="")
    day = day or (case.moment(beside)[:10] if beside else "")
    try:
        wall = datetime.fromisoformat(f"{day}T{(minutes or '00:00').rjust(5, '0')}{seconds or ':00'}").replace(
            tzinfo=UTC
        )
        micros = int((fraction[1:] or "0").ljust(6, "0"))
        return _written(wall.replace(microsecond=micros), case.clock, case.mode)
    except (ValueError, OverflowError):
        return None


def _written(wall: datetime, clock: Clock, mode: Mode) -> datetime:
    """The instant that reads so by that clock; in the hour that summer time skips, one near it."""
    at = wall
    for _ in range(2):
        at += wall - clock.read(at, mode).replace(tzinfo=UTC)
    return at
