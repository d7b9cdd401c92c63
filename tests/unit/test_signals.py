"""A signal answers seen, absent or blind; blind is never absent, and what accuses needs less than what acquits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.citations import SOURCES_AT_MOST, sources
from analyzer.knowledge import Condition, Operator, Signal
from analyzer.model import Covered, Failure, Gap, Integrity, Means, Observation, Person, Sight, Stage, Strength
from analyzer.signals import Subject, holds, observe, render
from analyzer.tables import Evidence, frame
from tests.unit.evidence import (
    ALICE,
    BOB,
    CMDKEY,
    FAILED,
    HIVE,
    IMAP_TARGET,
    MAIL,
    OTHER_MAIL,
    STATE,
    SYSTEM_LOG,
    Row,
    asking,
    credential,
    event,
    fact,
    failed,
    holding,
    log,
    reading,
    reported,
    row,
    scene,
    setting,
    state,
    user_hive,
    when,
)

SERVICE = fact("clock.w32time_state", "running", place="clock")
CLOCK = state("clock")
MONDAY_NOON = "2026-03-02T12:00:00Z"


def seen(signal: Signal, evidence: Evidence, failure: Failure = Failure(), account: str | None = None) -> Observation:
    return observe(signal, evidence, Subject(scene(failure), account))


def about_service(*needs: str, **more: object) -> Signal:
    return asking("facts", *(needs or ("live_state/clock",)), name="clock.w32time_state", **more)


# --- seen, absent, blind ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("means", "none", "found", "whole", "sight"),
    [
        (Means.FOR, False, True, True, Sight.SEEN),
        (Means.FOR, False, True, False, Sight.SEEN),  # presence is judged by the record
        (Means.FOR, False, False, True, Sight.ABSENT),
        (Means.FOR, False, False, False, Sight.BLIND),
        (Means.AGAINST, False, True, True, Sight.SEEN),
        (Means.AGAINST, False, True, False, Sight.BLIND),  # a damaged artifact never acquits
        (Means.AGAINST, False, False, True, Sight.ABSENT),
        (Means.AGAINST, False, False, False, Sight.BLIND),
        (Means.FOR, True, False, True, Sight.SEEN),
        (Means.FOR, True, False, False, Sight.BLIND),  # absence is judged by the artifact
        (Means.FOR, True, True, True, Sight.ABSENT),
        (Means.FOR, True, True, False, Sight.ABSENT),
        (Means.AGAINST, True, False, True, Sight.SEEN),
        (Means.AGAINST, True, False, False, Sight.BLIND),
        (Means.AGAINST, True, True, True, Sight.ABSENT),
        (Means.AGAINST, True, True, False, Sight.ABSENT),
    ],
)
def test_sight_follows_from_what_was_found_and_what_was_read_whole(
    means: Means, none: bool, found: bool, whole: bool, sight: Sight
) -> None:
    parts = ([SERVICE] if found else []) + ([CLOCK] if whole else [reading(STATE, "live_state")])
    assert seen(about_service(means=means, none=none), holding(*parts)).sight is sight


def test_a_blind_answer_tells_the_gaps_behind_it_and_asks_its_question() -> None:
    denied = Gap(None, "live_state", Stage.COLLECT, "clock", "denied")
    other = Gap(None, "security_log", Stage.COLLECT, "", "denied")
    observation = seen(about_service(), holding(denied, other))
    assert observation.gaps == (denied,)
    assert observation.text == "Was it?"


def test_what_nobody_collected_is_a_gap_too() -> None:
    gap = seen(about_service(), holding()).gaps[0]
    assert (gap.artifact, gap.item, gap.stage) == (None, "live_state", Stage.COLLECT)


def test_only_blind_answers_carry_gaps() -> None:
    assert seen(about_service(), holding(SERVICE)).gaps == ()
    assert seen(about_service(), holding(CLOCK)).gaps == ()


def test_an_unmeasured_quantity_blinds_and_a_measured_one_does_not() -> None:
    signal = asking("facts", "measured/clock_error_s", name="clock_error_agreed_s")
    assert seen(signal, holding()).sight is Sight.BLIND
    assert seen(signal, holding(fact("clock_error_s", 0.0))).sight is Sight.ABSENT


def test_all_needs_must_be_met() -> None:
    signal = about_service("live_state/clock", "system_log")
    assert seen(signal, holding(CLOCK)).sight is Sight.BLIND
    assert seen(signal, holding(log(SYSTEM_LOG, "system_log"))).sight is Sight.BLIND
    assert seen(signal, holding(CLOCK, log(SYSTEM_LOG, "system_log"))).sight is Sight.ABSENT


def test_alternatives_stand_for_each_other() -> None:
    signal = about_service("live_state/clock | w32tm_status")
    assert seen(signal, holding(CLOCK)).sight is Sight.ABSENT
    assert seen(signal, holding(reading("live/w32tm_status.txt", "w32tm_status", Covered()))).sight is Sight.ABSENT
    blind = seen(signal, holding(state("proxy")))
    assert blind.sight is Sight.BLIND
    assert {gap.item for gap in blind.gaps} == {"live_state", "w32tm_status"}


def test_one_section_of_live_state_does_not_answer_for_another() -> None:
    assert seen(about_service(), holding(state("proxy", "credentials"))).sight is Sight.BLIND


@pytest.mark.parametrize("covered", ["HKCU", r"HKCU\Software\Microsoft"])
def test_a_key_is_answered_by_whichever_artifact_holds_it(covered: str) -> None:
    signal = asking("registry", r"user_hive/HKCU\Software\Microsoft\Office", name="Anything")
    export = reading("registry/office.reg", "reg_user_office", Covered(covered, None, ALICE))
    assert seen(signal, holding(export)).sight is Sight.ABSENT


# --- whose it is --------------------------------------------------------------------------------------------------


def test_another_users_credentials_are_blind_never_absent() -> None:
    signal = asking("facts", "live_state/credentials", name="credentials.target", none=True, means=Means.AGAINST)
    theirs = holding(credential(user=BOB), state("credentials", user=BOB))
    observation = seen(signal, theirs)
    assert observation.sight is Sight.BLIND
    assert [gap.artifact for gap in observation.gaps] == [STATE]
    assert seen(signal, holding(state("credentials"))).sight is Sight.SEEN


def test_another_users_hive_neither_speaks_nor_answers() -> None:
    path = r"HKCU\Software\Microsoft\Office"
    signal = asking("registry", rf"user_hive/{path}", name="Setting")
    theirs = holding(setting(path, "Setting", 1, user=BOB), user_hive(BOB))
    assert seen(signal, theirs).sight is Sight.BLIND
    assert seen(signal, holding(setting(path, "Setting", 1, user=ALICE), user_hive())).sight is Sight.SEEN


def test_a_profile_name_is_as_good_as_its_sid() -> None:
    signal = asking("facts", "live_state/credentials", name="credentials.target")
    assert seen(signal, holding(credential(user="Alice"))).sight is Sight.SEEN
    assert seen(signal, holding(state("credentials", user="ALICE"))).sight is Sight.ABSENT


def test_a_list_of_credentials_that_names_no_owner_does_not_acquit_a_known_user() -> None:
    signal = asking("facts", "cmdkey_list", name="google_credential", none=True, means=Means.AGAINST)
    nobodys = holding(reading(CMDKEY, "cmdkey_list", Covered()))
    assert seen(signal, nobodys).sight is Sight.BLIND
    unknown = Subject(scene(person=Person(None, None)))
    assert observe(signal, nobodys, unknown).sight is Sight.SEEN


def test_the_machines_own_evidence_is_everybodys() -> None:
    assert seen(about_service(), holding(SERVICE, CLOCK)).sight is Sight.SEEN


@pytest.mark.parametrize(("user", "found"), [(ALICE, True), (None, True), ("S-1-5-18", True), (BOB, False)])
def test_a_record_of_a_service_is_heard_and_one_of_another_person_is_not(user: str | None, found: bool) -> None:
    signal = asking("events", "system_log", event_id=1000)
    evidence = holding(event("Application Error", 1000, FAILED, user=user))
    assert (seen(signal, evidence).sight is Sight.SEEN) is found


@pytest.mark.parametrize(("subject", "found"), [(MAIL, True), ("Alice@Gmail.com", True), (OTHER_MAIL, False)])
def test_what_is_said_of_one_account_says_nothing_about_another(subject: str, found: bool) -> None:
    observation = seen(
        asking("facts", name="oauth_accepted"), holding(fact("oauth_accepted", subject=subject)), account=MAIL
    )
    assert (observation.sight is Sight.SEEN) is found


@pytest.mark.parametrize("subject", [None, "accounts.google.com"])
def test_what_is_said_of_no_account_is_said_of_each(subject: str | None) -> None:
    evidence = holding(fact("tls_probes.host", "x", subject=subject))
    assert seen(asking("facts", name="tls_probes.host"), evidence, account=MAIL).sight is Sight.SEEN


# --- how far a log reaches back -----------------------------------------------------------------------------------


def in_log(**more: object) -> Signal:
    return asking("events", "system_log", event_id=36881, **more)


def test_a_log_that_reaches_back_only_to_tuesday_blinds_mondays_failure_and_nothing_else() -> None:
    since_tuesday = holding(log(SYSTEM_LOG, "system_log", "2026-03-03T00:00:00Z"))
    blind = seen(in_log(), since_tuesday, failed("2026-03-02T08:02:00Z"))
    assert blind.sight is Sight.BLIND
    assert [(gap.stage, gap.artifact) for gap in blind.gaps] == [(Stage.REACH, SYSTEM_LOG)]
    assert "2026-03-03 00:00:00" in blind.gaps[0].reason
    assert seen(in_log(), since_tuesday, failed("2026-03-03T08:02:00Z")).sight is Sight.ABSENT
    assert seen(in_log(), since_tuesday).sight is Sight.ABSENT


def test_the_log_must_reach_back_to_the_beginning_of_the_first_window() -> None:
    reaching = [("2026-03-02T07:47:00Z", Sight.ABSENT), ("2026-03-02T07:47:01Z", Sight.BLIND)]
    for since, sight in reaching:
        evidence = holding(log(SYSTEM_LOG, "system_log", since))
        assert seen(in_log(), evidence, failed("2026-03-05T08:00:00Z", FAILED)).sight is sight


def test_of_two_copies_of_a_log_the_one_that_reaches_back_answers() -> None:
    short, long = log("new.evtx", "system_log", MONDAY_NOON), log("old.evtx", "system_log", "2026-01-01T00:00:00Z")
    assert seen(in_log(), holding(short, long), failed()).sight is Sight.ABSENT


# --- the failure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "near"),
    [
        ("2026-03-02T07:46:59Z", False),
        ("2026-03-02T07:47:00Z", True),
        ("2026-03-02T08:17:00Z", True),
        ("2026-03-02T08:17:01Z", False),
    ],
)
def test_near_a_failure_means_inside_its_window(at: str, near: bool) -> None:
    evidence = holding(event("Schannel", 36881, at), log(SYSTEM_LOG, "system_log"))
    sight = Sight.SEEN if near else Sight.ABSENT
    assert seen(in_log(near_failure=True), evidence, failed()).sight is sight


def test_a_row_without_a_time_is_near_no_failure() -> None:
    evidence = holding(row("events", SYSTEM_LOG, "record 1", event_id=36881), log(SYSTEM_LOG, "system_log"))
    assert seen(in_log(near_failure=True), evidence, failed()).sight is Sight.ABSENT


def test_each_of_several_failures_has_a_window() -> None:
    evidence = holding(event("Schannel", 36881, "2026-03-04T10:05:00Z"))
    both = failed(FAILED, "2026-03-04T10:00:00Z")
    assert seen(in_log(near_failure=True), evidence, both).sight is Sight.SEEN


LOWER = [
    ("near_failure", "decisive", "unknown", "strong"),
    ("near_failure", "strong", "unknown", "weak"),
    ("near_failure", "weak", "unknown", "context"),
    ("near_failure", "strong", "dialog", "strong"),
    ("near_failure", "strong", "dialog_unknown_wording", "weak"),
    ("with_failure", "decisive", "unknown", "context"),
    ("with_failure", "strong", "unknown", "context"),
    ("with_failure", "strong", "log", "strong"),
    ("with_failure", "decisive", "dialog_unknown_wording", "strong"),
    ("neither", "decisive", "unknown", "decisive"),
    ("neither", "decisive", "dialog_unknown_wording", "decisive"),
]


@pytest.mark.parametrize(("leans", "declared", "basis", "effective"), LOWER)
def test_what_leans_on_a_failure_speaks_lower_where_it_is_not_known_for_sure(
    leans: str, declared: str, basis: str, effective: str
) -> None:
    more = {} if leans == "neither" else {leans: True}
    failure = Failure() if basis == "unknown" else failed(basis=basis)
    evidence = holding(event("Schannel", 36881, FAILED))
    observation = seen(in_log(strength=Strength(declared), **more), evidence, failure)
    assert observation.sight is Sight.SEEN
    assert (observation.strength, observation.declared) == (effective, declared)


LOST = [
    # an intact dialog proves what lies near it, but not that none came later
    ("dialog", "for", "decisive", "decisive"),
    ("dialog", "against", "decisive", "strong"),
    ("log", "for", "decisive", "strong"),
    ("log", "against", "decisive", "strong"),
    ("log", "for", "weak", "weak"),
    ("dialog_unknown_wording", "for", "decisive", "strong"),
]


@pytest.mark.parametrize(("basis", "means", "declared", "effective"), LOST)
def test_what_leans_on_a_failure_decides_nothing_while_a_lost_dialog_may_tell_of_another(
    basis: str, means: str, declared: str, effective: str
) -> None:
    signal = asking("events", "system_log", means=Means(means), strength=Strength(declared), with_failure=True)
    evidence = holding(event("Schannel", 36881, FAILED), log(SYSTEM_LOG, "system_log"))
    lost = Subject(scene(failed(basis=basis), settled=False))
    assert observe(signal, evidence, lost).strength == effective


# --- reported and doubtful ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "effective"), [("decisive", "strong"), ("strong", "strong"), ("weak", "weak"), ("context", "context")]
)
def test_what_a_person_reported_is_strong_at_most_and_is_labelled(declared: str, effective: str) -> None:
    signal = asking("facts", name="reported.sign_in_window", value="None", strength=Strength(declared))
    observation = seen(signal, holding(reported("sign_in_window", "none")))
    assert (observation.strength, observation.reported) == (effective, True)


def test_what_was_measured_is_not_labelled_as_reported() -> None:
    assert not seen(about_service(), holding(SERVICE)).reported


def test_a_damaged_record_speaks_one_strength_lower_unless_an_intact_one_says_the_same() -> None:
    first = event("Schannel", 36881, FAILED, record_id=7)
    torn = reading(SYSTEM_LOG, "system_log", doubts=["record 7"])
    assert seen(in_log(), holding(first, torn)).strength is Strength.WEAK
    second = event("Schannel", 36881, FAILED, record_id=8)
    assert seen(in_log(), holding(first, second, torn)).strength is Strength.STRONG


def test_an_artifact_whose_hash_differs_speaks_one_strength_lower() -> None:
    changed = reading(SYSTEM_LOG, "system_log", integrity=Integrity.DIFFERS)
    observation = seen(in_log(strength=Strength.DECISIVE), holding(event("Schannel", 36881, FAILED), changed))
    assert (observation.strength, observation.declared) == (Strength.STRONG, Strength.DECISIVE)


def test_joined_facts_stand_or_fall_together() -> None:
    pair = [fact("token_age_h", 30, artifact=name, place="x", joined=1) for name in ("sound", "torn")]
    torn = reading("torn", "live_state", doubts=["x"])
    signal = asking("facts", name="token_age_h")
    assert seen(signal, holding(*pair, torn)).strength is Strength.WEAK
    loose = [replace(one, cells=one.cells | {"joined": None}) for one in pair]
    assert seen(signal, holding(*loose, torn)).strength is Strength.STRONG


def test_a_joined_statement_is_counted_once_and_cites_all_its_sources() -> None:
    pair = [fact("token_age_h", 30, artifact=name, place="x", joined=1) for name in ("one", "two")]
    alone = fact("token_age_h", 40, artifact="three", place="x")
    observation = seen(asking("facts", name="token_age_h"), holding(*pair, alone))
    assert observation.total == 2
    assert [source.artifact for source in observation.sources] == ["one", "three", "two"]


# --- what is shown ------------------------------------------------------------------------------------------------


def test_the_first_twenty_places_are_cited_and_all_rows_counted() -> None:
    rows = [event("Schannel", 36881, f"2026-03-02T08:00:{second:02}Z") for second in range(30)]
    observation = seen(in_log(), holding(*reversed(rows)))
    assert observation.total == 30
    assert len(observation.sources) == SOURCES_AT_MOST
    assert observation.sources[0].at is not None
    assert observation.sources[0].at.second == 0


def test_what_lies_near_the_failure_is_cited_first_however_many_rows_came_before() -> None:
    older = [event("Schannel", 36881, f"2026-02-01T08:00:{second:02}Z") for second in range(30)]
    evidence = holding(*older, event("Schannel", 36881, FAILED))
    observation = seen(in_log(text="At {at}."), evidence, failed())
    assert observation.sources[0].at == when(FAILED)
    assert observation.text == "At 2026-03-02 08:02:00 UTC."


def test_a_citation_names_member_place_time_and_words() -> None:
    cited = seen(
        asking("registry", name="ProxyServer"),
        holding(setting(r"HKCU\Internet Settings", "ProxyServer", "old:8080", at=FAILED, user=ALICE)),
    ).sources[0]
    assert (cited.artifact, cited.place) == (HIVE, r"HKCU\Internet Settings!ProxyServer")
    assert cited.quote == "ProxyServer = old:8080"
    assert cited.at is not None


def test_a_long_quote_is_cut_to_300_characters_on_one_line() -> None:
    evidence = holding(fact("tls_probes.error", "a\r\n\tb" + "x" * 1000))
    quoted = seen(asking("facts", name="tls_probes.error"), evidence).sources[0].quote
    assert len(quoted) == 300
    assert quoted.startswith("tls_probes.error = a bxxx")
    assert quoted.endswith("…")


def test_placeholders_are_filled_from_the_first_row() -> None:
    rows = [
        fact("clock_error_s", 86400.0, place="b", at="2026-03-02T09:00:00Z"),
        fact("clock_error_s", 1.25, at=FAILED),
    ]
    signal = asking("facts", name="clock_error_s", text="{number:+,.1f} s of {subject} at {at}")
    assert seen(signal, holding(*rows)).text == "+1.2 s of – at 2026-03-02 08:02:00 UTC"


def test_a_whole_number_takes_the_format_of_its_placeholder() -> None:
    assert render("{event_id} of {number:,.0f}", {"event_id": 36881, "number": 1234567}) == "36881 of 1,234,567"


def test_braces_of_the_evidence_are_no_placeholders() -> None:
    evidence = holding(fact("credentials.target", "{artifact}{0}"))
    assert seen(asking("facts", name="credentials.target", text="{value}"), evidence).text == "{artifact}{0}"


# --- comparisons --------------------------------------------------------------------------------------------------


def where(column: str, operator: str, value: Any) -> list[bool]:
    frame = holding(fact("a", "Direct.Access", number=5.0), fact("b", "other"), fact("c", number=7.0)).facts.select(
        holds(Condition(column, Operator(operator), value)).alias("held")
    )
    return [bool(held) for held in frame.collect()["held"]]


@pytest.mark.parametrize(
    ("column", "operator", "value", "held"),
    [
        ("value", "is", "direct.ACCESS", [True, False, False]),
        ("value", "is", "direct", [False, False, False]),
        ("value", "any_of", ("OTHER", "x"), [False, True, False]),
        ("value", "contains", "T.A", [True, False, False]),
        ("value", "contains", ".*", [False, False, False]),
        ("value", "matches", "^d.*s$", [True, False, False]),
        ("number", "is", 5, [True, False, False]),
        ("number", "any_of", (5, 7), [True, False, True]),
        ("number", "above", 5, [False, False, True]),
        ("number", "below", 7, [True, False, False]),
    ],
)
def test_a_comparison_ignores_case_and_null_never_holds(
    column: str, operator: str, value: Any, held: list[bool]
) -> None:
    assert where(column, operator, value) == held


# --- properties ---------------------------------------------------------------------------------------------------

TARGETS = [credential(target=f"{IMAP_TARGET}{n}", number=n) for n in range(3)]
POOL: list[Row] = [
    SERVICE,
    *(one for rows in TARGETS for one in rows),
    *(event("Schannel", 36881, f"2026-03-02T08:0{n}:00Z", record_id=n + 1) for n in range(4)),
    row("events", SYSTEM_LOG, "record 9", event_id=36881),
    reported("password_prompt", "no"),
    fact("clock_error_agreed_s", 90_000.0, artifact="a", place="x", joined=1),
    fact("clock_error_agreed_s", 90_000.0, artifact="b", place="y", joined=1),
]
SIGNALS = [
    about_service(),
    asking("facts", "live_state/credentials", name="credentials.target", text="{value}"),
    asking("facts", name="clock_error_agreed_s"),
    asking("facts", name="reported.password_prompt", value="no"),
    in_log(near_failure=True, text="{record_id} {at}"),
    in_log(none=True),
]


@given(st.permutations(POOL), st.sampled_from(SIGNALS))
def test_the_order_of_rows_never_changes_an_observation(rows: list[Row], signal: Signal) -> None:
    assert seen(signal, holding(*rows), failed()) == seen(signal, holding(*POOL), failed())


@given(st.sets(st.integers(0, len(POOL) - 1)), st.sampled_from(SIGNALS))
def test_rows_that_a_signal_does_not_ask_for_never_change_it(left_out: set[int], signal: Signal) -> None:
    asked = holding(*POOL).tables[signal.table]
    for condition in signal.where:
        asked = asked.filter(holds(condition))
    places = set(asked.collect().select("artifact", "place").rows())
    mine = [r for r in POOL if r.table == signal.table and (r.cells["artifact"], r.cells["place"]) in places]
    more = [r for n, r in enumerate(POOL) if n in left_out and r not in mine]
    assert seen(signal, holding(*mine, *more), failed()) == seen(signal, holding(*mine), failed())


def test_a_row_that_only_a_transaction_log_shows_is_cited_with_that_log() -> None:
    path = r"HKCU\Software\Microsoft\Office\16.0\Common\Identity\Identities\x!IdP"
    rows = frame("registry", {"artifact": ["NTUSER.DAT"], "place": [path], "name": ["IdP"], "value": ["6"]})
    told = {"artifact": ["NTUSER.DAT"], "place": [path], "name": ["hive.found_in"], "value": ["LOG1"]}
    evidence = Evidence.of(registry=rows, facts=frame("facts", told))
    assert [source.quote for source in sources("registry", rows, evidence)] == ["IdP = 6 · LOG1"]
