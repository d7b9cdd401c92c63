"""Text of any Windows machine is read, by the block, and whatever is cut is counted."""

from __future__ import annotations

import codecs
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.encodings import BLOCK_BYTES, LINE_BYTES, Line, blocks, decode, line_text, lines

FRENCH = "Informations d'identification actuellement stockées :\r\n    Cible : x\r\n"
POLISH = "Aktualnie przechowywane poświadczenia:\r\n"


@pytest.mark.parametrize(
    ("data", "oem", "ansi", "expected"),
    [
        (codecs.BOM_UTF8 + FRENCH.encode(), 850, 1252, (FRENCH, "utf-8")),
        (codecs.BOM_UTF16_LE + FRENCH.encode("utf-16-le"), 850, 1252, (FRENCH, "utf-16-le")),
        (codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"), 850, 1252, (FRENCH, "utf-16-be")),
        (FRENCH.encode("utf-16-le"), 850, 1252, (FRENCH, "utf-16-le")),
        (FRENCH.encode("utf-16-be"), 850, 1252, (FRENCH, "utf-16-be")),
        (FRENCH.encode("utf-8"), 850, 1252, (FRENCH, "utf-8")),
        (FRENCH.encode("cp850"), 850, 1252, (FRENCH, "cp850")),
        (FRENCH.encode("cp437"), 437, 1252, (FRENCH, "cp437")),
        (POLISH.encode("cp852"), 852, 1250, (POLISH, "cp852")),
        (POLISH.encode("cp1250"), 1250, None, (POLISH, "cp1250")),
        (FRENCH.encode("cp1252"), 1252, None, (FRENCH, "cp1252")),
        ("Цель: x\r\n".encode("cp866"), 866, 1251, ("Цель: x\r\n", "cp866")),
        ("ターゲット: x\r\n".encode("cp932"), 932, 932, ("ターゲット: x\r\n", "cp932")),
        (FRENCH.encode("cp850"), None, None, (FRENCH, "cp850")),
        (FRENCH.encode("cp850"), 99999, -1, (FRENCH, "cp850")),
        (b"", 850, 1252, ("", "utf-8")),
    ],
)
def test_a_text_is_read_in_its_own_encoding(
    data: bytes, oem: int | None, ansi: int | None, expected: tuple[str, str]
) -> None:
    assert decode(data, oem=oem, ansi=ansi) == expected


def test_the_ansi_code_page_answers_where_the_oem_code_page_lacks_a_byte() -> None:
    assert decode(b"\x81\xff", oem=932, ansi=1251) == ("Ѓя", "cp1251")


def test_utf_8_that_stops_inside_a_character_is_still_utf_8() -> None:
    assert decode("été vécu é".encode()[:-1], oem=850, ansi=1252) == ("été vécu \ufffd", "utf-8")


def test_bytes_that_no_code_page_has_become_replacement_characters() -> None:
    assert decode(b"a\x81b", oem=1252, ansi=1252) == ("a\ufffdb", "cp1252")


def test_a_log_line_is_read_in_the_ansi_code_page_before_the_oem_one() -> None:
    assert line_text("journal d’été".encode("cp1252"), oem=850, ansi=1252) == "journal d’été"


@given(st.binary(max_size=300), st.sampled_from((None, 437, 850, 932, 1252, 65001)))
def test_any_bytes_are_some_text(data: bytes, page: int | None) -> None:
    text, encoding = decode(data, oem=page, ansi=page)
    assert isinstance(text, str)
    assert codecs.lookup(encoding).name
    assert [line.number for line in read(data)] == list(range(1, len(read(data)) + 1))


def read(data: bytes) -> list[Line]:
    return list(lines(io.BytesIO(data), oem=850, ansi=1252))


def test_lines_carry_their_number_and_lose_their_end() -> None:
    assert read(b"a\r\n\nb\r\r\n") == [Line(1, "a"), Line(2, ""), Line(3, "b")]


def test_a_last_line_without_an_end_says_so() -> None:
    assert read(b"a\nhalf") == [Line(1, "a"), Line(2, "half", ended=False)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_logs_are_read_across_blocks(encoding: str) -> None:
    texts = [f"{n} ਊ é € 🙂 {'x' * 60}" for n in range(30_000)]
    data = ("\r\n".join(texts) + "\r\n").encode(encoding)
    assert len(data) > 2 * BLOCK_BYTES
    assert [(line.number, line.text) for line in read(data)] == list(enumerate(texts, 1))


def test_a_code_page_line_does_not_change_its_utf_8_neighbours() -> None:
    data = "é\n".encode() + "é\n".encode("cp1252") + "é\n".encode()
    assert [line.text for line in read(data)] == ["é", "é", "é"]


def test_a_line_longer_than_the_limit_is_cut_and_counted() -> None:
    data = b"before\n" + b"x" * (LINE_BYTES + 1000) + b"\nafter\n"
    assert read(data) == [Line(1, "before"), Line(2, "x" * LINE_BYTES, cut_bytes=1000), Line(3, "after")]


def test_a_line_longer_than_many_blocks_is_cut_and_counted() -> None:
    length = 3 * BLOCK_BYTES + 17
    data = b"a\n" + b"x" * length + b"\nb\n" + b"y" * length
    assert read(data) == [
        Line(1, "a"),
        Line(2, "x" * LINE_BYTES, cut_bytes=length - LINE_BYTES),
        Line(3, "b"),
        Line(4, "y" * LINE_BYTES, ended=False, cut_bytes=length - LINE_BYTES),
    ]


class Endless(io.RawIOBase):
    """A hundred megabytes without a line end; remembers how much was asked for at once."""

    def __init__(self) -> None:
        self.at = 0
        self.most = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (self.at if whence == 1 else 0)
        return self.at

    def readinto(self, buffer: Any) -> int:
        self.most = max(self.most, len(buffer))
        count = min(len(buffer), (100 << 20) - self.at)
        buffer[:count] = b"x" * count
        self.at += count
        return count


def test_a_hundred_megabytes_without_a_line_end_are_never_held_whole() -> None:
    stream = Endless()
    (block,) = blocks(io.BufferedReader(stream))
    assert stream.most <= BLOCK_BYTES
    assert len(block.data) == LINE_BYTES
    assert block.cut_bytes == (100 << 20) - LINE_BYTES


@given(st.lists(st.binary(max_size=40), max_size=12), st.booleans())
def test_blocks_hold_every_byte_of_a_file_of_short_lines(parts: list[bytes], marked: bool) -> None:
    data = b"#" + b"\n".join(part.replace(b"\0", b" ") for part in parts)
    given_bytes = codecs.BOM_UTF8 + data if marked else data
    assert b"".join(block.data for block in blocks(io.BytesIO(given_bytes))) == data
