from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import msgspec
import pytest

from analyzer.model import Account, Integrity, Means, Outcome, Role, Stage, Status, Strength
from analyzer.pipeline import Result
from reports.export import findings
from reports.export.findings_schema import schema
from tests.unit.reports import samples
from tests.unit.reports.samples import ALERTS, PINPOINTED, STALE, with_diagnosis

ALL = {
    "pinpointed": PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
    "hostile": samples.hostile(),
}


def told(result: Result, lang: str = "en") -> Any:
    return json.loads(findings.encode(result, lang))


def first(result: Result) -> Any:
    return told(result)["verdicts"][0]


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", ALL)
def test_every_output_obeys_the_published_schema(name: str, lang: str) -> None:
    published = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.Draft202012Validator(published).validate(told(ALL[name], lang))


def objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        return ([node] if node.get("type") == "object" else []) + [o for v in node.values() for o in objects(v)]
    return [o for v in node for o in objects(v)] if isinstance(node, list) else []


def test_every_object_of_the_schema_is_closed_and_requires_all_its_keys() -> None:
    found = objects(json.loads(schema()))
    assert len(found) == 18
    for one in found:
        assert one["additionalProperties"] is False, one["title"]
        assert one["required"] == list(one["properties"]), one["title"]


def test_the_schema_names_itself_and_its_dialect() -> None:
    published = json.loads(schema())
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["$id"] == "urn:mailscope:findings:1"


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("verdict", "status"), "Pinpointed"),
        (("schema",), "mailscope-findings/2"),
        (("lang",), "de"),
        (("verdicts", 0, "for", 0, "sources", 0, "at"), "2026-03-02T08:02:00Z"),
        (("verdicts", 0, "for", 0, "sources", 0, "quote"), "x" * 301),
        (("bundle", "members", 0, "sha256"), "no hash"),
        (("attempts", 0, "broke_at"), "somewhere"),
        (("verdicts", 0, "rank"), 0),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(path: tuple[Any, ...], wrong: Any) -> None:
    broken = told(PINPOINTED)
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    assert not jsonschema.Draft202012Validator(json.loads(schema())).is_valid(broken)


def test_the_keys_of_the_file_are_those_of_the_contract_in_its_order() -> None:
    assert list(told(PINPOINTED)) == [
        "schema",
        "lang",
        "tool",
        "bundle",
        "user",
        "failure",
        "machine",
        "verdict",
        "verdicts",
        "contributors",
        "accounts",
        "attempts",
        "checklist",
        "gaps",
        "next",
    ]
    assert set(first(PINPOINTED)) == {
        "cause",
        "family",
        "role",
        "account",
        "user_sid",
        "rank",
        "status",
        "title",
        "summary",
        "for",
        "against",
        "blind",
        "context",
        "fix",
        "do_not",
    }


def test_the_bundle_and_the_failure_are_told_as_the_contract_spells_them() -> None:
    found = told(PINPOINTED)
    assert found["bundle"]["collected_utc"] == "2026-03-02T08:11:41.002000Z"
    assert found["bundle"]["members"][1] == {
        "member": ALERTS,
        "item": "oalerts_log",
        "format": "evtx",
        "sha256": "a" * 64,
        "size_bytes": 69632,
        "integrity": "matches",
        "whole": False,
        "rows": 40,
        "lost_at_least": 17,
    }
    assert found["failure"] == {"times": ["2026-03-02T08:02:00.000000Z"], "basis": "dialog"}
    assert found["user"] == {"sid": "S-1-5-21-1-2-3-1001", "name": "alice", "basis": "console"}


def test_an_observation_tells_its_strengths_and_where_to_look() -> None:
    assert first(PINPOINTED)["for"][1] == {
        "signal": "token_not_renewed",
        "strength": "weak",
        "declared": "strong",
        "means": "for",
        "group": None,
        "reported": True,
        "text": "The token was last written 533 days before the failure.",
        "total": 1,
        "sources": [
            {
                "member": "live/cmdkey_list.txt",
                "sha256": "d" * 64,
                "place": "line 12",
                "at": None,
                "quote": f"Target: LegacyGeneric:target={samples.TARGET}",
            }
        ],
        "gaps": [],
    }


def test_observations_stand_on_their_side_and_absent_ones_nowhere() -> None:
    verdict = first(PINPOINTED)
    assert {side: [o["signal"] for o in verdict[side]] for side in ("for", "against", "blind", "context")} == {
        "for": ["silent_failure_with_token", "token_not_renewed"],
        "against": [],
        "blind": ["google_refused_token", "google_accepted_token"],
        "context": ["google_identity"],
    }
    assert [o["signal"] for o in told(PINPOINTED)["verdicts"][2]["against"]] == ["clock_right"]


def test_the_gaps_of_an_observation_point_into_the_list_of_gaps() -> None:
    found = told(PINPOINTED)
    accepted = found["verdicts"][0]["blind"][1]
    assert [found["gaps"][index]["reason"] for index in accepted["gaps"]] == [
        "missing: logging is off by default",
        "the checksum of the chunk is wrong",
    ]
    assert found["gaps"][1] == {
        "member": ALERTS,
        "item": "oalerts_log",
        "stage": "parse",
        "place": "chunk 3",
        "reason": "the checksum of the chunk is wrong",
        "lost_at_least": 17,
        "blinds": ["stale_token.google_accepted_token"],
    }


def test_a_gap_that_only_an_observation_knows_is_listed_too() -> None:
    found = told(with_diagnosis(gaps=(samples.SHORT_LOG,), blinds={}))
    assert found["gaps"][0]["place"] == "before 2026-03-01"
    assert {gap["place"] for gap in found["gaps"]} >= {"chunk 3", "%TEMP%\\Outlook Logging"}
    assert [found["gaps"][index]["place"] for index in found["verdicts"][0]["blind"][0]["gaps"]] == [
        "%TEMP%\\Outlook Logging"
    ]


def test_twenty_sources_at_most_are_cited_but_all_are_counted() -> None:
    many = tuple(replace(samples.DIALOG, place=f"record {n}") for n in range(30))
    observation = replace(STALE.observations[0], sources=many, total=50_000)
    only = first(with_diagnosis(verdicts=(replace(STALE, observations=(observation,)),)))["for"][0]
    assert ([source["place"] for source in only["sources"]], only["total"]) == (
        [f"record {n}" for n in range(20)],
        50_000,
    )


def test_a_step_is_told_whole() -> None:
    assert first(PINPOINTED)["fix"][0] == {
        "id": "stale_token.1",
        "owner": "user",
        "do": 'Remove the access of "Microsoft apps & services" in the Google account.',
        "command": None,
        "elevated": False,
        "risk": "low",
        "reversible": False,
        "backup": None,
        "undo": None,
        "check": "The entry is gone from the list of third-party access.",
        "account": "alice@gmail.com",
        "target": None,
        "because": ["silent_failure_with_token"],
    }


def test_only_sentences_are_translated_never_the_values_of_enums() -> None:
    english, french = told(PINPOINTED), told(PINPOINTED, "fr")
    assert english["verdict"]["sentence"] == "A stored Google token is stale: this is the most likely cause."
    assert french["verdict"]["sentence"] == "A stored Google token is stale\u00a0: c’est la cause la plus probable."
    assert {**english["verdict"], "sentence": ""} == {**french["verdict"], "sentence": ""}
    assert english["verdicts"] == french["verdicts"]
    assert [line["answer"] for line in english["checklist"]] == [line["answer"] for line in french["checklist"]]


def test_an_account_without_a_verdict_of_its_own_is_undetermined() -> None:
    (account,) = told(with_diagnosis(accounts=(Account("bob@gmail.com", None, (), ()),)))["accounts"]
    assert account["verdict"] == {
        "status": "undetermined",
        "causes": [],
        "sentence": "The evidence does not decide the cause.",
    }


def test_a_statement_from_the_command_line_has_no_hash() -> None:
    said = replace(samples.DIALOG, artifact="", place="--reported password_prompt")
    observation = replace(STALE.observations[0], sources=(said,))
    source = first(with_diagnosis(verdicts=(replace(STALE, observations=(observation,)),)))["for"][0]["sources"][0]
    assert (source["member"], source["sha256"], source["place"]) == ("", "", "--reported password_prompt")


def test_hostile_evidence_leaves_no_character_that_steers_a_display() -> None:
    text = findings.encode(samples.hostile(), "en").decode()
    assert not any(letter in text for letter in "\x1b\u202e\u2066\ufeff")
    assert "⟨U+202E⟩fdp.exe" in text


def test_the_same_result_gives_the_same_bytes_that_end_in_one_line_feed() -> None:
    once, again = findings.encode(PINPOINTED, "en"), findings.encode(PINPOINTED, "en")
    assert once == again
    assert once.endswith(b"\n}\n")
    assert b"\r" not in once


def test_a_value_that_the_schema_does_not_know_is_never_written() -> None:
    strange = replace(PINPOINTED, bundle=replace(PINPOINTED.bundle, layout="unheard of"))
    with pytest.raises(msgspec.ValidationError, match="layout"):
        findings.encode(strange, "en")


def test_the_enums_of_the_schema_are_those_of_the_model() -> None:
    definitions = json.loads(schema())["$defs"]
    for kind in (Status, Outcome, Role, Strength, Means, Stage, Integrity):
        assert sorted(definitions[kind.__name__]["enum"]) == sorted(kind), kind
