"""Records of chunks that the reader refuses: each such chunk is mended in a copy and given to it once more.

The reader gives up a chunk whose signature or header is spoiled, all chunks when the file's header is, and in a chunk
all records behind one that does not begin like a record. What lies there is often intact: a record tells its length
at both ends. In the copy the headers are written anew, and what lies between two intact records is made one record
that cannot be read and is passed over. Nothing is guessed: a record comes out whole or stays lost.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzer.parsers.evtx.chunks import CHUNK_BYTES, HEADER_BYTES, RECORDS_AT

MOST_CHUNKS = 256
"""How many chunks of one log are mended: sixteen megabytes. A log beyond that is hardly one."""

_MAGIC = b"**\0\0"
_LEAST_BYTES = 28
"""A record's own header of 24 bytes and its length repeated at the end."""

_NOBODY = (1 << 64) - 1
"""The id of what is passed over; no log ever counts so far."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A log of one chunk, and the ids of the intact records in it."""

    index: int
    ids: frozenset[int]
    log: bytes


def mended(path: Path, slots: Collection[int], known: Collection[int]) -> Iterator[Mended]:
    """The chunks in these slots that hold records whose ids are not yet known. Raises ``OSError``."""
    with path.open("rb") as stream:
        for index in sorted(slots)[:MOST_CHUNKS]:
            stream.seek(HEADER_BYTES + index * CHUNK_BYTES)
            block = stream.read(CHUNK_BYTES).ljust(CHUNK_BYTES, b"\0")
            spans = tuple(_ascending(block))
            ids = frozenset(_id(block, start) for start, _ in spans)
            if ids - frozenset(known):
                yield Mended(index, ids, _file_header() + _rebuilt(block, spans))


def _ascending(block: bytes) -> Iterator[tuple[int, int]]:
    """The intact records up to the first whose id is lower: from there on lies what the chunk held before."""
    last = -1
    for start, end in intact(block):
        number = _id(block, start)
        if number <= last or number == _NOBODY:
            return
        last = number
        yield start, end


def intact(block: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of every record that tells the same length at both ends, none inside of another."""
    at = block.find(_MAGIC, RECORDS_AT)
    while 0 <= at <= CHUNK_BYTES - _LEAST_BYTES:
        (size,) = struct.unpack_from("<I", block, at + 4)
        end = at + size
        if (
            not at % 8
            and size >= _LEAST_BYTES
            and end <= CHUNK_BYTES
            and block[end - 4 : end] == block[at + 4 : at + 8]
        ):
            yield at, end
            at = block.find(_MAGIC, end)
        else:
            at = block.find(_MAGIC, at + 4)


def _id(block: bytes, start: int) -> int:
    (number,) = struct.unpack_from("<Q", block, start + 8)
    return int(number)


def _rebuilt(block: bytes, spans: tuple[tuple[int, int], ...]) -> bytes:
    """The chunk with a new header; its lists of names stay, as records point into them by their place."""
    copy = bytearray(block)
    end = RECORDS_AT
    for start, behind in spans:
        if start - end >= _LEAST_BYTES:
            struct.pack_into("<4sIQQ", copy, end, _MAGIC, start - end, _NOBODY, 0)
            copy[end + 24 : start - 4] = b"\xff" * (start - end - _LEAST_BYTES)
            struct.pack_into("<I", copy, start - 4, start - end)
        end = behind
    numbers = [_id(block, start) for start, _ in spans]
    struct.pack_into("<8s4Q", copy, 0, b"ElfChnk\0", 1, len(spans), min(numbers), max(numbers))
    struct.pack_into("<4I", copy, 40, 128, spans[-1][0], end, zlib.crc32(copy[RECORDS_AT:end]))
    struct.pack_into("<I", copy, 124, zlib.crc32(copy[128:RECORDS_AT], zlib.crc32(copy[:120])))
    return bytes(copy)


def _file_header() -> bytes:
    """The header of a log of one chunk that was closed in order."""
    head = bytearray(HEADER_BYTES)
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0, 0, 1, 128, 1, 3, HEADER_BYTES, 1)
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head)
