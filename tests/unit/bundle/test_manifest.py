"""The manifest is read field by field: a wrong one costs itself alone, and is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from analyzer.bundle import manifest
from analyzer.bundle.manifest import (
    Case,
    Collector,
    Left,
    Listed,
    LiveHost,
    Machine,
    Manifest,
    Reported,
    Reproduced,
    decode,
)
from analyzer.model import Gap


def read(**fields: Any) -> tuple[Manifest, list[tuple[str, str]]]:
    paper, gaps = decode(json.dumps({"schema": "mailscope-bundle/1", **fields}).encode(), "manifest.json")
    assert paper is not None
    return paper, [(gap.place, gap.reason) for gap in gaps]


def test_everything_of_the_format_is_read() -> None:
    at = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
    paper, gaps = read(
        collector={"name": "mailscope-collector", "version": "1.0.0"}, catalog_version="1", tested_on=["wine-8.0"],
        network="probed", started_utc="2026-03-02T09:02:00+01:00", finished_utc="2026-03-02T08:02:00.0000000Z",
        case={"id": "u", "ticket": "INC1", "account": "a@b.c", "failure_utc": "2026-03-02T08:02:00Z", "user_sid": "S-1",
              "reported": [{"key": "password_prompt", "value": "no", "by": "user", "at": "2026-03-02T08:02:00Z"}],
              "reproduced": {"started_utc": "2026-03-02T08:02:00Z", "ended_utc": "2026-03-02T08:02:00Z"}},
        host={"name": "PC", "os_build": "10.0", "architecture": "AMD64", "ui_locale": "fr-FR", "oem_code_page": 850,
              "ansi_code_page": 1252, "time_zone": "Z", "elevated": True, "collected_as_sid": "S-2",
              "console_user_sid": "S-3"},
        artifacts=[{"artifact": "user_hive", "member": "C\\x", "source_path": "C:\\x", "method": "reg-save", "size": 1,
                    "sha256": "AB", "modified_utc": "2026-03-02T08:02:00Z", "user": "a", "sid": "S-1"}],
        omissions=[{"artifact": "security_log", "source_path": "p", "outcome": "denied", "tried": ["copy"],
                    "reason": "r"}],
        unknown={"ignored": 1},
    )  # fmt: skip
    reported = (Reported("password_prompt", "no", "user", at),)
    assert gaps == []
    assert paper == Manifest(
        "mailscope-bundle/1", Collector("mailscope-collector", "1.0.0"), "1", ("wine-8.0",), "probed",
        Case("u", "INC1", "a@b.c", at, "S-1", reported, Reproduced(at, at)),
        Machine("PC", "10.0", "AMD64", "fr-FR", 850, 1252, "Z", True, "S-2", "S-3"), at, at,
        (Listed("C/x", "user_hive", "C:\\x", "reg-save", 1, "ab", at, "a", "S-1"),),
        (Left("security_log", "denied", "p", "r", ("copy",)),),
    )  # fmt: skip
    assert paper.started_utc is not None
    assert paper.started_utc.utcoffset() == at.utcoffset()


def test_a_wrong_row_loses_that_row_alone() -> None:
    paper, gaps = read(artifacts=[{"member": "a"}, {"member": 7}, "x", {"member": "b", "size": "big"}, {"member": "c"}])
    assert [row.member for row in paper.artifacts] == ["a", "c"]
    assert [place for place, _ in gaps] == ["artifacts[1]", "artifacts[2]", "artifacts[3]"]


@pytest.mark.parametrize("value", [7, "2026-03-02T08:02:00", "yesterday"])
def test_a_time_without_an_offset_is_no_instant(value: object) -> None:
    paper, gaps = read(case={"ticket": "INC1", "failure_utc": value})
    assert paper.case == Case(ticket="INC1")
    assert [place for place, _ in gaps] == ["case.failure_utc"]


@pytest.mark.parametrize(
    "never", ["0001-01-01T00:00:00+14:00", "1600-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_a_time_that_no_windows_has_met_is_left_out_and_named(never: str) -> None:
    paper, gaps = read(
        started_utc=never,
        case={"ticket": "INC1", "failure_utc": never, "reproduced": {"started_utc": never}},
        artifacts=[{"member": "a", "modified_utc": never}],
    )
    assert (paper.started_utc, paper.case) == (None, Case(ticket="INC1"))
    assert paper.artifacts == (Listed("a"),)
    assert [place for place, _ in gaps] == ["case.failure_utc", "case.reproduced", "started_utc"]


@pytest.mark.parametrize(("minutes", "kept"), [(-840, -840), (1440, 1440), (1441, None), (-(10**18), None)])
def test_no_zone_is_farther_from_utc_than_a_day(minutes: int, kept: int | None) -> None:
    assert manifest.part(LiveHost, {"utc_bias_minutes": minutes}).utc_bias_minutes == kept


def test_an_outcome_of_a_newer_collector_is_told_as_the_reason_of_a_failure() -> None:
    paper, _ = read(
        omissions=[
            {"artifact": "hosts_file", "outcome": "denied", "reason": "r"},
            {"artifact": "hosts_file", "outcome": "quarantined", "reason": "r"},
            {"artifact": "hosts_file", "outcome": ""},
        ]
    )
    told = [(row.outcome, row.reason) for row in paper.left_out]
    assert told == [("denied", "r"), ("failed", "quarantined: r"), ("failed", "")]


def test_null_is_unknown_and_no_gap() -> None:
    paper, gaps = read(case=None, host={"name": None, "elevated": None}, artifacts=None)
    assert (paper.case, paper.host, paper.artifacts, gaps) == (Case(), Machine(), (), [])


def test_sections_of_a_wrong_kind_are_left_out() -> None:
    paper, gaps = read(case=[], host="PC", artifacts={}, omissions=3)
    assert (paper.case, paper.host, paper.artifacts, paper.omissions) == (Case(), Machine(), (), ())
    assert sorted(place for place, _ in gaps) == ["artifacts", "case", "host", "omissions"]


def test_a_newer_schema_is_read_as_far_as_it_is_known() -> None:
    paper, gaps = decode(b'{"schema": "mailscope-bundle/2", "network": "off"}', "manifest.json")
    assert paper is not None
    assert paper.network == "off"
    assert "mailscope-bundle/2" in gaps[0].reason


def test_utf_16_and_a_byte_order_mark_are_accepted() -> None:
    text = '{"schema": "mailscope-bundle/1"}'
    for data in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert decode(data, "manifest.json") == (Manifest("mailscope-bundle/1"), ())


def test_of_two_rows_for_one_member_the_first_counts() -> None:
    paper, _ = read(artifacts=[{"member": "A", "sha256": "1"}, {"member": "a", "sha256": "2"}])
    assert {name: row.sha256 for name, row in paper.by_member().items()} == {"a": "1"}


def test_what_is_no_json_is_one_gap() -> None:
    paper, gaps = decode(b"{", "manifest.json")
    assert paper is None
    assert isinstance(gaps[0], Gap)
    assert gaps[0].reason.startswith("damaged: ")
