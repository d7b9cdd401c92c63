"""What is told beside the causes: switches that earlier support left on, sharing, settings not in force yet."""

from __future__ import annotations

import pytest

from analyzer.circumstances import circumstances
from analyzer.measures import Inquiry, survey
from tests.unit.evidence import (
    ALICE,
    BOB,
    Row,
    Rows,
    case,
    credential,
    fact,
    holding,
    identity,
    section,
    setting,
)

OPTIONS = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Options\Mail"
ARGUMENTS = r"HKLM\SOFTWARE\Policies\Microsoft\Edge\WebView2\AdditionalBrowserArguments"
OUTLOOK = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\outlook.exe"
TLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"


def told(*parts: Row | Rows) -> dict[str, str]:
    scene, measured = survey(holding(*parts, case(user_sid=ALICE)), Inquiry())[0]
    return {detail.name: detail.value for detail in circumstances(scene, measured)}


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ((setting(OPTIONS, "EnableLogging", 1, user=ALICE),), "left_transport_logging"),
        ((setting(OUTLOOK, "GlobalFlag", 33554432),), "left_page_heap"),
        ((setting(ARGUMENTS, "outlook.exe", '--log-net-log="C:\\x.json"'),), "left_webview2_net_log"),
        (section("certutil", "line 4", {"subject": "CN=DO_NOT_TRUST_FiddlerRoot"}), "left_fiddler_root"),
    ],
)
def test_what_earlier_support_left_on_is_told_with_its_place(rows: Rows, name: str) -> None:
    scene, measured = survey(holding(rows, case(user_sid=ALICE)), Inquiry())[0]
    (found,) = circumstances(scene, measured)
    assert found.name == name
    assert [source.place for source in found.sources] == [rows[0].cells["place"]]


@pytest.mark.parametrize(
    "rows",
    [
        (setting(OPTIONS, "EnableLogging", 0, user=ALICE),),
        (setting(OPTIONS, "EnableLogging", 1, user=BOB),),
        (setting(ARGUMENTS, "outlook.exe", "--disable-gpu"),),
        (setting(OUTLOOK, "GlobalFlag", 0),),
    ],
)
def test_what_is_off_or_another_persons_or_something_else_is_not_told(rows: Rows) -> None:
    assert told(rows) == {}


def test_a_setting_made_after_the_last_start_of_windows_is_not_in_force() -> None:
    booted = fact("boot_utc", "2026-03-01T06:58:00Z")
    assert told(booted, setting(TLS, "Enabled", 0, at="2026-03-02T07:00:00Z")) == {"set_not_in_force": f"{TLS}!Enabled"}
    assert told(booted, setting(TLS, "Enabled", 0, at="2026-02-01T07:00:00Z")) == {}


def test_a_machine_is_shared_where_more_than_one_person_has_google_mail() -> None:
    assert told(credential(), identity(user=ALICE)) == {}
    assert told(credential(), identity("2", "bob@gmail.com", user=BOB))["people_with_google_mail"] == "2"


def test_the_largest_mail_store_of_this_person_is_told() -> None:
    def store(number: int, size: float, user: str) -> Rows:
        fields = {"path": f"{number}.ost", "size": size}
        return section("mail_stores", f"mail_stores[{number}]", fields, user=user)

    rows = (*store(0, 734003200, ALICE), *store(1, 5 * 2**20, ALICE), *store(2, 9 * 2**30, BOB))
    assert told(rows) == {"largest_mail_store_mib": "700"}
