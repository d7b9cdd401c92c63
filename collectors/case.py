"""What a collection is asked for, and what the ticket knows: options, the case, and what a person said."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from collectors.finds import Refused
from collectors.gathering import Budget
from collectors.manifest import REPORTED_KEYS, Case, Said

_DAY_CHARS = len("2026-03-02")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. ``failure_at`` is ISO 8601; without an offset it is local to the affected machine."""

    root: Path | None = None
    out: Path | None = None
    drive: str = "C"
    ticket: str | None = None
    account: str | None = None
    failure_at: str | None = None
    reported: tuple[tuple[str, str], ...] = ()
    network: bool = True
    budget: Budget = field(default_factory=Budget)


def opened(options: Options, *, local: bool) -> Case:
    """What the ticket knows; ``local`` says that this computer is the affected one. Raises ``Refused``."""
    for key, _ in options.reported:
        if key not in REPORTED_KEYS:
            raise Refused("no_key", key=key, keys=", ".join(REPORTED_KEYS))
    return Case(
        id=str(uuid.uuid4()),
        ticket=options.ticket,
        account=options.account,
        failure_utc=instant(options.failure_at, local=local),
        reported=tuple(Said(key, value, "user", datetime.now(UTC)) for key, value in options.reported),
    )


def said(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``KEY=VALUE`` taken apart. Raises ``Refused``."""
    pairs = [text.partition("=") for text in texts]
    for text, (key, equals, value) in zip(texts, pairs, strict=True):
        if not (key and equals and value):
            raise Refused("no_value", text=text)
    return tuple((key, value) for key, _, value in pairs)


def instant(text: str | None, *, local: bool) -> datetime | None:
    """An instant out of ISO 8601. Raises ``Refused`` for what is none, or is local to a machine that is not this."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= _DAY_CHARS:
            # it would be taken for its midnight
            raise Refused("no_time", time=text)
        if moment.tzinfo is None and not local:
            raise Refused("no_offset", time=text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("no_time", time=text) from error


def default_name(machine: str) -> str:
    """A name that sorts by machine and time, and that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in machine).strip("-")
    return f"{kept or 'mailscope'}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"
