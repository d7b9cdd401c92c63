"""The event log writer: the bytes that the format asks for, and what the Rust parser makes of each shape."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from fixtures.forge.binxml import Kind, Typed, packed_sid
from fixtures.forge.evtx import CHUNK_BYTES, HEADER_BYTES, Event, LogStyle, UserData, build_evtx
from tests.unit.forge.evtx_readers import json_by_rust

AT = datetime(2026, 3, 2, 8, 2, 0, 123456, tzinfo=UTC)


def event(**changes: Any) -> Event:
    given = {
        "provider": "Provider",
        "event_id": 7,
        "channel": "Application",
        "at": AT,
        "computer": "PC-042",
        "data": {},
    }
    return Event(**{**given, **changes})


def only(log: bytes) -> Any:
    (record,) = json_by_rust(log).values()
    return record


def chunks_of(log: bytes) -> list[bytes]:
    return [log[at : at + CHUNK_BYTES] for at in range(HEADER_BYTES, len(log), CHUNK_BYTES)]


def many(count: int) -> list[Event]:
    return [event(at=AT + timedelta(seconds=number), data={"n": number, "text": "x" * 200}) for number in range(count)]


def test_the_same_events_make_the_same_bytes() -> None:
    assert build_evtx(many(9)) == build_evtx(many(9))


def test_the_file_header_counts_chunks_and_knows_the_next_record() -> None:
    log = build_evtx(many(300), first_record_id=4001)
    assert struct.unpack_from("<8sQQQIHHHH", log) == (b"ElfFile\0", 0, 2, 4301, 128, 1, 3, 4096, 3)
    assert struct.unpack_from("<II", log, 120) == (0, zlib.crc32(log[:120]))


def test_each_chunk_names_its_records_and_carries_both_checksums() -> None:
    chunks = chunks_of(build_evtx(many(300), first_record_id=4001))
    assert len(chunks) == 3
    ids = [struct.unpack_from("<QQ", chunk, 24) for chunk in chunks]
    assert ids[0][0] == 4001
    assert ids[-1][1] == 4300
    assert [after[0] - before[1] for before, after in pairwise(ids)] == [1, 1]
    for chunk in chunks:
        free, data_sum = struct.unpack_from("<II", chunk, 48)
        assert zlib.crc32(chunk[512:free]) == data_sum
        assert struct.unpack_from("<I", chunk, 124)[0] == zlib.crc32(chunk[:120] + chunk[128:512])
        assert not any(chunk[free:])


def test_a_dirty_log_has_the_flag_and_a_header_that_lags_behind() -> None:
    log = build_evtx(many(300), style=LogStyle(dirty=True, known_chunks=1, spare_chunks=2))
    assert struct.unpack_from("<I", log, 120) == (1,)
    assert struct.unpack_from("<H", log, 42) == (1,)
    assert len(chunks_of(log)) == 5
    assert len(json_by_rust(log)) == 300


def test_a_manifest_event_has_named_data() -> None:
    guid = UUID("{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}")
    record = only(build_evtx([event(provider="Microsoft-Windows-Kernel-General", guid=guid, data={"Reason": 1})]))
    attributes = record["System"]["Provider"]["#attributes"]
    assert attributes == {"Name": "Microsoft-Windows-Kernel-General", "Guid": "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}"}
    assert record["System"]["EventID"] == 7
    assert record["System"]["Keywords"] == "0x8000000000000000"
    assert record["EventData"] == {"Reason": 1}


def test_a_classic_event_has_unnamed_data_qualifiers_and_binary() -> None:
    record = only(build_evtx([event(data=["one\n", "two", "", "four"], qualifiers=16384, binary=b"\1\2")]))
    assert record["System"]["EventID"] == {"#attributes": {"Qualifiers": 16384}, "#text": 7}
    assert record["System"]["Keywords"] == "0x80000000000000"
    assert record["EventData"] == {"Data": {"#text": ["one\n", "two", "", "four"]}, "Binary": "0102"}


def test_user_data_nests_elements_with_attributes_and_text() -> None:
    content = {"Certificate": {"@subjectName": "accounts.google.com"}, "Result": {"@value": "800B0109", "#text": "bad"}}
    record = only(build_evtx([event(data=UserData("Policy", "urn:x", {**content, "Depth": {"Inner": 3}}))]))
    assert record["UserData"]["Policy"] == {
        "#attributes": {"xmlns": "urn:x"},
        "Certificate": {"#attributes": {"subjectName": "accounts.google.com"}},
        "Result": {"#attributes": {"value": "800B0109"}, "#text": "bad"},
        "Depth": {"Inner": 3},
    }


def test_an_event_without_data_has_neither_element() -> None:
    assert only(build_evtx([event(data=None)])).keys() == {"#attributes", "System"}


TYPES = [
    ("text", "text"),
    (5, 5),
    (-5, -5),
    (2**40, 2**40),
    (-(2**40), -(2**40)),
    (True, True),
    (b"\x0a\xff", "0AFF"),
    (AT, "2026-03-02T08:02:00.123456Z"),
    (UUID("{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}"), "A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D"),
    (Typed(Kind.ANSI, "été"), "été"),
    (Typed(Kind.INT8, -3), -3),
    (Typed(Kind.UINT8, 200), 200),
    (Typed(Kind.INT16, -300), -300),
    (Typed(Kind.UINT16, 60000), 60000),
    (Typed(Kind.HEX32, 0x80072F8F), "0x80072f8f"),
    (Typed(Kind.HEX64, 0x80090325), "0x80090325"),
    (Typed(Kind.SID, "S-1-5-21-1-2-3-1001"), "S-1-5-21-1-2-3-1001"),
    (Typed(Kind.SYSTEMTIME, AT), "2026-03-02T08:02:00.123000Z"),
]


@pytest.mark.parametrize(("value", "read"), TYPES)
def test_every_type_of_value_is_read_as_it_was_meant(value: Any, read: Any) -> None:
    assert only(build_evtx([event(data={"Value": value, "After": "end"})]))["EventData"] == {
        "Value": read,
        "After": "end",
    }


def test_every_field_of_system_is_where_it_belongs() -> None:
    activity = UUID("{11111111-2222-3333-4444-555555555555}")
    fields = {"level": 2, "version": 3, "task": 4, "opcode": 5, "process_id": 4711, "thread_id": 12, "keywords": 0x40}
    system = only(build_evtx([event(**fields, user_sid="S-1-5-18", activity_id=activity, source_name="Old")]))["System"]
    assert system["Provider"]["#attributes"] == {"Name": "Provider", "EventSourceName": "Old"}
    assert [system[name] for name in ("Version", "Level", "Task", "Opcode", "Keywords")] == [3, 2, 4, 5, "0x40"]
    assert system["TimeCreated"]["#attributes"]["SystemTime"] == "2026-03-02T08:02:00.123456Z"
    assert system["Correlation"]["#attributes"]["ActivityID"] == "11111111-2222-3333-4444-555555555555"
    assert system["Execution"]["#attributes"] == {"ProcessID": 4711, "ThreadID": 12}
    assert (system["Channel"], system["Computer"], system["EventRecordID"]) == ("Application", "PC-042", 1)
    assert system["Security"]["#attributes"]["UserID"] == "S-1-5-18"


def test_a_record_id_of_ones_own_leaves_a_gap() -> None:
    log = build_evtx([event(), event(record_id=90), event()], first_record_id=50)
    assert list(json_by_rust(log)) == [50, 90, 91]
    assert struct.unpack_from("<Q", log, 24) == (92,)


def test_a_record_id_that_goes_back_is_refused() -> None:
    with pytest.raises(ValueError, match="record 3 after record 50"):
        build_evtx([event(), event(record_id=3)], first_record_id=50)


def test_a_record_larger_than_a_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        build_evtx([event(data={"text": "x" * 33000})])
    with pytest.raises(ValueError, match="record 1 does not fit into a chunk"):
        build_evtx([event(data={"text": "x" * 32000, "more": "x" * 500})])


def test_a_log_without_events_is_a_header_alone() -> None:
    assert len(build_evtx([])) == HEADER_BYTES
    assert json_by_rust(build_evtx([], style=LogStyle(spare_chunks=1))) == {}


def test_a_template_stands_once_in_each_chunk() -> None:
    first, *_ = chunks_of(build_evtx(many(300)))
    assert first.count("SystemTime".encode("utf-16-le")) == 1


def chained(chunk: bytes, table: int, entries: int) -> list[tuple[int, int]]:
    """Bucket and offset of everything that the chains of a chunk's table lead to."""
    found = []
    for bucket, head in enumerate(struct.unpack_from(f"<{entries}I", chunk, table)):
        at = head
        while at:
            found.append((bucket, at))
            at = struct.unpack_from("<I", chunk, at)[0]
    return found


def test_every_name_is_reached_through_the_chain_of_its_hash() -> None:
    chunk = chunks_of(build_evtx(many(3)))[0]
    names = {}
    for bucket, at in chained(chunk, 128, 64):
        value, length = struct.unpack_from("<HH", chunk, at + 4)
        names[chunk[at + 8 : at + 8 + 2 * length].decode("utf-16-le")] = value
        assert value % 64 == bucket
    # as they stand in logs that Windows wrote
    assert {name: names[name] for name in ("Event", "xmlns", "System", "Provider")} == {
        "Event": 0x0CBA,
        "xmlns": 0x0FBC,
        "System": 0x546F,
        "Provider": 0x7BF1,
    }
    assert {"EventData", "Data", "Name", "Qualifiers", "Security", "UserID"} <= names.keys()


def test_every_template_is_reached_through_a_chain() -> None:
    log = build_evtx([event(data={f"Name{number}": 1}) for number in range(80)])
    reached = [at for chunk in chunks_of(log) for _bucket, at in chained(chunk, 384, 32)]
    # 80 of the events and one System in each chunk
    assert len(reached) == 80 + len(chunks_of(log))


def test_the_bytes_of_a_security_identifier() -> None:
    assert packed_sid("S-1-5-18").hex() == "010100000000000512000000"
