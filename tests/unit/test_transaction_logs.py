"""Replaying a hive's logs: what Windows would load, and a word on everything that may be missing."""

from __future__ import annotations

import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import transaction_logs
from analyzer.transaction_logs import Outcome, Replay, marvin32, replay, replayed
from fixtures.forge import hive_log
from fixtures.forge.hive import PLAIN, Style, build_bins, build_hive, sealed
from fixtures.forge.hive_log import DirtyHive, LogPlan, build_dirty, entry_spans, new_entry, new_log, stale_log
from fixtures.forge.registry import Key, tree
from tests.unit.forge.hive_readers import Content, image, libregf, meant

BEFORE = tree({r"Software\Google": {"values": {"State": ("sz", "before")}}})
MIDDLE = tree({r"Software\Google": {"values": {"State": ("sz", "middle")}}, r"Software\New": {}})
AFTER = tree({r"Software\Google": {"values": {"State": ("sz", "after"), "Blob": ("binary", bytes(9000))}}})
NOT_REPLAYED = "base block: dirty: its transaction logs were not replayed"
IN_EACH = LogPlan(in_first=1)
OLD = LogPlan(format="old")


def answer(dirty: DirtyHive, **changed: bytes | None) -> Replay:
    return replay(**({"hive": dirty.hive, "log1": dirty.log1, "log2": dirty.log2} | changed))  # type: ignore[arg-type]


def said(told: Replay) -> list[str]:
    return [f"{damage.place}: {damage.reason}" for damage in told.damages]


def used(told: Replay) -> list[str]:
    return [str(log) for log in told.used]


def content(told: Replay, hive: bytes) -> Content:
    return libregf(image(told, hive))


def flipped(data: bytes, at: int, bits: int = 0xFF) -> bytes:
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


def one_write(root: Key, number: int) -> bytes:
    """A log that holds one write, over ``BEFORE``."""
    bins = build_bins(root, PLAIN)
    start = build_bins(BEFORE, PLAIN).ljust(len(bins), b"\0")
    return new_log(Style(sequences=(number, number)), [new_entry(number, start, bins)])


# -- what is replayed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (LogPlan(), ["LOG1 6-7"]),
        (LogPlan(in_first=0), ["LOG2 6-7"]),
        (IN_EACH, ["LOG1 6-6", "LOG2 7-7"]),
        (LogPlan(in_first=1, newer="log1"), ["LOG2 6-6", "LOG1 7-7"]),
    ],
    ids=["log1", "log2", "log1 then log2", "log2 then log1"],
)
def test_writes_are_replayed_in_the_order_of_their_numbers(plan: LogPlan, wanted: list[str]) -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=plan)
    told = answer(dirty)
    assert (told.outcome, told.damages, used(told)) == (Outcome.REPLAYED, (), wanted)
    assert content(told, dirty.hive) == meant(AFTER)


@pytest.mark.parametrize("in_second", [False, True])
def test_a_log_of_the_older_format_is_replayed_from_either_place(in_second: bool) -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    told = answer(dirty, log1=b"", log2=dirty.log1) if in_second else answer(dirty)
    assert (told.outcome, told.damages, len(told.used)) == (Outcome.REPLAYED, (), 1)
    assert content(told, dirty.hive) == meant(AFTER)


def test_the_base_block_afterwards_is_that_of_a_clean_hive() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER)
    data = image(answer(dirty), dirty.hive)
    # the number after the last write, as the hive that Windows 10 recovered has it
    assert struct.unpack_from("<II", data, 4) == (8, 8)
    assert data[28:32] == bytes(4)
    assert sealed(data) == data
    again = replay(data, dirty.log1, dirty.log2)
    assert (again.outcome, again.damages) == (Outcome.CLEAN, ())


def test_a_hive_grows_as_its_writes_say() -> None:
    big = tree({"Software": {"values": {"Blob": ("binary", bytes(range(256)) * 60)}}})
    dirty = build_dirty(Key("ROOT"), big)
    short = dirty.hive[: 4096 + int.from_bytes(dirty.hive[40:44], "little")]
    assert len(short) < len(dirty.hive)
    told = answer(dirty, hive=short)
    assert (told.damages, content(told, short)) == ((), meant(big))


def test_the_state_after_the_first_of_two_logs_can_be_had() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=IN_EACH)
    assert libregf(image(answer(dirty), dirty.hive, 1)) == meant(MIDDLE)


def test_the_originals_are_not_touched_and_the_copies_do_not_stay(tmp_path: Path) -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=IN_EACH)
    path = tmp_path / "hive"
    path.write_bytes(dirty.hive)
    with replayed(path, dirty.log1, dirty.log2) as (told, states):
        assert [name for name, _ in states] == ["base", "LOG1", "LOG2"]
        assert [libregf(file.read_bytes()) for _, file in states] == [meant(key) for key in (BEFORE, MIDDLE, AFTER)]
    assert told.outcome is Outcome.REPLAYED
    assert [file.exists() for _, file in states] == [True, False, False]
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (dirty.hive, [path])


def test_a_hive_is_replayed_without_being_held_in_memory(tmp_path: Path) -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=IN_EACH)
    path = tmp_path / "hive"
    path.write_bytes(dirty.hive)
    os.truncate(path, 64 << 20)
    tracemalloc.start()
    with replayed(path, dirty.log1, dirty.log2) as (_, states):
        held = tracemalloc.get_traced_memory()[1]
        assert libregf(states[-1][1].read_bytes()) == meant(AFTER)
    tracemalloc.stop()
    assert held < 8 << 20


# -- what is left alone ----------------------------------------------------------------------------------------


def test_a_clean_hive_needs_no_log() -> None:
    told = replay(build_hive(AFTER), None, None)
    assert (told.outcome, told.damages, told.used) == (Outcome.CLEAN, (), ())


def test_a_clean_hive_does_not_mind_a_log_that_it_has_long_absorbed() -> None:
    told = replay(build_hive(AFTER, Style(sequences=(9, 9))), stale_log(AFTER, BEFORE), b"")
    assert (told.outcome, told.damages) == (Outcome.CLEAN, ())


def test_a_clean_hive_beside_a_later_write_is_not_whole_and_not_changed() -> None:
    told = replay(build_hive(BEFORE, Style(sequences=(6, 6))), one_write(AFTER, 6), b"")
    assert (told.outcome, told.used) == (Outcome.CLEAN, ())
    assert said(told) == ["LOG1: it holds write 6, of which the hive knows nothing: not replayed"]


def test_a_stale_log_beside_one_that_is_used_is_ignored() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    told = answer(dirty, log2=stale_log(AFTER, BEFORE))
    assert (told.damages, used(told)) == ((), ["LOG1 6-6"])
    assert content(told, dirty.hive) == meant(AFTER)


def test_a_dirty_hive_whose_logs_are_all_stale_is_not_whole() -> None:
    told = answer(build_dirty(BEFORE, AFTER), log1=stale_log(AFTER, BEFORE))
    assert (told.outcome, told.used) == (Outcome.STALE, ())
    assert said(told) == [NOT_REPLAYED, "LOG1: it holds no write that the hive lacks: not replayed"]


@pytest.mark.parametrize("log", [None, b""])
def test_a_dirty_hive_without_logs_is_not_whole(log: bytes | None) -> None:
    told = replay(build_dirty(BEFORE, AFTER).hive, log, log)
    assert (told.outcome, said(told)) == (Outcome.REFUSED, [NOT_REPLAYED])


def test_writes_that_the_hive_holds_already_are_skipped() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER)
    hive = sealed(dirty.hive[:4] + struct.pack("<II", 8, 7) + dirty.hive[12:])
    told = answer(dirty, hive=hive)
    assert (told.damages, used(told)) == ((), ["LOG1 7-7"])


def test_a_log_of_the_older_format_belongs_to_one_write_alone() -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    other = sealed(flipped(dirty.log1, 12))
    assert answer(dirty, log1=other).outcome is Outcome.STALE


def test_remains_of_an_earlier_use_end_a_log_and_hide_nothing() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    remains = new_entry(3, build_bins(AFTER, PLAIN), build_bins(BEFORE, PLAIN).ljust(len(build_bins(AFTER, PLAIN))))
    told = answer(dirty, log1=dirty.log1 + remains)
    assert (told.damages, used(told)) == ((), ["LOG1 6-6"])
    told = answer(dirty, log1=dirty.log1 + b"whatever lay here" * 100)
    assert (told.damages, used(told)) == ((), ["LOG1 6-6"])


# -- what is missing is told -----------------------------------------------------------------------------------


def test_a_log_that_was_not_collected_may_hold_later_writes() -> None:
    told = answer(build_dirty(BEFORE, AFTER), log2=None)
    assert told.outcome is Outcome.REPLAYED
    assert said(told) == ["LOG2: it was not collected: later writes may be in it"]


def test_a_log_whose_base_block_fails_its_checksum_is_rejected() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    told = answer(dirty, log1=hive_log.spoil_base_block(dirty.log1))
    assert (told.outcome, told.used) == (Outcome.REFUSED, ())
    assert said(told) == [NOT_REPLAYED, "LOG1: its base block fails its checksum: not replayed"]


def test_a_write_that_fails_its_sum_ends_the_replay() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER)
    told = answer(dirty, log1=hive_log.spoil_entry(dirty.log1, 1))
    assert used(told) == ["LOG1 6-6"]
    assert said(told) == ["LOG1: write 7 fails its checksum: it and what follows are not replayed"]
    assert content(told, dirty.hive) == meant(MIDDLE)


@pytest.mark.parametrize("lost_bytes", [1, 512, 4096])
def test_a_write_that_is_cut_is_not_replayed(lost_bytes: int) -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER)
    told = answer(dirty, log1=dirty.log1[:-lost_bytes])
    assert used(told) == ["LOG1 6-6"]
    assert said(told) == ["LOG1: write 7 is cut: it and what follows are not replayed"]


def test_writes_after_a_missing_one_are_not_replayed() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, AFTER, plan=IN_EACH)
    start, end = entry_spans(dirty.log2)[0]
    hole = dirty.log2[:start] + bytes(end - start) + dirty.log2[end:]
    told = answer(dirty, log2=hole)
    assert used(told) == ["LOG1 6-6"]
    assert said(told) == ["LOG2: write 7 is not there: it and what follows are not replayed"]


def test_a_log_that_does_not_go_on_where_the_other_ended_is_not_replayed() -> None:
    told = answer(build_dirty(BEFORE, MIDDLE), log2=one_write(AFTER, 9))
    assert used(told) == ["LOG1 6-6"]
    assert said(told) == ["LOG2: it goes on with write 9, and 7 is in no log: not replayed"]


def test_a_log_without_a_write_of_its_own_number_has_lost_one() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    told = answer(dirty, log2=dirty.log1[:512])
    assert said(told) == ["LOG2: write 6 is not there: it and what follows are not replayed"]


def test_a_hive_whose_base_block_is_bad_is_read_by_its_logs_and_is_not_whole() -> None:
    dirty = build_dirty(BEFORE, MIDDLE, AFTER, plan=IN_EACH)
    told = answer(dirty, hive=flipped(dirty.hive, 8))
    assert (told.outcome, used(told)) == (Outcome.REPLAYED, ["LOG1 6-6", "LOG2 7-7"])
    assert said(told) == ["base block: it fails its checksum: that of LOG2 is taken"]
    assert content(told, flipped(dirty.hive, 8)) == meant(AFTER)


def test_a_bad_base_block_without_logs_is_damage() -> None:
    told = replay(flipped(build_hive(AFTER), 12), None, None)
    assert said(told) == ["base block: it fails its checksum"]


def test_what_is_missing_at_the_end_is_not_made_good_by_a_log() -> None:
    dirty = build_dirty(AFTER, BEFORE)
    told = answer(dirty, hive=dirty.hive[:-4096])
    assert "the end: 4096 bytes are missing" in said(told)


def test_the_end_of_the_base_block_must_be_there() -> None:
    assert said(replay(b"regf" + bytes(200), b"", b"")) == ["base block: the file ends inside it"]


@pytest.mark.parametrize(("at", "why"), [(512, "its list of pages is damaged"), (516, "its list of pages is damaged")])
def test_a_damaged_list_of_pages_refuses_a_log_of_the_older_format(at: int, why: str) -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    told = answer(dirty, log1=flipped(dirty.log1, at, 1))
    assert said(told) == [NOT_REPLAYED, f"LOG1: {why}: not replayed"]


def test_pages_of_the_older_format_that_do_not_fit_the_hive_are_refused() -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    # the first page's bin says that it begins elsewhere
    told = answer(dirty, log1=flipped(dirty.log1, 1024 + 5))
    assert said(told) == [NOT_REPLAYED, "LOG1: the bins do not fit each other after its replay: not replayed"]


def test_a_log_of_the_older_format_that_was_itself_being_written_is_refused() -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    torn = sealed(dirty.log1[:4] + struct.pack("<I", 7) + dirty.log1[8:])
    assert said(answer(dirty, log1=torn)) == [NOT_REPLAYED, "LOG1: it was not written to its end: not replayed"]


def test_a_log_of_the_older_format_that_is_cut_is_refused() -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    assert said(answer(dirty, log1=dirty.log1[:-1])) == [NOT_REPLAYED, "LOG1: it is cut: not replayed"]


def resealed(log: bytes, at: int, fields: str, *values: int) -> bytes:
    """The log with other numbers in its first entry, and both sums as if they belonged there."""
    start, end = entry_spans(log)[0]
    entry = bytearray(log[start:end])
    struct.pack_into(fields, entry, at, *values)
    struct.pack_into("<Q", entry, 24, hive_log.marvin32(bytes(entry[40:])))
    struct.pack_into("<Q", entry, 32, hive_log.marvin32(bytes(entry[:32])))
    return log[:start] + bytes(entry) + log[end:]


@pytest.mark.parametrize(
    ("at", "value"),
    [(16, 0xFFFFF000), (16, 4097), (16, 4096), (20, 0xFFFFFFFF), (20, 600), (40, 0xFFFFF000), (44, 0xFFFFFFFF)],
    ids=["huge", "crooked", "too small", "pages", "more pages", "far page", "large page"],
)
def test_a_write_that_no_hive_can_hold_is_refused(at: int, value: int) -> None:
    dirty = build_dirty(BEFORE, AFTER)
    told = answer(dirty, log1=resealed(dirty.log1, at, "<I", value))
    assert said(told)[1] == "LOG1: write 6 is not possible: it and what follows are not replayed"


def test_a_log_of_another_kind_is_refused() -> None:
    dirty = build_dirty(BEFORE, AFTER)
    assert "LOG1: it is no transaction log: not replayed" in said(answer(dirty, log1=build_hive(AFTER)))
    assert "LOG1: its base block fails its checksum: not replayed" in said(answer(dirty, log1=bytes(9000)))


def test_a_log_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_logs, "MAX_LOG_BYTES", 1 << 10)
    assert "larger than" in said(answer(build_dirty(BEFORE, AFTER)))[1]


def test_the_sum_is_that_of_windows_own_logs(realdata: Path) -> None:
    log = (realdata / "hives/dirty/yarp-NewDirtyHive1/NewDirtyHive.LOG2").read_bytes()
    spans = entry_spans(log)
    assert len(spans) == 3
    for start, end in spans:
        sums = struct.pack("<QQ", marvin32(log[start + 40 : end]), marvin32(log[start : start + 32]))
        assert sums == log[start + 24 : start + 40]


# -- any tree, any damage --------------------------------------------------------------------------------------

names = st.text("abcdefghij", min_size=1, max_size=6)
values = st.dictionaries(names, st.tuples(st.just("binary"), st.binary(min_size=4, max_size=3000)), max_size=4)
trees: st.SearchStrategy[Key] = st.dictionaries(names, values, max_size=4).map(
    lambda keys: tree({name: {"values": held} for name, held in keys.items()})
)
plans = st.sampled_from(
    [LogPlan(), LogPlan(in_first=0), IN_EACH, LogPlan(in_first=1, newer="log1"), LogPlan(in_first=2, newer="log1")]
)


@given(st.lists(trees, min_size=3, max_size=4), plans)
def test_any_states_in_any_order_of_logs_end_in_the_newest(states: list[Key], plan: LogPlan) -> None:
    dirty = build_dirty(*states, plan=plan)
    told = answer(dirty)
    assert (told.damages, content(told, dirty.hive)) == ((), meant(states[-1]))


@given(trees, trees)
def test_any_two_states_of_the_older_format_end_in_the_newer(before: Key, after: Key) -> None:
    dirty = build_dirty(before, after, plan=OLD)
    told = answer(dirty)
    assert (told.damages, content(told, dirty.hive)) == ((), meant(after))


def shown(told: Replay, hive: bytes) -> Any:
    return content(told, hive) if told.used else libregf(hive)


@given(st.data())
def test_one_changed_byte_of_a_log_gives_the_newest_state_or_an_earlier_one_and_a_word(data: st.DataObject) -> None:
    states = (BEFORE, MIDDLE, AFTER)
    dirty = build_dirty(*states, plan=data.draw(plans))
    logs = {"log1": dirty.log1, "log2": dirty.log2}
    name = data.draw(st.sampled_from([name for name, log in logs.items() if log]))
    at = data.draw(st.integers(0, len(logs[name]) - 1))
    told = answer(dirty, **{name: flipped(logs[name], at, data.draw(st.integers(1, 255)))})
    assert shown(told, dirty.hive) in ([meant(key) for key in states] if told.damages else [meant(AFTER)])


@given(st.data())
def test_one_changed_byte_of_what_the_older_format_can_check_gives_a_state_and_a_word(data: st.DataObject) -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=OLD)
    # base block, list of pages, and the mark and number of the first page's bin; pages themselves carry no sum,
    # another size of a bin may be a size, and with all eight bits of a page turned the list is as good as any
    at = data.draw(st.integers(0, 511) | st.integers(512, 519) | st.integers(1024, 1031))
    told = answer(dirty, log1=flipped(dirty.log1, at, data.draw(st.integers(1, 254))))
    assert shown(told, dirty.hive) in ([meant(BEFORE), meant(AFTER)] if told.damages else [meant(AFTER)])


@given(st.binary(max_size=600), st.integers(0, 20000), st.sampled_from([LogPlan(), OLD]))
def test_no_bytes_of_a_log_are_an_error(noise: bytes, at: int, plan: LogPlan) -> None:
    dirty = build_dirty(BEFORE, AFTER, plan=plan)
    log = dirty.log1[:at] + noise + dirty.log1[at + len(noise) :]
    for told in (answer(dirty, log1=log), answer(dirty, log2=noise)):
        assert len(image(told, dirty.hive)) >= len(dirty.hive) if told.used else told.damages
