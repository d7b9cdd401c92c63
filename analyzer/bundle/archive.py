"""A ZIP as a bundle: its list of members at the end when it is there, else the headers before each member.

``zipfile`` reads the list alone. The members are unpacked by ``analyzer.bundle.inflate``, because a member with a wrong
checksum or a missing end is evidence all the same.
"""

from __future__ import annotations

import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analyzer.bundle.entries import MAX_MEMBERS, Contents, Entry, Intake
from analyzer.bundle.inflate import DEFLATED, STORED, Bomb, Budget, Inflater, Packed, unpack
from analyzer.model import Gap, Refusal, Stage

LOCAL = b"PK\x03\x04"
_LISTED, END, _WIDE_END = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"

MAX_LIST_BYTES = 48 << 20
"""The list of members is read whole, so it is bounded: 100,000 names with all their fields need half of this."""

_ENCRYPTED, _DESCRIBED, _UTF8 = 0x1, 0x8, 0x800
_LOCAL_FIELDS = struct.Struct("<4s2xHH4xLLLHH")
_LONGEST_DESCRIPTOR_BYTES = 24
_LONGEST_END_BYTES = 66_000
_SCAN_BYTES = 1 << 16
_IS_ENCRYPTED = "it is encrypted"


@dataclass(frozen=True, slots=True)
class Header:
    """One member as its header tells it. ``problem`` says why it cannot be unpacked; empty when it can."""

    name: str
    packed: Packed
    encrypted: bool
    problem: str = ""


def read_zip(path: Path, spool: Path) -> Contents:
    """Every member of the ZIP, unpacked into ``spool``; Refusal when nothing of it can be used."""
    with path.open("rb") as stream:
        listed = _listed(stream)
        intake = Intake()
        unpacker = _Unpacker(stream, spool, intake, Budget(path.stat().st_size))
        if listed is None:
            return intake.contents(_salvaged(unpacker))
        _refuse_useless(listed)
        return intake.contents([entry for header in listed if (entry := unpacker.take(header))])


# -- the list of members -----------------------------------------------------------------------------------------


def _listed(stream: BinaryIO) -> list[Header] | None:
    """The members by the list at the end; None when there is none, or one that does not hold what it announces."""
    announced = _announced(stream)
    try:
        with zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error):
        return None
    # The count of an old ZIP has 16 bits, however many members there are.
    if len(infos) % 0x10000 != announced % 0x10000:
        return None
    if len(infos) > MAX_MEMBERS:
        raise Refusal(f"the ZIP holds more than {MAX_MEMBERS:,} files: give a bundle, not a whole disk")
    return [_header_of(stream, info) for info in infos if not _is_folder(info.orig_filename)]


def _announced(stream: BinaryIO) -> int:
    """How many members the end record announces; Refusal when their list is too long to be read.

    ``zipfile`` reads as much as is announced. Source: APPNOTE 4.3.14 and 4.3.16.
    """
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _LONGEST_END_BYTES))
    tail = stream.read()
    end = tail.rfind(END)
    if end < 0 or len(tail) < end + 22:
        return 0
    count, length = struct.unpack_from("<HL", tail, end + 10)
    wide = tail.rfind(_WIDE_END, 0, end)
    if 0 <= wide <= end - 56 and (count == 0xFFFF or length == 0xFFFFFFFF):
        count, length = struct.unpack_from("<QQ", tail, wide + 32)
    if MAX_LIST_BYTES < length != 0xFFFFFFFF:
        raise Refusal("the ZIP's list of members is too long to be a bundle's")
    return int(count)


def _is_folder(raw: str) -> bool:
    return raw.endswith(("/", "\\"))


def _header_of(stream: BinaryIO, info: zipfile.ZipInfo) -> Header:
    name = _decoded(info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437", "replace"))
    local = _local(stream, info.header_offset)
    start = local.packed.start if local else 0
    packed = Packed(info.compress_type, start, info.compress_size, info.CRC, info.file_size)
    encrypted = bool(info.flag_bits & _ENCRYPTED)
    return Header(name, packed, encrypted, _problem(info, name, local))


def _problem(info: zipfile.ZipInfo, name: str, local: Header | None) -> str:
    mode = stat.S_IFMT(info.external_attr >> 16)
    checks = (
        (bool(info.flag_bits & _ENCRYPTED), _IS_ENCRYPTED),
        (mode == stat.S_IFLNK, "a link, which is never followed"),
        (mode not in (0, stat.S_IFREG), "not a regular file"),
        (
            info.compress_type not in (STORED, DEFLATED),
            f"packed by method {info.compress_type}: re-pack it as plain ZIP",
        ),
        (local is None, "its header is not where the ZIP's list says"),
        (local is not None and local.name != name, "the ZIP's list and its header disagree about its name"),
    )
    return next((reason for wrong, reason in checks if wrong), "")


def _decoded(raw: bytes) -> str:
    """A name's text: UTF-8 also where the ZIP does not say so, else the code page of the old PKZIP."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _refuse_useless(headers: list[Header]) -> None:
    if not headers:
        raise Refusal("the ZIP is empty: give the one that the collector wrote")
    if all(header.encrypted for header in headers):
        raise Refusal("the ZIP is encrypted: unpack it with its password and give the folder")


# -- one member --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unpacker:
    """Brings member after member to rest; ``end`` is where the packed bytes of the last one ended."""

    stream: BinaryIO
    spool: Path
    intake: Intake
    budget: Budget
    count: int = 0
    end: int = 0

    def take(self, header: Header) -> Entry | None:
        """The member under a name of our own making; None when it is refused, which the intake remembers."""
        self.end = header.packed.start + (header.packed.size_bytes or 0)
        name = self.intake.admit(header.name)
        if name is None:
            return None
        if header.problem:
            self.intake.refuse(name, header.problem)
            return None
        self.count += 1
        return self._unpack(name, Inflater(self.stream, header.packed), self.spool / f"{self.count:06d}")

    def _unpack(self, name: str, inflater: Inflater, target: Path) -> Entry | None:
        try:
            return unpack(inflater, name, target, self.budget)
        except Bomb as bomb:
            target.unlink()
            self.intake.refuse(name, str(bomb))
            return None
        finally:
            self.end = max(self.end, inflater.packed.start + inflater.consumed_bytes)


# -- without the list --------------------------------------------------------------------------------------------


def _salvaged(unpacker: _Unpacker) -> list[Entry]:
    """What a ZIP without a readable list still holds: one header and one member after the other."""
    entries: list[Entry] = []
    while header := _next_header(unpacker.stream, unpacker.end):
        unpacker.end = header.packed.start
        entry = None if _is_folder(header.name) else unpacker.take(header)
        entries.extend([entry] if entry else [])
    if not entries and not unpacker.intake.refused:
        raise Refusal("the ZIP is damaged and nothing can be recovered from it: ask for it again")
    unpacker.intake.gaps.append(_list_gap(unpacker, len(entries)))
    return entries


def _list_gap(unpacker: _Unpacker, recovered: int) -> Gap:
    """Where the list begins right behind the last member, only the list itself is damaged."""
    unpacker.stream.seek(unpacker.end)
    complete = _LISTED in unpacker.stream.read(_LONGEST_DESCRIPTOR_BYTES + len(_LISTED))
    if complete:
        reason = f"the ZIP's list of members is damaged: all {recovered} were recovered by their own headers"
        return Gap(None, None, Stage.OPEN, "the end of the ZIP", reason)
    reason = f"the ZIP is cut off before its list of members: {recovered} were recovered, more may be lost"
    return Gap(None, None, Stage.OPEN, "the end of the ZIP", reason, lost_at_least=1)


def _next_header(stream: BinaryIO, offset: int) -> Header | None:
    """The first member's header at or behind ``offset``; None at the list of members or at the end of the file."""
    stream.seek(offset)
    block = stream.read(_SCAN_BYTES)
    while len(block) >= len(LOCAL):
        found = block.find(LOCAL)
        listed = block.find(_LISTED)
        if listed >= 0 and not 0 <= found < listed:
            return None
        if found >= 0 and (header := _local(stream, offset + found)):
            return header
        step = found + 1 if found >= 0 else max(1, len(block) - len(LOCAL) + 1)
        offset += step
        stream.seek(offset)
        block = stream.read(_SCAN_BYTES)
    return None


def _local(stream: BinaryIO, offset: int) -> Header | None:
    """The header in front of a member's packed bytes; None when there is none."""
    stream.seek(offset)
    raw = stream.read(_LOCAL_FIELDS.size)
    if len(raw) < _LOCAL_FIELDS.size or not raw.startswith(LOCAL):
        return None
    _, flags, method, crc, packed_size, size, name_length, extra_length = _LOCAL_FIELDS.unpack(raw)
    name, extra = stream.read(name_length), stream.read(extra_length)
    if len(extra) < extra_length:
        return None
    size, packed_size = _wide_sizes(extra, size, packed_size)
    later = bool(flags & _DESCRIBED) and not packed_size
    start = offset + _LOCAL_FIELDS.size + name_length + extra_length
    packed = Packed(method, start, *((None, None, None) if later else (packed_size, crc, size)))
    return Header(_decoded(name), packed, bool(flags & _ENCRYPTED), _local_problem(flags, method, packed))


def _local_problem(flags: int, method: int, packed: Packed) -> str:
    checks = (
        (bool(flags & _ENCRYPTED), _IS_ENCRYPTED),
        (method not in (STORED, DEFLATED), f"packed by method {method}: re-pack it as plain ZIP"),
        (method == STORED and packed.size_bytes is None, "its size is lost with the ZIP's list of members"),
    )
    return next((reason for wrong, reason in checks if wrong), "")


def _wide_sizes(extra: bytes, size: int, packed_size: int) -> tuple[int, int]:
    """The sizes of a ZIP64 member: 64-bit values in an extra field stand for 0xFFFFFFFF. Source: APPNOTE 4.5.3."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{min(length, len(extra) - 4) // 8}Q", extra, 4))
            wide = [next(values, value) if value == 0xFFFFFFFF else value for value in (size, packed_size)]
            return wide[0], wide[1]
        extra = extra[4 + length :]
    return size, packed_size
