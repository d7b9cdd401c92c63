"""What is written is what ``reg export`` writes; the analyzer reads the same keys, values and times out of it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from analyzer.parsers.reg_export import read
from collectors.reg_text import Key, write
from collectors.windows import Value
from tests.unit.parsers.artifacts import artifact, said

MOMENT = datetime(2026, 3, 2, 8, 0, 0, 120000, UTC)
TREE = "HKCU\\Software\\Microsoft\\Office"


def exported(*keys: Key) -> tuple[bytes, bytes]:
    reg, times = io.BytesIO(), io.BytesIO()
    assert write(keys, reg, times) == len(keys)
    return reg.getvalue(), times.getvalue()


def text_of(*values: Value) -> str:
    return exported(Key(TREE, MOMENT, values))[0].decode("utf-16")


def sz(name: str, text: str) -> Value:
    return Value(name, 1, (text + "\0").encode("utf-16-le"))


def test_a_file_begins_and_ends_as_reg_export_does() -> None:
    reg, times = exported(Key(TREE, MOMENT, (sz("", "x"),)), Key(TREE + "\\16.0", None, ()))
    assert reg.startswith(b"\xff\xfeW\0i\0n\0")
    assert reg.decode("utf-16") == (
        "Windows Registry Editor Version 5.00\r\n\r\n"
        '[HKEY_CURRENT_USER\\Software\\Microsoft\\Office]\r\n@="x"\r\n\r\n'
        "[HKEY_CURRENT_USER\\Software\\Microsoft\\Office\\16.0]\r\n\r\n"
    )
    assert [json.loads(line) for line in times.splitlines()] == [
        {"key": "HKEY_CURRENT_USER\\Software\\Microsoft\\Office", "last_written_utc": "2026-03-02T08:00:00.120000Z"},
        {"key": "HKEY_CURRENT_USER\\Software\\Microsoft\\Office\\16.0", "last_written_utc": None},
    ]


def test_a_walk_without_a_key_leaves_an_empty_file() -> None:
    assert exported() == (b"", b"")


def test_each_kind_is_written_in_its_own_way() -> None:
    told = text_of(
        sz('a "quoted" \\ name', "C:\\x"),
        Value("number", 4, b"\x0a\0\0\0"),
        Value("short", 4, b"\x0a"),
        Value("none", 3, b""),
        Value("multi", 7, "a\0\0".encode("utf-16-le")),
        sz("lines", "one\r\ntwo"),
        Value("unended", 1, "x".encode("utf-16-le")),
    )
    lines = told.split("\r\n")[3:]
    assert lines[0] == '"a \\"quoted\\" \\\\ name"="C:\\\\x"'
    assert lines[1] == '"number"=dword:0000000a'
    assert lines[2] == '"short"=hex(4):0a'
    assert lines[3] == '"none"=hex:'
    assert lines[4] == '"multi"=hex(7):61,00,00,00,00,00'
    assert lines[5].startswith('"lines"=hex(1):6f,00,6e,00,65,00,0d,00,0a,00')
    assert '"unended"=hex(1):78,00' in lines


def test_octets_are_wrapped_at_eighty_columns_and_set_in() -> None:
    lines = text_of(Value("long", 3, bytes(range(60)))).split("\r\n")[3:-2]
    assert all(len(line) <= 80 for line in lines)
    assert all(line.endswith(",\\") for line in lines[:-1])
    assert all(line.startswith("  ") for line in lines[1:])
    assert "".join(line.strip().removesuffix("\\") for line in lines) == '"long"=hex:' + bytes(range(60)).hex(",")


def test_a_password_is_written_as_zeros_of_its_length() -> None:
    assert '"IMAP Password"=hex:00,00,00,00,00,00\r\n' in text_of(Value("IMAP Password", 3, b"\x02secret"[:6]))


NAMES = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), min_size=1, max_size=40)
VALUES = st.builds(Value, NAMES, st.integers(0, 11), st.binary(max_size=90))


@given(st.lists(VALUES, max_size=6, unique_by=lambda value: value.name))
def test_whatever_is_in_a_key_the_analyzer_reads_as_many_values_and_loses_nothing(values: list[Value]) -> None:
    reg, times = exported(Key(TREE, MOMENT, tuple(values)))
    found = said(read, artifact(reg, "registry/reg_user_office.reg", "reg_export", "S-1-5-21-1-2-3-1001"))
    rows = found.table("registry")
    assert found.damages == []
    assert [row["name"] for row in rows] == [None, *(value.name for value in values)]
    assert {row["key"] for row in rows} == {"Software\\Microsoft\\Office"}
    assert times.count(b"\n") == 1
