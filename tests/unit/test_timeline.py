"""Attempts to sign in: what belongs to each, which station broke, and whether a prompt was reached."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import Inquiry, survey
from analyzer.model import Attempt, Reading
from analyzer.timeline import attempts
from tests.unit.evidence import (
    ALICE,
    BOB,
    FAILED,
    IMAP_LOG,
    MAIL,
    MANIFEST,
    OALERTS,
    OTHER_MAIL,
    Row,
    Rows,
    case,
    credential,
    dialog,
    event,
    fact,
    holding,
    login,
    reported,
    section,
    state,
    when,
)

NEXT_DAY = "2026-03-03T08:00:00Z"
SMTP_LOG = "C/Users/alice/AppData/Local/Temp/Outlook Logging/opmlog.log"
OFFICE_LOG = "C/Users/alice/AppData/Local/Temp/Diagnostics/OUTLOOK/1.log"


def tried(*parts: Row | Rows, reading: Reading | None = None) -> tuple[Attempt, ...]:
    read = [reading] if reading else []
    where, evidence = survey(holding(*parts, *read, case(user_sid=ALICE)), Inquiry())[0]
    return attempts(where, evidence)


def refused(at: str | None, line: int = 10, **fields: Any) -> Rows:
    return login("no", at, line, status="400", server="imap.gmail.com", **fields)


def google_error(error: str, at: str = "2026-03-02T08:01:30Z") -> Rows:
    return section("office_log", "line 7", {"oauth_error": error}, artifact=OFFICE_LOG, at=at, user=ALICE)


def audited(event_id: int, at: str, **fields: str) -> Row:
    return event("Microsoft-Windows-Security-Auditing", event_id, at, artifact="Security.evtx", data=fields)


def started(at: str, parent: str = r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE") -> Row:
    program = r"C:\Program Files (x86)\Microsoft\EdgeWebView\Application\131.0.1.2\msedgewebview2.exe"
    return audited(4688, at, NewProcessName=program, NewProcessId="0x1f4c", ParentProcessName=parent)


def ended(at: str, process: str = "0x1f4c") -> Row:
    return audited(4689, at, ProcessName=r"C:\x\msedgewebview2.exe", ProcessId=process)


def crash(at: str) -> Row:
    strings = "msedgewebview2.exe\n131.0.1.2\n674f3a1b\nntdll.dll\n10.0\n1\nc0000005\n0"
    return event("Application Error", 1000, at, artifact="Application.evtx", text=strings)


def kinds(attempt: Attempt) -> list[str]:
    return [trace.kind for trace in attempt.traces]


# --- what makes an attempt ----------------------------------------------------------------------------------------


def test_each_dialog_is_an_attempt_with_its_source_in_order_of_time() -> None:
    found = tried(dialog(NEXT_DAY), dialog(FAILED))
    assert [(a.at, a.until) for a in found] == [(when(FAILED), None), (when(NEXT_DAY), None)]
    assert [s.artifact for a in found for s in a.sources] == [OALERTS, OALERTS]
    assert {(a.broke_at, a.prompt_reached) for a in found} == {("unknown", None)}


def test_without_a_trace_of_failure_there_is_no_attempt() -> None:
    assert tried(credential(written="2026-03-02T08:00:00Z"), login("ok", server="imap.gmail.com")) == ()


def test_a_told_time_is_an_attempt_of_its_own_where_no_record_is_near() -> None:
    found = tried(case(failure_utc=FAILED))
    assert [(a.at, a.broke_at, kinds(a)) for a in found] == [(when(FAILED), "unknown", ["told"])]
    assert [s.artifact for s in found[0].sources] == [MANIFEST]


def test_a_told_time_and_the_dialog_near_it_are_one_attempt() -> None:
    found = tried(case(failure_utc=FAILED), dialog("2026-03-02T08:20:11Z"), dialog(NEXT_DAY))
    assert [(a.at, kinds(a)) for a in found] == [
        (when("2026-03-02T08:20:11Z"), ["told", "dialog"]),
        (when(NEXT_DAY), ["dialog"]),
    ]


def test_a_told_time_is_given_to_the_refusal_nearest_to_it_and_later_ones_stay_apart() -> None:
    found = tried(case(failure_utc=FAILED), refused("2026-03-02T08:12:00Z", 10), refused("2026-03-02T09:30:00Z", 20))
    assert [(a.at, a.until, kinds(a)) for a in found] == [
        (when("2026-03-02T08:12:00Z"), None, ["told", "token_refused"]),
        (when("2026-03-02T09:30:00Z"), None, ["token_refused"]),
    ]


def test_refusals_that_follow_each_other_closely_are_one_attempt_of_their_account() -> None:
    found = tried(
        *(refused(f"2026-03-02T07:0{minute}:00Z", 10 + minute) for minute in (0, 4, 8)),
        refused("2026-03-02T07:30:00Z", 30),
        refused("2026-03-02T07:01:00Z", 40, account=OTHER_MAIL),
    )
    assert [(a.at, a.until, a.account) for a in found] == [
        (when("2026-03-02T07:00:00Z"), when("2026-03-02T07:08:00Z"), MAIL),
        (when("2026-03-02T07:01:00Z"), None, OTHER_MAIL),
        (when("2026-03-02T07:30:00Z"), None, MAIL),
    ]
    assert {a.broke_at for a in found} == {"imap"}


def test_a_crash_that_no_failure_follows_is_no_attempt_to_sign_in() -> None:
    assert tried(crash("2026-03-01T12:00:00Z")) == ()


def test_another_persons_login_is_no_attempt_of_this_one() -> None:
    assert tried(refused(FAILED, user=BOB)) == ()


def test_a_reproduced_failure_lasts_from_its_beginning_to_its_end_and_holds_its_dialog() -> None:
    bracket = case(**{"reproduced.started_utc": FAILED, "reproduced.ended_utc": "2026-03-02T08:05:00Z"})
    rows = tuple(Row(r.table, r.cells | {"place": "case.reproduced"}) for r in bracket)
    found = tried(rows, dialog("2026-03-02T08:04:30Z"), dialog("2026-03-01T10:00:00Z"))
    assert [(a.at, a.until) for a in found] == [
        (when("2026-03-01T10:00:00Z"), None),
        (when(FAILED), when("2026-03-02T08:05:00Z")),
    ]
    assert kinds(found[1]) == ["dialog", "reproduced"]


# --- which station broke ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "broke_at"),
    [
        ("2026-03-02T07:50:00Z", ["imap"]),
        ("2026-03-02T08:05:00Z", ["imap"]),
        ("2026-03-02T07:30:00Z", ["imap", "unknown"]),
        ("2026-03-02T08:09:00Z", ["unknown", "imap"]),
        (None, ["unknown"]),
    ],
)
def test_a_refused_token_near_the_dialog_says_that_the_attempt_broke_at_the_mail_server(
    at: str | None, broke_at: list[str]
) -> None:
    assert [a.broke_at for a in tried(dialog(), refused(at))] == broke_at


def test_a_refusal_belongs_to_the_dialog_that_follows_it() -> None:
    first, second = tried(dialog(FAILED), dialog("2026-03-02T08:04:00Z"), refused("2026-03-02T08:03:30Z"))
    assert IMAP_LOG not in {s.artifact for s in first.sources}
    assert IMAP_LOG in {s.artifact for s in second.sources}
    assert (second.at, second.until) == (when("2026-03-02T08:03:30Z"), when("2026-03-02T08:04:00Z"))


def test_of_two_servers_that_refuse_the_first_station_is_named() -> None:
    smtp = section(
        "mail_login",
        "line 3",
        {"account": MAIL, "method": "xoauth2", "answer": "no", "server": "smtp.gmail.com"},
        artifact=SMTP_LOG,
        at="2026-03-02T08:01:58Z",
        user=ALICE,
    )
    assert tried(dialog(), smtp)[0].broke_at == "smtp"
    assert tried(dialog(), smtp, refused("2026-03-02T08:01:59Z"))[0].broke_at == "imap"


@pytest.mark.parametrize(
    ("error", "broke_at"),
    [
        ("invalid_grant", "token_stored"),
        ("admin_policy_enforced", "consent"),
        ("disallowed_useragent", "google_page"),
        ("invalid_request", "unknown"),
    ],
)
def test_each_error_of_googles_sign_in_names_its_station(error: str, broke_at: str) -> None:
    found = tried(dialog(), google_error(error))
    assert [(a.at, a.broke_at) for a in found] == [(when("2026-03-02T08:01:30Z"), broke_at)]


@pytest.mark.parametrize(("at", "broke_at"), [("2026-03-02T08:00:30Z", "window"), ("2026-03-02T07:58:00Z", "unknown")])
def test_a_crash_breaks_the_window_only_within_two_minutes_before_the_failure(at: str, broke_at: str) -> None:
    found = tried(dialog(), crash(at))
    assert [a.broke_at for a in found] == [broke_at]
    assert "webview2_crash" in kinds(found[0])


def test_a_crash_near_a_roughly_told_time_breaks_nothing() -> None:
    assert tried(case(failure_utc=FAILED), crash("2026-03-02T08:01:00Z"))[0].broke_at == "unknown"


@pytest.mark.parametrize(("second", "broke_at"), [("41", "window"), ("55", "unknown")])
def test_a_window_of_outlook_that_ends_at_once_vanished(second: str, broke_at: str) -> None:
    found = tried(dialog(), started("2026-03-02T08:01:40Z"), ended(f"2026-03-02T08:01:{second}Z"))
    assert [(a.at, a.broke_at) for a in found] == [(when("2026-03-02T08:01:40Z"), broke_at)]


def test_a_window_of_another_program_is_no_part_of_the_attempt() -> None:
    found = tried(dialog(), started("2026-03-02T08:01:40Z", r"C:\x\ms-teams.exe"), ended("2026-03-02T08:01:41Z"))
    assert kinds(found[0]) == ["dialog"]


def test_a_blocked_browser_breaks_the_window_and_no_prompt_can_have_come() -> None:
    rule = {"ID": "26190899-1602-49e8-8b27-eb1d0a1ce869", "Process Name": "OUTLOOK.EXE", "Path": "msedge.exe"}
    blocked = event("Microsoft-Windows-Windows Defender", 1121, "2026-03-02T08:01:00Z", artifact="D.evtx", data=rule)
    found = tried(dialog(), blocked)
    assert [(a.broke_at, a.prompt_reached) for a in found] == [("window", False)]


def test_the_harmless_code_of_a_closed_webview_breaks_nothing() -> None:
    rows = section("office_log", "line 7", {"webview2_error": "0x8007139F"}, artifact=OFFICE_LOG, at=FAILED)
    assert tried(dialog(), rows)[0].broke_at == "unknown"


@pytest.mark.parametrize(("host", "broke_at"), [("accounts.google.com", "google_page"), ("www.google.com", "unknown")])
def test_a_network_error_beside_a_host_of_the_sign_in_names_its_station(host: str, broke_at: str) -> None:
    rows = section(
        "office_log",
        "line 7",
        {"error_code": "0x80072EE7"},
        artifact=OFFICE_LOG,
        at="2026-03-02T08:01:00Z",
        subject=host,
    )
    assert tried(dialog(), rows)[0].broke_at == broke_at


def requested(at: str, host: str = "accounts.google.com", **fields: Any) -> Rows:
    return section(
        "page_requests", f"line {at[-3:-1]}", {"host": host, **fields}, artifact="netlog.json", at=at, user=ALICE
    )


@pytest.mark.parametrize(
    ("fields", "kind", "broke_at"),
    [
        ({"error": "ERR_PROXY_CONNECTION_FAILED"}, "page_failed", "google_page"),
        ({"status_code": 200}, "page_loaded", "unknown"),
        ({"error": "ERR_ABORTED"}, None, "unknown"),
        ({"status_code": 403}, None, "unknown"),
    ],
)
def test_the_page_was_answered_or_failed_as_webview2s_own_log_tells(
    fields: dict[str, Any], kind: str | None, broke_at: str
) -> None:
    found = tried(dialog(), requested("2026-03-02T08:01:20Z", **fields))
    assert kinds(found[0]) == [*([kind] if kind else []), "dialog"]
    assert found[0].broke_at == broke_at


def test_a_request_to_another_host_is_no_trace() -> None:
    other = requested("2026-03-02T08:01:20Z", "www.gstatic.com", error="ERR_FAILED")
    assert kinds(tried(dialog(), other)[0]) == ["dialog"]


# --- whose, and what was seen -------------------------------------------------------------------------------------


def test_the_account_is_named_only_where_there_is_one_or_the_server_refused_one() -> None:
    second = credential(user_name=OTHER_MAIL, target="2_tp_google_imap_oauth2", number=1)
    assert tried(dialog(), credential())[0].account == MAIL
    assert tried(dialog(), credential(), second)[0].account is None
    assert tried(dialog(), credential(), second, refused(FAILED, account=OTHER_MAIL))[0].account == OTHER_MAIL


def test_a_token_written_just_before_the_failure_is_a_station_that_was_passed() -> None:
    found = tried(dialog(), credential(written="2026-03-02T08:01:00Z"))
    assert [(t.kind, t.station, t.outcome) for t in found[0].traces] == [
        ("token_written", "token_stored", "passed"),
        ("dialog", None, "seen"),
    ]
    assert found[0].at == when(FAILED)


def test_what_succeeded_after_the_failure_is_no_part_of_it() -> None:
    later = login("ok", "2026-03-02T08:04:00Z", server="imap.gmail.com")
    assert kinds(tried(dialog(), later)[0]) == ["dialog"]


def test_another_accounts_success_before_the_failure_does_not_name_whose_it_was() -> None:
    second = credential(user_name=OTHER_MAIL, target="2_tp_google_imap_oauth2", number=1)
    accepted = login("ok", "2026-03-02T08:01:00Z", account=OTHER_MAIL, server="imap.gmail.com")
    found = tried(dialog(), credential(), second, accepted)[0]
    assert (found.account, kinds(found)) == (None, ["token_accepted", "dialog"])


@pytest.mark.parametrize("written", ["2026-03-01T08:00:00Z", "2026-03-02T08:10:00Z"])
def test_a_token_written_long_before_or_after_the_failure_is_no_part_of_it(written: str) -> None:
    assert kinds(tried(dialog(), credential(written=written))[0]) == ["dialog"]


@pytest.mark.parametrize(
    ("answers", "reached"),
    [
        (["yes"], True),
        (["No"], False),
        (["unknown"], None),
        ([], None),
        (["yes", "no"], None),
        (["no", "unknown"], False),
    ],
)
def test_whether_a_prompt_was_reached_is_what_was_said_without_contradiction(
    answers: list[str], reached: bool | None
) -> None:
    said = tuple(reported("password_prompt", answer, n) for n, answer in enumerate(answers))
    assert tried(dialog(), said)[0].prompt_reached is reached


@pytest.mark.parametrize(
    ("window", "broke_at", "reached"),
    [("none", "window", False), ("flashed", "window", None), ("shown", "unknown", None), ("unknown", "unknown", None)],
)
def test_what_was_said_of_the_window(window: str, broke_at: str, reached: bool | None) -> None:
    found = tried(dialog(), reported("sign_in_window", window))[0]
    assert (found.broke_at, found.prompt_reached) == (broke_at, reached)


def test_what_was_said_is_about_the_last_attempt_and_yields_to_a_record() -> None:
    first, second = tried(
        dialog(FAILED), dialog(NEXT_DAY), reported("sign_in_window", "none"), refused("2026-03-03T07:59:00Z")
    )
    assert (first.broke_at, first.prompt_reached) == ("unknown", None)
    assert (second.broke_at, second.prompt_reached) == ("imap", False)


@pytest.mark.parametrize(
    ("key", "value", "broke_at"),
    [
        ("google_page_text", "Access blocked: admin_policy_enforced", "consent"),
        ("google_page_text", "403: disallowed_useragent", "google_page"),
        ("google_page_text", "no", "unknown"),
        ("consent_offered", "no", "unknown"),
    ],
)
def test_the_text_of_googles_page_tells_where_it_stands(key: str, value: str, broke_at: str) -> None:
    assert tried(dialog(), reported(key, value))[0].broke_at == broke_at


def gone() -> Rows:
    keys = (r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software")
    guid = "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
    looked = [
        section(
            "webview2.looked_in",
            f"webview2.looked_in[{n}]",
            {"place": rf"{key}\Microsoft\EdgeUpdate\Clients\{guid}", "outcome": "no_key"},
            user=ALICE,
        )
        for n, key in enumerate(keys)
    ]
    listed = section("webview2.listed", "webview2.listed[0]", {"path": "C:\\x", "outcome": "missing"})
    return (*(row for rows in looked for row in rows), *listed)


def test_without_the_runtime_at_the_collection_no_window_can_have_come_unless_somebody_saw_it() -> None:
    found = tried(dialog(), gone(), reading=state("webview2"))
    assert (found[0].broke_at, kinds(found[0])) == ("window", ["dialog", "webview2_gone"])
    assert (
        tried(dialog(), gone(), reported("sign_in_window", "shown"), reading=state("webview2"))[0].broke_at == "unknown"
    )
    assert (
        tried(dialog(), gone(), reported("consent_offered", "yes"), reading=state("webview2"))[0].broke_at == "unknown"
    )


def test_a_login_by_local_time_of_the_day_of_collection_has_its_place() -> None:
    rows = refused(None, local_time="2026-03-02T09:01:30")
    bias = fact("host.utc_bias_minutes", -60.0, place="host")
    taken = fact("taken_utc", "2026-03-02T08:11:00Z")
    assert [(a.at, a.broke_at) for a in tried(rows, bias, taken)] == [(when("2026-03-02T08:01:30Z"), "imap")]
