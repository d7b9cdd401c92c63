"""Trace logs of Windows (``.etl``): over which time, of which providers, how much was lost. Not what they say.

The payload of Outlook's own providers is private to Microsoft: its support can decode it, nobody else. What is told
here stands in the headers, which any trace has. The first buffer begins (bytes, in hexadecimal)::

    00000000  00 00 01 00 20 02 00 00 20 02 00 00 00 00 00 00   size of a buffer, how much of it is used
    00000048  02 00 02 c0 86 01 00 00 ...                       the header event: span, build, events lost

The facts are ``etl.started_utc``, ``etl.ended_utc``, ``etl.events_lost``, ``etl.buffers_lost``, ``etl.os_build`` and,
for each provider, ``etl.provider`` with its id as subject, its name where it is known, and the number of its events.

Source: ``WMI_BUFFER_HEADER``, ``TRACE_LOGFILE_HEADER`` and ``EVENT_HEADER`` as PerfView (microsoft/perfview) and
etl-parser (airbus-cert) read them; the names of Office's providers are in Microsoft's MSO-Scripts.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

from analyzer.model import Covered, Damage, Identified
from analyzer.tables import Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

NOT_DECODED = "present, not decoded: the payload of Outlook's own trace providers is private to Microsoft"
MOST_BUFFERS = 20_000
MOST_PROVIDERS = 500
_LEAST_BUFFER, _MOST_BUFFER = 1024, 16 << 20

_BUFFER_HEADER = 72
_LOGFILE_HEADER = _BUFFER_HEADER + 32
_COMPRESSED = 0x04000000
# How an event's header is laid out, by its type: where its size stands, and whether it names a provider.
_SIZE_BEHIND = frozenset({1, 2, 3, 4, 16, 17})
_NAMES_PROVIDER = frozenset({10, 18, 19, 20})

_PROVIDERS = {
    UUID(guid): name
    for guid, name in (
        ("f50d9315-e17e-43c1-8370-3edf6cc057be", "OfficeLoggingLiblet"),
        ("8736922d-e8b2-47eb-8564-23e77e728cf3", "Microsoft-Office-Events"),
        ("8e91b4c0-ae4c-45bc-83b4-1e27e9146bb7", "Microsoft.Office.Logging.Identity"),
        ("4c6f6e67-206c-6976-6520-416c70616361", "Microsoft.Office.Logging.Outlook"),
        ("d983c416-203f-496d-aac3-910fb89aa2da", "Microsoft.Office.Logging.Common"),
        ("23abe7e9-f7e2-462d-824c-18d4bd13d955", "Microsoft.Office.Logging.C2R"),
    )
}


@dataclass(slots=True)
class _Header:
    """What the header event says. Counts are of the whole trace."""

    buffer_bytes: int
    started: datetime | None
    ended: datetime | None
    events_lost: int
    buffers_lost: int
    build: int
    compressed: bool


@dataclass(slots=True)
class _Walk:
    """What the buffers hold."""

    buffers: int = 0
    providers: Counter[UUID] = field(default_factory=Counter)


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The facts of the headers; then always that the events themselves were not decoded."""
    with artifact.open() as stream:
        header = _header(stream.read(_LOGFILE_HEADER + 280))
        if header is None:
            yield Damage("first buffer", f"no header of a trace log; {NOT_DECODED}")
            return
        walk = _Walk()
        if not header.compressed:
            stream.seek(0)
            _walk(stream, header.buffer_bytes, walk)
    yield from batches("facts", _facts(header, walk))
    notes = [f"{header.events_lost} events were lost while it was recorded"] if header.events_lost else []
    notes += ["its buffers are compressed, so that its providers are not counted"] if header.compressed else []
    yield Damage("", "; ".join((*notes, NOT_DECODED)), lost_at_least=header.events_lost)


def _header(head: bytes) -> _Header | None:
    """Offsets behind the two names differ with the size of a pointer."""
    if len(head) < _LOGFILE_HEADER + 280 or head[_BUFFER_HEADER + 2] not in (1, 2):
        return None
    at = _LOGFILE_HEADER
    size, build, ended, mode = (struct.unpack_from(form, head, at + by)[0] for form, by in _FIELDS)
    (pointer,), (lost,) = struct.unpack_from("<I", head, at + 44), struct.unpack_from("<I", head, at + 48)
    if pointer not in (4, 8) or not _LEAST_BUFFER <= size <= _MOST_BUFFER:
        return None
    behind = at + 56 + 2 * pointer + 176
    (started,) = struct.unpack_from("<q", head, behind + 16)
    (buffers_lost,) = struct.unpack_from("<I", head, behind + 28)
    return _Header(size, _instant(started), _instant(ended), lost, buffers_lost, build, bool(mode & _COMPRESSED))


_FIELDS = (("<I", 0), ("<I", 8), ("<q", 16), ("<I", 32))


def _instant(filetime: int) -> datetime | None:
    """Counts of 100 ns since 1601; zero where the trace was not closed."""
    if filetime <= 0:
        return None
    try:
        return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return None


def _walk(stream: BinaryIO, size: int, walk: _Walk) -> None:
    """Count the events of each provider, a buffer at a time."""
    while walk.buffers < MOST_BUFFERS:
        buffer = stream.read(size)
        if len(buffer) < _BUFFER_HEADER:
            return
        walk.buffers += 1
        (used,) = struct.unpack_from("<I", buffer, 4)
        _events(buffer, min(max(used, _BUFFER_HEADER), len(buffer)), walk)


def _events(buffer: bytes, end: int, walk: _Walk) -> None:
    at = _BUFFER_HEADER
    while at + 40 <= end:
        kind, marker = buffer[at + 2], buffer[at + 3]
        if not marker & 0x80:
            return
        (size,) = struct.unpack_from("<H", buffer, at + 4 if kind in _SIZE_BEHIND else at)
        if size < 8:
            return
        if kind in _NAMES_PROVIDER:
            provider = UUID(bytes_le=buffer[at + 24 : at + 40])
            if provider in walk.providers or len(walk.providers) < MOST_PROVIDERS:
                walk.providers[provider] += 1
        at += size + -size % 8


def _facts(header: _Header, walk: _Walk) -> Iterator[Fact]:
    at = header.started
    for name, moment in (("started_utc", header.started), ("ended_utc", header.ended)):
        yield Fact("trace header", f"etl.{name}", value=moment.isoformat() if moment else None, at=at)
    counts = {"events_lost": header.events_lost, "buffers_lost": header.buffers_lost, "os_build": header.build}
    for name, count in counts.items():
        yield Fact("trace header", f"etl.{name}", value=str(count), number=float(count), at=at)
    for provider, count in sorted(walk.providers.items()):
        name = _PROVIDERS.get(provider, "")
        yield Fact(f"provider {provider}", "etl.provider", str(provider), name, float(count), at=at)
