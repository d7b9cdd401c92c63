"""The state of a token: what Google answered, how old it was, whether it was renewed, and the silent failure."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import Inquiry, survey, token
from analyzer.measures.evidence import Fact
from analyzer.model import Failure
from tests.unit.evidence import (
    ALICE,
    BOB,
    FAILED,
    IMAP_LOG,
    IMAP_TARGET,
    MAIL,
    OTHER_MAIL,
    SMTP_TARGET,
    Row,
    case,
    credential,
    dialog,
    fact,
    holding,
    identity,
    login,
    reported,
    scene,
    when,
)

LATER = "2026-03-02T08:30:00Z"
SECOND: dict[str, Any] = {"user_name": OTHER_MAIL, "target": f"2_{IMAP_TARGET}", "number": 1}


def measured(name: str, *parts: Row | tuple[Row, ...], **asked: str) -> list[Fact]:
    """The facts as they come out of the whole survey of Alice's machine."""
    where, evidence = survey(holding(*parts, case(user_sid=ALICE)), Inquiry(**asked))[0]
    return [f for f in token.measure(evidence, where) if f.name == name]


def subjects(name: str, *parts: Row | tuple[Row, ...], **asked: str) -> list[str | None]:
    return [f.subject for f in measured(name, *parts, **asked)]


# --- what Google answered -----------------------------------------------------------------------------------------


def test_a_token_answered_by_status_400_and_no_is_refused() -> None:
    found = measured("oauth_refused", login("no", status="400"))
    assert [(f.subject, f.value, f.at) for f in found] == [(MAIL, "400", when(FAILED))]
    assert found[0].sources[0].artifact == IMAP_LOG


@pytest.mark.parametrize(
    "other",
    [
        login("no"),
        login("no", status="401"),
        login("ok", status="400"),
        login("no", status="400", method="login"),
        login("no", status="400", user=BOB),
    ],
    ids=["no status", "401", "ok", "a password", "another user"],
)
def test_other_answers_do_not_refuse_the_token(other: tuple[Row, ...]) -> None:
    assert measured("oauth_refused", other) == []


def test_a_later_success_takes_the_refusal_back() -> None:
    assert measured("oauth_refused", login("no", status="400"), login("ok", LATER, 11)) == []


def test_an_earlier_success_does_not() -> None:
    assert subjects("oauth_refused", login("ok", "2026-03-02T07:30:00Z"), login("no", line=11, status="400")) == [MAIL]


@pytest.mark.parametrize("status", [None, "401"])
def test_a_later_refusal_of_another_kind_does_not_take_it_back(status: str | None) -> None:
    assert subjects("oauth_refused", login("no", status="400"), login("no", LATER, 11, status=status)) == [MAIL]


def test_lines_without_a_time_are_taken_in_the_order_of_their_log() -> None:
    refused_last = login("ok", None, 9), login("no", None, 10, status="400")
    assert subjects("oauth_refused", *refused_last) == [MAIL]
    accepted_last = login("no", None, 9, status="400"), login("ok", None, 10)
    assert subjects("oauth_refused", *accepted_last) == []


def test_the_success_of_one_account_says_nothing_about_another() -> None:
    mixed = login("no", status="400"), login("ok", LATER, 11, account=OTHER_MAIL)
    assert subjects("oauth_refused", *mixed) == [MAIL]
    assert subjects("oauth_accepted", *mixed) == [OTHER_MAIL]


def test_an_account_is_compared_without_regard_to_case() -> None:
    assert subjects("oauth_refused", login("no", status="400", account=MAIL.upper())) == [MAIL]
    assert subjects("oauth_refused", login("no", status="400"), login("ok", LATER, 11, account=MAIL.upper())) == []


@pytest.mark.parametrize(
    ("at", "accepted"), [("2026-03-02T08:01:59Z", False), ("2026-03-02T08:02:01Z", True), (None, False)]
)
def test_a_token_is_accepted_only_after_the_failure_and_at_a_certain_time(at: str | None, accepted: bool) -> None:
    assert bool(measured("oauth_accepted", dialog(), login("ok", at))) is accepted


def test_after_the_failure_means_after_the_last_one() -> None:
    failures = dialog(FAILED), dialog("2026-03-02T10:00:00Z")
    assert measured("oauth_accepted", *failures, login("ok", LATER)) == []
    assert subjects("oauth_accepted", *failures, login("ok", "2026-03-02T10:01:00Z")) == [MAIL]


def test_a_success_of_an_account_that_is_not_named_speaks_for_the_only_one_and_for_none_of_several() -> None:
    unnamed = login("ok", LATER, account=None)
    assert subjects("oauth_accepted", credential(), dialog(), unnamed) == ["alice@gmail.com"]
    assert subjects("oauth_accepted", credential(), credential(**SECOND), dialog(), unnamed) == []


# --- whether what was refused is still there ----------------------------------------------------------------------


REFUSED = login("no", status="400")
GRANT = fact(
    "office_log.oauth_error", "invalid_grant", artifact="outlook.log", at=FAILED, subject="accounts.google.com"
)


@pytest.mark.parametrize("refusal", [REFUSED, (GRANT,)], ids=["XOAUTH2", "invalid_grant"])
@pytest.mark.parametrize(
    ("written", "hours"),
    [(LATER, [0.47]), ("2026-03-02T08:16:00Z", []), ("2026-03-01T08:00:00Z", []), (None, [])],
    ids=["later", "in the same attempt", "before", "no time"],
)
def test_a_refusal_speaks_of_the_token_that_was_there(
    refusal: tuple[Row, ...], written: str | None, hours: list[float]
) -> None:
    found = measured("refused_token_replaced", refusal, credential(written=written))
    assert [round(f.number or 0, 2) for f in found] == hours
    assert all(f.subject == MAIL and len(f.sources) == 2 for f in found)


def test_every_refusal_that_stands_must_be_older() -> None:
    again = login("no", "2026-03-02T09:00:00Z", 11, status="400")
    assert measured("refused_token_replaced", REFUSED, again, credential(written=LATER)) == []
    newer_grant = Row(GRANT.table, GRANT.cells | {"at": when("2026-03-02T09:00:00Z")})
    assert measured("refused_token_replaced", REFUSED, newer_grant, credential(written=LATER)) == []


def test_a_refusal_that_was_taken_back_needs_no_replacement() -> None:
    accepted = login("ok", "2026-03-02T08:05:00Z", 11)
    assert measured("refused_token_replaced", REFUSED, accepted, credential(written=LATER)) == []


def test_a_local_time_that_can_be_later_proves_nothing() -> None:
    local = login("no", None, status="400", local_time="2026-03-02T09:02:00")
    assert measured("refused_token_replaced", local, credential(written=LATER)) == []
    assert measured("refused_token_replaced", local, credential(written="2026-03-02T21:30:00Z"))


def test_the_token_for_sending_does_not_replace_the_one_for_receiving() -> None:
    refused = login("no", status="400", server="imap.gmail.com")
    assert measured("refused_token_replaced", refused, credential(SMTP_TARGET, LATER)) == []
    assert measured("refused_token_replaced", refused, credential(IMAP_TARGET, LATER))


def test_another_accounts_token_replaces_nothing() -> None:
    assert subjects("refused_token_replaced", REFUSED, credential(), credential(**SECOND, written=LATER)) == []


# --- whose failure it was -----------------------------------------------------------------------------------------


BOTH = credential(written="2025-03-03T10:00:00Z"), credential(**SECOND, written="2025-03-03T10:00:00Z")


@pytest.mark.parametrize("name", ["silent_failure_unobserved", "token_age_h"])
def test_a_failure_is_that_of_the_account_that_the_case_names(name: str) -> None:
    assert set(subjects(name, *BOTH, dialog())) == {MAIL, OTHER_MAIL}
    assert subjects(name, *BOTH, dialog(), case(account=MAIL)) == [MAIL]
    assert subjects(name, *BOTH, dialog(), case(account="Sec.ond@googlemail.com")) == [OTHER_MAIL]


def test_an_account_that_the_machine_does_not_know_may_be_any() -> None:
    found = subjects("silent_failure_unobserved", *BOTH, dialog(), case(account="third@gmail.com"))
    assert found == [MAIL, OTHER_MAIL]


@pytest.mark.parametrize("name", ["silent_failure_unobserved", "token_age_h"])
def test_a_failure_is_that_of_the_account_that_a_log_shows_refused_then(name: str) -> None:
    assert subjects(name, *BOTH, login("no")) == [MAIL]
    assert subjects(name, *BOTH, dialog(), login("no", "2026-03-02T08:01:00Z")) == [MAIL]
    both_refused = login("no"), login("bad", LATER, 11, account=OTHER_MAIL)
    assert set(subjects(name, *BOTH, *both_refused)) == {MAIL, OTHER_MAIL}


@pytest.mark.parametrize(
    "refused",
    [login("no", "2026-03-02T05:00:00Z"), login("no", None), login("ok"), login("no", account=None)],
    ids=["at another time", "at an unknown time", "accepted", "of nobody"],
)
def test_another_login_does_not_tell_whose_the_dialog_was(refused: tuple[Row, ...]) -> None:
    assert subjects("silent_failure_unobserved", *BOTH, dialog(), refused) == [MAIL, OTHER_MAIL]


def test_a_refused_account_without_a_trace_is_no_silent_failure_of_another() -> None:
    assert subjects("silent_failure_unobserved", *BOTH, login("no", account="third@gmail.com")) == []


# --- how old it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "hours"), [("2026-03-01T08:02:00Z", 24.0), ("2026-03-02T07:02:00Z", 1.0)])
def test_a_tokens_age_is_told_in_hours_before_the_failure(written: str, hours: float) -> None:
    found = measured("token_age_h", dialog(), credential(written=written))
    assert [(f.subject, f.number) for f in found] == [(MAIL, hours)]


@pytest.mark.parametrize(
    "known", [dialog(), dialog(text="Serveur IMAP"), login("no")[0:]], ids=["dialog", "wording", "log"]
)
def test_the_age_is_told_where_an_attempt_left_a_trace(known: Row | tuple[Row, ...]) -> None:
    assert measured("token_age_h", known, credential(written="2025-09-14T07:00:00Z"))


def test_a_reported_time_is_no_attempt() -> None:
    old = credential(written="2025-09-14T07:00:00Z")
    assert measured("token_age_h", case(failure_utc=FAILED), old) == []
    assert measured("token_age_h", old, failure_at=FAILED) == []
    assert measured("token_age_h", old) == []


def test_a_token_written_after_the_failure_is_renewed() -> None:
    renewed = credential(written="2026-03-02T10:02:00Z")
    assert [f.number for f in measured("token_renewed_after_h", dialog(), renewed)] == [2.0]
    assert measured("token_age_h", dialog(), renewed) == []


def test_after_a_reported_time_the_window_of_two_hours_must_have_passed() -> None:
    reported_time = case(failure_utc=FAILED)
    within, past = (credential(written=f"2026-03-02T10:0{minute}:00Z") for minute in (1, 3))
    assert measured("token_renewed_after_h", reported_time, within) == []
    assert subjects("token_renewed_after_h", reported_time, past) == [MAIL]


@pytest.mark.parametrize("written", ["2026-03-02T08:01:00Z", "2026-03-02T08:17:00Z"])
def test_a_token_written_within_the_window_of_the_failure_is_not_renewed(written: str) -> None:
    assert measured("token_renewed_after_h", dialog(), credential(written=written)) == []


def test_the_newest_write_of_an_account_counts() -> None:
    imap = credential(written="2025-09-14T07:00:00Z")
    smtp = credential(SMTP_TARGET, "2026-03-02T07:02:00Z", number=1)
    assert [f.number for f in measured("token_age_h", dialog(), imap, smtp)] == [1.0]


def test_an_identity_dates_the_token_only_where_no_credential_does() -> None:
    old = identity(at="2026-02-28T08:02:00Z")
    assert [f.number for f in measured("token_age_h", dialog(), old)] == [48.0]
    assert [f.number for f in measured("token_age_h", dialog(), old, credential())] == [48.0]
    assert [f.number for f in measured("token_age_h", dialog(), old, credential(written="2026-03-02T07:02:00Z"))] == [
        1.0
    ]


def test_the_newest_of_two_identities_of_one_account_counts() -> None:
    both = identity("1", at="2025-11-01T07:00:00Z"), identity("2", at="2026-03-02T10:02:00Z")
    assert measured("token_age_h", dialog(), *both) == []
    assert subjects("token_renewed_after_h", dialog(), *both) == [MAIL]


def test_each_account_has_its_own_age() -> None:
    both = credential(written="2025-09-14T07:00:00Z"), credential(written="2026-03-02T10:02:00Z", **SECOND)
    assert subjects("token_age_h", dialog(), *both) == [MAIL]
    assert subjects("token_renewed_after_h", dialog(), *both) == [OTHER_MAIL]


# --- a page that was reached --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sign_in_window", "Shown"),
        ("consent_offered", "yes"),
        ("google_page_text", "This app is blocked"),
        ("google_page_text", "Blocked"),
    ],
)
def test_a_page_that_somebody_saw_was_reached(key: str, value: str) -> None:
    assert [f.value for f in measured("google_page_reached", reported(key, value))] == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        # it may be Outlook's own
        ("password_prompt", "yes"),
        ("password_prompt", "no"),
        ("password_prompt", "unknown"),
        ("sign_in_window", "none"),
        ("sign_in_window", "flashed"),
        ("google_page_text", "unknown"),
        ("google_page_text", "None"),
        ("google_page_text", "no"),
        ("google_page_text", " "),
        ("imap_enabled", "yes"),
    ],
)
def test_nothing_else_that_was_said_means_a_page(key: str, value: str) -> None:
    assert measured("google_page_reached", reported(key, value)) == []


# --- the silent failure -------------------------------------------------------------------------------------------

SILENT, UNOBSERVED = "silent_failure_with_token", "silent_failure_unobserved"
NO_PROMPT = reported("password_prompt", "no")


@pytest.mark.parametrize("trace", [credential(), identity()], ids=["credential", "identity"])
def test_a_failure_without_any_window_on_a_machine_that_holds_the_token_is_silent(trace: tuple[Row, ...]) -> None:
    assert subjects(SILENT, dialog(), trace, NO_PROMPT) == [MAIL]
    assert subjects(UNOBSERVED, dialog(), trace, NO_PROMPT) == []


def test_where_nobody_said_and_nothing_could_have_shown_a_window_it_is_unobserved() -> None:
    assert subjects(UNOBSERVED, dialog(), credential()) == [MAIL]
    assert subjects(SILENT, dialog(), credential()) == []


@pytest.mark.parametrize(
    "lacking",
    [
        (credential(), (NO_PROMPT,)),
        ((dialog(),), (NO_PROMPT,)),
        ((dialog(),), credential(user=BOB)),
        ((dialog(),), (*credential(), reported("password_prompt", "yes"))),
        ((dialog(),), (*credential(), reported("sign_in_window", "shown"))),
    ],
    ids=["no failure", "no token", "another user's token", "a prompt came", "a window came"],
)
def test_it_is_neither_when_one_part_is_lacking(lacking: tuple[tuple[Row, ...], ...]) -> None:
    assert measured(SILENT, *lacking) == measured(UNOBSERVED, *lacking) == []


def test_each_account_that_holds_a_token_failed_silently() -> None:
    assert subjects(UNOBSERVED, dialog(), credential(), credential(**SECOND)) == [MAIL, OTHER_MAIL]


def test_the_statement_rests_on_the_failure_and_on_the_token() -> None:
    found = measured(SILENT, dialog(), credential(), NO_PROMPT)[0]
    assert len(found.sources) == 2
    assert found.at == when(FAILED)
    assert found.value == IMAP_TARGET


def test_without_a_failure_nothing_is_silent() -> None:
    evidence = holding(credential(), NO_PROMPT)
    assert all(f.name not in (SILENT, UNOBSERVED) for f in token.measure(evidence, scene(Failure())))
