r"""Windows event logs: every record of every chunk, and a count of those that are not there any more.

One record, as the library gives it (shortened)::

    {"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft Office 16 Alerts"}},"EventID":{"#attributes":
    {"Qualifiers":0},"#text":300},"Level":4,"TimeCreated":{"#attributes":{"SystemTime":"2026-03-02T08:02:11.000000Z"}},
    "EventRecordID":4711,"Channel":"OAlerts","Computer":"PC-042","Security":null},"EventData":{"Data":{"#text":
    ["Microsoft Outlook\n","We couldn't log on to the incoming (POP/IMAP) server.\n","300201\n"]}}}}

A row's place is ``record`` and its EventRecordID, the number that Event Viewer shows. Left out are the slack behind
a chunk's last record and the rendered texts of forwarded events. A log that was not closed in order is not damaged.
Records of chunks that the library refuses are recovered where they are intact (ADR 0015).
"""

from __future__ import annotations

import warnings
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl
from evtx import PyEvtxParser

from analyzer.model import Covered, Damage, Identified
from analyzer.parsers.evtx.chunks import Log, losses, survey
from analyzer.parsers.evtx.mending import mended
from analyzer.parsers.evtx.records import Decoder
from analyzer.tables import BATCH_ROWS, Batch
from collectors import catalog

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

# An empty log of theirs says nothing. Source: Microsoft's guides on CAPI2, DNS client and WinHTTP diagnostics begin
# with switching these channels on.
_OFF_BY_DEFAULT = frozenset({"capi2_log", "dns_client_log", "winhttp_log"})


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """All records, then what was lost, then how far the log reaches."""
    try:
        log = survey(artifact.path)
    except OSError as error:
        yield Damage("file header", f"cannot be read: {error.strerror}")
        return
    seen = _Seen(log)
    for batch in _batches(artifact.path, log, seen):
        yield from seen.identified()
        yield batch
    yield from _recovered(artifact.path, log, seen)
    left = replace(log, headless=tuple(index for index in log.headless if index not in seen.recovered))
    damages = (*losses(left, seen.counter()), *seen.damages())
    yield from damages or _cover(artifact, seen)


@dataclass(slots=True)
class _Seen:
    """What the records read so far tell about their log.

    ``ids`` are those of the records' own headers, ``numbers`` the EventRecordIDs. ``complaints`` are the library's.
    ``recovered`` are places by the slots that hold no chunk any more.
    """

    log: Log
    ids: list[pl.Series] = field(default_factory=list)
    numbers: list[pl.Series] = field(default_factory=list)
    channels: Counter[str] = field(default_factory=Counter)
    oldest: tuple[int, datetime | None] | None = None
    complaints: list[str] = field(default_factory=list)
    illegible: list[str] = field(default_factory=list)
    doubts: dict[int, list[str]] = field(default_factory=dict)
    recovered: dict[int, list[str]] = field(default_factory=dict)
    twice: set[tuple[int, str]] = field(default_factory=set)

    def learn(self, ids: pl.Series, table: pl.DataFrame) -> None:
        """Take note of a batch."""
        self.ids.append(ids)
        self.numbers.append(table["record_id"])
        self.channels.update(table["channel"].drop_nulls().to_list())
        first = ids.arg_min()
        if first is not None and (self.oldest is None or ids[first] < self.oldest[0]):
            self.oldest = (ids[first], table["at"][first])
        for chunk in self.log.chunks:
            if not chunk.sound:
                hits = table["place"].filter(ids.is_in(sorted(chunk.ids)))
                self.doubts.setdefault(chunk.index, []).extend(hits)

    def is_new(self, record: dict[str, Any]) -> bool:
        """Whether the very same record did not come before, from another copy of its chunk."""
        number, text = record["event_record_id"], record["data"]
        if not any(first <= number <= last for first, last in self.log.overlaps):
            return True
        known = (number, text) in self.twice
        self.twice.add((number, text))
        return not known

    def identified(self) -> Iterator[Identified]:
        """What the log is, by the channel of most of its records so far."""
        if self.channels:
            item = catalog.load().of_channel(self.channels.most_common(1)[0][0])
            yield Identified(item.id if item else None)

    def counter(self) -> Callable[[int, int], int]:
        """Counts the distinct records between two ids."""
        ids = array("Q", pl.concat(self.ids).unique().sort() if self.ids else ())
        return lambda first, last: max(bisect_right(ids, last) - bisect_left(ids, first), 0)

    def damages(self) -> Iterator[Damage]:
        """What is wrong with the records that were read, and the library's word where nothing else is known."""
        for index, places in self.doubts.items():
            yield Damage(f"chunk {index}", "its bytes fail their checksum", doubts=tuple(places))
        for index, places in self.recovered.items():
            reason = f"its header is gone; {len(places)} records were recovered from it"
            yield Damage(f"chunk {index}", reason, doubts=tuple(places))
        if self.illegible:
            reason = f"{len(self.illegible)} records are no events; their fields are empty"
            yield Damage(self.illegible[0], reason, doubts=tuple(self.illegible))
        if self.complaints:
            yield Damage("file", f"the reader says: {self.complaints[0]}")
        if omitted := self.omitted():
            reason = f"only a selection of the channel was saved: {omitted} records in between are not in it"
            yield Damage("file", reason)

    def omitted(self) -> int:
        """How many records a saved selection leaves out: its own ids have no holes, the EventRecordIDs have.

        A number out of damaged bytes would tell of any amount.
        """
        if not self.ids or not self.log.sound:
            return 0
        ids, numbers = pl.concat(self.ids).unique(), pl.concat(self.numbers).drop_nulls().unique()
        return max(_holes(numbers) - _holes(ids), 0) if len(ids) == len(numbers) else 0


def _holes(numbers: pl.Series) -> int:
    low, high = numbers.min(), numbers.max()
    return high - low + 1 - len(numbers) if isinstance(low, int) and isinstance(high, int) else 0


def _batches(path: Path, log: Log, seen: _Seen) -> Iterator[Batch]:
    decoder = Decoder(exact=not log.sound)
    records: Iterator[dict[str, Any]] = iter(())
    with _listening(seen.complaints, path):
        parser = PyEvtxParser(str(path), number_of_threads=1, skip_errors=True)
        # the library's own types leave out that it never gives None
        records = cast("Iterator[dict[str, Any]]", parser.records_json())
    if log.overlaps:
        records = filter(seen.is_new, records)
    while _take(records, decoder, seen, path):
        ids, table, illegible = decoder.decoded()
        seen.illegible.extend(f"record {number}" for number in illegible)
        seen.learn(ids, table)
        yield Batch("events", {column.name: column for column in table})


def _recovered(path: Path, log: Log, seen: _Seen) -> Iterator[Batch]:
    """Records that the library refused to read, each once."""
    count = seen.counter()
    short = {chunk.index: chunk for chunk in log.chunks if count(chunk.first, chunk.last) < chunk.records}
    if not (log.headless or short):
        return
    known = set(pl.concat(seen.ids)) if seen.ids else set()
    decoder = Decoder(exact=True)
    for one in mended(path, (*log.headless, *short), known):
        chunk = short.get(one.index)
        for record in _again(one.log):
            number = record["event_record_id"]
            if number in one.ids - known and (chunk is None or chunk.first <= number <= chunk.last):
                decoder.add(record)
        ids, table, illegible = decoder.decoded()
        legible = ~ids.is_in(illegible)
        table, ids = table.filter(legible), ids.filter(legible)
        known.update(ids)
        seen.learn(ids, table)
        if chunk is None and len(table):
            seen.recovered[one.index] = table["place"].to_list()
        yield Batch("events", {column.name: column for column in table})


def _again(log: bytes) -> list[dict[str, Any]]:
    """The records of a mended chunk; what the library has to say of it is no news."""
    found: list[dict[str, Any]] = []
    with _listening([], Path()):
        records = PyEvtxParser(BytesIO(log), number_of_threads=1, skip_errors=True).records_json()
        found.extend(cast("Iterator[dict[str, Any]]", records))
    return found


def _take(records: Iterator[dict[str, Any]], decoder: Decoder, seen: _Seen, path: Path) -> bool:
    """Hand the next records to the decoder, one by one: thousands of them held at a time cost as much as reading.

    False behind the last.
    """
    with _listening(seen.complaints, path):
        # what came before an error stays with the decoder
        for record in islice(records, BATCH_ROWS):
            decoder.add(record)
    return len(decoder) > 0


@contextmanager
def _listening(complaints: list[str], path: Path) -> Iterator[None]:
    """The library warns of what it skips and raises on what it cannot: both are heard, neither gets out."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            yield
        except (RuntimeError, OSError, ValueError) as error:
            complaints.append(str(error))
    complaints.extend(str(warning.message) for warning in told)
    complaints[:] = [complaint.replace(str(path), path.name) for complaint in complaints[:1]]


def _cover(artifact: Artifact, seen: _Seen) -> Iterator[Covered | Damage]:
    """The log's reach: from its oldest record on, or without a limit when no record was ever written."""
    if seen.oldest is not None:
        # the records of several channels together are whole for none of them
        if len(seen.channels) == 1 and seen.oldest[1] is not None:
            yield Covered(next(iter(seen.channels)), since=seen.oldest[1])
        return
    channel = _named_channel(artifact)
    if not seen.log.untouched or channel is None:
        return
    item = catalog.load().of_channel(channel)
    if item and item.id in _OFF_BY_DEFAULT:
        yield Damage("file header", "the log is empty, and Windows keeps it switched off unless someone asks for it")
    else:
        yield Covered(channel)


def _named_channel(artifact: Artifact) -> str | None:
    """The channel of a log without records: its item's, else by its file name (``%4`` stands for the slash)."""
    known = catalog.load()
    item = known.find(artifact.member.item)
    if item is None or item.channel is None:
        name = artifact.original.rpartition("/")[2]
        item = known.of_channel(name.rpartition(".")[0].replace("%4", "/"))
    return item.channel if item else None
