from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from collectors import windows
from collectors.windows import Entry, NotTaken, Outcome, Value


def told(**more: int) -> os.stat_result:
    """What ``lstat`` answers on Windows, as far as it is looked at."""
    usual = {"st_mode": stat.S_IFREG, "st_size": 7, "st_mtime_ns": 1_772_438_458_120_000_000}
    return cast("os.stat_result", SimpleNamespace(**{**usual, **more}))


def test_an_entry_is_what_windows_tells_of_it() -> None:
    moment = datetime(2026, 3, 2, 8, 0, 58, 120_000, tzinfo=UTC)
    assert Entry.of("a.log", told()) == Entry("a.log", 7, moment, folder=False)
    assert Entry.of("a", told(st_mode=stat.S_IFDIR)).folder
    assert Entry.of("a", told(st_mtime_ns=1 << 80)).modified_utc is None


@pytest.mark.parametrize(
    ("more", "link"),
    [
        ({"st_mode": stat.S_IFLNK}, True),
        ({"st_mode": stat.S_IFDIR, "st_reparse_tag": 0xA0000003}, True),
        ({"st_reparse_tag": 0x9000001A}, False),
        ({"st_reparse_tag": 0x8000001B}, False),
    ],
    ids=["symbolic link", "junction", "OneDrive", "started by name"],
)
def test_a_link_is_what_stands_for_another_name(more: dict[str, int], link: bool) -> None:
    assert Entry.of("a", told(**more)).link is link


@pytest.mark.parametrize(("attributes", "remote"), [(0x400000, True), (0x40000, True), (0x1000, True), (0x20, False)])
def test_what_lies_in_the_cloud_is_known_by_its_attributes(attributes: int, remote: bool) -> None:
    assert Entry.of("a", told(st_file_attributes=attributes)).remote is remote


def test_a_text_ends_at_its_first_nul_and_may_miss_half_a_character() -> None:
    assert Value("n", 1, "é\0more\0".encode("utf-16-le")).text == "é"
    assert Value("n", 1, "ab".encode("utf-16-le") + b"c").text == "ab"
    assert Value("n", 4, b"\x0a\x01\0\0").number == 266


@pytest.mark.skipif(os.name == "nt", reason="this is Windows")
def test_elsewhere_there_is_no_windows_to_ask() -> None:
    with pytest.raises(NotTaken) as refused:
        windows.running()
    assert refused.value.outcome is Outcome.FAILED
