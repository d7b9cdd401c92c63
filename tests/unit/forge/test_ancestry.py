"""A scenario that extends another differs from it by what it says, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.forge.ancestry import extend, read_document
from fixtures.forge.scenario import load_scenario

CMDKEY = {"member": "live/cmdkey_list.txt", "body": "old"}
HIVE: dict[str, Any] = {
    "member": "C/Users/alice/NTUSER.DAT",
    "keys": {"Software\\A": {"x": 1, "y": 2}, "Software\\B": {"z": 3}},
}


def test_tables_merge_deep_and_lists_are_replaced() -> None:
    base = {"machine": {"name": "A", "bias": 0}, "state": {"clock": {"samples": [1, 2], "w32time_state": "running"}}}
    child = {"machine": {"name": "B"}, "state": {"clock": {"samples": [3]}}}
    assert extend(base, child) == {
        "machine": {"name": "B", "bias": 0},
        "state": {"clock": {"samples": [3], "w32time_state": "running"}},
    }


def test_title_expectation_and_damage_are_each_scenarios_own() -> None:
    base = {"title": "a", "expect": {"verdict": "pinpointed"}, "damage": {"x": {"cut": 1}}, "case": {"id": "1"}}
    assert extend(base, {"title": "b"}) == {"title": "b", "case": {"id": "1"}}


def test_an_entry_of_the_same_member_takes_the_place_of_the_bases() -> None:
    new = {"member": "live/cmdkey_list.txt", "body": "new"}
    assert extend({"text": [CMDKEY]}, {"text": [new]}) == {"text": [new]}


def test_an_entry_that_drops_takes_the_member_away_and_so_does_without() -> None:
    assert extend({"text": [CMDKEY]}, {"text": [{"member": CMDKEY["member"], "drop": True}]}) == {}
    assert extend({"text": [CMDKEY]}, {"without": {"members": [CMDKEY["member"]]}}) == {}


def test_an_entry_that_adds_changes_single_values_of_a_hive() -> None:
    add = {"member": HIVE["member"], "add": True, "without": ["Software\\A!y", "Software\\B"]}
    document = extend({"hive": [HIVE]}, {"hive": [{**add, "keys": {"Software\\A": {"w": 4}}}]})
    assert document["hive"] == [{"member": HIVE["member"], "keys": {"Software\\A": {"x": 1, "w": 4}}}]
    assert HIVE["keys"]["Software\\A"] == {"x": 1, "y": 2}


def test_added_events_stand_in_the_order_of_time() -> None:
    base = {"log": [{"channel": "System", "provider": "P", "events": [{"at": 1, "id": 1}, {"at": 5, "id": 5}]}]}
    document = extend(base, {"log": [{"channel": "System", "add": True, "events": [{"at": 3, "id": 3}]}]})
    assert [event["id"] for event in document["log"][0]["events"]] == [1, 3, 5]
    assert document["log"][0]["provider"] == "P"


def test_without_takes_fields_of_tables_and_omissions_away() -> None:
    base = {"state": {"clock": {"samples": []}, "dns": []}, "omission": [{"item": "office_log", "outcome": "missing"}]}
    child = {"without": {"state": ["dns", "clock.samples"], "omissions": ["office_log"]}}
    assert extend(base, child) == {"state": {"clock": {}}}


@pytest.mark.parametrize(
    "child",
    [
        {"without": {"members": ["live/x.txt"]}},
        {"without": {"state": ["clock"]}},
        {"without": {"omissions": ["office_log"]}},
        {"text": [{"member": "live/x.txt", "drop": True}]},
        {"hive": [{"member": "C/x", "add": True}]},
    ],
)
def test_taking_away_what_the_base_has_not_is_refused(child: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="the base has no"):
        extend({"state": {}, "text": [CMDKEY]}, child)


def test_a_base_is_found_beside_the_scenarios_folder_and_may_have_one_itself(tmp_path: Path) -> None:
    for name, text in {
        "_machines/first": 'title = "first"\n[machine]\nname = "A"\nuser = "nadia"\n',
        "_machines/second": 'title = "second"\nbase = "first"\n[machine]\nbias = 0\n',
        "third": 'title = "third"\nbase = "_machines/second"\n[machine]\nname = "C"\n',
    }.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "scenario.toml").write_text(text, "utf-8")
    assert read_document(tmp_path / "third/scenario.toml")["machine"] == {"name": "C", "user": "nadia", "bias": 0}
    assert load_scenario(tmp_path / "third").machine.user == "nadia"
