"""Bytes of a Windows machine as text: whole command outputs, and big logs line by line in bounded memory.

A redirected command writes the console's OEM code page (cp850 in Western Europe, cp437 in the United States, cp852 in
Central Europe), a program's log mostly UTF-8 or the ANSI code page (cp1252, cp1250), PowerShell 5 writes UTF-16LE, with
or without a byte order mark. Nothing here ever fails: what no code page explains becomes U+FFFD.

Source: learn.microsoft.com, "Code Page Identifiers"; about_Character_Encoding of PowerShell 5.1.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# as much as a processor keeps near: every pass over a block then costs little
BLOCK_BYTES = 1 << 18
LINE_BYTES = 1 << 18
"""The longest line that is kept, in bytes of UTF-8 or of the code page; the rest of it is counted, not kept."""

_HEAD_BYTES = 4096
# of a character begun in one read and ended in the next, in UTF-8
_CARRIED_BYTES = 8
# every one of its 256 bytes is a character, so that it never fails
_LAST_RESORT = "cp850"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file.

    ``data`` is UTF-8 where the file is UTF-8 or UTF-16, else bytes of a code page. ``first`` is the number of its
    first line, from 1. ``ended`` is false only for a last line without a newline. ``cut_bytes`` were left out of its
    only line, which was longer than ``LINE_BYTES``.
    """

    first: int
    data: bytes
    ended: bool = True
    cut_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; fields as in ``Block``."""

    number: int
    text: str
    ended: bool = True
    cut_bytes: int = 0


def decode(data: bytes, *, oem: int | None, ansi: int | None) -> tuple[str, str]:
    """The text and the name of its encoding: by byte order mark, by shape, as UTF-8, else by the OEM code page.

    ``ansi`` answers where the OEM code page has no such bytes. The mark is not part of the text.
    """
    encoding, mark = sniff(data)
    if encoding is None:
        return _in_code_page(data, (oem, ansi))
    return data[mark:].decode(encoding, "replace"), encoding


def sniff(head: bytes) -> tuple[str | None, int]:
    """The encoding that the first bytes show, with the length of the mark; None where they show none."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    return _utf16_by_shape(head[:_HEAD_BYTES]), 0


def _utf16_by_shape(head: bytes) -> str | None:
    """Text in a code page holds no NUL; blanks, digits and line ends of UTF-16 hold one each, all on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 16 < len(head) or min(even, odd) * 8 > max(even, odd) or not head:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _in_code_page(data: bytes, code_pages: tuple[int | None, ...]) -> tuple[str, str]:
    """UTF-8 where it is, else the first of the code pages that has all its bytes."""
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _only_its_end_is_cut(data, error):
            return data.decode("utf-8", "replace"), "utf-8"
    names = [name for name in map(_codec, code_pages) if name] or [_LAST_RESORT]
    for name in names:
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return data.decode(names[0], "replace"), names[0]


def _only_its_end_is_cut(data: bytes, error: UnicodeDecodeError) -> bool:
    """UTF-8 that stops in the middle of a character; a single letter outside ASCII proves nothing."""
    return error.reason == "unexpected end of data" and not data[: error.start].isascii()


def _codec(code_page: int | None) -> str | None:
    """Python's name of a Windows code page; None for one it does not have."""
    try:
        return codecs.lookup(f"cp{code_page}").name if code_page else None
    except LookupError:
        return None


def line_text(data: bytes, *, oem: int | None, ansi: int | None) -> str:
    """One line of a log: UTF-8, else the ANSI code page, in which programs write, else the OEM code page."""
    return _in_code_page(data, (ansi, oem))[0]


def lines(stream: BinaryIO, *, oem: int | None, ansi: int | None) -> Iterator[Line]:
    """The lines of a log, each decoded by itself, so that one stray byte does not change the others.

    Lines end at a line feed; carriage returns before it are dropped. Memory is bounded whatever the file holds.
    """
    for block in blocks(stream):
        raw = block.data.split(b"\n")
        if block.ended:
            raw.pop()
        for offset, data in enumerate(raw):
            text = line_text(data.rstrip(b"\r"), oem=oem, ansi=ansi)
            yield Line(block.first + offset, text, block.ended, block.cut_bytes)


def blocks(stream: BinaryIO) -> Iterator[Block]:
    """The file in blocks of whole lines, UTF-16 turned into UTF-8.

    A block holds many lines that all end, or the one line that does not end or is too long.
    """
    number = 1
    for block in unnumbered(stream):
        yield replace(block, first=number)
        number += block.data.count(b"\n")


def unnumbered(stream: BinaryIO) -> Iterator[Block]:
    """The same blocks, ``first`` being 0: counting lines takes longer than reading them, and may be done elsewhere."""
    source = _without_mark(stream)
    while data := source.read(BLOCK_BYTES):
        if not data.endswith(b"\n"):
            data += source.readline(LINE_BYTES)
        if data.endswith(b"\n") and not _holds_long_line(data):
            yield Block(0, data)
        else:
            yield from _one_by_one(data, source)


def _one_by_one(data: bytes, source: BinaryIO) -> Iterator[Block]:
    """Lines of which one is too long or does not end, each by itself; the rest of the last is read, not kept."""
    *whole, rest = data.split(b"\n")
    for line in whole:
        yield Block(0, line[:LINE_BYTES] + b"\n", cut_bytes=max(0, len(line) - LINE_BYTES))
    if not rest:
        return
    length, end = len(rest), b""
    while end != b"\n" and (more := source.readline(BLOCK_BYTES)):
        end = more[-1:] if more.endswith(b"\n") else b""
        length += len(more) - len(end)
        rest = rest[:LINE_BYTES]
    yield Block(0, rest[:LINE_BYTES] + end, ended=bool(end), cut_bytes=max(0, length - LINE_BYTES))


def _holds_long_line(data: bytes) -> bool:
    """Whether two line ends stand further apart than a line may be long: a few look-ups, no split."""
    start = 0
    while len(data) - start > LINE_BYTES:
        end = data.rfind(b"\n", start, start + LINE_BYTES + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _without_mark(stream: BinaryIO) -> BinaryIO:
    """The file's bytes behind the mark, UTF-16 as UTF-8."""
    head = stream.read(_HEAD_BYTES)
    encoding, mark = sniff(head)
    stream.seek(mark)
    if encoding in {None, "utf-8"}:
        return stream
    return io.BufferedReader(_Transcoded(stream, str(encoding)), BLOCK_BYTES)


class _Transcoded(io.RawIOBase):
    """UTF-16 read as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill part of the buffer; three bytes of UTF-8 never stand for less than two of UTF-16."""
        room = memoryview(buffer)
        text = b""
        while not text and not self._over:
            data = self._stream.read(max(2, len(room) // 2 - _CARRIED_BYTES))
            self._over = not data
            text = self._decoder.decode(data, final=self._over).encode("utf-8")
        room[: len(text)] = text
        return len(text)
