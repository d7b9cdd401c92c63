from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.parsers import etl
from tests.unit.parsers.artifacts import Said, artifact
from tests.unit.parsers.artifacts import said as listen

OUTLOOK = UUID("4c6f6e67-206c-6976-6520-416c70616361")
OTHER = UUID("12345678-0000-0000-0000-000000000001")
STARTED = datetime(2026, 3, 2, 8, 1, 30, tzinfo=UTC)
ENDED = datetime(2026, 3, 2, 8, 3, 10, tzinfo=UTC)
SIZE = 4096


def filetime(moment: datetime | None) -> int:
    return (moment - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10 if moment else 0


def buffer(events: bytes) -> bytes:
    used = 72 + len(events)
    return (struct.pack("<4I", SIZE, used, used, 0) + bytes(56) + events).ljust(SIZE, b"\xff")


def trace(
    *events: bytes, pointer: int = 8, ended: datetime | None = ENDED, lost: int = 0, mode: int = 0, size: int = SIZE
) -> bytes:
    logfile = bytearray(56 + 2 * pointer + 176 + 32)
    fields = (size, 0x0501000A, 22631, 8, filetime(ended), 0, 0, mode, 2, 1, pointer, lost)
    struct.pack_into("<IIIIqIIIIIII", logfile, 0, *fields)
    struct.pack_into("<qI I", logfile, 56 + 2 * pointer + 176 + 16, filetime(STARTED), 0, 1)
    head = struct.pack("<HBBHBB", 2, 2 if pointer == 8 else 1, 0xC0, 32 + len(logfile), 0, 0) + bytes(24)
    return buffer(head + bytes(logfile)) + b"".join(buffer(b"".join(part)) for part in [events] if part)


def event(provider: UUID, kind: int = 19, length: int = 80) -> bytes:
    return (struct.pack("<HBB", length, kind, 0xC0) + bytes(20) + provider.bytes_le).ljust(length + -length % 8, b"\0")


def system(length: int = 48) -> bytes:
    return (struct.pack("<HBBH", 2, 2, 0xC0, length)).ljust(length, b"\0")


def read(data: bytes) -> Said:
    return listen(etl.read, artifact(data, "C/Users/alice/AppData/Local/Temp/Outlook Logging/Outlook-1.etl"))


def providers(said: Said) -> dict[str | None, tuple[str | None, float | None]]:
    return {
        row["subject"]: (row["value"], row["number"]) for row in said.table("facts") if row["name"] == "etl.provider"
    }


@pytest.mark.parametrize("pointer", [4, 8])
def test_span_build_and_losses_are_told_and_the_events_are_not_decoded(pointer: int) -> None:
    said = read(trace(pointer=pointer, lost=7))
    assert said.facts("etl.started_utc") == [STARTED.isoformat()]
    assert said.facts("etl.ended_utc") == [ENDED.isoformat()]
    assert said.number("etl.os_build") == [22631.0]
    assert said.number("etl.events_lost") == [7.0]
    assert said.number("etl.buffers_lost") == [1.0]
    (damage,) = said.damages
    assert damage.reason.startswith("7 events were lost while it was recorded; present, not decoded")
    assert damage.lost_at_least == 7
    assert said.covered == []


def test_events_are_counted_by_their_provider_and_office_is_named() -> None:
    events = [event(OUTLOOK), system(), event(OTHER, 18, 65), event(OUTLOOK, 20), event(OUTLOOK)]
    assert providers(read(trace(*events))) == {
        str(OUTLOOK): ("Microsoft.Office.Logging.Outlook", 3.0),
        str(OTHER): ("", 1.0),
    }


def test_a_trace_that_was_not_closed_has_no_end() -> None:
    assert read(trace(ended=None)).facts("etl.ended_utc") == [None]


def test_of_compressed_buffers_that_is_said() -> None:
    said = read(trace(event(OUTLOOK), mode=0x04000000))
    assert providers(said) == {}
    assert "compressed" in said.damages[0].reason


def test_a_cut_trace_tells_what_its_header_says() -> None:
    data = trace(event(OUTLOOK), event(OUTLOOK))
    said = read(data[: SIZE + 72 + 100])
    assert said.facts("etl.started_utc") == [STARTED.isoformat()]
    assert providers(said)[str(OUTLOOK)][1] == 1.0


@pytest.mark.parametrize(
    "data",
    [b"", bytes(5000), b"\xff" * 5000, trace(size=64), trace(size=1 << 30), trace()[:300]],
    ids=["nothing", "zeros", "ones", "tiny buffers", "huge buffers", "cut in the header"],
)
def test_what_is_no_trace_is_damage(data: bytes) -> None:
    said = read(data)
    assert said.table("facts") == []
    assert [damage.place for damage in said.damages] == ["first buffer"]


def test_buffers_and_providers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etl, "MOST_PROVIDERS", 1)
    assert list(providers(read(trace(event(OUTLOOK), event(OTHER))))) == [str(OUTLOOK)]
    monkeypatch.setattr(etl, "MOST_BUFFERS", 1)
    assert providers(read(trace(event(OUTLOOK)))) == {}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_trace_changed_or_cut_anywhere_is_read_without_an_error(data: st.DataObject) -> None:
    log = bytearray(trace(event(OUTLOOK), system(), event(OTHER)))
    for _ in range(data.draw(st.integers(0, 6))):
        log[data.draw(st.integers(0, len(log) - 1))] = data.draw(st.integers(0, 255))
    assert read(bytes(log[: data.draw(st.integers(0, len(log)))])).damages


@pytest.mark.parametrize(
    ("name", "build", "started", "lost"),
    [
        ("AMSITrace.etl", 18362, "2020-02-17T12:48:30", 3),
        ("PerfViewData.etl", 19045, "2023-03-14T00:46:36", 0),
        ("SelfDescribingSingleEvent.etl", 22000, "2022-04-20T21:27:15", 0),
        ("lxcore_kernel.etl", 19041, "2020-07-14T12:04:31", 0),
    ],
)
def test_real_traces_tell_a_build_of_windows_and_a_time_that_fit_each_other(
    name: str, build: int, started: str, lost: int, realdata: Path
) -> None:
    said = read((realdata / "etl" / name).read_bytes())
    assert said.number("etl.os_build") == [build]
    assert said.facts("etl.started_utc")[0][:19] == started  # type: ignore[index]
    assert said.number("etl.events_lost") == [lost]


def test_the_runtime_that_perfview_traces_is_the_provider_of_its_trace(realdata: Path) -> None:
    """Source: e13c0d23-… is Microsoft-Windows-DotNETRuntime in Microsoft's documentation."""
    said = read((realdata / "etl" / "PerfViewData.etl").read_bytes())
    assert list(providers(said)) == ["e13c0d23-ccbc-4e12-931b-d9cc2eee27e4"]
