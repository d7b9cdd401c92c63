"""What Google's servers said in the transport logs, to whom, and what a later acceptance takes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analyzer.measures import Inquiry, logins, survey
from analyzer.measures.evidence import Fact, elements
from analyzer.zones import Zone
from tests.unit.evidence import (
    ALICE,
    BOB,
    IMAP_LOG,
    MAIL,
    OTHER_MAIL,
    Row,
    case,
    dialog,
    holding,
    login,
    scene,
    when,
)

IMAP_OFF = "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page (Failure)"
LATER = "2026-03-02T08:30:00Z"


def measured(name: str, *parts: Row | tuple[Row, ...], account: str = MAIL) -> list[Fact]:
    """The facts as they come out of the whole survey of Alice's machine."""
    where, evidence = survey(holding(*parts, case(user_sid=ALICE, account=account)), Inquiry())[0]
    return [f for f in logins.measure(evidence, where) if f.name == name]


def values(name: str, *parts: Row | tuple[Row, ...]) -> list[str | None]:
    return [f.value for f in measured(name, *parts)]


# --- Google's words -----------------------------------------------------------------------------------------------

ANSWERS = {
    "[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page": "imap_disabled",
    "[ALERT] IMAP access is disabled for your domain. (Failure)": "imap_disabled",
    "[ALERT] Application-specific password required: https://support.google.com/": "app_password_required",
    "534-5.7.9 Application-specific password required. For more information, go to": "app_password_required",
    "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor ab12 - gsmtp": "app_password_required",
    "[ALERT] Please log in via your web browser: https://support.google.com/": "google_risk_block",
    "534-5.7.14 Please log in via your web browser": "google_risk_block",
    "534-5.7.9 Please log in with your web browser and then try again": "google_risk_block",
    "534 5.7.9  https://support.google.com/mail/?p=WebLoginRequired ab12 - gsmtp": "google_risk_block",
    "* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required.": "google_risk_block",
    "Web login required (Failure)": "google_risk_block",
    "Error 400: admin_policy_enforced": "workspace_policy",
    "Error 400: access_not_configured": "workspace_policy",
    "530-5.7.0 Must issue a STARTTLS command first.": "server_settings_wrong",
    "[ALERT] Too many simultaneous connections. (Failure)": "too_many_connections",
    "[LIMIT] Too many connections.": "too_many_connections",
}


@pytest.mark.parametrize(("words", "cause"), ANSWERS.items())
def test_googles_own_words_name_a_cause_for_that_account(words: str, cause: str) -> None:
    found = measured("google_answer", login("no", response=words))
    assert [(f.subject, f.value, f.number) for f in found] == [(MAIL, cause, 0.0)]
    assert found[0].sources[0].artifact == IMAP_LOG


@pytest.mark.parametrize(
    "words",
    [
        "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        "AUTHENTICATE failed",
        "",
    ],
)
def test_words_that_fit_the_token_too_name_no_other_cause(words: str) -> None:
    assert measured("google_answer", login("no", response=words)) == []


@pytest.mark.parametrize("server", ["imap.gmail.com", "imap.googlemail.com", "GMAIL.COM.", "142.250.102.108", None])
def test_a_google_server_and_one_that_is_not_named_speak_for_google(server: str | None) -> None:
    assert values("google_answer", login("no", response=IMAP_OFF, server=server)) == ["imap_disabled"]


@pytest.mark.parametrize("server", ["imap.mail.example", "notgmail.com", "gmail.com.example.org"])
def test_another_providers_server_does_not(server: str) -> None:
    assert values("google_answer", login("no", response=IMAP_OFF, server=server)) == []


def test_another_users_log_says_nothing() -> None:
    assert values("google_answer", login("no", response=IMAP_OFF, user=BOB)) == []


def test_only_the_wording_about_a_domain_is_the_administrators() -> None:
    for_domain = login("no", response="[ALERT] IMAP access is disabled for your domain. (Failure)")
    assert [f.subject for f in measured("imap_disabled_by_admin", for_domain)] == [MAIL]
    assert measured("imap_disabled_by_admin", login("no", response=IMAP_OFF)) == []


@pytest.mark.parametrize("method", ["login", "plain"])
@pytest.mark.parametrize(
    "words", ["[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "535-5.7.8 Username and Password not accepted."]
)
def test_a_refused_password_is_told_with_its_method(method: str, words: str) -> None:
    assert values("google_password_refused", login("no", method=method, response=words)) == [method]


@pytest.mark.parametrize(
    "other",
    [
        login("no", response="[AUTHENTICATIONFAILED] Invalid credentials (Failure)"),
        login("no", method="login", response="534-5.7.9 Application-specific password required. InvalidSecondFactor"),
        login("no", method="login", response="Temporary error"),
        login("ok", method="login", response="Invalid credentials"),
    ],
    ids=["a token", "a named cause", "another answer", "accepted"],
)
def test_other_refusals_are_not_of_a_password(other: tuple[Row, ...]) -> None:
    assert values("google_password_refused", other) == []


def test_too_many_attempts_are_told_apart() -> None:
    locked = login("no", method="login", response="454-4.7.0 Too many login attempts, please try again later.")
    assert values("google_too_many_logins", locked) == ["login"]
    assert values("google_answer", locked) == []


# --- whose, and when ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "hint", "owner"),
    [
        (OTHER_MAIL.upper(), "alicegmailcom", OTHER_MAIL),
        (None, "alicegmailcom", MAIL),
        (None, "bobgmailcom", MAIL),
        (MAIL.partition("@")[0].upper(), "bobgmailcom", MAIL),
    ],
)
def test_the_logs_own_spelling_comes_first_then_the_files_name_then_the_only_account(
    account: str | None, hint: str, owner: str
) -> None:
    found = measured("google_answer", login("no", account=account, account_hint=hint, response=IMAP_OFF))
    assert [f.subject for f in found] == [owner]


@pytest.mark.parametrize(("at", "hours"), [("2026-03-02T07:50:00Z", 0.0), ("2026-03-01T07:47:00Z", 24.0), (None, 0.0)])
def test_how_much_older_than_the_failures_window_an_answer_is(at: str | None, hours: float) -> None:
    found = measured("google_answer", dialog(), login("no", at, response=IMAP_OFF))
    assert [f.number for f in found] == [hours]


def test_a_later_acceptance_takes_the_answer_back_and_is_told_itself() -> None:
    both = dialog(), login("no", response=IMAP_OFF), login("ok", LATER, 11)
    assert values("google_answer", *both) == []
    assert values("google_login_accepted", *both) == ["imap"]


@pytest.mark.parametrize(
    "accepted",
    [
        login("ok", "2026-03-02T07:30:00Z", 9),
        login("ok", LATER, 11, account=OTHER_MAIL),
        login("ok", LATER, 11, server="smtp.gmail.com"),
        login("ok", LATER, 11, server="imap.mail.example"),
    ],
    ids=["an earlier one", "another account's", "another protocol's", "another provider's"],
)
def test_other_acceptances_do_not(accepted: tuple[Row, ...]) -> None:
    assert values("google_answer", dialog(), login("no", response=IMAP_OFF), accepted) == ["imap_disabled"]


@pytest.mark.parametrize(
    ("server", "protocol"),
    [("smtp.gmail.com", "smtp"), ("pop.gmail.com", "pop"), ("gmail.com", "imap"), (None, "imap")],
)
def test_the_protocol_is_the_servers_else_the_logs(server: str | None, protocol: str) -> None:
    assert values("google_login_accepted", dialog(), login("ok", LATER, server=server)) == [protocol]


def test_an_acceptance_before_the_failure_is_not_told() -> None:
    assert values("google_login_accepted", dialog(), login("ok", "2026-03-02T08:01:00Z")) == []


def test_a_local_time_of_a_zone_without_a_known_rule_may_be_an_hour_earlier() -> None:
    told = login("no", at=None, local_time="2026-07-02T09:02:00")
    (element,) = elements(holding(told), "mail_login")
    an_hour_ahead = scene(zone=Zone(timedelta(hours=-1)))
    assert logins.earliest(an_hour_ahead, element) == when("2026-07-02T07:02:00Z")
