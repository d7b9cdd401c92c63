"""Net logs of WebView2 and Chromium: what became of the sign-in page's own requests.

WebView2 does not use Windows' own network stacks, so nothing else tells. One event a line (shortened)::

    {"constants":{"logEventTypes":{"URL_REQUEST_START_JOB":2,...},"netError":{"ERR_CERT_DATE_INVALID":-201,...},...},
    "events": [
    {"params":{"url":"https://accounts.google.com/o/oauth2"},"phase":1,"source":{"id":88,"type":1},"time":"13571","type":2},
    {"params":{"net_error":-201},"phase":2,"source":{"id":88,"type":1},"time":"13599","type":2}],
    "polledData": []}

A fact's place is the line on which a request was started, its subject the host. For each request to a host of the
sign-in: the way it took, the addresses it was sent to, the certificates it was served, the answer's status and the
error it ended with. Requests to other hosts are passed over without their names; paths, queries, headers, cookies and
bytes are never kept. A log is closed when the browser ends: one that was not is read as far as it reaches.

Source: the NetLog design document and ``net_log_event_type_list.h`` of the Chromium project; times are milliseconds
that count from ``timeTickOffset``, which is in milliseconds of Unix time.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from analyzer.model import Covered, Damage, Identified
from analyzer.parsers.netlog.requests import Constants, Event, Requests
from analyzer.tables import BATCH_ROWS, Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

MOST_LINE_BYTES = 8 << 20
"""The constants take some hundred kilobytes; an event with the bytes of an answer far less than this."""

MOST_EVENTS = 20_000_000

_TYPE = re.compile(rb'"type":(\d{1,6})\},?\s*$')
_HEAD = re.compile(rb'^\{\s*"constants"\s*:\s*')
_NONE = frozenset({b"", b"]", b"],", b"]}"})
_event = msgspec.json.Decoder(Event).decode
_constants = msgspec.json.Decoder(Constants).decode


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The requests in the order in which they ended, then what is missing."""
    with artifact.open() as stream:
        constants = _opening(stream)
        if constants is None:
            yield Damage("line 1", "it does not begin with a net log's tables of names")
            return
        requests = Requests(constants)
        lack = yield from _batches(stream, requests)
    yield lack or Covered(since=requests.began)


def _opening(stream: BinaryIO) -> Constants | None:
    """The tables of the first line, which ends in a comma that belongs to no JSON value."""
    line = _HEAD.sub(b"", stream.readline(MOST_LINE_BYTES).strip()).removesuffix(b",")
    try:
        constants = _constants(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return constants if re.fullmatch(rb'"events"\s*:\s*\[\s*', stream.readline(100)) else None


def _batches(stream: BinaryIO, requests: Requests) -> Generator[Batch, None, Damage | None]:
    """Rows as the requests end; returns what is wrong with the log, if anything."""
    facts: list[Fact] = []
    unread, closed = 0, False
    for number, line in enumerate(islice(iter(lambda: stream.readline(MOST_LINE_BYTES), b""), MOST_EVENTS), 3):
        text = line.strip()
        closed = closed or text.startswith(b'"polledData"') or text.endswith(b"]}")
        if text.startswith(b'"') or text in _NONE:
            continue
        event = _decoded(text, requests)
        unread += event is None
        facts.extend(requests.take(event, number) if isinstance(event, Event) else ())
        if len(facts) >= BATCH_ROWS:
            yield from batches("facts", facts)
            facts = []
    facts.extend(requests.unfinished())
    yield from batches("facts", facts)
    return _lack(unread, closed=closed)


def _decoded(text: bytes, requests: Requests) -> Event | bool | None:
    """The event of a line; False for one that nobody asks for, None for what is none. The first tells the time."""
    kind = _TYPE.search(text.removesuffix(b"]"))
    if kind and requests.began and int(kind[1]) not in requests.wanted:
        return False
    try:
        return _event(text.removesuffix(b",").removesuffix(b"]}").removesuffix(b"]"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _lack(unread: int, *, closed: bool) -> Damage | None:
    if not closed:
        return Damage("end", "the log was not closed: what came later is not in it", unread)
    return Damage("", f"{unread} lines are no events", unread) if unread else None
