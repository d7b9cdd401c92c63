"""``manifest.json``, read without trust: what is right is kept, what is wrong is named, the rest is ignored.

Source: our own format, ``mailscope-bundle/1``. A newer collector may add fields; a person may have edited the file.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

from analyzer.bundle.entries import normal
from analyzer.model import BIAS_MAX_MINUTES, Gap, Omission, Stage, dated

SCHEMA = "mailscope-bundle/"
_OUTCOMES = ("missing", "denied", "failed", "too_big", "skipped")
_T = TypeVar("_T")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant with its offset; one without is no instant and is left out."""

Bias = Annotated[int, msgspec.Meta(ge=-BIAS_MAX_MINUTES, le=BIAS_MAX_MINUTES)]
"""Minutes between local time and UTC."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a person said: ``value`` is yes, no, unknown or a text; ``at`` is when it was said."""

    key: str
    value: str
    by: str | None = None
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The failure was provoked during collection, between these instants of the machine's clock."""

    started_utc: Instant
    ended_utc: Instant | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What the ticket knows."""

    id: str | None = None
    ticket: str | None = None
    account: str | None = None
    failure_utc: Instant | None = None
    user_sid: str | None = None
    reported: tuple[Reported, ...] = ()
    reproduced: Reproduced | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The manifest's ``host``."""

    name: str | None = None
    os_build: str | None = None
    architecture: str | None = None
    ui_locale: str | None = None
    oem_code_page: int | None = None
    ansi_code_page: int | None = None
    time_zone: str | None = None
    elevated: bool | None = None
    collected_as_sid: str | None = None
    console_user_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Daylight:
    """The summer time rule of the machine's zone: ``starts`` and ``ends`` are local, ``03-05 Sun 02:00``.

    Month, week of the month (05 is the last), weekday, time; ``bias_minutes`` is added to the zone's own in summer.
    """

    bias_minutes: Bias | None = None
    starts: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class LiveHost:
    """The ``host`` of ``live/state.json``, as far as the manifest's may have to be filled from it."""

    name: str | None = None
    sid: str | None = None
    elevated: bool | None = None
    os_build: str | None = None
    ui_locale: str | None = None
    time_zone: str | None = None
    utc_bias_minutes: Bias | None = None
    daylight: Daylight = Daylight()


@dataclass(frozen=True, slots=True)
class Collector:
    """Who wrote the bundle."""

    name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of ``artifacts``; ``member`` has forward slashes, ``sha256`` is lower case."""

    member: str
    artifact: str | None = None
    source_path: str | None = None
    method: str | None = None
    size: int | None = None
    sha256: str | None = None
    modified_utc: Instant | None = None
    user: str | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """One row of ``omissions`` as it is written."""

    artifact: str
    outcome: str
    source_path: str = ""
    reason: str = ""
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole paper. ``network`` is ``probed`` or ``off``; None when the collector did not say."""

    schema: str
    collector: Collector = Collector()
    catalog_version: str | None = None
    tested_on: tuple[str, ...] = ()
    network: str | None = None
    case: Case = Case()
    host: Machine = Machine()
    started_utc: Instant | None = None
    finished_utc: Instant | None = None
    artifacts: tuple[Listed, ...] = ()
    omissions: tuple[Left, ...] = ()

    @property
    def left_out(self) -> tuple[Omission, ...]:
        """The omissions in the model's words; an outcome that we do not know is told as the reason of a failure."""
        return tuple(
            Omission(row.artifact, row.source_path, row.outcome, row.reason)
            if row.outcome in _OUTCOMES
            else Omission(row.artifact, row.source_path, "failed", ": ".join(filter(None, (row.outcome, row.reason))))
            for row in self.omissions
        )

    def by_member(self) -> dict[str, Listed]:
        """The rows by the lower-case name of their member; of two for one member the first."""
        return {row.member.lower(): row for row in reversed(self.artifacts)}


def decode(data: bytes, member: str) -> tuple[Manifest | None, tuple[Gap, ...]]:
    """The manifest, None when it is no JSON of ours at all; and a gap for every part that had to be left out."""
    reader = _Reader(member)
    try:
        raw = msgspec.json.decode(_utf8(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reader.note("", f"damaged: {error}")
        return None, tuple(reader.gaps)
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if not isinstance(schema, str) or not schema.startswith(SCHEMA):
        reader.note("schema", f"not a manifest of {SCHEMA}1")
        return None, tuple(reader.gaps)
    if schema != f"{SCHEMA}1":
        reader.note("schema", f"written as {schema}: what this version does not know is ignored")
    return reader.whole(Manifest, raw, ""), tuple(reader.gaps)


def _utf8(data: bytes) -> bytes:
    """UTF-8 without its byte order mark; Windows tools also write UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def part(kind: type[_T], raw: dict[str, Any]) -> _T:
    """A noun out of a JSON object of another paper; what is wrong in it takes its default, in silence."""
    return _Reader("").whole(kind, raw, "")


class _Reader:
    """Converts field by field, so that a wrong one costs itself alone."""

    def __init__(self, member: str) -> None:
        self.member = member
        self.gaps: list[Gap] = []

    def note(self, place: str, reason: str) -> None:
        """A part of the manifest that is left out."""
        self.gaps.append(Gap(self.member, None, Stage.OPEN, place, reason))

    def whole(self, kind: type[_T], raw: dict[str, Any], place: str) -> _T:
        """A noun out of a JSON object; what is null, wrong or unknown takes its default."""
        hints = get_type_hints(kind, include_extras=True)
        given = {name: raw[name] for name in hints if raw.get(name) is not None}
        read = {name: self._field(value, hints[name], f"{place}{name}") for name, value in given.items()}
        return kind(**{name: value for name, value in read.items() if value is not None})

    def _field(self, value: Any, hint: Any, place: str) -> Any:
        if hint in (Case, Machine, Collector, Daylight) and isinstance(value, dict):
            return self.whole(hint, value, f"{place}.")
        row = _ROWS.get(hint)
        if row is None or not isinstance(value, list):
            return self._strict(value, hint, place)
        found = (self._strict(item, row, f"{place}[{at}]") for at, item in enumerate(value))
        return tuple(item for item in found if item is not None)

    def _strict(self, value: Any, hint: Any, place: str) -> Any:
        try:
            return _tidy(msgspec.convert(value, hint))
        except (ValueError, RecursionError) as error:
            self.note(place, f"left out: {error}")
            return None


_ROWS: dict[Any, Any] = {tuple[Listed, ...]: Listed, tuple[Left, ...]: Left, tuple[Reported, ...]: Reported}


def _tidy(value: Any) -> Any:
    """Times in UTC, a row's member with forward slashes and its hash in lower case.

    Raises ``ValueError`` for a time that is none; a row, or what somebody said, is kept without it.
    """
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, Listed):
        value = replace(value, member=normal(value.member), sha256=value.sha256 and value.sha256.lower())
    if is_dataclass(value) and not isinstance(value, type):
        times = {f.name: getattr(value, f.name) for f in fields(value) if isinstance(getattr(value, f.name), datetime)}
        if isinstance(value, Reproduced):
            return Reproduced(**{name: _instant(time) for name, time in times.items()})
        return replace(value, **{name: dated(time) for name, time in times.items()})
    return value


def _instant(time: datetime) -> datetime:
    moment = dated(time)
    if moment is None:
        raise ValueError(f"no Windows has met the year {time.year}")
    return moment
