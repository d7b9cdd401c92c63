"""Event logs made by the forge, whole and broken: every record is there, or is counted as lost."""

from __future__ import annotations

import json
import re
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analyzer.model import Covered
from analyzer.parsers import evtx
from analyzer.parsers.evtx import mending
from analyzer.parsers.evtx.records import Decoded, Decoder
from fixtures.forge import evtx_damage
from fixtures.forge.evtx import CHUNK_BYTES, DIRTY, HEADER_BYTES, Event, LogStyle, UserData, build_evtx, file_header
from tests.unit.parsers.stored import Told, stored, told, written

AT = datetime(2026, 3, 2, 8, 2, 11, 123456, tzinfo=UTC)
DIALOG = ["Microsoft Outlook\n", "We couldn't log on to the incoming (POP/IMAP) server.\n", "300201\n", "\n"]


def alert(minutes: int = 0, **changes: object) -> Event:
    given = {"data": DIALOG, "channel": "OAlerts"} | changes
    moment = AT + timedelta(minutes=minutes)
    return Event("Microsoft Office 16 Alerts", 300, at=moment, computer="PC-042", **given)  # type: ignore[arg-type]


def many(chunks: int) -> bytes:
    """A log of 100 records a chunk, roughly; records are numbered from 1."""
    events = [alert(n, data=["x" * 200, "y" * 60]) for n in range(110 * chunks)]
    log = build_evtx(events)
    assert len(log) >= HEADER_BYTES + chunks * CHUNK_BYTES
    return log


def chunk_range(log: bytes, chunk: int) -> tuple[int, int]:
    at = HEADER_BYTES + chunk * CHUNK_BYTES
    return int.from_bytes(log[at + 24 : at + 32], "little"), int.from_bytes(log[at + 32 : at + 40], "little")


def decoded(*records: tuple[int, str]) -> Decoded:
    """Records by their ids and texts."""
    decoder = Decoder()
    for number, text in records:
        decoder.add({"event_record_id": number, "data": text})
    return decoder.decoded()


def read(folder: Path, log: bytes, name: str = "x.evtx", item: str | None = None) -> Told:
    return told(stored(written(folder, "log", log), "evtx", original=name, item=item))


def test_a_dialog_becomes_a_row(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([alert(user_sid="S-1-5-21-1-2-3-1001")], first_record_id=4711))
    (row,) = answer.rows
    data = json.loads(row.pop("data"))
    assert data == {"Data": {"#text": DIALOG}, "Binary": None} or data == {"Data": {"#text": DIALOG}}
    assert row == {
        "artifact": "x.evtx",
        "place": "record 4711",
        "at": AT,
        "user": "S-1-5-21-1-2-3-1001",
        "channel": "OAlerts",
        "provider": "Microsoft Office 16 Alerts",
        "event_id": 300,
        "level": 4,
        "record_id": 4711,
        "computer": "PC-042",
        "text": "Microsoft Outlook\nWe couldn't log on to the incoming (POP/IMAP) server.\n300201\n",
    }


def test_a_log_is_what_its_records_say_whatever_its_name(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([alert(0), alert(5)]), name="C/System.evtx", item="system_log")
    assert answer.reading.member.item == "oalerts_log"
    assert answer.reading.covered == (Covered("OAlerts", since=AT),)
    assert answer.reading.whole


def test_named_fields_and_user_data_have_no_text(tmp_path: Path) -> None:
    user_data = UserData("EventXML", "urn:x", {"Result": {"@value": "800B0109"}})
    answer = read(
        tmp_path, build_evtx([alert(data={"Data": "named", "b": 2}), alert(data=user_data), alert(data=None)])
    )
    assert [row["text"] for row in answer.rows] == ["", "", ""]
    named, nested, nothing = (row["data"] for row in answer.rows)
    assert json.loads(named) == {"Data": "named", "b": 2}
    assert json.loads(nested)["EventXML"]["Result"] == {"#attributes": {"value": "800B0109"}}
    assert nothing is None


def test_secrets_in_the_payload_are_masked_and_the_rest_stays(tmp_path: Path) -> None:
    token = "ya29.a0AfH6SMBx" + "k" * 40
    events = [alert(data={"Header": f"Bearer {token}", "Password": "Tr0ub4dor", "Url": "https://x.example/?a=1"})]
    events.append(alert(data=[f"said {token}", "after"]))
    named, unnamed = read(tmp_path, build_evtx(events)).rows
    assert token not in named["data"] + unnamed["data"] + unnamed["text"]
    fields = json.loads(named["data"])
    assert "masked" in fields["Header"]
    assert "Tr0ub4dor" not in fields["Password"]
    assert fields["Url"] == "https://x.example/?a=1"
    assert unnamed["text"].endswith("\nafter")


def test_the_oldest_record_tells_how_far_back_a_log_reaches(tmp_path: Path) -> None:
    """The clock jumped back after the first record: its time is the one that counts."""
    answer = read(tmp_path, build_evtx([alert(60), alert(0)], first_record_id=900))
    assert answer.reading.covered == (Covered("OAlerts", since=AT + timedelta(minutes=60)),)


def test_a_dirty_flag_and_chunks_the_header_does_not_know_are_no_damage(tmp_path: Path) -> None:
    clean = many(3)
    style = LogStyle(dirty=True, known_chunks=1, spare_chunks=2)
    dirty = build_evtx([alert(n, data=["x" * 200, "y" * 60]) for n in range(330)], style=style)
    answer = read(tmp_path, dirty)
    assert answer.gaps == ()
    assert answer.reading.rows == read(tmp_path, clean).reading.rows == 330
    assert answer.reading.covered


def test_a_log_that_never_held_a_record_reaches_back_without_limit(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([]), name="C/Windows/System32/winevt/Logs/OAlerts.evtx")
    assert answer.reading.covered == (Covered("OAlerts", since=None),)


def test_an_empty_log_that_windows_keeps_off_says_nothing(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([]), name="Logs/Microsoft-Windows-CAPI2%4Operational.evtx")
    assert answer.reading.covered == ()
    assert "switched off" in answer.gaps[0].reason


def test_an_empty_log_that_held_records_reaches_back_nobody_knows_how_far(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([], first_record_id=500), name="Logs/OAlerts.evtx")
    assert answer.reading.covered == ()
    assert "held records before" in answer.gaps[0].reason


def test_a_log_of_which_nothing_but_the_header_is_there_says_nothing(tmp_path: Path) -> None:
    """The header of a log in use is out of date: it may say that no record was ever written."""
    answer = read(tmp_path, file_header(1, 1, DIRTY), name="C/Windows/System32/winevt/Logs/OAlerts.evtx")
    assert answer.reasons == ["chunk 0: the file ends before it, and the file header counts 1"]
    assert answer.reading.covered == ()


def wiped(log: bytes, chunk: int) -> bytes:
    at = HEADER_BYTES + chunk * CHUNK_BYTES
    return log[:at] + b"\xee" * CHUNK_BYTES + log[at + CHUNK_BYTES :]


def test_a_chunk_that_was_overwritten_is_counted_by_its_neighbours(tmp_path: Path) -> None:
    log = many(3)
    first, last = chunk_range(log, 1)
    answer = read(tmp_path, wiped(log, 1))
    assert answer.reading.lost_at_least == last - first + 1
    assert f"records {first} to {last}" in [gap.place for gap in answer.gaps]
    assert "chunk 1" in [gap.place for gap in answer.gaps]
    assert answer.reading.rows == 330 - (last - first + 1)
    assert answer.reading.covered == ()


def test_a_last_chunk_that_was_wiped_is_counted_by_the_file_header(tmp_path: Path) -> None:
    log = many(3)
    first = chunk_range(log, 1)[0]
    at = HEADER_BYTES + CHUNK_BYTES
    answer = read(tmp_path, log[:at] + bytes(len(log) - at))
    assert answer.reading.lost_at_least == 330 - first + 1
    assert not answer.reading.whole


def test_a_log_cut_at_a_chunk_is_counted_by_the_file_header(tmp_path: Path) -> None:
    log = many(3)
    first = chunk_range(log, 1)[0]
    assert read(tmp_path, log[: HEADER_BYTES + CHUNK_BYTES]).reading.lost_at_least == 330 - first + 1


def test_a_log_cut_inside_of_a_chunk_is_damaged_and_counted(tmp_path: Path) -> None:
    log = evtx_damage.truncate_in_chunk(many(2), 1)
    answer = read(tmp_path, log)
    assert answer.reading.rows + answer.reading.lost_at_least >= 220
    assert any("ends inside" in reason for reason in answer.reasons)
    assert answer.reading.covered == ()


def numbers(answer: Told) -> list[int]:
    return [row["record_id"] for row in answer.rows]


def test_records_of_a_chunk_without_its_signature_are_recovered_and_in_doubt(tmp_path: Path) -> None:
    log = many(3)
    first, last = chunk_range(log, 1)
    answer = read(tmp_path, evtx_damage.break_chunk_magic(log, 1))
    assert sorted(numbers(answer)) == list(range(1, 331))
    assert answer.reading.lost_at_least == 0
    assert answer.reading.doubts == {f"record {number}" for number in range(first, last + 1)}
    assert f"chunk 1: its header is gone; {last - first + 1} records were recovered from it" in answer.reasons
    assert answer.reading.covered == ()


def test_records_behind_one_that_does_not_begin_are_recovered_and_it_is_lost(tmp_path: Path) -> None:
    answer = read(tmp_path, evtx_damage.break_record(many(2), 10))
    assert sorted(numbers(answer)) == [number for number in range(1, 221) if number != 10]
    assert answer.reading.lost_at_least == 1
    assert "record 10" not in answer.reading.doubts
    assert {"record 9", "record 11"} <= answer.reading.doubts
    assert answer.reading.covered == ()


def test_a_recovered_record_reads_as_it_did_before_the_damage(tmp_path: Path) -> None:
    log = many(2)
    sound, broken = read(tmp_path, log).rows, read(tmp_path, evtx_damage.break_chunk_magic(log, 1)).rows
    assert sorted(broken, key=lambda row: row["record_id"]) == sound


def test_where_the_files_header_alone_is_gone_all_is_recovered_and_the_chunks_vouch_for_it(tmp_path: Path) -> None:
    answer = read(tmp_path, evtx_damage.zero_header(many(2)))
    assert numbers(answer) == list(range(1, 221))
    assert (answer.reading.lost_at_least, answer.reading.doubts) == (0, frozenset())
    assert "file header: it has no signature" in answer.reasons
    assert answer.reading.covered == ()


def test_what_a_spoiled_chunk_held_before_is_not_recovered_with_it(tmp_path: Path) -> None:
    """Behind the last record of chunk 1 lie older ones: their ids begin anew."""
    log = many(2)
    _, last = chunk_range(log, 1)
    start = HEADER_BYTES + CHUNK_BYTES
    end = start + int.from_bytes(log[start + 48 : start + 52], "little")
    older = log.index(b"**\0\0", HEADER_BYTES)
    size = int.from_bytes(log[older + 4 : older + 8], "little")
    # the first record of the log, as number 0, which was read nowhere else
    record = log[older : older + 8] + bytes(8) + log[older + 16 : older + size]
    spoiled = log[:end] + record + log[end + size :]
    answer = read(tmp_path, evtx_damage.break_chunk_magic(spoiled, 1))
    assert sorted(numbers(answer)) == list(range(1, last + 1))


def test_a_spoiled_copy_of_a_chunk_adds_no_record(tmp_path: Path) -> None:
    log = many(2)
    again = log + log[HEADER_BYTES : HEADER_BYTES + CHUNK_BYTES]
    answer = read(tmp_path, evtx_damage.break_chunk_magic(again, (len(log) - HEADER_BYTES) // CHUNK_BYTES))
    assert numbers(answer) == list(range(1, 221))


def test_no_more_chunks_are_mended_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MOST_CHUNKS", 1)
    log = many(3)
    first = chunk_range(log, 1)[0]
    answer = read(tmp_path, evtx_damage.zero_header(log))
    assert numbers(answer) == list(range(1, first))
    assert answer.reading.lost_at_least == 330 - (first - 1)


def test_records_of_a_chunk_whose_checksum_is_wrong_are_in_doubt(tmp_path: Path) -> None:
    log = many(2)
    first, last = chunk_range(log, 0)
    answer = read(tmp_path, evtx_damage.flip_record(log, 5))
    assert answer.reading.rows == 220
    assert answer.reading.doubts == {f"record {number}" for number in range(first, last + 1)}
    assert answer.reading.covered == ()


def test_a_number_out_of_damaged_bytes_makes_the_log_no_selection(tmp_path: Path) -> None:
    log, number = bytearray(many(1)), (40).to_bytes(8, "little")
    # the record's own header holds it, and its content once more
    (header,) = re.finditer(rb"\*\*\0\0...." + re.escape(number), log, re.DOTALL)
    content = log.index(number, header.end())
    log[content : content + 8] = b"\xee" * 7 + b"\0"
    answer = read(tmp_path, bytes(log))
    assert max(numbers(answer)) > 1 << 50
    assert answer.reasons == ["chunk 0: its bytes fail their checksum"]


def test_a_wrong_checksum_of_the_file_header_is_damage(tmp_path: Path) -> None:
    log = bytearray(many(1))
    log[24] ^= 1
    answer = read(tmp_path, bytes(log))
    assert "file header: it fails its checksum" in answer.reasons
    assert answer.reading.rows == 110


def test_a_copy_of_a_chunk_is_read_once(tmp_path: Path) -> None:
    log = many(2)
    again = log + log[HEADER_BYTES : HEADER_BYTES + CHUNK_BYTES]
    answer = read(tmp_path, again)
    assert answer.reading.rows == 220
    assert answer.reading.lost_at_least == 0
    places = [row["place"] for row in answer.rows]
    assert len(set(places)) == len(places)


def test_ids_left_out_inside_of_a_chunk_are_no_loss(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([alert(0, record_id=10), alert(1, record_id=4711)]))
    assert answer.gaps == ()
    assert [row["place"] for row in answer.rows] == ["record 10", "record 4711"]


def test_ids_left_out_between_chunks_are_no_loss(tmp_path: Path) -> None:
    events = [alert(n, data=["x" * 200, "y" * 60], record_id=n * 1000 + 1) for n in range(220)]
    log = build_evtx(events)
    assert chunk_range(log, 1)[0] > chunk_range(log, 0)[1] + 1
    assert read(tmp_path, log).gaps == ()


def test_in_a_log_that_went_round_the_oldest_record_is_not_the_first_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two chunks change places, as in a full log; the clock stood wrong in the older one."""
    monkeypatch.setattr(evtx, "BATCH_ROWS", 50)
    events = [alert(500 - n, data=["x" * 200, "y" * 60]) for n in range(220)]
    log = build_evtx(events)
    first, second = (log[HEADER_BYTES + n * CHUNK_BYTES :][:CHUNK_BYTES] for n in (0, 1))
    answer = read(tmp_path, log[:HEADER_BYTES] + second + first + log[HEADER_BYTES + 2 * CHUNK_BYTES :])
    assert answer.gaps == ()
    assert answer.reading.covered == (Covered("OAlerts", since=AT + timedelta(minutes=500)),)


def test_the_rendered_text_of_a_forwarded_event_is_no_part_of_its_payload() -> None:
    system = (
        '{"Provider":{"#attributes":{"Name":"p"}},"EventID":7,"Level":4,"TimeCreated":{"#attributes":{"SystemTime":'
        '"2026-03-02T08:02:11.123456Z"}},"EventRecordID":5,"Channel":"c","Computer":"PC-042","Security":null}'
    )
    payloads = ('"EventData":{"a":1},"RenderingInfo":{"Message":"m"}', '"EventData":{"a":1},"UserData":{"b":2}')
    texts = [f'{{"Event":{{"System":{system},{payload}}}}}' for payload in payloads]
    _, table, illegible = decoded((5, texts[0]), (5, texts[1]))
    assert table["data"].to_list() == ['{"a":1}', '{"a":1}']
    assert illegible == ()


@pytest.mark.parametrize(
    ("written_as", "microseconds"),
    [("11.123456Z", 123456), ("11.1234567Z", 123456), ("11.5Z", 500_000), ("11Z", 0), ("61.000000Z", None), ("", None)],
)
def test_a_time_has_any_number_of_digits_beside_those_with_six(written_as: str, microseconds: int | None) -> None:
    record = (
        '{{"Event":{{"System":{{"EventID":7,"TimeCreated":{{"#attributes":{{"SystemTime":"2026-03-02T08:02:{}"}}}},'
        '"EventRecordID":5,"Channel":"c"}},"EventData":null}}}}'
    )
    table = decoded((5, record.format("11.123456Z")), (5, record.format(written_as))).table
    expected = None if microseconds is None else AT.replace(microsecond=microseconds)
    assert table["at"].to_list() == [AT, expected]


def test_what_is_no_event_keeps_its_number_and_is_told() -> None:
    _, table, illegible = decoded((8, '{"Event":[]}'), (1 << 63, "nonsense"))
    assert table["place"].to_list() == ["record 8", "record 9223372036854775808"]
    assert table["record_id"].to_list() == [8, None]
    assert illegible == (8, 1 << 63)


def test_records_of_several_channels_are_whole_for_none(tmp_path: Path) -> None:
    answer = read(tmp_path, build_evtx([alert(0), alert(1), alert(2, channel="System")]))
    assert answer.reading.member.item == "oalerts_log"
    assert answer.reading.covered == ()


@pytest.mark.parametrize("data", [b"", b"ElfFile\0", bytes(70_000), b"ElfFile\0" + bytes(200_000), b"\xff" * 150_000])
def test_what_is_no_log_is_damage_and_never_an_error(data: bytes, tmp_path: Path) -> None:
    answer = read(tmp_path, data)
    assert answer.gaps
    assert answer.reading.covered == ()


def test_no_warning_of_the_library_gets_out(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = read(tmp_path, evtx_damage.break_record(many(1), 10))
    assert any("the reader says" in reason for reason in answer.reasons)
    assert not any(str(tmp_path) in reason for reason in answer.reasons)


def test_batches_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evtx, "BATCH_ROWS", 50)
    answer = read(tmp_path, build_evtx([alert(n, data=["x"]) for n in range(101)]))
    assert [frame.height for _, frame in answer.frames] == [50, 50, 1]
    assert answer.reading.whole


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("depth", [99, 600, 20_000])
def test_a_record_nested_beyond_all_reading_loses_no_other_and_no_secret(depth: int, exact: bool) -> None:
    decoder = Decoder(exact=exact)
    system = '"System":{"TimeCreated":{"#attributes":{"SystemTime":"x"}},"EventRecordID":1,"Channel":"C"}'
    nested = '{"a":' * depth + '{"Data":{"#text":["password=hunter2"]}}' + "}" * depth
    for number, payload in enumerate((nested, '{"Data":{"#text":["whole"]}}'), 1):
        decoder.add({"event_record_id": number, "data": f'{{"Event":{{{system},"EventData":{payload}}}}}'})
    table = decoder.decoded().table
    assert table["text"].to_list()[1] == "whole"
    assert "hunter2" not in str(table.to_dicts())
