"""Each damage hits what it names and leaves the rest of the log readable."""

from __future__ import annotations

import io
import json
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

from evtx import PyEvtxParser

from fixtures.forge import evtx_damage
from fixtures.forge.evtx import CHUNK_BYTES, Event, build_evtx

AT = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
LOG = build_evtx([Event("P", 7, "Application", AT, "PC-042", {"n": number, "t": "x" * 300}) for number in range(200)])
CHUNKS = (len(LOG) - 4096) // CHUNK_BYTES


def data_sums_hold(log: bytes) -> list[bool]:
    starts = [evtx_damage.chunk_start(chunk) for chunk in range(CHUNKS)]
    spans = [(start, *struct.unpack_from("<II", log, start + 48)) for start in starts]
    return [zlib.crc32(log[start + 512 : start + free]) == wanted for start, free, wanted in spans]


def last_texts(log: bytes) -> list[str]:
    """The last value of each record that the Rust parser can read."""
    parser: Any = PyEvtxParser(io.BytesIO(log)).records_json()
    rows: list[str] = []
    while True:
        try:
            rows.append(json.loads(next(parser)["data"])["Event"]["EventData"]["t"])
        except StopIteration:
            return rows
        except RuntimeError:
            continue


def test_the_sample_has_several_chunks_in_order() -> None:
    assert CHUNKS == 3
    assert data_sums_hold(LOG) == [True, True, True]


def test_a_turned_record_breaks_its_chunks_checksum_and_stays_readable() -> None:
    log = evtx_damage.flip_record(LOG, 3)
    assert data_sums_hold(log) == [False, True, True]
    assert [text != "x" * 300 for text in last_texts(log)].index(True) == 2


def test_turned_bytes_break_the_checksum_of_the_chunk_named() -> None:
    assert data_sums_hold(evtx_damage.flip_bytes(LOG, chunk=1)) == [True, False, True]


def test_a_chunk_without_its_magic_costs_its_records_alone() -> None:
    log = evtx_damage.break_chunk_magic(LOG, 1)
    lost = struct.unpack_from("<QQ", LOG, evtx_damage.chunk_start(1) + 24)
    assert len(last_texts(log)) == 200 - (lost[1] - lost[0] + 1)


def test_a_zeroed_page_lies_where_it_was_asked_for() -> None:
    log = evtx_damage.zero_page(LOG, chunk=2, page=3)
    at = evtx_damage.chunk_start(2) + 3 * 4096
    assert not any(log[at : at + 4096])
    assert log[:at] + log[at + 4096 :] == LOG[:at] + LOG[at + 4096 :]


def test_a_truncated_log_ends_within_the_chunk() -> None:
    assert len(evtx_damage.truncate_in_chunk(LOG, 1, keep=5000)) == 4096 + CHUNK_BYTES + 5000


def test_a_zeroed_header_leaves_the_chunks() -> None:
    log = evtx_damage.zero_header(LOG)
    assert not any(log[:4096])
    assert log[4096:] == LOG[4096:]


def test_a_broken_record_hides_those_after_it_in_its_chunk() -> None:
    log = evtx_damage.break_record(LOG, 2)
    assert len(last_texts(log)) < 200


def test_every_named_damage_changes_the_log() -> None:
    assert [name for name, damage in evtx_damage.DAMAGES.items() if damage(LOG) == LOG] == []
