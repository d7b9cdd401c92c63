r"""Transaction logs of registry hives: what was written, and had not reached the hive when it was copied.

Both formats begin with one sector, a copy of the hive's base block. In the newer one (since Windows 8.1) numbered
entries follow, each a write of its own (shortened)::

    48 76 4c 45  HvLE                     00 5e 00 00  its bytes (04)           ee 00 00 00  its number (0c)
    00 30 10 00  bytes of all bins (10)   13 00 00 00  pages in it (14)         two Marvin32 sums (18, 20)
    00 10 00 00 00 10 00 00 …             where each page belongs in the bins and its bytes (28), then the pages

The older one holds a single write: ``DIRT``, a bit for each 512 bytes of the bins, and the pages whose bits are set.
Its pages carry no sum, so that no reader can tell a page that has changed on its way.

A hive is *dirty* when its two numbers differ or its base block fails its checksum; only then are its logs replayed, as
Windows does on loading. Writes numbered below the hive's second number are in it already. The first may well be
numbered far above it: Windows brings pages into a running hive and leaves its numbers alone. A write whose sum is wrong
ends the replay, and so does a number that is missing.

Source: M. Suhanov, "Windows registry file format specification" (transaction log files, dirty state of a hive).
"""

from __future__ import annotations

import mmap
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from analyzer.model import Damage

BASE_BYTES = 4096
MAX_LOG_BYTES = 64 << 20
"""A longer log is not read: the sums of its entries would take too long."""

_SECTOR = 512
_PAGE = 4096
_OLD, _NEW = (1, 2), (6,)
_MARK = b"HvLE"
_SEED = 0x82EF4D887A4E55C5
_WORD = 0xFFFFFFFF


class Outcome(StrEnum):
    """What became of the logs."""

    CLEAN = "clean"
    """The hive needs none."""
    REPLAYED = "replayed"
    STALE = "stale"
    """The hive needs one, and those that are there are older than it."""
    REFUSED = "refused"
    """The hive needs one, and none can be used."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write: its pages, by their offsets in the bins. ``flags`` is None where the format does not say."""

    number: int
    flags: int | None
    bins_bytes: int
    pages: tuple[tuple[int, memoryview], ...]


@dataclass(frozen=True, slots=True)
class Log:
    """One log as far as it can be trusted.

    ``writes`` are those that the hive does not hold already, in their order. ``fault`` says why more may have been
    in it; empty for a log that was read to its end.
    """

    name: str
    head: _Head | None = None
    writes: tuple[Write, ...] = ()
    fault: str = ""

    @property
    def old(self) -> bool:
        """Whether it is of the older format."""
        return self.head is not None and self.head.kind in _OLD

    def __str__(self) -> str:
        return f"{self.name} {self.writes[0].number}-{self.writes[-1].number}" if self.writes else self.name


@dataclass(frozen=True, slots=True)
class Replay:
    """What a hive's logs add to it. ``damages`` says why absence from it proves nothing; empty for a whole hive.

    ``used`` are the logs that were replayed, in that order; ``base`` is the first sector that the hive begins with.
    """

    outcome: Outcome
    damages: tuple[Damage, ...] = ()
    used: tuple[Log, ...] = ()
    base: bytes = b""

    def apply(self, path: Path, logs: int | None = None) -> None:
        """Make a copy of the hive what it is after the first ``logs`` of the logs used; None for all of them.

        Only what was written is touched: a hive may be larger than the memory.
        """
        base = bytearray(self.base)
        with path.open("r+b") as hive:
            for write in (write for log in self.used[:logs] for write in log.writes):
                _put(hive, base, write)
            base[508:512] = struct.pack("<I", _checksum(base))
            hive.seek(0)
            hive.write(base)
            # Windows makes room ahead: what lies behind the bins stays
            hive.truncate(max(BASE_BYTES + int.from_bytes(base[40:44], "little"), hive.seek(0, os.SEEK_END)))


@dataclass(frozen=True, slots=True)
class _Head:
    """The first sector of a hive or of a log. ``sound`` when it bears the mark and fits its checksum."""

    raw: bytes
    sound: bool
    primary: int
    secondary: int
    written: int
    kind: int
    bins_bytes: int

    @classmethod
    def of(cls, data: bytes) -> _Head:
        raw = data[:_SECTOR].ljust(_SECTOR, b"\0")
        primary, secondary, written, kind, bins_bytes = struct.unpack_from("<4xIIQ8xI8xI", raw)
        sound = raw[:4] == b"regf" and raw[508:] == struct.pack("<I", _checksum(raw))
        return cls(raw, sound, primary, secondary, written, kind, bins_bytes)

    @property
    def dirty(self) -> bool:
        return not self.sound or self.primary != self.secondary


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a hive asks of its logs: writes from ``floor`` on, none of which makes it larger than ``bound`` bytes."""

    floor: int
    bound: int
    written: int | None


def replay(hive: bytes | mmap.mmap, log1: bytes | None, log2: bytes | None) -> Replay:
    """How the hive becomes whole, or why it does not. A log is None where it was not collected, empty where unused."""
    if len(hive) < BASE_BYTES:
        return Replay(Outcome.REFUSED, (Damage("base block", "the file ends inside it"),))
    head = _Head.of(hive[:_SECTOR])
    bound = sum(len(part) for part in (hive, log1 or b"", log2 or b""))
    wanted = _Wanted(head.secondary if head.sound else 0, bound, head.written if head.sound else None)
    logs = tuple(_read(name, data, wanted) for name, data in (("LOG1", log1), ("LOG2", log2)))
    if not head.dirty:
        return Replay(Outcome.CLEAN, (*_unknown(logs), *_cut(hive, head)))
    used, gaps = _chain(logs)
    if not used:
        return _unused(hive, head, logs)
    return _used(hive, head, used, (*gaps, *_faults(logs)))


@contextmanager
def replayed(path: Path, log1: bytes | None, log2: bytes | None) -> Iterator[tuple[Replay, list[tuple[str, Path]]]]:
    """The hive as it lies there ("base"), then after each of its logs, all of them files; the last is the newest.

    The hive itself is only read; the other files are gone afterwards. Raises ``ValueError`` for an empty file.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        states = [("base", path)]
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            answer = replay(data, log1, log2)
            for count, log in enumerate(answer.used, 1):
                state = Path(folder) / f"{count}" / path.name
                state.parent.mkdir()
                answer.apply(shutil.copyfile(path, state), count)
                states.append((log.name, state))
        yield answer, states


def _used(hive: bytes | mmap.mmap, head: _Head, used: tuple[Log, ...], damages: tuple[Damage, ...]) -> Replay:
    own = head if head.sound else used[-1].head or head
    taken = () if head.sound else (Damage("base block", f"it fails its checksum: that of {used[-1].name} is taken"),)
    damages = (*taken, *damages, *_cut(hive, own))
    # of a log's first sector only the mark of its kind is not the hive's
    answer = Replay(Outcome.REPLAYED, damages, used, own.raw[:28] + bytes(4) + own.raw[32:])
    if _stands(hive, used):
        return answer
    misfit = "the bins do not fit each other after its replay"
    if used[-1].old:
        return _unused(hive, head, tuple(Log(log.name, log.head, (), f"{misfit}: not replayed") for log in used))
    return Replay(Outcome.REPLAYED, (*damages, Damage(used[-1].name, misfit)), used, answer.base)


def _unused(hive: bytes | mmap.mmap, head: _Head, logs: tuple[Log, ...]) -> Replay:
    why = "dirty: its transaction logs were not replayed" if head.sound else "it fails its checksum"
    faults = () if all(log.head is None and log.fault for log in logs) else tuple(_faults(logs))
    stale = [
        Damage(log.name, "it holds no write that the hive lacks: not replayed")
        for log in logs
        if log.head and not log.fault
    ]
    outcome = Outcome.STALE if stale and not faults else Outcome.REFUSED
    return Replay(outcome, (Damage("base block", why), *faults, *stale, *_cut(hive, head)))


def _faults(logs: tuple[Log, ...]) -> Iterator[Damage]:
    return (Damage(log.name, log.fault) for log in logs if log.fault)


def _unknown(logs: tuple[Log, ...]) -> Iterator[Damage]:
    """Windows leaves such writes alone, too; but of a hive copied while it was in use they may be the newest."""
    for log in logs:
        if log.writes:
            yield Damage(
                log.name, f"it holds write {log.writes[0].number}, of which the hive knows nothing: not replayed"
            )


def _cut(hive: bytes | mmap.mmap, head: _Head) -> Iterator[Damage]:
    if len(hive) < BASE_BYTES + head.bins_bytes:
        yield Damage("the end", f"{BASE_BYTES + head.bins_bytes - len(hive)} bytes are missing")


def _chain(logs: tuple[Log, ...]) -> tuple[tuple[Log, ...], list[Damage]]:
    """The logs to replay: whichever begins earlier, and the other if it goes on from there."""
    able = sorted((log for log in logs if log.writes), key=lambda log: (log.old, log.writes[0].number, log.name))
    if not able or able[0].old:
        # each log of the older format stands for itself, and the last one is the last try
        return tuple(able[-1:]), []
    first, rest = able[0], [log for log in able[1:] if not log.old]
    after = first.writes[-1].number + 1
    if rest and rest[0].writes[0].number != after:
        reason = f"it goes on with write {rest[0].writes[0].number}, and {after} is in no log: not replayed"
        return (first,), [Damage(rest[0].name, reason)]
    return (first, *rest), []


def _read(name: str, data: bytes | None, wanted: _Wanted) -> Log:
    if data is None:
        return Log(name, fault="it was not collected: later writes may be in it")
    if not data:
        return Log(name)
    head = _Head.of(data)
    if not head.sound:
        return Log(name, head, fault="its base block fails its checksum: not replayed")
    if len(data) > MAX_LOG_BYTES:
        return Log(name, head, fault=f"it is larger than {MAX_LOG_BYTES >> 20} MiB: not replayed")
    if head.kind in _NEW:
        writes, fault = _new(memoryview(data), head, wanted)
        return Log(name, head, writes, fault)
    try:
        return Log(name, head, _old(memoryview(data), head, wanted))
    except ValueError as error:
        return Log(name, head, fault=f"{error}: not replayed")


def _old(data: memoryview, head: _Head, wanted: _Wanted) -> tuple[Write, ...]:
    """The one write of the older format; none when it is another write than the one that the hive lacks.

    Windows counts changes by 4096 bytes: of the bits, eight are always alike.
    """
    if head.kind not in _OLD:
        raise ValueError("it is no transaction log")
    if head.primary < wanted.floor or wanted.written not in (None, head.written):
        return ()
    bits = data[_SECTOR + 4 : _SECTOR + 4 + head.bins_bytes // _PAGE]
    at = -(-(_SECTOR + 4 + len(bits)) // _SECTOR) * _SECTOR
    pages = [(page * _PAGE, at + index * _PAGE) for index, page in enumerate(n for n, bit in enumerate(bits) if bit)]
    if head.primary != head.secondary:
        raise ValueError("it was not written to its end")
    if bytes(data[_SECTOR : _SECTOR + 4]) != b"DIRT" or head.bins_bytes % _PAGE or set(bits) - {0x00, 0xFF}:
        raise ValueError("its list of pages is damaged")
    if len(bits) < head.bins_bytes // _PAGE or len(data) < at + len(pages) * _PAGE:
        raise ValueError("it is cut")
    cells = tuple((offset, data[start : start + _PAGE]) for offset, start in pages)
    return (Write(head.primary, None, head.bins_bytes, cells),)


def _new(data: memoryview, head: _Head, wanted: _Wanted) -> tuple[tuple[Write, ...], str]:
    """The writes of the newer format, and why there may have been more."""
    writes: list[Write] = []
    at, number = _SECTOR, head.primary
    try:
        while entry := _entry(data[at:], number):
            if number >= wanted.floor:
                writes.append(_write(entry, wanted.bound))
            at, number = at + len(entry), number + 1
        lost = f"write {number} is not there" if at == _SECTOR or _later(data[at:], number) else ""
    except ValueError as error:
        lost = str(error)
    return tuple(writes), f"{lost}: it and what follows are not replayed" if lost else ""


def _entry(data: memoryview, number: int) -> memoryview | None:
    """The entry that begins here, if it has that number; None where the log ends, or goes on with what it held before.

    Raises ``ValueError`` for an entry that is damaged.
    """
    start = bytes(data[:40])
    marked, sealed = start.startswith(_MARK), _sealed(_MARK + start[4:])
    if not marked and not sealed:
        return None
    size, found = struct.unpack_from("<4xI4xI", start.ljust(40, b"\0"))
    if sealed and found < number:
        return None
    if not marked or not sealed or found > number:
        raise ValueError(f"write {number} is damaged or not there")
    if not 40 <= size <= len(data) or size % _SECTOR:
        raise ValueError(f"write {number} is cut")
    return data[:size]


def _write(entry: memoryview, bound: int) -> Write:
    """The write in an entry. Raises ``ValueError`` for one that fails its sum, or that no hive can hold."""
    flags, number, bins_bytes, count, total = struct.unpack_from("<8xIIIIQ", entry)
    if marvin32(entry[40:]) != total:
        raise ValueError(f"write {number} fails its checksum")
    at = 40 + 8 * count
    listed = struct.iter_unpack("<II", entry[40:at]) if at <= len(entry) else iter([(0, len(entry))])
    pages = []
    for offset, size in listed:
        if at + size > len(entry) or offset + size > bins_bytes:
            raise ValueError(f"write {number} is not possible")
        pages.append((offset, entry[at : at + size]))
        at += size
    if bins_bytes % _PAGE or bins_bytes > bound:
        raise ValueError(f"write {number} is not possible")
    return Write(number, flags, bins_bytes, tuple(pages))


def _later(data: memoryview, number: int) -> bool:
    """Whether an entry of that number or a higher one lies further on: then what lay between was lost."""
    sectors = (bytes(data[at : at + 40]) for at in range(0, len(data), _SECTOR) if bytes(data[at : at + 4]) == _MARK)
    return any(_sealed(start) and int.from_bytes(start[12:16], "little") >= number for start in sectors)


def _sealed(start: bytes) -> bool:
    """Whether an entry's first 40 bytes fit the sum over them."""
    return len(start) == 40 and struct.pack("<Q", marvin32(start[:32])) == start[32:]


def _put(hive: BinaryIO, base: bytearray, write: Write) -> None:
    for offset, page in write.pages:
        hive.seek(BASE_BYTES + offset)
        hive.write(page)
    struct.pack_into("<II", base, 4, write.number + 1, write.number + 1)
    struct.pack_into("<I", base, 40, write.bins_bytes)
    if write.flags is not None:
        struct.pack_into("<I", base, 144, write.flags)


def _stands(hive: bytes | mmap.mmap, used: tuple[Log, ...]) -> bool:
    """Whether the bins follow each other to the end that the last write names."""
    pages = [page for log in used for write in log.writes for page in write.pages]
    starts = ((page, start, at) for start, page in pages for at in range(-start % _PAGE, len(page) - 11, _PAGE))
    heads = {start + at: page[at : at + 12] for page, start, at in starts}
    at, end = 0, used[-1].writes[-1].bins_bytes
    while at < end:
        head = heads.get(at) or hive[BASE_BYTES + at : BASE_BYTES + at + 12]
        mark, offset, size = struct.unpack("<4sII", bytes(head).ljust(12, b"\0"))
        if mark != b"hbin" or offset != at or size < _PAGE or size % _PAGE:
            return False
        at += size
    return at == end


def _checksum(sector: bytes | bytearray) -> int:
    """Exclusive or of the first 127 words; two results are replaced."""
    found: int = reduce(xor, struct.unpack_from("<127I", sector))
    return {0: 1, _WORD: _WORD - 1}.get(found, found)


def marvin32(data: bytes | memoryview) -> int:
    """The 64-bit sum over a log's entries.

    Source: the algorithm is that of .NET's string hashing (dotnet/runtime, ``Marvin``), the seed msuhanov/regf's.
    """
    low, high = _SEED & _WORD, _SEED >> 32
    whole = len(data) & ~3
    last = int.from_bytes(bytes(data[whole:]) + b"\x80", "little")
    words = (*struct.unpack(f"<{whole // 4}I", data[:whole]), last, 0)
    # written out, since each entry's every word passes here
    for word in words:
        low = low + word & _WORD
        high ^= low
        low = (low << 20 | low >> 12) + high & _WORD
        high = (high << 9 & _WORD | high >> 23) ^ low
        low = (low << 27 | low >> 5) + high & _WORD
        high = high << 19 & _WORD | high >> 13
    return low | high << 32
