"""One event record's JSON, as the event log reader writes it, in columns.

Nothing of ``EventData`` or ``UserData`` is left out; the rendered texts of forwarded events (``RenderingInfo``) are.

Source: Microsoft, "Event Schema" (the elements of ``System`` and their order, one payload a record).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import polars as pl

from analyzer.secrets import MARKERS, mask_field

_KNOWN_HEADS = 20_000
_MAX = (1 << 63) - 1
_MAX_DIGITS = 18


class _Named(msgspec.Struct):
    Name: str | None = None


class _Provider(msgspec.Struct):
    attributes: _Named | None = msgspec.field(name="#attributes", default=None)


class _Clock(msgspec.Struct):
    SystemTime: str | None = None


class _Time(msgspec.Struct):
    attributes: _Clock | None = msgspec.field(name="#attributes", default=None)


class _Sid(msgspec.Struct):
    UserID: str | None = None


class _Security(msgspec.Struct):
    attributes: _Sid | None = msgspec.field(name="#attributes", default=None)


class _Qualified(msgspec.Struct):
    text: int | str | None = msgspec.field(name="#text", default=None)


class _System(msgspec.Struct):
    Provider: _Provider | None = None
    EventID: int | str | _Qualified | None = None
    Level: int | str | _Qualified | None = None
    TimeCreated: _Time | None = None
    EventRecordID: int | str | _Qualified | None = None
    Channel: str | None = None
    Computer: str | None = None
    Security: _Security | None = None


class _Event(msgspec.Struct):
    System: _System | None = None
    EventData: msgspec.Raw = msgspec.Raw(b"null")
    UserData: msgspec.Raw = msgspec.Raw(b"null")


class _Record(msgspec.Struct):
    Event: _Event


class _Strings(msgspec.Struct):
    text: list[str] = msgspec.field(name="#text")


class _Classic(msgspec.Struct):
    Data: _Strings


_decode = msgspec.json.Decoder(_Record).decode
_decode_strings = msgspec.json.Decoder(_Classic).decode

# what repeats from record to record, and the columns it fills
_Head = tuple[str | None, int | None, int | None, str | None, str | None, str | None]
_HEAD = {
    "provider": pl.String,
    "event_id": pl.Int64,
    "level": pl.Int64,
    "channel": pl.String,
    "computer": pl.String,
    "user": pl.String,
}
# index of the head, SystemTime, EventRecordID, payload
_Row = tuple[int, str | None, int | None, str | None]


@dataclass(slots=True)
class _Rows:
    """Records in columns: thousands of tuples alive at once set off the garbage collector, texts and numbers do not."""

    ids: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    payloads: list[str | None] = field(default_factory=list)


class Decoded(NamedTuple):
    """Records as events: the ids in their own headers, the table, and the ids of those that are no event."""

    ids: pl.Series
    table: pl.DataFrame
    illegible: tuple[int, ...]


# SystemTime is UTC with up to nine digits; what is no time is null. The library writes six almost always, and a form
# that says so is read five times as fast.
_MICROSECONDS, _ANY_FRACTION = "%Y-%m-%dT%H:%M:%S.%6fZ", "%Y-%m-%dT%H:%M:%S%.fZ"

_TIME = '"TimeCreated":{"#attributes":{"SystemTime":"'
_NUMBER = '"EventRecordID":'
_CHANNEL = '"Channel":'
_EVENT_DATA = ',"EventData":'
_USER_DATA = ',"UserData":'
# how the library names a second element of the same name
_SEVERAL = '"Data_'
_UNNAMED = '"Data":{'
# what is no JSON, and what is nested more deeply than a reader goes
_UNREADABLE = (ValueError, msgspec.DecodeError, RecursionError)
_DEEPEST = 100
_RENDERED = '"RenderingInfo":'


@dataclass(slots=True)
class Decoder:
    """Turns records into columns of the events table; each distinct head is decoded once.

    ``exact`` decodes every record element by element: for records out of damaged bytes, which may have any form.
    """

    exact: bool = False
    _heads: list[_Head] = field(default_factory=list)
    _known: dict[tuple[str, str], int] = field(default_factory=dict)
    _rows: _Rows = field(default_factory=_Rows)

    def __len__(self) -> int:
        return len(self._rows.ids)

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a record as the library gives it; its text is not kept, only what is cut out of it."""
        head, time, number, payload = self._row(record["data"])
        rows = self._rows
        rows.ids.append(record["event_record_id"])
        rows.heads.append(head)
        rows.times.append(time)
        rows.numbers.append(number)
        rows.payloads.append(payload)

    def decoded(self) -> Decoded:
        """All records since the last call. Their ids stand in where there is no EventRecordID."""
        rows, self._rows = self._rows, _Rows()
        seen = _looked_through(rows)
        ids = pl.Series(rows.ids, dtype=pl.UInt64)
        number = pl.Series("record_id", rows.numbers, pl.Int64).fill_null(ids.cast(pl.Int64, strict=False))
        data = _masked(seen["data"], seen["marked"])
        table = pl.DataFrame(self._heads, schema=_HEAD, orient="row")[rows.heads].with_columns(
            number,
            ("record " + number.cast(pl.String).fill_null(ids.cast(pl.String))).alias("place"),
            seen["at"],
            pl.when(data != "null").then(data).alias("data"),
            _texts(data, seen["classic"]),
        )
        if len(self._heads) > _KNOWN_HEADS:
            self._heads, self._known = [], {}
        return Decoded(ids, table, tuple(n for n, told in zip(rows.ids, rows.payloads, strict=True) if told is None))

    def _row(self, text: str) -> _Row:
        if self.exact:
            return self._slow(text)
        try:
            return self._quick(text)
        except _UNREADABLE:
            return self._slow(text)

    def _slow(self, text: str) -> _Row:
        try:
            return self._whole(text)
        except _UNREADABLE:
            return self._add(None), None, None, None

    def _quick(self, text: str) -> _Row:
        """Cut a record at its changing middle. Raises ``ValueError`` when it has not the usual form.

        A quotation mark inside a JSON string is escaped, so none of the marks can be part of a value.
        """
        before, _, rest = text.partition(_TIME)
        time, _, rest = rest.partition('"')
        _, _, rest = rest.partition(_NUMBER)
        number, _, rest = rest.partition(",")
        _, _, rest = rest.partition(_CHANNEL)
        after, mark, payload = rest.partition(_EVENT_DATA)
        if not mark:
            after, mark, payload = rest.partition(_USER_DATA)
        if not mark or len(number) > _MAX_DIGITS:
            raise ValueError("no payload, or no number")
        if _USER_DATA in payload or _RENDERED in payload:
            raise ValueError("the payload runs on into a second one or into rendered texts")
        head = self._known.get((before, after))
        if head is None:
            system = _decode(f"{before}{_CHANNEL}{after}}}}}").Event.System
            head = self._known[before, after] = self._add(system)
        return head, time, int(number), payload[:-2]

    def _whole(self, text: str) -> _Row:
        event = _decode(text).Event
        system = event.System or _System()
        time = system.TimeCreated and system.TimeCreated.attributes
        payload = bytes(event.EventData)
        payload = bytes(event.UserData) if payload == b"null" else payload
        stamp = time.SystemTime if time else None
        return self._add(system), stamp, _integer(system.EventRecordID), payload.decode("utf-8")

    def _add(self, system: _System | None) -> int:
        self._heads.append(_head(system or _System()))
        return len(self._heads) - 1


def _looked_through(rows: _Rows) -> pl.DataFrame:
    """All that is asked of every row, in one question: each costs as much as its answer.

    ``at`` is the time and ``data`` the payload. ``marked`` may hold a secret, ``classic`` has unnamed strings.
    """
    told = pl.DataFrame({"at": rows.times, "data": rows.payloads}, schema={"at": pl.String, "data": pl.String})
    data = pl.col("data")
    seen = told.select(
        _moment(_MICROSECONDS),
        data,
        _marked(data).alias("marked"),
        data.str.contains(_UNNAMED, literal=True).fill_null(False).alias("classic"),
    )
    return seen.with_columns(told.select(_moment(_ANY_FRACTION))) if seen["at"].null_count() else seen


def _moment(form: str) -> pl.Expr:
    return pl.col("at").str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)


def _head(system: _System) -> _Head:
    provider = system.Provider and system.Provider.attributes
    security = system.Security and system.Security.attributes
    return (
        provider.Name if provider else None,
        _integer(system.EventID),
        _integer(system.Level),
        system.Channel,
        system.Computer,
        security.UserID if security else None,
    )


def _integer(value: int | str | _Qualified | None) -> int | None:
    if isinstance(value, _Qualified):
        value = value.text
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS else None
    return value if value is not None and -_MAX <= value <= _MAX else None


def _texts(data: pl.Series, classic: pl.Series) -> pl.Series:
    """The unnamed strings of each payload, one a line."""
    named = pl.repeat("", len(data), dtype=pl.String, eager=True).alias("text")
    at = classic.arg_true()
    return named.scatter(at, [_unnamed(payload) for payload in data.gather(at)]) if len(at) else named


def _unnamed(payload: str) -> str:
    """``{"Data":{"#text":["a\\n","b\\n"]}}`` is ``a`` and ``b``; a field *named* Data has no ``#text``."""
    try:
        if _SEVERAL not in payload:
            return "\n".join([string.rstrip("\r\n") for string in _decode_strings(payload).Data.text])
    except _UNREADABLE:
        # one string, or a null among them
        pass
    found: list[Any] = []
    parsed = _parsed(payload)
    for name, value in parsed.items() if isinstance(parsed, dict) else ():
        if name.rstrip("_0123456789") == "Data" and isinstance(value, dict):
            strings = value.get("#text")
            found.extend(strings if isinstance(strings, list) else [strings])
    return "\n".join("" if string is None else str(string).rstrip("\r\n") for string in found)


def _masked(data: pl.Series, marked: pl.Series) -> pl.Series:
    """The payloads without secrets; those without one stay as they were written."""
    at = marked.arg_true()
    if not len(at):
        return data
    payloads = {payload: _parsed(payload) for payload in data.gather(at)}
    leaves = sorted({leaf for parsed in payloads.values() for leaf in _leaves("", parsed)})
    pairs = pl.DataFrame({"pair": [f"{name}={value}" for name, value in leaves]}, schema={"pair": pl.String})
    named = pairs.select(_marked(pl.col("pair")))["pair"]
    secrets = dict(_secrets(leaf for leaf, marked in zip(leaves, named, strict=True) if marked))
    if not secrets:
        return data
    clean = {payload: _rewritten(payload, parsed, secrets) for payload, parsed in payloads.items()}
    return data.scatter(at, [clean[payload] for payload in data.gather(at)])


def _marked(texts: pl.Expr) -> pl.Expr:
    return texts.str.contains_any(list(MARKERS), ascii_case_insensitive=True).fill_null(False)


def _parsed(payload: str) -> Any:
    """What a payload says; itself, as the text that it is, where it is no JSON or nested too deeply to be walked."""
    try:
        parsed = msgspec.json.decode(payload)
    except _UNREADABLE:
        return payload
    return payload if _is_deep(parsed) else parsed


def _is_deep(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(_DEEPEST):
        inner = [
            value.values() if isinstance(value, dict) else value for value in level if isinstance(value, dict | list)
        ]
        level = [value for values in inner for value in values]
    return bool(level)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every string with the name of its field, which may tell that it is a secret."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(name, part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(name if key.startswith("#") else key, part)


def _secrets(leaves: Iterable[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    """The strings that hold a secret, and what stands in for them."""
    for name, value in leaves:
        if (masked := clean(name, value)) != value:
            yield (name, value), masked


clean = lru_cache(4096)(mask_field)
"""The value of a field without secrets: fields repeat themselves from record to record."""


def _rewritten(payload: str, parsed: Any, secrets: Mapping[tuple[str, str], str]) -> str:
    def masked(name: str, value: Any) -> Any:
        if isinstance(value, str):
            return secrets.get((name, value), value)
        if isinstance(value, list):
            return [masked(name, part) for part in value]
        if isinstance(value, dict):
            return {key: masked(name if key.startswith("#") else key, part) for key, part in value.items()}
        return value

    found = masked("", parsed)
    if parsed is payload:
        return str(found)
    return payload if found == parsed else msgspec.json.encode(found).decode("utf-8")
