"""The four tables and the evidence as a whole: what is whole, what is in doubt, and which reading answers for what."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from analyzer.model import Covered, Integrity
from analyzer.tables import SCHEMAS, Batch, Evidence, empty, frame
from tests.unit.evidence import ALICE, HIVE, STATE, fact, holding, reading, row, state, when


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_table_begins_with_member_place_time_and_owner(table: str) -> None:
    assert list(SCHEMAS[table])[:4] == ["artifact", "place", "at", "user"]
    assert dict(empty(table).schema) == SCHEMAS[table]


def test_a_frame_has_exactly_the_schema_and_nulls_for_what_was_left_out() -> None:
    made = frame("facts", {"name": ["a", "b"], "number": [1, None]})
    assert dict(made.schema) == SCHEMAS["facts"]
    assert made["number"].to_list() == [1.0, None]
    assert made["value"].null_count() == 2


def test_a_frame_takes_series_as_well_as_lists() -> None:
    made = frame("events", {"event_id": pl.Series([300], dtype=pl.UInt16), "text": ["x"]})
    assert made["event_id"].dtype == pl.Int64


def test_a_column_that_the_table_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="facts has no column colour, taste"):
        frame("facts", {"taste": [], "colour": []})


def test_a_batch_is_as_long_as_its_columns() -> None:
    assert len(Batch("facts", {"name": ["a", "b"]})) == 2
    assert len(Batch("facts", {})) == 0


def test_tables_that_are_not_given_are_empty() -> None:
    evidence = Evidence.of(facts=frame("facts", {"name": ["a"]}))
    assert evidence.facts.collect().height == 1
    assert all(lazy.collect().is_empty() for lazy in (evidence.events, evidence.registry, evidence.log_lines))


def test_more_facts_stand_beside_the_first_and_the_first_evidence_stays_as_it_was() -> None:
    first = holding(fact("boot_utc"))
    second = first.with_facts(frame("facts", {"name": ["taken_utc"]}))
    assert second.facts.collect()["name"].to_list() == ["boot_utc", "taken_utc"]
    assert first.facts.collect()["name"].to_list() == ["boot_utc"]


def written(evidence: Evidence, *providers: str) -> list[tuple[str, int]]:
    rows = evidence.written_by(*providers)
    return [] if rows is None else rows.sort("event_id").select("provider", "event_id").collect().rows()


def test_event_records_are_found_by_who_wrote_them_however_the_name_is_spelled_and_in_whichever_log() -> None:
    columns: dict[str, list[Any]] = {
        "artifact": ["System.evtx", "System.evtx", "Application.evtx", "Application.evtx"],
        "provider": ["Schannel", "SCHANNEL", "schannel", None],
        "event_id": [36871, 36874, 36887, 1],
    }
    evidence = Evidence.of(events=frame("events", columns)).with_facts(frame("facts", {"name": ["boot_utc"]}))
    assert evidence.providers == {"schannel"}
    assert written(evidence, "schannel", "capi2") == [("Schannel", 36871), ("SCHANNEL", 36874), ("schannel", 36887)]
    assert evidence.written_by("capi2") is None


def test_a_row_is_doubtful_by_its_place_or_by_its_whole_member() -> None:
    torn = reading("torn.evtx", "system_log", doubts=["record 7"])
    changed = reading("changed.evtx", "system_log", integrity=Integrity.DIFFERS)
    evidence = holding(torn, changed, reading("foreign.evtx", "system_log", integrity=Integrity.UNLISTED))
    assert evidence.doubtful("torn.evtx", "record 7")
    assert not evidence.doubtful("torn.evtx", "record 8")
    assert evidence.doubtful("changed.evtx", "record 8")
    assert not evidence.doubtful("foreign.evtx", "record 8")
    assert not evidence.doubtful("not in the bundle", "record 7")


def test_an_item_is_answered_by_a_reading_that_covers_something_of_it() -> None:
    whole = reading("System.evtx", "system_log", Covered())
    evidence = holding(whole, reading("other.evtx", "system_log"), reading("x", "security_log", Covered()))
    assert evidence.covering("system_log") == ((whole, Covered()),)


def test_a_section_of_live_state_is_answered_by_that_section_only() -> None:
    evidence = holding(state("clock", "credentials"))
    assert [c.part for _, c in evidence.covering("live_state", "clock")] == ["clock"]
    assert [c.user for _, c in evidence.covering("live_state", "Credentials")] == [ALICE]
    assert evidence.covering("live_state", "proxy") == ()


@pytest.mark.parametrize(
    ("covered", "asked", "answers"),
    [
        ("HKCU", r"HKCU\Software\Microsoft\Office", True),
        (r"HKCU\Software\Microsoft\Office", r"hkcu\software\microsoft\office\16.0", True),
        (r"HKCU\Software\Microsoft\Office", r"HKCU\Software\Microsoft\OfficeX", False),
        (r"HKCU\Software\Microsoft\Office\16.0", r"HKCU\Software\Microsoft\Office", False),
        ("HKLM", r"HKCU\Software", False),
        ("", r"HKCU\Software", False),
    ],
)
def test_a_key_is_answered_by_the_tree_that_holds_it_in_whichever_export(
    covered: str, asked: str, answers: bool
) -> None:
    export = reading("registry/office.reg", "reg_user_office", Covered(covered, None, ALICE))
    assert bool(holding(export).covering("user_hive", asked)) is answers


def test_a_reading_is_found_by_the_members_name() -> None:
    evidence = holding(reading(HIVE, "user_hive"), row("registry", HIVE, "x", hive="HKCU", key="a"))
    found = evidence.reading(HIVE)
    assert found is not None
    assert found.member.item == "user_hive"
    assert evidence.reading(STATE) is None


def test_a_time_that_no_windows_can_have_met_is_null_and_its_row_stays() -> None:
    times = ["1600-12-31T23:59:59Z", "1601-01-01T00:00:00Z", "2999-12-31T23:59:59Z", "3000-01-01T00:00:00Z"]
    beyond = pl.Series([2**62]).cast(pl.Datetime("us", "UTC"))
    made = frame("facts", {"at": [when(text) for text in times], "name": list("abcd")})
    assert made["at"].to_list() == [None, when(times[1]), when(times[2]), None]
    assert frame("facts", {"at": beyond, "name": ["a"]})["at"].to_list() == [None]


def test_a_number_without_end_is_null_and_its_row_stays() -> None:
    numbers = frame("facts", {"place": ["a", "b", "c"], "number": [float("inf"), float("nan"), 1.5]})["number"]
    assert numbers.to_list() == [None, None, 1.5]


def test_times_are_kept_to_the_microsecond_in_utc() -> None:
    at = when("2026-03-02T09:02:00.123456+01:00")
    assert holding(fact("boot_utc", at=at)).facts.collect()["at"][0] == at
