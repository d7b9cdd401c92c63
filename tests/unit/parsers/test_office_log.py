"""Of an Office log the lines that matter are kept, with their neighbours, their record and a time only if certain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.encodings import BLOCK_BYTES, LINE_BYTES
from analyzer.parsers.office_log import TERMS, read
from tests.unit.parsers.artifacts import Said, artifact, said

USER = "S-1-5-21-1-2-3-1001"
HEADER = "Timestamp\tProcess\tTID\tArea\tCategory\tEventID\tLevel\tMessage\tCorrelation\n"


def record(message: str, clock: str = "07:31:31.046", process: str = "OUTLOOK (0x4F8)") -> str:
    return f"03/17/2023 {clock}\t{process}\t0x2194\tMicrosoft Outlook\tTelemetry Event\tb7vzq\tMedium\t{message}\t\n"


DULL = record("SendEvent nothing")
TIMED = record('SendEvent {"EventName":"Office.X","Time":"2023-03-17T07:31:31.0460000Z"}')
LOCAL = record('SendEvent {"EventName":"Office.X","Time":"2023-03-17T06:31:31.0460000Z"}')
REVOKED = record("oauth2.googleapis.com said invalid_grant for alice@gmail.com 0x80072F05")


def of(text: str, item: str | None = "office_log", encoding: str = "utf-8") -> Said:
    return said(read, artifact(text.replace("\n", "\r\n").encode(encoding), "C/x/OUTLOOK1.log", item, USER))


def places(found: Said) -> list[int]:
    return [int(row["place"].removeprefix("line ")) for row in found.table("log_lines")]


def test_a_line_with_a_term_is_kept_with_five_lines_around() -> None:
    found = of(HEADER + DULL * 20 + REVOKED + DULL * 20)
    assert places(found) == list(range(17, 28))


def test_lines_between_near_terms_are_kept_once() -> None:
    found = of(HEADER + DULL * 10 + REVOKED + DULL * 7 + REVOKED + DULL * 10)
    assert places(found) == list(range(7, 26))


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_looked_for(term: str) -> None:
    assert 12 in places(of(HEADER + DULL * 10 + record(f"x {term} x")))


def test_the_columns_are_told() -> None:
    row = of(HEADER + TIMED + REVOKED).table("log_lines")[2]
    assert row["component"] == "OUTLOOK Microsoft Outlook/Telemetry Event"
    assert row["level"] == "Medium"
    assert row["text"] == "oauth2.googleapis.com said invalid_grant for alice@gmail.com 0x80072F05"
    assert row["place"] == "line 3"
    assert row["at"] == datetime(2023, 3, 17, 7, 31, 31, 46_000, tzinfo=UTC)


def test_a_record_without_its_last_tab_is_read_alike() -> None:
    assert of(HEADER + TIMED + REVOKED.replace("\t\n", "\n")).table("log_lines")[2]["text"].endswith("0x80072F05")


@pytest.mark.parametrize("other", [DULL, LOCAL])
def test_a_stamp_that_no_message_confirms_is_shown_and_is_no_instant(other: str) -> None:
    row = of(HEADER + other + REVOKED).table("log_lines")[2]
    assert row["at"] is None
    assert row["text"].startswith("03/17/2023 07:31:31.046 oauth2.googleapis.com said")


def test_one_message_that_disagrees_spoils_the_zone() -> None:
    assert of(HEADER + TIMED + LOCAL + REVOKED).table("log_lines")[3]["at"] is None


def test_what_google_said_becomes_facts() -> None:
    found = of(HEADER + TIMED + REVOKED)
    assert [
        (row["name"], row["subject"], row["value"], row["place"], row["at"] is not None) for row in found.table("facts")
    ] == [
        ("office_log.oauth_error", "oauth2.googleapis.com", "invalid_grant", "line 3", True),
        ("office_log.error_code", "oauth2.googleapis.com", "0x80072F05", "line 3", True),
    ]


def test_a_code_without_a_google_host_is_no_fact_about_google() -> None:
    found = of(HEADER + record("WinHttp failed 0x80072F05 for outlook.office365.com; OneAuth"))
    assert found.table("facts") == []
    assert 2 in places(found)


@pytest.mark.parametrize(
    ("spelling", "codes"),
    [
        ("hr=-2147012859", ["0x80072F05"]),
        ("WinHTTP error 12037", ["0x80072F05"]),
        ("failed: -2146893016", ["0x80090328"]),
        ("12037 bytes sent", []),
        ("took 12037 ms, offset 1-2147012859", []),
    ],
)
def test_a_code_may_be_spelled_as_a_number(spelling: str, codes: list[str]) -> None:
    found = of(HEADER + record(f"Request to https://accounts.google.com/: {spelling}"))
    assert found.facts("office_log.error_code") == codes


def test_an_error_without_a_host_is_told_with_its_address() -> None:
    found = of(HEADER + record('{"error":"admin_policy_enforced","login_hint":"alice@example.org"}'))
    assert [(row["subject"], row["value"]) for row in found.table("facts")] == [
        ("alice@example.org", "admin_policy_enforced")
    ]


def test_codes_of_webview2_are_told() -> None:
    found = of(HEADER + record("CreateWebView2Environment failed hr=0x8007064e"))
    assert found.facts("office_log.webview2_error") == ["0x8007064E"]


def test_a_message_of_many_lines_keeps_the_columns_of_its_record() -> None:
    rows = of(HEADER + TIMED + record("first").replace("\t\n", "\n") + "second invalid_grant\nthird\n").table(
        "log_lines"
    )
    assert [row["text"] for row in rows[2:]] == ["first", "second invalid_grant", "third"]
    assert {row["component"] for row in rows[2:]} == {"OUTLOOK Microsoft Outlook/Telemetry Event"}
    assert {row["at"] for row in rows[2:]} == {datetime(2023, 3, 17, 7, 31, 31, 46_000, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("opening", "closing", "told"),
    [
        ("POST https://oauth2.googleapis.com/token", "}", True),
        ("a token was refused", "}", True),
        ("POST https://api.login.yahoo.com/oauth2/get_token", "}", False),
        ("POST https://login.microsoftonline.com/common/oauth2/v2.0/token", "}", False),
        ("a token was refused", "AADSTS700082: the token has expired", False),
    ],
)
def test_an_error_is_googles_unless_its_record_names_another(opening: str, closing: str, told: bool) -> None:
    lines = record(opening).replace("\t\n", "\n") + f'body: {{\n  "error": "invalid_grant",\n  {closing}\n'
    found = of(HEADER + TIMED + lines + record("POST https://login.live.com/oauth20_token.srf"))
    assert found.facts("office_log.oauth_error") == (["invalid_grant"] if told else [])


def test_secrets_are_masked() -> None:
    found = of(HEADER + record('OAuth2 {"refresh_token":"1//0gAbCdEfGhIjKlMnOpQrStUv"}'))
    assert "AbCdEf" not in str(found.table("log_lines"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_logs_are_read_in_any_encoding_and_across_blocks(encoding: str) -> None:
    dull = record("événement " + "x" * 400)
    count = BLOCK_BYTES // len(dull) * 3
    text = HEADER + TIMED + (dull * count + REVOKED) * 2 + dull * 3
    found = of(text, encoding=encoding)
    first, second = count + 3, 2 * count + 4
    assert places(found) == [*range(first - 5, first + 6), *range(second - 5, second + 4)]
    assert found.table("log_lines")[0]["text"].startswith("événement x")
    assert found.whole


@pytest.mark.parametrize("shift", range(0, 2400, 150))
def test_neighbours_are_found_across_the_border_of_blocks(shift: int) -> None:
    line = DULL.replace("\n", "\r\n")
    count = BLOCK_BYTES // len(line)
    text = HEADER + "x" * shift + "\n" + DULL * (count - 7) + REVOKED + DULL * 30
    hit = count - 7 + 3
    assert places(of(text)) == list(range(hit - 5, hit + 6))


def test_a_whole_log_reaches_back_to_its_first_record() -> None:
    certain, uncertain = of(HEADER + TIMED + DULL), of(HEADER + DULL)
    assert [(told.since, told.user) for told in certain.covered] == [
        (datetime(2023, 3, 17, 7, 31, 31, 46_000, tzinfo=UTC), USER)
    ]
    assert [told.since for told in uncertain.covered] == [datetime(2023, 3, 17, 19, 31, 31, 46_000, tzinfo=UTC)]


def test_a_log_that_stops_inside_a_line_loses_that_line() -> None:
    found = of((HEADER + TIMED + REVOKED + REVOKED).removesuffix("\t\n"))
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 4", 1)]
    assert found.facts("office_log.oauth_error") == ["invalid_grant"]
    assert not found.whole


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_hole_of_nuls_loses_what_belonged_there(encoding: str) -> None:
    found = of(HEADER + TIMED + DULL + "\0" * 700 + REVOKED + DULL, encoding=encoding)
    assert [(told.place, told.lost_at_least) for told in found.damages] == [("line 4", 1)]
    assert not found.whole


def test_a_line_too_long_is_cut_and_counted() -> None:
    found = of(HEADER + TIMED + record("gmail " + "x" * LINE_BYTES) + DULL)
    assert [told.place for told in found.damages] == ["line 3"]
    assert places(found) == [1, 2, 3, 4]
    assert not found.whole


@pytest.mark.parametrize("text", ["", "\n", HEADER, "IMAP: 11:40:24 [tx] x\n", "13/45/2023 no\n"])
def test_another_text_is_damage(text: str) -> None:
    found = of(text)
    assert [told.reason for told in found.damages] == ["holds no record of an Office log"]
    assert not found.whole


@pytest.mark.parametrize(
    ("process", "item"),
    [("OUTLOOK (0x4F8)", "office_log"), ("OfficeClickToRun (0x10)", "clicktorun_log"), ("EXCEL (0x4F8)", "office_log")],
)
def test_the_process_tells_which_log_it_is(process: str, item: str) -> None:
    found = of(HEADER + record("x", process=process), item=None)
    assert [told.item for told in found.identified] == [item]
    assert of(HEADER + DULL).identified == []


def test_a_cut_log_is_whole_only_at_the_end_of_a_line() -> None:
    text = (HEADER + TIMED + REVOKED).replace("\n", "\r\n")
    for at in range(len(text)):
        found = said(read, artifact(text[:at].encode(), "C/x.log", "office_log"))
        assert not found.whole or text[:at].endswith("\n")


PIECES = st.sampled_from(
    [HEADER, DULL, TIMED, LOCAL, REVOKED, "99/99/2023 07:31:31.046\t\t\t\t\t\t\t\t", "\t", "\n", "é", "\0", "gmail"]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
def test_any_log_is_read_without_a_crash(text: str) -> None:
    found = of(text)
    numbers = places(found)
    assert numbers == sorted(set(numbers))
    assert found.damages or found.covered or not found.whole


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    assert not said(read, artifact(data)).whole
