from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from analyzer import surroundings
from analyzer.surroundings import RADIUS, Surroundings
from analyzer.tables import Evidence, frame

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LOG, HIVE, STATE, TEXT = "System.evtx", "NTUSER.DAT", "live/state.json", "live/w32tm_status.txt"


def events(count: int, *, data: str = "", text: str = "") -> Evidence:
    """Records 1 to ``count`` of one log, a minute apart, and one of another log between them."""
    numbers = range(1, count + 1)
    rows = frame(
        "events",
        {
            "artifact": [*[LOG] * count, "Other.evtx"],
            "place": [*(f"record {n}" for n in numbers), "record 4"],
            "at": [*(AT + timedelta(minutes=n) for n in numbers), AT],
            "provider": ["Time-Service"] * (count + 1),
            "event_id": [35] * (count + 1),
            "record_id": [*numbers, 4],
            "text": [text] * (count + 1),
            "data": [data] * (count + 1),
        },
    )
    # the order of the table is that of reading, not of the records
    return Evidence.of(events=rows.sample(fraction=1.0, shuffle=True, seed=4))


def found(evidence: Evidence, artifact: str, place: str) -> Surroundings:
    made = surroundings.find(evidence, artifact, place)
    assert made is not None
    return made


def test_a_record_stands_between_those_before_and_after_it_in_the_same_log() -> None:
    around = found(events(40), LOG, "record 20").around
    assert [one.place for one in around] == [f"record {n}" for n in range(20 - RADIUS, 20 + RADIUS + 1)]
    assert [one.place for one in around if one.here] == ["record 20"]
    assert around[0].at == AT + timedelta(minutes=20 - RADIUS)


def test_the_first_record_has_none_before_it() -> None:
    around = found(events(3), LOG, "record 1").around
    assert [(one.place, one.here) for one in around] == [("record 1", True), ("record 2", False), ("record 3", False)]


def test_the_fields_of_event_data_are_told_by_their_names() -> None:
    told = found(
        events(2, data=json.dumps({"TimeSource": "time.windows.com", "Number": 3, "Null": None})), LOG, "record 2"
    )
    assert dict(told.fields) == {
        "TimeSource": "time.windows.com",
        "Number": "3",
        "provider": "Time-Service",
        "event_id": "35",
        "record_id": "2",
    }


def test_strings_without_a_name_are_told_once() -> None:
    told = found(events(1, data=json.dumps({"Data": {"#text": ["a", "b"]}}), text="a\nb"), LOG, "record 1")
    assert [value for _, value in told.fields if "a" in value] == ["a\nb"]


def test_data_that_is_no_object_is_told_as_it_stands() -> None:
    assert ("data", "<torn") in found(events(1, data="<torn"), LOG, "record 1").fields


def test_a_value_stands_among_the_others_of_its_key_and_not_of_the_key_below() -> None:
    key, below = r"Software\Google", r"Software\Google\Below"
    rows = frame(
        "registry",
        {
            "artifact": [HIVE] * 4,
            "place": [f"HKCU\\{key}!b", f"HKCU\\{key}", f"HKCU\\{key}!(Default)", f"HKCU\\{below}!c"],
            "hive": ["HKCU"] * 4,
            "key": [key, key, key, below],
            "name": ["b", None, "", "c"],
            "kind": ["REG_SZ", None, "REG_SZ", "REG_SZ"],
            "value": ["2", None, "1", "3"],
        },
    )
    told = found(Evidence.of(registry=rows), HIVE, f"HKCU\\{key}!b")
    assert [(one.text, one.here) for one in told.around] == [(key, False), ("(Default) = 1", False), ("b = 2", True)]
    assert dict(told.fields)["value"] == "2"


def test_a_line_stands_between_its_neighbours_by_number() -> None:
    numbers = (5, 100, 8, 9, 10, 30)
    rows = frame(
        "facts",
        {
            "artifact": [TEXT] * 6,
            "place": [f"line {n}" for n in numbers],
            "name": ["w32tm.leap"] * 6,
            "value": [f"v{n}" for n in numbers],
        },
    )
    around = found(Evidence.of(facts=rows), TEXT, "line 9").around
    assert [one.place for one in around] == ["line 5", "line 8", "line 9", "line 10"]


def test_an_element_of_a_list_shows_all_its_fields_and_the_other_elements() -> None:
    rows = frame(
        "facts",
        {
            "artifact": [STATE] * 5,
            "place": ["tls_probes[1]", "tls_probes[0]", "tls_probes[1]", "tls_probes[10]", "tls_probes[1].chain[0]"],
            "name": [
                "tls_probes.stage",
                "tls_probes.stage",
                "tls_probes.ms",
                "tls_probes.stage",
                "tls_probes.chain.cn",
            ],
            "value": ["tls", "tcp", None, "dns", "ca"],
            "number": [None, None, 12.0, None, None],
            "unit": [None, None, "ms", None, None],
        },
    )
    told = found(Evidence.of(facts=rows), STATE, "tls_probes[1]")
    assert told.fields == (("tls_probes.stage", "tls"), ("tls_probes.ms", "12 ms"))
    assert [one.place for one in told.around] == ["tls_probes[0]", "tls_probes[1]", "tls_probes[10]"]


def test_a_place_that_no_table_holds_is_not_found() -> None:
    assert surroundings.find(events(2), LOG, "record 99") is None
    assert surroundings.find(Evidence.of(), "gone.log", "line 3") is None
