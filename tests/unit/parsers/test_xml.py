"""``gpresult /x``: the values that group policies impose, with the names of those policies."""

from __future__ import annotations

import pytest

from analyzer.model import Damage
from analyzer.parsers.xml import read
from tests.unit.parsers.artifacts import artifact, said

KEY = r"Software\Policies\Microsoft\Office\16.0\Outlook\Options"


def setting(value: str = "DisableIMAP", policy: str = "{A}", precedence: str = "1") -> str:
    return (
        f"<q:RegistrySetting><GPO><Identifier>{policy}</Identifier></GPO><Precedence>{precedence}</Precedence>"
        f"<q:KeyPath>{KEY}</q:KeyPath><q:Value><q:Name>{value}</q:Name><q:Number>1</q:Number></q:Value></q:RegistrySetting>"
    )


def report(*settings: str, section: str = "UserResults") -> str:
    gpos = "".join(
        f"<GPO><Name>{name}</Name><Path><Identifier>{key}</Identifier></Path></GPO>"
        for key, name in (("{A}", "Mail lockdown"), ("{B}", "Réglages"))
    )
    return (
        '<Rsop xmlns="http://www.microsoft.com/GroupPolicy/Rsop" xmlns:q="urn:q">'
        f"<{section}>{gpos}<ExtensionData><Extension>{''.join(settings)}</Extension></ExtensionData></{section}></Rsop>"
    )


def told(text: str, encoding: str = "utf-8") -> tuple[list[tuple[str, str]], list[Damage]]:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    found = said(read, artifact(data, "live/gpresult.xml", "gpresult"))
    return [(row["subject"], row["value"]) for row in found.table("facts")], found.damages


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_setting_is_told_with_the_name_of_its_policy(encoding: str) -> None:
    rows, damages = told(report(setting(), setting("ModifyAccounts", "{B}")), encoding)
    assert rows == [(rf"HKCU\{KEY}!DisableIMAP", "Mail lockdown"), (rf"HKCU\{KEY}!ModifyAccounts", "Réglages")]
    assert damages == []


def test_the_computers_settings_stand_below_the_machine() -> None:
    rows, _ = told(report(setting(), section="ComputerResults"))
    assert rows == [(rf"HKLM\{KEY}!DisableIMAP", "Mail lockdown")]


def test_a_setting_that_lost_or_whose_policy_is_not_named_is_left_out() -> None:
    assert told(report(setting(precedence="2"), setting(policy="{C}"))) == ([], [])


def test_a_report_that_is_cut_is_damage_and_what_came_before_stands() -> None:
    whole = report(setting())
    rows, damages = told(whole[: whole.index("</Rsop>")])
    assert rows == [(rf"HKCU\{KEY}!DisableIMAP", "Mail lockdown")]
    assert len(damages) == 1


def test_a_bomb_of_entities_is_refused() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Rsop>&b;</Rsop>'
    rows, damages = told(bomb)
    assert rows == []
    assert len(damages) == 1
