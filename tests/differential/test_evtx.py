"""Real event logs: as many records as libevtx finds, and the same content as a plain decode of the library's JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyevtx
import pytest
from evtx import PyEvtxParser

from analyzer.model import Covered
from analyzer.parsers.evtx.second import compare
from tests.unit.forge.evtx_readers import Record, of_xml
from tests.unit.parsers.stored import Told, stored, told

DESKTOP = "bundle-DESKTOP-2KGM189/evtx"
GOLD = "bundle-GoldPaperW11/evtx"
OTHER = "evtx/other-machines"
RDP = "evtx/corrupt/2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx"
BAD_MAGIC = "evtx/corrupt/sample_with_a_bad_chunk_magic.evtx"


def read(path: Path) -> Told:
    return told(stored(path, "evtx"))


def logs(realdata: Path) -> list[Path]:
    found = sorted(realdata.rglob("*.evtx"))
    assert len(found) == 38
    return found


def test_every_log_gives_as_many_records_as_libevtx_finds(realdata: Path) -> None:
    """One sample apart: of its torn chunks we recover 31 records, and libevtx gives up three records earlier."""
    counts = {}
    for path in logs(realdata):
        log = pyevtx.file()
        log.open(str(path))
        counts[path.relative_to(realdata).as_posix()] = (read(path).reading.rows, log.number_of_records)
        log.close()
    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {BAD_MAGIC: (270 + 31, 267)}


def plain(path: Path) -> list[dict[str, Any]]:
    """Each record by ``json``, element by element."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        records = list(PyEvtxParser(str(path), number_of_threads=1, skip_errors=True).records_json())
    return [expected(record["event_record_id"], json.loads(record["data"])["Event"]) for record in records if record]


def attribute(element: Any, name: str) -> Any:
    return element["#attributes"].get(name) if element else None


def integer(value: Any) -> int | None:
    value = value["#text"] if isinstance(value, dict) else value
    return None if value is None else int(value)


def instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    head, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{fraction[:6].ljust(6, '0')}").replace(tzinfo=UTC)


def expected(number: int, event: dict[str, Any]) -> dict[str, Any]:
    system = event["System"]
    record_id = integer(system.get("EventRecordID"))
    record_id = number if record_id is None else record_id
    return {
        "place": f"record {record_id}",
        "at": instant(attribute(system["TimeCreated"], "SystemTime")),
        "user": attribute(system["Security"], "UserID"),
        "channel": system["Channel"],
        "provider": attribute(system["Provider"], "Name"),
        "event_id": integer(system["EventID"]),
        "level": integer(system["Level"]),
        "record_id": record_id,
        "computer": system["Computer"],
        "data": event.get("EventData") or event.get("UserData"),
    }


def test_every_row_equals_a_plain_decode(realdata: Path) -> None:
    for path in logs(realdata):
        rows = read(path).rows
        wanted = plain(path)
        # recovered records come behind all others
        assert len(rows) - len(wanted) == (31 if path.name in BAD_MAGIC else 0)
        for row, want in zip(rows, wanted, strict=False):
            found = {name: row[name] for name in want} | {"data": row["data"] and json.loads(row["data"])}
            if "(masked " in (row["data"] or ""):
                found["data"] = want["data"]
            assert found == want, path.name


def test_only_few_payloads_hold_a_secret(realdata: Path) -> None:
    """Masking must not eat evidence: of 26,987 records hardly any is touched."""
    masked = sum("(masked " in (row["data"] or "") for path in logs(realdata) for row in read(path).rows)
    assert masked < 60


@pytest.mark.parametrize(
    ("name", "rows", "item"),
    [
        (f"{DESKTOP}/system.evtx", 1881, "system_log"),
        (f"{GOLD}/Application.evtx", 613, "application_log"),
        (f"{GOLD}/Microsoft-Windows-Store%4Operational.evtx", 13835, None),
        (f"{GOLD}/Microsoft-Windows-Windows Firewall With Advanced Security%4Firewall.evtx", 877, "firewall_log"),
        (f"{OTHER}/system.evtx", 1601, "system_log"),
        ("evtx/corrupt/Application_no_crc32.evtx", 17, "application_log"),
    ],
)
def test_a_log_that_was_open_when_it_was_copied_is_whole(
    name: str, rows: int, item: str | None, realdata: Path
) -> None:
    answer = read(realdata / name)
    assert (answer.reading.rows, answer.reading.member.item) == (rows, item)
    assert (answer.reading.whole, answer.gaps, answer.reading.doubts) == (True, (), frozenset())
    assert len(answer.reading.covered) == 1


def test_the_clock_of_one_machine_jumped_by_ten_hours(realdata: Path) -> None:
    answer = read(realdata / DESKTOP / "system.evtx")
    jumps = []
    for row in answer.rows:
        if row["provider"] == "Microsoft-Windows-Kernel-General" and row["event_id"] == 1:
            fields = json.loads(row["data"])
            new, old = (instant(fields[key]) for key in ("NewTime", "OldTime"))
            assert new is not None
            assert old is not None
            jumps.append(abs(new - old))
    assert len(jumps) == 208
    assert sum(abs(jump - timedelta(hours=10)) < timedelta(seconds=1) for jump in jumps) == 1
    assert answer.reading.covered == (Covered("System", since=answer.rows[0]["at"]),)


def losses(answer: Told) -> dict[str, int]:
    return {gap.place: gap.lost_at_least for gap in answer.gaps if gap.lost_at_least}


def test_torn_chunks_and_the_ids_between_chunks_are_counted(realdata: Path) -> None:
    """By the chunks' headers: 128 + 130 + 130 + 78 records announced in four, 14 + 129 + 114 + 13 + 31 readable."""
    answer = read(realdata / BAD_MAGIC)
    assert losses(answer) == {
        "records 45820 to 45949": 16,
        "records 45950 to 46727": 46728 - 45950,
        "records 46728 to 46857": 116,
        "records 46858 to 47627": 47628 - 46858,
        "records 47628 to 47705": 65 - 31,
    }
    assert answer.reading.lost_at_least == 16 + 778 + 116 + 770 + 65 - 31
    assert {"chunks 1 to 6", "chunk 10"} <= {gap.place for gap in answer.gaps}
    assert len(answer.reading.doubts) == 270 + 31 - 129


def test_what_is_recovered_from_a_torn_chunk_libevtx_recovers_too_and_with_the_same_content(realdata: Path) -> None:
    path = realdata / BAD_MAGIC
    log = pyevtx.file()
    log.open(str(path))
    in_place = {record.identifier for record in log.records}
    rescued = dict(rescue(log))
    log.close()
    rows = [row for row in read(path).rows if row["record_id"] in rescued and row["record_id"] not in in_place]
    assert len(rows) == 31
    for row in rows:
        system, content = rescued[row["record_id"]]
        assert content == list(json.loads(row["data"]).items())
        assert (system["Computer"], system["Channel"]) == (row["computer"], row["channel"])


def rescue(log: Any) -> Iterator[tuple[int, Record]]:
    """What libevtx recovers and can read."""
    for number in range(log.number_of_recovered_records):
        try:
            record = log.get_recovered_record(number)
            yield record.identifier, of_xml(record.get_xml_string())
        except OSError:
            continue


def test_the_second_reader_agrees_or_cannot_read_and_never_differs(realdata: Path) -> None:
    """First and last record of each log. Those of four logs it cannot read."""
    answers: dict[str, set[str]] = {}
    for path in logs(realdata):
        rows = {row["record_id"]: row for row in read(path).rows}
        told = compare(path, {number: rows[number] for number in (min(rows), max(rows))}).values()
        assert [answer for answer in told if answer.differing] == [], path.name
        answers[path.name] = {answer.unread.partition(":")[0] for answer in told}
    unread = {name.split("_")[0] for name, told in answers.items() if told != {""}}
    assert unread == {"dns", "issue", "E", "ID1116-1117-Defender threat detected.evtx"}


def test_records_behind_a_torn_one_are_counted_and_those_before_it_are_in_doubt(realdata: Path) -> None:
    """Two chunks fail their checksum: 95 of 129 and 96 of 130 records can be read."""
    answer = read(realdata / RDP)
    assert losses(answer)["records 6334916 to 6335044"] == 34
    assert losses(answer)["records 6914423 to 6914552"] == 34
    assert len(answer.reading.doubts) == 95 + 96
    assert answer.reading.covered == ()


def test_chunks_that_were_never_written_back_leave_a_hole(realdata: Path) -> None:
    answer = read(realdata / OTHER / "2-vss_7-System.evtx")
    assert losses(answer) == {"records 1156 to 1417": 262}
    assert "chunks 10 to 11" in {gap.place for gap in answer.gaps}
    assert answer.reading.doubts == frozenset()


def test_garbage_behind_the_last_chunk_proves_no_absence_and_doubts_no_record(realdata: Path) -> None:
    answer = read(realdata / DESKTOP / "sysmon.evtx")
    assert answer.reading.rows == 358
    assert "chunks 9 to 16" in {gap.place for gap in answer.gaps}
    assert (answer.reading.covered, answer.reading.doubts, answer.reading.lost_at_least) == ((), frozenset(), 0)


def test_a_saved_selection_is_cited_by_the_machines_own_numbers_and_is_not_whole(realdata: Path) -> None:
    answer = read(realdata / "evtx/single-event/ID4616-system time changed.evtx")
    assert [row["record_id"] for row in answer.rows][:4] == [19620789, 19620790, 19620793, 19620794]
    assert answer.reading.covered == ()
    assert "selection" in answer.gaps[0].reason
