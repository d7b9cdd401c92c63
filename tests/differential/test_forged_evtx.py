"""Forged event logs, read by every other implementation at hand: equal content, record by record."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.forge.binxml import Kind, Typed
from fixtures.forge.evtx import Event, LogStyle, UserData, build_evtx
from tests.unit.forge.evtx_readers import by_libevtx, by_python_evtx, by_rust, exported, sums_by_python_evtx

AT = datetime(2026, 3, 2, 8, 2, 0, 123456, tzinfo=UTC)
DIALOG = ["Microsoft Outlook\n", "We couldn't log on to the incoming (POP/IMAP) server.\n", "0\n", "16.0\n", "\n", "\n"]
MIXED = [
    Event("Microsoft Office 16 Alerts", 300, "OAlerts", AT, "PC-042", DIALOG),
    Event(
        "Microsoft-Windows-Kernel-General",
        1,
        "System",
        AT,
        "PC-042",
        {"NewTime": AT + timedelta(hours=1), "OldTime": AT, "Reason": 1},
        user_sid="S-1-5-18",
        guid=UUID("{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}"),
        version=3,
        process_id=4,
    ),
    Event(
        "Schannel",
        36871,
        "System",
        AT,
        "PC-042",
        {"Type": "client", "ErrorState": 10013, "CallerProcess": "OUTLOOK", "Code": Typed(Kind.HEX32, 0x80090331)},
        level=2,
    ),
    Event(
        "Microsoft-Windows-CAPI2",
        30,
        "Microsoft-Windows-CAPI2/Operational",
        AT,
        "PC-042",
        UserData("CertVerify", "", {"Certificate": {"@subjectName": "accounts.google.com"}, "Result": "800B0109"}),
    ),
    Event(
        "Application Error", 1000, "Application", AT, "PC-042", ["msedgewebview2.exe", "131.0"], qualifiers=0, level=2
    ),
]
SYSTEM_OF_ALERT = {
    "Provider.Name": "Microsoft Office 16 Alerts",
    "EventID": "300",
    "EventID.Qualifiers": "0",
    "Version": "0",
    "Level": "4",
    "Task": "0",
    "Opcode": "0",
    "Keywords": "0x80000000000000",
    "TimeCreated.SystemTime": "2026-03-02 08:02:00",
    "EventRecordID": "1",
    "Execution.ProcessID": "0",
    "Execution.ThreadID": "0",
    "Channel": "OAlerts",
    "Computer": "PC-042",
}
FEW = settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Letters that XML 1.0 can hold, without those whose lower byte is zero or whose upper byte is a line feed's:
# python-evtx ends a string in an array there. Blanks at an end are left out because readers trim them differently.
letters = st.characters(
    codec="utf-8",
    min_codepoint=0x20,
    max_codepoint=0xD7FF,
    exclude_characters="\x7f" + "".join(map(chr, (*range(0x100, 0xD800, 0x100), *range(0xA00, 0xB00)))),
)
texts = (
    st.text(letters, max_size=60)
    .map(str.strip)
    .filter(lambda text: not re.search(r"<string>|[\x80-\x9f]|^0[xX]", text))
)
# libevtx does not escape the quotation mark in an attribute
providers = texts.filter(lambda text: text and '"' not in text)
field_names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)
# libevtx shows a negative number with its sign bit set and the rest turned, so only whole numbers from 0 on are tried
numbers = st.integers(0, 2**64 - 1)
named = st.dictionaries(field_names, st.one_of(texts.filter(bool), numbers, st.uuids()), max_size=6)
unnamed = st.lists(texts.filter(bool), min_size=1, max_size=6)
moments = st.integers(0, 8 * 10**8).map(lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
events = st.builds(
    Event,
    provider=providers,
    event_id=st.integers(0, 65535),
    channel=st.sampled_from(["System", "Application"]),
    at=moments,
    computer=st.just("PC-042"),
    data=st.one_of(named, unnamed),
    level=st.integers(0, 5),
    user_sid=st.sampled_from([None, "S-1-5-18", "S-1-5-21-1-2-3-1001"]),
)


def meant(event: Event) -> list[tuple[str, str]]:
    """The data of an event as readers print it."""
    if isinstance(event.data, dict):
        return [(name, str(value)) for name, value in event.data.items()]
    assert isinstance(event.data, list)
    return [("Data", str(text)) for text in event.data]


def said(content: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A reader's data without what is empty, and identifiers in one spelling."""
    braced = re.compile(r"^\{?([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?$")
    return [(name, found[1].upper() if (found := braced.match(text)) else text) for name, text in content if text]


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "log.evtx"
    path.write_bytes(build_evtx(MIXED))
    return path


def test_three_readers_agree_on_every_field_of_every_record(log_file: Path) -> None:
    rust = by_rust(log_file.read_bytes())
    assert list(rust) == [1, 2, 3, 4, 5]
    for number, (system, content) in by_libevtx(log_file.read_bytes()).items():
        assert (system, said(content)) == (rust[number][0], said(rust[number][1]))
    for number, (system, content) in by_python_evtx(log_file).items():
        assert (system, said(content)) == (rust[number][0], said(rust[number][1]))


@pytest.mark.parametrize("reader", [by_libevtx, by_rust], ids=["libevtx", "rust"])
def test_the_dialog_is_read_as_it_was_written(reader: Any) -> None:
    system, content = reader(build_evtx(MIXED))[1]
    assert system == SYSTEM_OF_ALERT
    assert said(content) == [("Data", text.strip()) for text in DIALOG if text.strip()]


def test_python_evtx_finds_magic_and_checksums_in_order(tmp_path: Path) -> None:
    path = tmp_path / "log.evtx"
    path.write_bytes(build_evtx(MIXED * 100))
    sums = sums_by_python_evtx(path)
    assert len(sums) > 1
    assert all(sums)


def test_libevtx_reads_every_record_of_many_chunks_and_finds_no_corruption() -> None:
    log = build_evtx(MIXED * 200, first_record_id=70_001, style=LogStyle(spare_chunks=3))
    assert list(by_libevtx(log)) == list(range(70_001, 71_001))
    assert list(by_rust(log)) == list(range(70_001, 71_001))


@pytest.mark.skipif(shutil.which("evtxexport") is None, reason="evtxexport (libevtx-utils) is not installed")
def test_evtxexport_writes_every_record(log_file: Path) -> None:
    records = exported(log_file)
    assert len(records) == 5
    assert "accounts.google.com" in records[3]


@FEW
@given(given_events=st.lists(events, min_size=1, max_size=12))
def test_any_events_are_read_alike_by_all_readers(tmp_path: Path, given_events: list[Event]) -> None:
    log = build_evtx(given_events, first_record_id=11)
    path = tmp_path / "any.evtx"
    path.write_bytes(log)
    readings = [by_rust(log), by_libevtx(log), by_python_evtx(path)]
    for number, event in enumerate(given_events, 11):
        wanted = said(meant(event))
        assert [said(reading[number][1]) for reading in readings] == [wanted] * 3
        assert [reading[number][0]["EventID"] for reading in readings] == [str(event.event_id)] * 3
        assert readings[0][number][0] == readings[1][number][0] == readings[2][number][0]
