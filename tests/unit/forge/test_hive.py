"""The hive writer, byte by byte where the format asks for a byte, and against libregf where it asks for content."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.forge.hive import Style, build_hive, name_hash, sealed
from fixtures.forge.registry import Key, Value, raw, tree
from tests.unit.forge.hive_readers import libregf, meant

WRITTEN = datetime(2026, 3, 2, 8, 2, 0, 123456, tzinfo=UTC)
OFFICE = r"Software\Microsoft\Office\16.0\Outlook"


def test_the_same_text_makes_the_same_bytes() -> None:
    table = {OFFICE: {"values": {"Profile": ("sz", "Outlook")}, "written": WRITTEN}}
    assert build_hive(tree(table)) == build_hive(tree(table))


def test_the_base_block_carries_name_numbers_time_and_checksum() -> None:
    style = Style(file_name=r"\??\C:\Users\alice\NTUSER.DAT", sequences=(8, 7), written=WRITTEN)
    block = build_hive(Key("ROOT"), style)[:4096]
    assert block[:4] == b"regf"
    assert struct.unpack_from("<II", block, 4) == (8, 7)
    # 2026-03-02T08:02:00.123456Z in steps of 100 ns since 1601
    assert struct.unpack_from("<Q", block, 12) == (134_169_121_201_234_560,)
    assert struct.unpack_from("<IIIII", block, 20) == (1, 5, 0, 1, 32)
    assert block[48:112].decode("utf-16-le").rstrip("\0") == r"\??\C:\Users\alice\NTUSER.DAT"
    assert sealed(block) == block


def test_the_root_key_is_the_first_cell_of_the_first_bin() -> None:
    data = build_hive(Key("ROOT", subkeys=(Key("A"),)))
    size, signature, flags = struct.unpack_from("<i2sH", data, 4096 + 32)
    assert (size, signature, flags) == (-88, b"nk", 0x2C)


def test_bins_are_whole_pages_filled_with_cells_to_the_last_byte() -> None:
    keys = tuple(Key(f"key {number}", values={"v": ("binary", bytes(number * 40))}) for number in range(60))
    bins = build_hive(Key("ROOT", subkeys=keys))[4096:]
    at = 0
    while at < len(bins):
        signature, offset, size = struct.unpack_from("<4sII", bins, at)
        assert (signature, offset, size % 4096) == (b"hbin", at, 0)
        cell = at + 32
        while cell < at + size:
            cell += abs(struct.unpack_from("<i", bins, cell)[0])
        assert cell == at + size
        at += size


def test_the_hash_of_a_name_ignores_case() -> None:
    # A counts 37 times 65, B 66
    assert name_hash("aB") == 2471
    assert name_hash("été") == name_hash("ÉTÉ")


@pytest.mark.parametrize("index", ["lf", "lh", "li"])
def test_each_kind_of_subkey_list_is_read_whole(index: str) -> None:
    root = Key("ROOT", subkeys=tuple(Key(f"k{number:02}", WRITTEN) for number in range(40)))
    data = build_hive(root, Style(index=index))
    assert index.encode() + b"\x28\x00" in data
    assert libregf(data) == meant(root)


def test_a_list_of_more_than_1012_subkeys_stands_under_an_index_root() -> None:
    root = Key("ROOT", subkeys=tuple(Key(f"k{number:04}") for number in range(1013)))
    data = build_hive(root)
    assert b"ri\x02\x00" in data
    assert libregf(data) == meant(root)
    assert b"ri\x02\x00" not in build_hive(Key("ROOT", subkeys=root.subkeys[:1012]))


def test_subkeys_stand_in_the_order_of_their_names_without_regard_to_case() -> None:
    root = Key("ROOT", subkeys=(Key("b"), Key("C"), Key("a"), Key("Ä")))
    assert [path for path in libregf(build_hive(root)) if path] == [("a",), ("b",), ("C",), ("Ä",)]


@pytest.mark.parametrize("unicode_names", [False, True])
def test_names_beyond_ascii_survive_in_both_codings(unicode_names: bool) -> None:
    table: dict[str, dict[str, Any]] = {
        r"Réglages\Zürich": {"values": {"Clé": ("sz", "été €")}},
        r"日本\語": {"values": {"値": ("dword", 6)}},
    }
    root = tree(table, written=WRITTEN)
    assert libregf(build_hive(root, Style(unicode_names=unicode_names))) == meant(root)


def test_every_kind_of_value_is_read_with_its_type_and_data() -> None:
    values: dict[str, Value] = {
        "": ("sz", "the default value"),
        "text": ("sz", ""),
        "path": ("expand_sz", r"%TEMP%\x"),
        "list": ("multi_sz", ["one", "two"]),
        "IdP": ("dword", 6),
        "big-endian": ("dword_be", 1),
        "many": ("qword", 2**40 + 1),
        "bytes": ("binary", bytes(range(32))),
        "nothing": ("none", b""),
        "a time": (0x11, WRITTEN),
        "text without end": ("sz", "abc".encode("utf-16-le")),
    }
    root = tree({OFFICE: {"values": values, "written": WRITTEN}})
    assert libregf(build_hive(root)) == meant(root)


@pytest.mark.parametrize("size", [4, 5, 16344, 16345, 32688, 50000])
def test_data_of_every_size_is_read_whole(size: int) -> None:
    root = Key("ROOT", values={"data": ("binary", bytes(number % 251 for number in range(size)))})
    data = build_hive(root)
    assert libregf(data) == meant(root)
    assert (b"db" + struct.pack("<H", -(-size // 16344)) in data) == (size > 16344)


def test_data_of_up_to_four_bytes_stands_inside_the_value() -> None:
    data = build_hive(Key("ROOT", values={"IdP": ("dword", 6), "five": ("binary", b"12345"), "none": ("none", b"")}))
    sizes = [struct.unpack_from("<II", data, at + 4) for at in range(len(data)) if data[at : at + 2] == b"vk"]
    assert [size for size, _place in sizes] == [0x80000004, 5, 0x80000000]
    assert sizes[0][1] == 6


def test_a_hive_before_version_1_4_keeps_long_data_in_one_cell() -> None:
    root = Key("ROOT", values={"data": ("binary", bytes(20000))})
    assert b"db\x02\x00" not in build_hive(root, Style(minor_version=3))


def test_data_that_is_written_as_the_registry_holds_it() -> None:
    assert raw(("sz", "a")) == b"a\0\0\0"
    assert raw(("multi_sz", ["a", "b"])) == b"a\0\0\0b\0\0\0\0\0"
    assert raw(("dword", 6)) == b"\6\0\0\0"
    assert raw(("dword_be", 6)) == b"\0\0\0\6"
    assert raw(("qword", 6)) == b"\6" + bytes(7)


def test_paths_that_differ_in_case_are_one_key() -> None:
    root = tree(
        {r"Software\Vendor": {"values": {"a": ("dword", 1)}}, r"SOFTWARE\vendor": {"values": {"b": ("dword", 2)}}}
    )
    (software,) = root.subkeys
    assert software.name == "Software"
    assert list(software.subkeys[0].values) == ["a", "b"]


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_hive(Key("ROOT", written=datetime(2026, 3, 2)))  # noqa: DTZ001 - that is the point
