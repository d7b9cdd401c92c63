"""The second reader: what it makes of a record against what the first one made of it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from Evtx.Evtx import Record

from analyzer.parsers.evtx import second
from analyzer.parsers.evtx.second import Answer, compare
from fixtures.forge import evtx_damage
from fixtures.forge.binxml import Kind, Typed
from fixtures.forge.evtx import HEADER_BYTES, Event, UserData, build_evtx
from fixtures.forge.instants import EPOCH
from tests.unit.parsers.stored import stored, told, written

AT = datetime(2026, 3, 2, 8, 2, 11, 123456, tzinfo=UTC)
AGREES = Answer()
TOKEN = "ya29.a0AfH6SMBx" + "k" * 40


def event(data: Any, **changes: Any) -> Event:
    return Event("Provider", 300, "OAlerts", changes.pop("at", AT), "PC-042", data, **changes)


def answers(folder: Path, log: bytes, **changes: Any) -> dict[int, Answer]:
    """What the second reader says of all that the first one reads, after changes to the first one's rows."""
    path = written(folder, "log.evtx", log)
    rows = {row["record_id"]: row | changes for row in told(stored(path, "evtx")).rows}
    return compare(path, rows)


@pytest.mark.parametrize(
    "data",
    [
        ["Microsoft Outlook\n", "We couldn't log on to the incoming (POP/IMAP) server.\n", "300201\n", ""],
        ["", "", "16.0", "a & b < c"],
        {"NewTime": AT + timedelta(hours=1), "Reason": 1, "Id": UUID("a68ca8b7-004f-d7b6-a698-07e2de0f1f5d")},
        {"fileTime": EPOCH, "transferId": 1},
        {"Data": "named", "Empty": "", "Line": "a\r\nb", "Letters": "Zażółć \u00a0 gęślą"},
        {"Header": f"Bearer {TOKEN}", "Password": "Tr0ub4dor"},
        UserData("EventXML", "urn:x", {"Result": {"@value": "800B0109"}, "Name": "x"}),
        None,
    ],
    ids=["dialog", "empty strings first", "typed", "no time", "letters", "secrets", "user data", "nothing"],
)
def test_the_readers_agree_on_every_kind_of_payload(data: Any, tmp_path: Path) -> None:
    assert answers(tmp_path, build_evtx([event(data, user_sid="S-1-5-18")], first_record_id=4711)) == {4711: AGREES}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_id", 301),
        ("channel", "System"),
        ("provider", None),
        ("level", 2),
        ("computer", "PC-043"),
        ("user", "S-1-5-19"),
        ("at", AT + timedelta(milliseconds=1)),
    ],
)
def test_a_changed_column_differs_and_is_named(column: str, value: Any, tmp_path: Path) -> None:
    log = build_evtx([event({"a": 1}, user_sid="S-1-5-18")])
    assert answers(tmp_path, log, **{column: value}) == {1: Answer((column,))}


@pytest.mark.parametrize("data", ['{"a":2,"b":"x"}', '{"a":1}', '{"a":1,"b":"x","c":"y"}', '{"A":1,"b":"x"}'])
def test_a_changed_lost_or_added_field_of_the_payload_differs_and_is_named(data: str, tmp_path: Path) -> None:
    (answer,) = answers(tmp_path, build_evtx([event({"a": 1, "b": "x"})]), data=data).values()
    assert answer.differing
    assert all(name.startswith("data.") for name in answer.differing)


def test_numbers_are_compared_to_their_last_digit_and_fractions_are_not(tmp_path: Path) -> None:
    log = build_evtx([event({"n": 2147483646, "f": "0.3333333"})])
    assert answers(tmp_path, log, data='{"n":2147483647,"f":"0.33333334"}') == {1: Answer(("data.n",))}
    assert answers(tmp_path, log, data='{"n":2147483646,"f":"0.33333334"}') == {1: AGREES}
    assert answers(tmp_path, log, data='{"n":2147483646,"f":"0.3334"}') == {1: Answer(("data.f",))}


def test_a_string_of_a_dialog_that_is_another_differs(tmp_path: Path) -> None:
    log = build_evtx([event(["", "Microsoft Outlook", "300201"])])
    for strings in ('["","Microsoft Outlook","300202"]', '["","Microsoft Outlook"]', '["","Outlook","300201"]'):
        assert answers(tmp_path, log, data=f'{{"Data":{{"#text":{strings}}}}}') == {1: Answer(("data.Data",))}


def test_one_field_that_the_second_reader_reads_otherwise_makes_it_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is put into python-evtx itself, for the second of three records."""
    log = build_evtx([event({"Result": "800B0109"}) for _ in range(3)])
    honest = Record.xml

    def faulty(record: Record) -> str:
        text: str = honest(record)
        return text.replace("800B0109", "800B010A") if record.record_num() == 2 else text

    monkeypatch.setattr(Record, "xml", faulty)
    assert answers(tmp_path, log) == {1: AGREES, 2: Answer(("data.Result",)), 3: AGREES}


def test_a_record_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, "log.evtx", build_evtx([event({"a": 1})]))
    assert compare(path, {7: {}}) == {7: Answer(unread="it finds no record of that number")}


def test_a_record_that_the_library_trips_over_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(_record: Record) -> str:
        raise AttributeError("no such thing")

    monkeypatch.setattr(Record, "xml", trip)
    assert answers(tmp_path, build_evtx([event({"a": 1})])) == {
        1: Answer(unread="it cannot read the record: AttributeError")
    }


def test_what_is_no_xml_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Record, "xml", lambda _record: "<Event><System>")
    (answer,) = answers(tmp_path, build_evtx([event({"a": 1})])).values()
    assert answer.unread.startswith("what it makes of the record is no XML")


def test_chunks_that_the_file_header_does_not_count_are_looked_through(tmp_path: Path) -> None:
    log = bytearray(build_evtx([event(["x" * 3000]) for _ in range(30)]))
    struct.pack_into("<H", log, 42, 1)
    found = answers(tmp_path, bytes(log))
    assert len(found) == 30
    assert set(found.values()) == {AGREES}


def test_recovered_records_are_read_again_too(tmp_path: Path) -> None:
    log = evtx_damage.break_chunk_magic(build_evtx([event(["x" * 3000]) for _ in range(30)]), 1)
    found = answers(tmp_path, log)
    assert len(found) == 30
    assert set(found.values()) == {AGREES}


def test_a_saved_selection_is_found_by_the_numbers_in_its_records(tmp_path: Path) -> None:
    """In the records' own headers a selection counts from 1."""
    log = bytearray(build_evtx([event(["a"]), event(["b"])], first_record_id=4711))
    at = log.index(b"**\0\0", HEADER_BYTES)
    for number in (1, 2):
        struct.pack_into("<Q", log, at + 8, number)
        at = log.find(b"**\0\0", at + 4)
    assert answers(tmp_path, bytes(log)) == {4711: AGREES, 4712: AGREES}


def test_the_search_for_such_numbers_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "MOST_RECORDS", 3)
    rendered = []
    honest = Record.xml

    def counted(record: Record) -> str:
        rendered.append(record.record_num())
        text: str = honest(record)
        return text

    monkeypatch.setattr(Record, "xml", counted)
    path = written(tmp_path, "log.evtx", build_evtx([event({"n": Typed(Kind.UINT64, 99)}) for _ in range(10)]))
    assert compare(path, {99: {}}) == {99: Answer(unread="it finds no record of that number")}
    assert rendered == [1, 2, 3]


def test_a_record_that_does_not_hold_the_number_is_not_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    monkeypatch.setattr(Record, "xml", lambda record: rendered.append(record.record_num()))
    path = written(tmp_path, "log.evtx", build_evtx([event(["a"]) for _ in range(10)]))
    assert compare(path, {99: {}}) == {99: Answer(unread="it finds no record of that number")}
    assert rendered == []


@pytest.mark.parametrize("table", [0x80, 0x180])
def test_lists_of_names_that_run_in_a_circle_are_not_followed(table: int, tmp_path: Path) -> None:
    log = bytearray(build_evtx([event({"a": 1})]))
    path = written(tmp_path, "log.evtx", bytes(log))
    (row,) = told(stored(path, "evtx")).rows
    circle = HEADER_BYTES + 0xF000
    struct.pack_into("<I", log, HEADER_BYTES + table, 0xF000)
    struct.pack_into("<I", log, circle, 0xF000)
    assert compare(written(tmp_path, "log.evtx", bytes(log)), {1: row})[1].unread


@pytest.mark.parametrize(
    "data",
    [b"", b"ElfFile\0", bytes(70_000), b"ElfFile\0" + b"\xff" * 200_000],
    ids=["nothing", "signature", "zeros", "ones"],
)
def test_what_is_no_log_holds_no_record(data: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, "log.evtx", data)
    assert compare(path, {1: {}}) == {1: Answer(unread="it finds no record of that number")}
