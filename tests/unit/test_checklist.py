"""The article's lists: answered by verdicts, by records, by what was said; else asked of whoever knows."""

from __future__ import annotations

import pytest

from analyzer.checklist import checklist
from analyzer.measures import Inquiry, survey
from analyzer.model import Check, Observation, Source, Verdict
from tests.unit.evidence import (
    ALICE,
    BOB,
    MAIL,
    Row,
    Rows,
    case,
    credential,
    dialog,
    holding,
    login,
    observation,
    reported,
    verdict,
)

PROOF = Source("live/state.json", "clock.samples[0]")
WORK = "alice@example.org"


def answered(*parts: Row | Rows, verdicts: tuple[Verdict, ...] = ()) -> dict[str, Check]:
    scene, measured = survey(holding(*parts, case(user_sid=ALICE)), Inquiry())[0]
    return {check.id: check for check in checklist(scene, measured, verdicts)}


def shown(means: str) -> Observation:
    return observation(means, "strong", sources=(PROOF,))


def test_a_line_fails_by_a_likely_cause_and_cites_what_speaks_for_it() -> None:
    accused = verdict("clock_skew", "likely", shown("for"))
    assert answered(verdicts=(accused,))["clock_right"] == Check("clock_right", "quick", "fail", None, (PROOF,))


def test_a_line_passes_only_when_each_of_its_causes_was_judged_and_none_stands() -> None:
    def network(*statuses: str) -> Check:
        causes = ("proxy_misconfigured", "firewall_block", "name_resolution", "vpn_interference")
        judged = zip(causes, statuses, strict=False)
        return answered(verdicts=tuple(verdict(c, s, shown("against")) for c, s in judged))["network_open"]

    clear = ("ruled_out", "unlikely", "unlikely", "unlikely")
    assert (network(*clear).answer, network(*clear).sources) == ("pass", (PROOF,))
    assert network(*clear[:3]).answer == "unknown"
    assert network(*clear[:3], "undetermined").answer == "unknown"
    assert network(*clear[:3], "possible").answer == "unknown"


def test_what_only_a_person_knows_is_asked_of_them() -> None:
    asked = {check.id: check.ask_whom for check in answered().values() if check.answer == "ask"}
    assert asked["imap_on"] == asked["two_step_on"] == asked["test_mail_arrived"] == "user"
    assert asked["workspace_allows"] == "google_admin"


@pytest.mark.parametrize(
    ("key", "said", "line", "answer"),
    [
        ("imap_enabled", "yes", "imap_on", "pass"),
        ("imap_enabled", "No", "imap_on", "fail"),
        ("imap_enabled", "unknown", "imap_on", "ask"),
        ("two_step_on", "no", "two_step_on", "fail"),
        ("access_revoked", "yes", "access_revoked", "pass"),
        ("advanced_protection", "no", "no_advanced_protection", "pass"),
        ("password_prompt", "no", "prompt_came", "fail"),
        ("sign_in_window", "flashed", "window_came", "fail"),
        ("sign_in_window", "shown", "window_came", "pass"),
        ("consent_offered", "no", "consent_came", "fail"),
        ("works_on_other_pc", "yes", "fails_elsewhere_too", "fail"),
    ],
)
def test_what_was_said_answers_and_is_cited(key: str, said: str, line: str, answer: str) -> None:
    found = answered(reported(key, said))[line]
    assert (found.answer, found.reported) == (answer, answer != "ask")
    assert bool(found.sources) is (answer != "ask")


def test_what_was_said_both_ways_is_asked_again() -> None:
    assert answered(reported("imap_enabled", "yes", 0), reported("imap_enabled", "no", 1))["imap_on"].answer == "ask"


def test_a_cause_outweighs_what_was_said() -> None:
    accused = verdict("imap_disabled", "confirmed", shown("for"))
    assert answered(reported("imap_enabled", "yes"), verdicts=(accused,))["imap_on"].answer == "fail"


def test_google_asks_for_an_applications_password_only_where_two_step_verification_is_on() -> None:
    words = "NO [ALERT] Application-specific password required (Failure)"
    refused = login("no", method="login", response=words, server="imap.gmail.com")
    assert answered(refused, dialog())["two_step_on"].answer == "pass"


def test_mail_flows_only_where_google_accepted_both_logins_after_the_failure() -> None:
    after = "2026-03-02T09:00:00Z"
    imap = login("ok", after, 10, server="imap.gmail.com", method="login")
    smtp = login("ok", after, 20, server="smtp.gmail.com", method="login")
    assert answered(dialog(), imap)["send_receive"].answer == "ask"
    both = answered(dialog(), imap, smtp)
    assert not both["send_receive"].reported
    assert (both["send_receive"].answer, both["status_bar_clean"].answer, both["imap_on"].answer) == ("pass",) * 3
    assert len(both["send_receive"].sources) == 2


def test_a_token_written_after_the_failure_shows_a_new_sign_in_of_this_user_alone() -> None:
    late = "2026-03-02T10:00:00Z"
    assert answered(dialog(), credential(written=late))["signed_in_anew"].answer == "pass"
    assert answered(dialog(), credential(written=late, user=BOB))["signed_in_anew"].answer == "ask"


def test_one_accounts_success_answers_nothing_for_another() -> None:
    second = credential(user_name=WORK, number=1, target="2_tp_google_imap_oauth2")
    accepted = login("ok", "2026-03-02T09:00:00Z", 10, server="imap.gmail.com")
    assert answered(dialog(), accepted)["imap_on"].answer == "pass"
    assert answered(dialog(), accepted, credential(), second)["imap_on"].answer == "ask"
    assert answered(dialog(), accepted, credential(), second)["signed_in_anew"].answer == "ask"


def test_no_administrator_is_named_for_an_account_of_googles_own() -> None:
    assert "workspace_allows" not in answered(credential(user_name=MAIL))
    assert answered(credential(user_name=WORK))["workspace_allows"].ask_whom == "google_admin"
    both = credential(user_name=WORK, number=1, target="2_tp_google_imap_oauth2")
    assert "workspace_allows" in answered(credential(user_name=MAIL), both)
