"""A transport log tells who tried to sign in, how, and what the server said, and keeps no secret."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bundle import Host
from analyzer.parsers.mail_log import read
from tests.unit.parsers.artifacts import Said, artifact, said

USER = "S-1-5-21-1-2-3-1001"
IMAP_NAME = "C/Users/alice/AppData/Local/Temp/Outlook Logging/IMAP-alicegmailcom-03_02_2026-09_02_11_798.log"
OPM_NAME = "C/Users/alice/AppData/Local/Temp/Outlook-Protokoll/opmlog.log"
REFUSAL = "eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="
TOKEN = "ya29.a0AfB_byC-1x" * 9
PAYLOAD = base64.b64encode(f"user=alice@gmail.com\x01auth=Bearer {TOKEN}\x01\x01".encode()).decode()
PLAIN = base64.b64encode(b"\0alice@gmail.com\0hunter2-hunter2").decode()

REFUSED = f"""IMAP: 09:02:11 [db] Connecting to 'imap.gmail.com' on port 993
IMAP: 09:02:11 [rx] * OK Gimap ready for requests from 203.0.113.9 x1mb1
IMAP: 09:02:12 [tx] wk2e AUTHENTICATE XOAUTH2
IMAP: 09:02:12 [rx] +
IMAP: 09:02:12 [tx] {PAYLOAD}
IMAP: 09:02:13 [rx] + {REFUSAL}
IMAP: 09:02:13 [tx]\x20
IMAP: 09:02:14 [rx] wk2e NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)
IMAP: 09:02:14 [db] OnError: state = 3, hr = -2146644781
IMAP: 09:02:14 [db] Connection to 'IP address' closed
"""
UTC_HOST = Host(oem_code_page=850, ansi_code_page=1252, utc_bias_minutes=-330, time_zone="India Standard Time")


def of(text: str, name: str = IMAP_NAME, host: Host | None = None, item: str | None = "outlook_imap_log") -> Said:
    return said(read, artifact(text.replace("\n", "\r\n").encode(), name, item, USER, host))


def login(found: Said, place: str) -> dict[str, Any]:
    rows = [row for row in found.table("facts") if row["place"] == place and row["name"].startswith("mail_login.")]
    return {row["name"].removeprefix("mail_login."): row["value"] for row in rows}


def imap(*said_lines: str) -> str:
    return "".join(f"IMAP: 09:02:11 {line}\n" for line in said_lines)


def smtp(*said_lines: str) -> str:
    return "".join(f"2026.03.02 09:02:11 SMTP (smtp.gmail.com): {line}\n" for line in said_lines)


def test_a_refused_token_is_told_in_full() -> None:
    found = of(REFUSED)
    assert login(found, "line 3") == {
        "account": "alice@gmail.com",
        "account_hint": "alicegmailcom",
        "method": "xoauth2",
        "answer": "no",
        "oauth_status": "400",
        "response": "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        "server": "imap.gmail.com",
        "local_time": "2026-03-02T09:02:14",
    }
    assert {row["subject"] for row in found.table("facts") if row["place"] == "line 3"} == {"alice@gmail.com"}


def test_a_refusal_of_a_token_is_told_where_its_command_is_cut_off() -> None:
    found = login(
        of(imap(f"[rx] + {REFUSAL}", "[tx] ", "[rx] wk2e NO [AUTHENTICATIONFAILED] Invalid credentials")), "line 1"
    )
    assert (found["method"], found["oauth_status"], found["answer"]) == ("xoauth2", "400", "no")


@pytest.mark.parametrize("payload", ["", " ", " ****", " <token removed, 240 bytes>"])
def test_a_command_is_known_by_its_method_whatever_stands_for_the_token(payload: str) -> None:
    found = login(
        of(imap(f"[tx] wk2e AUTHENTICATE XOAUTH2{payload}", f"[rx] + {REFUSAL}", "[rx] wk2e NO no")), "line 1"
    )
    assert (found["method"], found["oauth_status"], found["answer"]) == ("xoauth2", "400", "no")


def test_a_login_that_is_left_out_is_known_by_its_refusal_and_that_of_another_command_is_none() -> None:
    refusal = "[rx] wk2e NO [ALERT] Your account is not enabled for IMAP use."
    hidden = login(of(imap("[tx] ab12 CAPABILITY", "[rx] ab12 OK done", refusal)), "line 3")
    assert (hidden["method"], hidden["answer"]) == ("none", "no")
    assert login(of(imap("[tx] wk2e SELECT INBOX", refusal)), "line 2") == {}


def test_a_time_may_have_fractions_of_a_second() -> None:
    found = of("IMAP: 09:02:12.345 [tx] wk2e LOGIN alice x\nIMAP: 09:02:13,1 [rx] wk2e NO no\n")
    assert login(found, "line 1")["local_time"] == "2026-03-02T09:02:13"


def test_the_token_is_masked_the_account_stays_and_the_refusal_is_evidence() -> None:
    texts = [row["text"] for row in of(REFUSED, host=UTC_HOST).table("log_lines")]
    assert texts[4] == f"user=alice@gmail.com (masked OAuth token, {len(PAYLOAD)} characters)"
    assert texts[5] == f"+ {REFUSAL}"


def test_a_token_sent_with_its_command_is_masked_and_accepted() -> None:
    found = of(imap(f"[tx] ab12 AUTHENTICATE XOAUTH2 {PAYLOAD}", "[rx] * CAPABILITY IMAP4rev1", "[rx] ab12 OK success"))
    told = login(found, "line 1")
    assert (told["answer"], told["account"], told["method"]) == ("ok", "alice@gmail.com", "xoauth2")
    assert "oauth_status" not in told
    assert PAYLOAD[20:60] not in str(found.table("log_lines"))


@pytest.mark.parametrize(
    ("command", "method", "account"),
    [
        (["[tx] a1 LOGIN alice@gmail.com hunter2-hunter2"], "login", "alice@gmail.com"),
        (['[tx] a1 LOGIN "alice@gmail.com" "hunter2-hunter2"'], "login", "alice@gmail.com"),
        (["[tx] a1 LOGIN alice@gmail.com {15}", "[rx] + go on", "[tx] hunter2-hunter2"], "login", "alice@gmail.com"),
        (
            ["[tx] a1 LOGIN {15}", "[rx] +", "[tx] alice@gmail.com {15}", "[rx] +", "[tx] hunter2-hunter2"],
            "login",
            "alice@gmail.com",
        ),
        ([f"[tx] a1 AUTHENTICATE PLAIN {PLAIN}"], "plain", "alice@gmail.com"),
        (["[tx] a1 AUTHENTICATE PLAIN", "[rx] +", f"[tx] {PLAIN}"], "plain", "alice@gmail.com"),
        (["[tx] a1 AUTHENTICATE CRAM-MD5", "[rx] + abc", "[tx] hunter2-hunter2"], "other", None),
    ],
)
def test_passwords_are_masked_and_the_account_is_known(command: list[str], method: str, account: str | None) -> None:
    found = of(imap(*command, "[rx] a1 NO [ALERT] Application-specific password required (Failure)"))
    told = login(found, "line 1")
    assert (told["method"], told.get("account"), told["answer"]) == (method, account, "no")
    assert told["response"] == "NO [ALERT] Application-specific password required (Failure)"
    everything = str(found.table("log_lines")) + str(found.table("facts"))
    assert "hunter2" not in everything
    assert PLAIN not in everything


def test_a_command_padded_without_end_is_read() -> None:
    found = of(imap(f"[tx] a AUTHENTICATE PLAIN x{' ' * 100_000}y", "[rx] a OK"))
    assert login(found, "line 1")["answer"] == "ok"


def test_a_password_in_base64_is_masked() -> None:
    user, password = (base64.b64encode(text).decode() for text in (b"alice@gmail.com", b"hunter2-hunter2"))
    lines = ("[tx] AUTH LOGIN", "<rx> 334 VXNlcm5hbWU6", f"[tx] {user}", "<rx> 334 UGFzc3dvcmQ6", f"[tx] {password}")
    found = of(smtp(*lines, "<rx> 535-5.7.8 Username and Password not accepted.", "<rx> 535 5.7.8 x - gsmtp"), OPM_NAME)
    told = login(found, "line 1")
    assert (told["account"], told["answer"], told["server"]) == ("alice@gmail.com", "no", "smtp.gmail.com")
    assert told["response"] == "535-5.7.8 Username and Password not accepted. 535 5.7.8 x - gsmtp"
    assert password not in str(found.table("log_lines"))
    assert "account_hint" not in told


def test_what_is_no_name_is_no_account_and_is_masked() -> None:
    secret = base64.b64encode(b"hunter2\x01").decode()
    found = of(smtp("[tx] AUTH LOGIN", "[rx] 334 VXNlcm5hbWU6", f"[tx] {secret}", "[rx] 535 no"), OPM_NAME)
    assert "account" not in login(found, "line 1")
    assert secret not in str(found.table("log_lines"))


def test_a_token_refused_by_smtp_is_told() -> None:
    lines = (
        "[tx] AUTH XOAUTH2",
        "[rx] 334",
        f"[tx] {PAYLOAD}",
        f"[rx] 334 {REFUSAL}",
        "[tx] ",
        "[rx] 535 5.7.8 BadCredentials",
    )
    told = login(of(smtp(*lines), OPM_NAME), "line 1")
    assert (told["oauth_status"], told["answer"], told["account"]) == ("400", "no", "alice@gmail.com")


def test_an_accepted_smtp_login_is_told() -> None:
    told = login(of(smtp(f"[tx] AUTH XOAUTH2 {PAYLOAD}", "[rx] 235 2.7.0 Accepted"), OPM_NAME), "line 1")
    assert told["answer"] == "ok"


def test_a_server_that_demands_a_login_is_told_without_one() -> None:
    lines = (
        "[tx] MAIL FROM:<alice@gmail.com>",
        "[rx] 530-5.7.0 Authentication Required.",
        "[rx] 530 5.7.0 more - gsmtp",
    )
    told = login(of(smtp(*lines), OPM_NAME), "line 2")
    assert (told["method"], told["answer"]) == ("none", "no")
    assert told["response"] == "530-5.7.0 Authentication Required. 530 5.7.0 more - gsmtp"


def test_an_answer_without_a_prefix_belongs_to_the_one_before() -> None:
    text = (
        smtp("[tx] AUTH PLAIN", "[rx] 534-5.7.9 Application-specific password required.")
        + "534 5.7.9 InvalidSecondFactor\n"
    )
    found = of(text + "a stranger\n", OPM_NAME)
    assert login(found, "line 1")["response"].endswith("534 5.7.9 InvalidSecondFactor")
    assert [row["place"] for row in found.table("log_lines")] == ["line 1", "line 2", "line 3"]


def test_pop_logins_are_told() -> None:
    text = "".join(
        f"2026.03.02 09:02:11 POP3 (pop.gmail.com): {line}\n"
        for line in (
            "[tx] USER alice@gmail.com",
            "[rx] +OK send PASS",
            "[tx] PASS hunter2",
            "[rx] -ERR [AUTH] Web login required",
        )
    )
    found = of(text, OPM_NAME)
    told = login(found, "line 3")
    assert (told["account"], told["answer"], told["method"]) == ("alice@gmail.com", "no", "login")
    assert told["response"] == "-ERR [AUTH] Web login required"
    assert "hunter2" not in str(found.table("log_lines"))


@pytest.mark.parametrize("end", [[], ["[db] Connection to 'IP address' closed"], ["[rx] * BYE"], ["[tx] a2 LOGOUT"]])
def test_a_login_that_nobody_answered_says_none(end: list[str]) -> None:
    found = of(imap("[tx] a1 AUTHENTICATE XOAUTH2", *end))
    assert login(found, "line 1")["answer"] == "none"
    shown = [row["text"] for row in found.table("log_lines")]
    assert len(shown) == 1 + len(end)
    assert "masked" not in str(shown)


def test_the_words_of_an_untagged_refusal_are_kept() -> None:
    web = "* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required."
    found = of(
        imap("[tx] a1 LOGIN a@gmail.com x", f"[rx] {web}", "[rx] a1 NO [ALERT] Please log in via your web browser")
    )
    assert login(found, "line 1")["response"] == f"{web} NO [ALERT] Please log in via your web browser"


def test_two_logins_are_told_apart() -> None:
    found = of(REFUSED + imap("[tx] zz99 LOGIN bob@gmail.com pw", "[rx] zz99 OK done"))
    assert [row["value"] for row in found.table("facts") if row["name"] == "mail_login.answer"] == ["no", "ok"]
    assert login(found, "line 11")["account"] == "bob@gmail.com"


@pytest.mark.parametrize(
    ("text", "code", "server", "socket"),
    [
        ("IMAP: 09:02:11 [db] OnError: hr = -2146644781\n", ["0x800CCCD3"], [], []),
        ("2026.03.02 09:02:12 Google: ReportStatus: RSF_COMPLETED, hr = 0x8004210a\n", ["0x8004210A"], [], []),
        ("2026.03.02 09:02:12 Google: ReportStatus: RSF_COMPLETED, hr = 0x00000000\n", [], [], []),
        (
            "2026.03.02 09:02:12 SMTP: [db] Server: 'smtp.gmail.com', Socket Error: 10013, Error Number: 0x800CCC0E\n",
            ["0x800CCC0E"],
            ["smtp.gmail.com"],
            ["10013"],
        ),
    ],
)
def test_error_codes_are_told_in_hexadecimal(text: str, code: list[str], server: list[str], socket: list[str]) -> None:
    found = of(text)
    assert found.facts("mail_error.code") == code
    assert found.facts("mail_error.server") == server
    assert found.facts("mail_error.socket_error") == socket


def test_a_local_time_without_a_certain_zone_is_shown_and_is_no_instant() -> None:
    row = of(REFUSED).table("log_lines")[0]
    assert row["at"] is None
    assert row["text"] == "2026-03-02 09:02:11 Connecting to 'imap.gmail.com' on port 993"
    assert (row["component"], row["level"], row["place"]) == ("IMAP", "db", "line 1")
    summer = Host(utc_bias_minutes=-60, time_zone="Romance Standard Time")
    assert of(REFUSED, host=summer).table("log_lines")[0]["at"] is None


def test_a_zone_without_summer_time_gives_instants() -> None:
    found = of(REFUSED, host=UTC_HOST)
    row = found.table("log_lines")[0]
    assert row["at"] == datetime(2026, 3, 2, 3, 32, 11, tzinfo=UTC)
    assert row["text"] == "Connecting to 'imap.gmail.com' on port 993"
    answer = next(row for row in found.table("facts") if row["name"] == "mail_login.answer")
    assert answer["at"] == datetime(2026, 3, 2, 3, 32, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "since"),
    [
        (UTC_HOST, datetime(2026, 3, 2, 3, 32, 11, tzinfo=UTC)),
        (Host(utc_bias_minutes=-60, time_zone="Romance Standard Time"), datetime(2026, 3, 2, 9, 2, 11, tzinfo=UTC)),
        (Host(), datetime(2026, 3, 2, 21, 2, 11, tzinfo=UTC)),
    ],
)
def test_a_whole_log_reaches_back_to_the_latest_instant_its_first_line_can_mean(host: Host, since: datetime) -> None:
    found = of(REFUSED, host=host)
    assert [(told.since, told.user) for told in found.covered] == [(since, USER)]
    assert found.damages == []


def test_a_log_without_a_day_is_read_and_answers_for_no_time() -> None:
    found = of(REFUSED, "C/somewhere/IMAP0.LOG", UTC_HOST)
    assert login(found, "line 3")["answer"] == "no"
    assert found.table("log_lines")[0]["text"].startswith("09:02:11 Connecting")
    assert found.covered == []


def test_midnight_begins_a_new_day_and_a_clock_set_back_does_not() -> None:
    text = "".join(f"IMAP: {clock} [db] x\n" for clock in ("23:59:59", "00:00:01", "00:00:00", "23:59:58", "00:10:00"))
    name = IMAP_NAME.replace("09_02_11", "23_59_58")
    days = [
        row["at"].isoformat()[:16]
        for row in of(text, name, Host(utc_bias_minutes=0, time_zone="UTC")).table("log_lines")
    ]
    assert days == ["2026-03-02T23:59", "2026-03-03T00:00", "2026-03-03T00:00", "2026-03-03T23:59", "2026-03-04T00:10"]


def test_a_file_name_that_cannot_be_month_first_is_day_first() -> None:
    name = IMAP_NAME.replace("03_02_2026", "23_02_2026")
    assert of(REFUSED, name).table("log_lines")[0]["text"].startswith("2026-02-23 ")


def test_a_log_cut_inside_a_line_loses_that_line_alone() -> None:
    found = of(REFUSED.rstrip("\n"))
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 10", 1)]
    assert len(found.table("log_lines")) == 9
    assert found.covered == []
    assert login(found, "line 3")["answer"] == "no"


def test_a_hole_of_nuls_loses_what_belonged_there() -> None:
    found = of(REFUSED + "\0" * 700 + imap("[db] x") + imap("[db] y"))
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 11", 1)]
    assert found.covered == []


def test_a_line_too_long_is_cut_and_counted() -> None:
    found = of(imap("[rx] " + "x" * 300_000) + REFUSED)
    assert found.damages[0].place == "line 1"
    assert "bytes of it are left out" in found.damages[0].reason
    assert found.covered == []


@pytest.mark.parametrize("text", ["", "\n", "Timestamp\tProcess\n", "nothing of the kind\n"])
def test_another_text_is_damage(text: str) -> None:
    found = of(text)
    assert [told.reason for told in found.damages] == ["holds no line of a transport log"]
    assert found.covered == []


def test_a_log_is_known_by_its_name() -> None:
    assert [told.item for told in of(REFUSED, item=None).identified] == ["outlook_imap_log"]
    assert [told.item for told in of(smtp("[rx] 220 x"), OPM_NAME, item=None).identified] == ["outlook_opm_log"]
    assert of(REFUSED).identified == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_logs_in_other_encodings_are_read(encoding: str) -> None:
    data = REFUSED.replace("IP address", "l’été").encode(encoding)
    rows = said(read, artifact(data, IMAP_NAME, "outlook_imap_log")).table("log_lines")
    assert rows[-1]["text"].endswith("Connection to 'l’été' closed")


def test_a_cut_log_is_whole_only_at_the_end_of_a_line() -> None:
    text = REFUSED.replace("\n", "\r\n")
    for at in range(len(text)):
        found = said(read, artifact(text[:at].encode(), IMAP_NAME, "outlook_imap_log"))
        assert found.whole == text[:at].endswith("\n")


WORDS = st.sampled_from(
    (
        *("IMAP: ", "SMTP (x.y): ", "09:02:11 ", "2026.03.02 25:61:61 ", "[tx] ", "[rx] ", "a1 ", "LOGIN {3} "),
        *("AUTH PLAIN ", "AUTHENTICATE XOAUTH2 ", PAYLOAD, REFUSAL, "334 ", "+ ", "535-", "a1 NO ", "* BYE", "PASS x"),
        *("hr = -2147483648", "\n", "\n", "é", "\0"),
    )
)


@given(st.lists(WORDS | st.text(max_size=4), max_size=40).map("".join))
def test_any_dialogue_is_read_without_a_crash_and_without_its_token(text: str) -> None:
    found = of(text)
    assert PAYLOAD[30:] not in str(found.table("log_lines")) + str(found.table("facts"))
    assert found.damages or found.table("log_lines")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    found = said(read, artifact(data, IMAP_NAME))
    assert found.damages or found.table("log_lines")
