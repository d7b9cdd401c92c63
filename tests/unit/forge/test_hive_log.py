"""Dirty hives and their logs."""

from __future__ import annotations

import struct
from pathlib import Path

from fixtures.forge.hive import sealed
from fixtures.forge.hive_log import LogPlan, build_dirty, entry_spans, marvin32, spoil_entry, stale_log
from fixtures.forge.registry import Key, tree
from tests.unit.forge.hive_readers import libregf, meant

BEFORE = tree({r"Software\Google": {"values": {"State": ("sz", "before")}}})
MIDDLE = tree({r"Software\Google": {"values": {"State": ("sz", "middle")}}, r"Software\New": {}})
AFTER = tree({r"Software\Google": {"values": {"State": ("sz", "after"), "Blob": ("binary", bytes(9000))}}})


def sums_hold(log: bytes) -> list[bool]:
    return [
        struct.unpack_from("<QQ", log, at + 24) == (marvin32(log[at + 40 : end]), marvin32(log[at : at + 32]))
        for at, end in entry_spans(log)
    ]


def replayed(hive: bytes, *logs: bytes) -> bytes:
    """The hive with every entry of these logs written into it, in the order given."""
    image = bytearray(hive)
    for log in logs:
        for at, _end in entry_spans(log):
            pages = struct.unpack_from("<I", log, at + 20)[0]
            source = at + 40 + 8 * pages
            for offset, size in struct.iter_unpack("<II", log[at + 40 : source]):
                image[4096 + offset : 4096 + offset + size] = log[source : source + size]
                source += size
            image[40:44] = log[at + 16 : at + 20]
    return sealed(bytes(image))


def test_a_dirty_hive_shows_its_old_state_and_its_numbers_differ() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    assert struct.unpack_from("<II", dirty.hive, 4) == (6, 5)
    assert libregf(dirty.hive) == meant(BEFORE)
    assert dirty.log2 == b""


def test_replaying_the_entries_gives_the_newest_state() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER)
    assert libregf(replayed(dirty.hive, dirty.log1)) == meant(AFTER)


def test_entries_are_numbered_from_the_hives_primary_number_on() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=LogPlan(in_first=1))
    logs = (dirty.log1, dirty.log2)
    assert [struct.unpack_from("<I", log, entry_spans(log)[0][0] + 12)[0] for log in logs] == [6, 7]
    assert [struct.unpack_from("<II", log, 4) for log in logs] == [(6, 6), (7, 7)]
    assert [struct.unpack_from("<I", log, 28)[0] for log in logs] == [6, 6]


def test_either_log_may_be_the_newer_one() -> None:
    one = build_dirty(BEFORE, MIDDLE, AFTER, plan=LogPlan(in_first=1))
    two = build_dirty(BEFORE, MIDDLE, AFTER, plan=LogPlan(in_first=1, newer="log1"))
    assert (two.log1, two.log2) == (one.log2, one.log1)


def test_both_sums_of_every_entry_hold_and_spoiling_breaks_one() -> None:
    log = build_dirty(BEFORE, MIDDLE, AFTER).log1
    assert sums_hold(log) == [True, True]
    assert sums_hold(spoil_entry(log, 1)) == [True, False]


def test_a_stale_log_is_sound_and_numbered_below_the_hive() -> None:
    log = stale_log(BEFORE, AFTER)
    assert sums_hold(log) == [True]
    assert struct.unpack_from("<I", log, 512 + 12) == (2,)


def test_a_log_of_the_old_format_marks_whole_pages() -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=LogPlan(format="old"))
    bins = int.from_bytes(dirty.hive[40:44], "little")
    bitmap = dirty.log1[516 : 516 + bins // 4096]
    assert dirty.log1[512:516] == b"DIRT"
    assert set(bitmap) <= {0x00, 0xFF}
    assert len(dirty.log1) == 1024 + 4096 * bitmap.count(0xFF)
    # the log belongs to the hive by its time and its number
    assert dirty.log1[12:20] == dirty.hive[12:20]
    assert struct.unpack_from("<II", dirty.log1, 4) == (6, 6)


def test_our_sum_is_the_one_that_windows_put_over_its_own_logs(realdata: Path) -> None:
    folder = realdata / "hives/dirty/yarp-NewDirtyHive1"
    sums = [sums_hold((folder / name).read_bytes()) for name in ("NewDirtyHive.LOG1", "NewDirtyHive.LOG2")]
    assert sums == [[True], [True, True, True]]


def test_a_hive_that_shrinks_keeps_its_bins() -> None:
    dirty = build_dirty(AFTER, Key("ROOT"))
    assert libregf(replayed(dirty.hive, dirty.log1)) == meant(Key("ROOT"))
