"""An Outlook by MSI, an older one, and Google accounts of class POP3."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from analyzer.measures import outlook
from analyzer.measures.evidence import Fact
from analyzer.model import Covered, Reading
from tests.unit.evidence import ALICE, BOB, MAIL, Row, Rows, failed, holding, reading, scene, section, setting

CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
ROOT = r"HKLM\SOFTWARE\Microsoft\Office\16.0\Common\InstallRoot"
WOW_ROOT = r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Office\16.0\Common\InstallRoot"
OF_MSI = "C:\\Program Files\\Microsoft Office\\Office16\\"
OF_CLICK_TO_RUN = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
ACCOUNTS = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Profiles\Outlook\9375CFF0413111d3B88A00104B2A6676"
POP3 = "{ED475411-B0D6-11D2-8C3B-00104B2A6676}"
WHOLE = reading("SOFTWARE", "software_hive", Covered("HKLM\\SOFTWARE"))


def measured(*parts: Row | Rows | Reading) -> list[Fact]:
    return list(outlook.measure(holding(*parts), scene(failed())))


def names(*parts: Row | Rows | Reading) -> list[str]:
    return [f.name for f in measured(*parts)]


@pytest.mark.parametrize("root", [ROOT, WOW_ROOT])
def test_a_folder_beside_no_click_to_run_is_of_msi(root: str) -> None:
    assert names(WHOLE, setting(root, "Path", OF_MSI)) == ["outlook_by_msi"]


def test_where_click_to_run_was_not_looked_for_nothing_is_confirmed() -> None:
    assert names(setting(ROOT, "Path", OF_MSI)) == ["outlook_by_msi_unconfirmed"]


def test_click_to_run_and_its_own_folder_are_no_msi() -> None:
    assert names(WHOLE, setting(ROOT, "Path", OF_CLICK_TO_RUN)) == []
    clicked = setting(CONFIGURATION, "VersionToReport", "16.0.19231.20216")
    assert names(WHOLE, clicked, setting(ROOT, "Path", OF_MSI)) == []


@pytest.mark.parametrize(
    ("version", "path", "found"),
    [
        ("15.0.5603.1000", OF_CLICK_TO_RUN, ["outlook_older"]),
        ("14.0.7268.5000", OF_MSI, ["outlook_older"]),
        ("16.0.5474.1000", OF_MSI, ["outlook_by_msi"]),
        ("16.0.19231.20216", OF_CLICK_TO_RUN, []),
        ("", "D:\\tools\\", []),
    ],
)
def test_a_running_outlook_tells_its_version_and_its_place(version: str, path: str, found: list[str]) -> None:
    fields = {"name": "OUTLOOK.EXE", "version": version, "path": path + "OUTLOOK.EXE"}
    assert names(section("processes", "processes[0]", fields)) == found


def test_another_program_is_no_outlook() -> None:
    fields = {"name": "WINWORD.EXE", "version": "15.0.1.1", "path": OF_MSI + "WINWORD.EXE"}
    assert names(section("processes", "processes[0]", fields)) == []


# --- accounts -----------------------------------------------------------------------------------------------------


def account(number: int = 2, clsid: str = POP3, user: str = ALICE, **values: Any) -> Rows:
    told = {"clsid": clsid, "Email": MAIL} | values
    return tuple(setting(rf"{ACCOUNTS}\{number:08x}", name, value, user=user) for name, value in told.items())


def listed(*numbers: int) -> Row:
    raw = struct.pack(f"<{len(numbers)}I", *numbers).hex()
    return setting(ACCOUNTS, "{ED475418-B0D6-11D2-8C3B-00104B2A6676}", raw, user=ALICE)


def test_a_google_account_of_class_pop3_is_found() -> None:
    (found,) = measured(account(), listed(1, 2))
    assert (found.name, found.subject) == ("google_pop_account", MAIL)


def test_a_workspace_account_is_known_by_its_server() -> None:
    values: dict[str, Any] = {"Email": "a@example.org", "POP3 Server": "pop.gmail.com"}
    (found,) = measured(account(**values))
    assert found.subject == "a@example.org"


def test_accounts_of_other_classes_providers_and_users_are_not() -> None:
    assert names(account(clsid=POP3.replace("411", "412"))) == []
    assert names(account(Email="a@example.org")) == []
    assert names(account(user=BOB)) == []


def test_an_account_that_the_list_does_not_name_is_left_over() -> None:
    assert names(account(), listed(1)) == []
    assert names(account(10), listed(1, 10)) == ["google_pop_account"]


def test_a_list_that_cannot_be_read_leaves_every_account_in_use() -> None:
    torn = setting(ACCOUNTS, "{ED475418-B0D6-11D2-8C3B-00104B2A6676}", "010000", user=ALICE)
    assert names(account(), torn) == ["google_pop_account"]
