"""Settings and policies of Office as they are in force, and the dialog that goes with them."""

from __future__ import annotations

import pytest

from analyzer.measures import office_settings
from analyzer.measures.evidence import Fact
from tests.unit.evidence import ALICE, BOB, OALERTS, Row, dialog, failed, holding, scene, setting

USER = r"HKCU\Software\Microsoft\Office\16.0"
GROUP = r"HKCU\Software\Policies\Microsoft\Office\16.0"
CLOUD = r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0"
REFUSED = "This feature has been disabled by your administrator."


def online(home: str, number: int, user: str = ALICE) -> Row:
    return setting(rf"{home}\Common\Internet", "useonlinecontent", number, user=user)


def measured(*rows: Row) -> list[Fact]:
    return list(office_settings.measure(holding(*rows), scene(failed())))


def names(*rows: Row) -> list[str]:
    return [f.name for f in measured(*rows)]


def test_cloud_policy_goes_before_group_policy_and_both_before_the_user() -> None:
    assert measured(online(USER, 0), online(GROUP, 2))[0].number == 2
    assert measured(online(USER, 2), online(GROUP, 2), online(CLOUD, 0))[0].number == 0
    assert measured(online(USER, 0))[0].number == 0


def test_the_fact_names_the_value_that_is_in_force() -> None:
    assert measured(online(GROUP, 0))[0].value == rf"{GROUP}\Common\Internet!useonlinecontent"


def test_another_users_setting_is_not_this_ones() -> None:
    assert names(online(GROUP, 0, user=BOB)) == []


@pytest.mark.parametrize(
    ("key", "name", "fact"),
    [
        (r"Outlook\Options", "DisableIMAP", "account_type_forbidden"),
        (r"Outlook\Setup", "ModifyAccounts", "account_change_forbidden"),
        (r"Outlook\Options", "DisableOtherTypes", "other_account_types_forbidden"),
        (r"Outlook\Setup", "DisableOffice365SimplifiedAccountCreation", "simple_setup_forbidden"),
    ],
)
def test_one_forbids_and_zero_does_not(key: str, name: str, fact: str) -> None:
    assert names(setting(rf"{GROUP}\{key}", name, 1, user=ALICE)) == [fact]
    assert names(setting(rf"{GROUP}\{key}", name, 0, user=ALICE)) == []


def test_only_the_simplified_setup_can_be_switched_off_by_the_user() -> None:
    key = rf"{USER}\Outlook\Setup"
    assert names(setting(key, "DisableOffice365SimplifiedAccountCreation", 1, user=ALICE)) == ["simple_setup_forbidden"]
    assert names(setting(key, "ModifyAccounts", 1, user=ALICE)) == []


@pytest.mark.parametrize("name", ["DisableExchange", "DisableEAS", "DisablePOP3"])
def test_policies_about_other_accounts_are_nothing(name: str) -> None:
    assert names(setting(rf"{GROUP}\Outlook\Options", name, 1, user=ALICE)) == []


def test_the_dialog_beside_a_policy_that_forbids_needs_both() -> None:
    found = measured(online(GROUP, 0), dialog(text=REFUSED))
    together = next(f for f in found if f.name == "administrator_dialog_with_policy")
    assert {s.artifact for s in together.sources} == {OALERTS, "C/Users/alice/NTUSER.DAT"}
    assert together.at is not None


def test_the_dialog_alone_or_beside_a_policy_that_allows_is_told_by_itself() -> None:
    assert names(dialog(text=REFUSED)) == ["administrator_dialog"]
    assert "administrator_dialog_with_policy" not in names(online(GROUP, 2), dialog(text=REFUSED))


def test_other_dialogs_and_other_programs_are_not_heard() -> None:
    assert names(dialog()) == []
    assert names(dialog(text=REFUSED, title="Microsoft Word")) == []
