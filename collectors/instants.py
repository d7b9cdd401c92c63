"""Instants: of this machine, of files, and as the papers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with ``Z``: ``2026-03-02T08:11:30.120000Z``, without a fraction where it is nought."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def now() -> datetime:
    """The machine's own clock, right or wrong."""
    return datetime.now(UTC)


def since_1970(nanoseconds: int) -> datetime | None:
    """The instant of a file's time; None for what no calendar holds."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
