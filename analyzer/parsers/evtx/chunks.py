"""The chunks of an event log file: their own account of the records they hold, and whether their checksums hold.

A reader of records skips what it cannot read and is silent on much of it; here is what it is measured against.
``first`` and ``last`` are the ids in the headers of the records. In an exported log they start again at 1 and are
not the EventRecordID that Event Viewer shows.

Source: the file format as documented by the libevtx project ("Windows XML Event Log (EVTX)").
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analyzer.model import Damage

HEADER_BYTES = 4096
CHUNK_BYTES = 65536
RECORDS_AT = 512
_DIRTY = 0x1
_NO_CHECKSUMS = 0x4

Count = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slot of 64 KiB that holds a chunk.

    ``sound`` is true when every checksum holds; ``ids`` are the record ids seen in the bytes of a chunk that is not.
    ``first_number`` to ``last_number`` count its records without holes.
    """

    index: int
    first: int
    last: int
    first_number: int
    last_number: int
    sound: bool
    ids: frozenset[int] = frozenset()

    @property
    def records(self) -> int:
        """How many records the chunk says it holds."""
        return max(self.last_number - self.first_number + 1, 0)


@dataclass(frozen=True, slots=True)
class Log:
    """A file header and the chunks behind it, those that hold records, by their ids.

    ``headless`` are slots that hold no chunk where one must have been; ``cut`` is true when the last slot is short;
    ``overlaps`` are ranges of record ids that two chunks hold.
    """

    next_record: int
    dirty: bool
    faults: tuple[str, ...]
    slots: int
    declared: int
    chunks: tuple[Chunk, ...]
    headless: tuple[int, ...]
    cut: bool
    overlaps: tuple[tuple[int, int], ...]

    @property
    def sound(self) -> bool:
        """Whether a checksum vouches for every record."""
        return all(chunk.sound for chunk in self.chunks)

    @property
    def untouched(self) -> bool:
        """Whether no record was ever written to the log, and nothing is wrong with it."""
        return not (self.chunks or self.headless or self.faults or self.cut) and self.next_record <= 1


def survey(path: Path) -> Log:
    """Read all headers and check all checksums, with one chunk in memory at a time. Raises ``OSError``."""
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES).ljust(HEADER_BYTES, b"\0")
        next_record, declared, flags, checksum = struct.unpack_from("<24xQ10xH76xII", head)
        unchecked = bool(flags & _NO_CHECKSUMS)
        chunks, empty, size = [], set(), 0
        for index, block in enumerate(iter(lambda: stream.read(CHUNK_BYTES), b"")):
            size += len(block)
            if chunk := _chunk(index, block, unchecked=unchecked):
                chunks.append(chunk)
            elif block.count(0) == len(block):
                empty.add(index)
    slots = -(-size // CHUNK_BYTES)
    dirty = bool(flags & _DIRTY)
    holding = sorted((c for c in chunks if c.records or c.ids), key=lambda chunk: (chunk.first, chunk.last))
    return Log(
        next_record=next_record,
        dirty=dirty,
        faults=_faults(head, checksum, unchecked=unchecked),
        slots=slots,
        declared=declared,
        chunks=tuple(holding),
        headless=tuple(_headless(slots, {chunk.index for chunk in chunks}, empty, 0 if dirty else declared)),
        cut=bool(size % CHUNK_BYTES),
        overlaps=tuple((b.first, min(a.last, b.last)) for a, b in pairwise(holding) if b.first <= a.last),
    )


def _faults(head: bytes, checksum: int, *, unchecked: bool) -> tuple[str, ...]:
    if head[:8] != b"ElfFile\0":
        return ("it has no signature",)
    if not unchecked and zlib.crc32(head[:120]) != checksum:
        return ("it fails its checksum",)
    return ()


def _chunk(index: int, block: bytes, *, unchecked: bool) -> Chunk | None:
    if block[:8] != b"ElfChnk\0" or len(block) < RECORDS_AT:
        return None
    first_number, last_number, first, last, end, data_checksum, head_checksum = struct.unpack_from(
        "<8x4Q8xII68xI", block
    )
    head_sound = unchecked or zlib.crc32(block[128:RECORDS_AT], zlib.crc32(block[:120])) == head_checksum
    data_sound = unchecked or zlib.crc32(block[RECORDS_AT:end]) == data_checksum
    sound = head_sound and data_sound and len(block) == CHUNK_BYTES
    ids = frozenset() if sound else frozenset(_ids(block))
    if not head_sound:
        # its own account cannot be trusted: what is seen in it is the least it held
        first, last = min(ids, default=1), max(ids, default=0)
        first_number, last_number = 1, len(ids)
    return Chunk(index, first, last, first_number, last_number, sound, ids)


def _ids(block: bytes) -> Iterator[int]:
    """The ids of all that looks like a record, whether or not the one before it is intact."""
    at = block.find(b"**\0\0", RECORDS_AT)
    while 0 <= at <= len(block) - 24:
        size, record = struct.unpack_from("<IQ", block, at + 4)
        if 24 < size <= CHUNK_BYTES and not at % 8:
            yield record
        at = block.find(b"**\0\0", at + 4)


def _headless(slots: int, used: set[int], empty: set[int], declared: int) -> Iterator[int]:
    """Slots are filled in order: an empty one was never used only when none behind it is, nor is one declared."""
    behind = max([*used, *(set(range(slots)) - empty), declared - 1], default=-1)
    return (index for index in range(slots) if index not in used and index <= behind)


def losses(log: Log, count: Count) -> Iterator[Damage]:
    """What the log once held and is not there, given how many distinct records of a range of ids were read."""
    for fault in log.faults:
        yield Damage("file header", fault)
    if log.cut:
        yield Damage(f"chunk {log.slots - 1}", "the file ends inside this chunk")
    elif log.slots < log.declared:
        # a log that is in use may have more chunks than its header counts, never fewer
        yield Damage(f"chunk {log.slots}", f"the file ends before it, and the file header counts {log.declared}")
    for first, last in _runs(log.headless):
        name = f"chunk {first}" if first == last else f"chunks {first} to {last}"
        yield Damage(name, "no chunk is there any more; what it held is counted only where its neighbours tell")
    for chunk in log.chunks:
        missing = chunk.records - count(chunk.first, chunk.last)
        if missing > 0:
            reason = f"{missing} of the {chunk.records} records of chunk {chunk.index} cannot be read"
            yield Damage(_range(chunk.first, chunk.last), reason, missing)
    yield from _holes(log.chunks, count)
    yield from _tail(log, count)


def _holes(chunks: Iterable[Chunk], count: Count) -> Iterator[Damage]:
    for before, after in pairwise(chunks):
        absent = after.first - before.last - 1
        numbers = after.first_number - before.last_number - 1
        if absent <= 0 or numbers == 0:
            continue
        # an id may be left out where no record was; a number never is
        held = min(absent, numbers) if numbers > 0 else absent
        missing = held - count(before.last + 1, after.first - 1)
        if missing > 0:
            reason = "not in the log, although older and newer records are"
            yield Damage(_range(before.last + 1, after.first - 1), reason, missing)


def _tail(log: Log, count: Count) -> Iterator[Damage]:
    """The file header of a log that was closed in order knows the last record; that of a dirty one is out of date."""
    last = max((chunk.last for chunk in log.chunks), default=0)
    if log.faults or log.next_record - 1 <= last:
        return
    if not log.chunks and not (log.headless or log.cut or log.slots < log.declared):
        yield Damage("file header", "the log is empty but held records before: how far back it reaches is not known")
        return
    missing = log.next_record - 1 - last - count(last + 1, log.next_record - 1)
    if missing > 0 and last:
        yield Damage(_range(last + 1, log.next_record - 1), "the file header counts them, they are not there", missing)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as first and last."""
    run: tuple[int, int] | None = None
    for number in numbers:
        if run and number == run[1] + 1:
            run = (run[0], number)
            continue
        if run:
            yield run
        run = (number, number)
    if run:
        yield run


def _range(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"
