"""One packed member out of a ZIP: unpacked block by block, hashed on the way, bounded by what really comes out.

The sizes that a ZIP declares are never believed: they say how much to read, not how much to write. A member whose
packed bytes end too early or are broken is kept as far as it went, and says so.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from analyzer.bundle.entries import BLOCK_BYTES, HEAD_BYTES, Entry
from analyzer.model import Damage, Refusal

STORED, DEFLATED = 0, 8
"""The two methods a bundle may use. Source: PKWARE's APPNOTE, 4.4.5."""

MAX_RATIO = 200
"""Deflate reaches 1,030 to 1 on zeros; logs reach 10 to 40 to 1, half-empty event logs and hives 100 to 1."""

MEMBER_FREE_BYTES = 16 << 20
"""A member below this is not judged by its ratio: a fresh event log is 1 MiB of zeros with a few records."""

TOTAL_FREE_BYTES = 4 << 30
"""Nor is a whole archive below this: some hundred fresh event logs are no attack."""

MAX_TOTAL_BYTES = 64 << 30
"""Above the largest triage collection of one machine, below what would fill an engineer's disk unasked."""

_PACKED_BLOCK_BYTES = 1 << 16
_CAREFUL_BYTES = 512


class Bomb(Exception):
    """A member that unpacks to more than real evidence does."""


@dataclass(slots=True)
class Budget:
    """What a whole archive may still unpack to."""

    archive_bytes: int
    spent_bytes: int = 0

    def spend(self, size_bytes: int) -> None:
        """Count what came out; Refusal when the archive as a whole is a bomb."""
        self.spent_bytes += size_bytes
        inflated = self.spent_bytes > max(TOTAL_FREE_BYTES, MAX_RATIO * self.archive_bytes)
        if inflated or self.spent_bytes > MAX_TOTAL_BYTES:
            raise Refusal(
                f"the ZIP unpacks to more than {self.spent_bytes >> 30} GiB out of {self.archive_bytes >> 20} MiB: "
                "it is no bundle; if you trust it, unpack it and give the folder"
            )


@dataclass(frozen=True, slots=True)
class Packed:
    """Where a member's packed bytes lie.

    ``size_bytes`` (packed) is None when only the end of the deflate stream tells it; ``crc`` and
    ``unpacked_bytes`` are None when nothing declares them.
    """

    method: int
    start: int
    size_bytes: int | None
    crc: int | None = None
    unpacked_bytes: int | None = None


@dataclass(slots=True)
class Inflater:
    """Reads one member. ``consumed_bytes`` and ``fault`` are right once ``blocks`` has ended."""

    source: BinaryIO
    packed: Packed
    consumed_bytes: int = 0
    fault: str = ""
    _waiting: int = field(default=0)

    def blocks(self) -> Iterator[bytes]:
        """The member's bytes as far as they can be read, in blocks of at most about 1 MiB."""
        self.source.seek(self.packed.start)
        return self._stored() if self.packed.method == STORED else self._deflated()

    def _read(self, limit: int) -> bytes:
        size = self.packed.size_bytes
        if size is not None:
            limit = min(limit, size - self.consumed_bytes)
        return self.source.read(limit) if limit > 0 else b""

    def _stored(self) -> Iterator[bytes]:
        while block := self._read(BLOCK_BYTES):
            self.consumed_bytes += len(block)
            yield block
        if self.consumed_bytes < (self.packed.size_bytes or 0):
            self.fault = "cut off"

    def _deflated(self) -> Iterator[bytes]:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        while not engine.eof and not self.fault:
            packed = self._read(_PACKED_BLOCK_BYTES)
            if not packed:
                self.fault = "cut off"
                return
            self.consumed_bytes += len(packed)
            yield from self._steps(engine, packed)
        self.consumed_bytes -= len(engine.unused_data)

    def _steps(self, engine: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
        """All that one block of packed bytes unpacks to, never more than 1 MiB at a time."""
        while packed and not engine.eof and not self.fault:
            before = engine.copy()
            try:
                block = engine.decompress(packed, BLOCK_BYTES)
            except zlib.error:
                self.fault = "broken inside its packed data"
                block = _last_good(before, packed)
            packed = engine.unconsumed_tail
            self._waiting = len(packed)
            yield block

    @property
    def used_bytes(self) -> int:
        """The packed bytes that what came out so far was made of."""
        return self.consumed_bytes - self._waiting


def _last_good(engine: zlib._Decompress, packed: bytes) -> bytes:
    """What unpacks before the broken byte: the failing step again in small bites, then byte by byte."""
    good = bytearray()
    step = _CAREFUL_BYTES
    while packed:
        before = engine.copy()
        try:
            good += engine.decompress(packed[:step])
            packed = packed[step:]
        except zlib.error:
            if step == 1:
                break
            engine, step = before, 1
    return bytes(good)


def unpack(inflater: Inflater, name: str, target: Path, budget: Budget) -> Entry:
    """The member at rest in ``target``; Bomb when it unpacks to too much."""
    digest, crc, size, head = hashlib.sha256(), 0, 0, b""
    with target.open("wb") as out:
        for block in inflater.blocks():
            budget.spend(len(block))
            size += len(block)
            if size > MEMBER_FREE_BYTES and size > MAX_RATIO * max(inflater.used_bytes, 1):
                raise Bomb(f"it unpacks to more than {MAX_RATIO} times its size")
            if len(head) < HEAD_BYTES:
                head += block[: HEAD_BYTES - len(head)]
            digest.update(block)
            crc = zlib.crc32(block, crc)
            out.write(block)
    return Entry(name, target, size, digest.hexdigest(), head, _damage(inflater, size, crc))


def _damage(inflater: Inflater, size: int, crc: int) -> tuple[Damage, ...]:
    packed = inflater.packed
    if inflater.fault:
        declared = f" of {packed.unpacked_bytes:,}" if packed.unpacked_bytes else ""
        reason = f"{inflater.fault}: {size:,}{declared} bytes could be unpacked from the ZIP"
        return (Damage(f"byte {size}", reason, lost_at_least=1),)
    if packed.crc is not None and crc != packed.crc:
        return (Damage("the whole file", "its checksum in the ZIP is wrong: some of its bytes are not the original's"),)
    return ()
