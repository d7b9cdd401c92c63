"""What ``reg export`` would have written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from fixtures.forge import reg_text
from fixtures.forge.registry import Key, Value, tree

WRITTEN = datetime(2024, 9, 14, 7, 0, 0, 250000, tzinfo=UTC)
VALUES: dict[str, Value] = {
    "": ("sz", "default"),
    'quo"ted\\': ("sz", 'C:\\x "y"'),
    "n": ("dword", 0x1F),
    "q": ("qword", 1),
    "e": ("expand_sz", "%A%"),
    "m": ("multi_sz", ["a"]),
    "b": ("binary", b"\x01\xff"),
    "nothing": ("none", b""),
    "broken": ("sz", b"a\0b\0"),
}
OFFICE = tree(
    {r"Software\Microsoft\Office": {"values": VALUES, "written": WRITTEN}, r"Software\Microsoft\Office\été": {}}
)


def exported(values: dict[str, Value]) -> str:
    data = reg_text.export(Key("K", WRITTEN, values), r"HKCU\K")
    assert data[:2] == b"\xff\xfe"
    return data[2:].decode("utf-16-le")


def test_every_kind_of_value_is_spelled_as_reg_export_does() -> None:
    assert exported(VALUES).split("\r\n") == [
        "Windows Registry Editor Version 5.00",
        "",
        r"[HKEY_CURRENT_USER\K]",
        '@="default"',
        r'"quo\"ted\\"="C:\\x \"y\""',
        '"n"=dword:0000001f',
        '"q"=hex(b):01,00,00,00,00,00,00,00',
        '"e"=hex(2):25,00,41,00,25,00,00,00',
        '"m"=hex(7):61,00,00,00,00,00',
        '"b"=hex:01,ff',
        '"nothing"=hex(0):',
        '"broken"=hex(1):61,00,62,00',
        "",
        "",
    ]


def test_long_data_is_wrapped_at_eighty_columns_and_indented_by_two() -> None:
    lines = exported({"blob": ("binary", bytes(range(60)))}).split("\r\n")[3:-2]
    assert lines[0] == '"blob"=hex:' + ",".join(f"{number:02x}" for number in range(22)) + ",\\"
    assert lines[1].startswith("  16,17,")
    assert max(map(len, lines)) <= 80
    joined = "".join(line.strip().removesuffix("\\") for line in lines).partition(":")[2]
    assert bytes.fromhex(joined.replace(",", "")) == bytes(range(60))


def test_subkeys_follow_with_their_whole_path() -> None:
    key = reg_text.find(OFFICE, r"SOFTWARE\microsoft\OFFICE")
    assert key is not None
    text = reg_text.export(key, r"HKCU\Software\Microsoft\Office")[2:].decode("utf-16-le")
    assert [line for line in text.split("\r\n") if line.startswith("[")] == [
        r"[HKEY_CURRENT_USER\Software\Microsoft\Office]",
        r"[HKEY_CURRENT_USER\Software\Microsoft\Office\été]",
    ]


def test_the_times_that_the_export_loses_stand_beside_it() -> None:
    key = reg_text.find(OFFICE, r"Software\Microsoft\Office")
    assert key is not None
    rows = [json.loads(line) for line in reg_text.times(key, r"HKCU\Software\Microsoft\Office").splitlines()]
    assert rows[0] == {
        "key": r"HKEY_CURRENT_USER\Software\Microsoft\Office",
        "last_written_utc": "2024-09-14T07:00:00.250000Z",
    }
    assert len(rows) == 2


def test_a_key_that_is_not_there_is_not_found() -> None:
    assert reg_text.find(OFFICE, r"Software\Google") is None
