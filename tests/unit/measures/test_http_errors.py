"""Errors of Windows' HTTP stacks in Outlook's log: which they are, however written, and for whose host."""

from __future__ import annotations

import pytest

from analyzer.measures import http_errors
from analyzer.measures.evidence import Fact
from tests.unit.evidence import FAILED, Row, event, fact, failed, holding, log, row, scene

OFFICE_LOG = "C/Users/alice/AppData/Local/Temp/Diagnostics/OUTLOOK/OUTLOOK1.log"
UPDATER_LOG = "C/ProgramData/Microsoft/EdgeUpdate/Log/MicrosoftEdgeUpdate.log"


def said(text: str, artifact: str = OFFICE_LOG, component: str | None = "OUTLOOK Microsoft Outlook/Http") -> Row:
    return row("log_lines", artifact, "line 3", text=text, component=component)


def measured(*rows: Row) -> list[Fact]:
    readings = log(OFFICE_LOG, "office_log"), log(UPDATER_LOG, "edge_update_log")
    return list(http_errors.measure(holding(*readings, *rows), scene(failed())))


def told(text: str) -> list[tuple[str, str | None, str | None]]:
    return [(found.name, found.subject, found.value) for found in measured(said(text))]


@pytest.mark.parametrize(
    "code",
    ["error 12029", "0x80072EFD", "0x80072efd", "hr = -2147012867", "result 2147954429", "(12029)", "12029: err"],
)
def test_an_error_is_known_however_it_is_written(code: str) -> None:
    assert told(f"WinHttp to accounts.google.com {code}") == [("proxy_error_in_log", "accounts.google.com", "12029")]


@pytest.mark.parametrize("text", ["status 407 from the proxy", "HTTP/1.1 407", "407 Proxy Authentication Required"])
def test_a_proxy_that_asks_for_a_password_is_told(text: str) -> None:
    assert told(text) == [("proxy_error_in_log", None, "407")]


@pytest.mark.parametrize(
    "text",
    [
        "Synchronized 12029 items of imap.gmail.com",
        "failed after 120290 ms",
        "error 12175 for accounts.google.com",
        "error in build 16.0.12029.20000",
        "hr = -2147012721 for accounts.google.com",
    ],
)
def test_a_number_that_is_no_error_of_these_says_nothing(text: str) -> None:
    assert told(text) == []


def test_an_error_for_somebody_else_is_told_apart() -> None:
    assert told("https://self.events.data.microsoft.com/x failed: 12029") == [
        ("proxy_error_for_others", "self.events.data.microsoft.com", "12029")
    ]


def test_the_proxy_itself_is_not_somebody_else() -> None:
    server = fact("proxy.winhttp.server", "proxy.contoso.com:8080"), fact("proxy.winhttp.access", "named")
    line = said("connecting to proxy.contoso.com:8080 failed, error 12029")
    assert [f.name for f in measured(*server, line)] == ["proxy_error_in_log"]
    assert [f.name for f in measured(line)] == ["proxy_error_for_others"]


def test_a_script_that_fails_fails_for_every_host() -> None:
    assert told("proxy script for https://self.events.data.microsoft.com/ failed: 12167") == [
        ("proxy_error_in_log", "self.events.data.microsoft.com", "12167")
    ]


def test_a_name_that_was_not_resolved_is_no_error_of_the_proxy() -> None:
    assert told("https://oauth2.googleapis.com/token error 12007") == [
        ("name_error_in_log", "oauth2.googleapis.com", "12007")
    ]
    assert told("https://self.events.data.microsoft.com/ error 12007") == []


def test_google_counts_wherever_the_line_names_it() -> None:
    line = "https://login.microsoftonline.com/ then https://accounts.google.com/ failed 12180"
    assert told(line) == [("proxy_error_in_log", "accounts.google.com", "12180")]


def test_another_program_is_not_outlook() -> None:
    assert measured(said("error 12029", UPDATER_LOG, None)) == []
    assert measured(said("error 12029", component="EXCEL Microsoft Excel/Http")) == []


def test_a_configured_script_that_could_not_be_fetched_is_told() -> None:
    data = {"ConfigurationURL": "http://pac.contoso.example/p.pac", "Error": "12167"}
    (found,) = measured(event("Microsoft-Windows-WinHttp", 812, FAILED, data=data))
    assert (found.name, found.subject, found.value) == ("proxy_script_failed", data["ConfigurationURL"], "12167")


@pytest.mark.parametrize(
    "data",
    [
        {"ConfigurationURL": "http://wpad.contoso.example/wpad.dat", "Error": "12167"},
        {"ConfigurationURL": "http://pac.contoso.example/p.pac", "Error": "0"},
        {"Error": "12180"},
    ],
)
def test_a_script_that_is_searched_for_may_be_missing(data: dict[str, str]) -> None:
    assert measured(event("Microsoft-Windows-WinHttp", 811, FAILED, data=data)) == []
