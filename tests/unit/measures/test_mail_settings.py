"""Ports and modes of a Google account in Outlook's profile: right, wrong, or not told."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.measures import mail_settings
from analyzer.measures.evidence import Fact
from tests.unit.evidence import (
    ALICE,
    BOB,
    MAIL,
    Row,
    fact,
    holding,
    scene,
    section,
    setting,
    user_hive,
)

SECTION = r"HKCU\Software\Microsoft\Office\16.0\Outlook\Profiles\Outlook\9375CFF0413111d3B88A00104B2A6676"
ORDER = "{ED475418-B0D6-11D2-8C3B-00104B2A6676}"
RIGHT: dict[str, Any] = {
    "Email": MAIL,
    "IMAP Server": "imap.gmail.com",
    "IMAP Port": 993,
    "IMAP Use SSL": 1,
    "SMTP Server": "smtp.gmail.com",
    "SMTP Port": 465,
    "SMTP Secure Connection": 1,
}


def account(number: str = "00000002", user: str = ALICE, kind: str | None = None, **told: Any) -> tuple[Row, ...]:
    """An account's key; a value of None is not there. Spaces of a value's name are written as underscores."""
    values = RIGHT | {name.replace("_", " "): value for name, value in told.items()}
    key = rf"{SECTION}\{number}"
    rows = [setting(key, name, value, user=user, kind=kind) for name, value in values.items() if value is not None]
    return (setting(key, user=user), *rows)


def listing(digits: str) -> Row:
    return setting(SECTION, ORDER, digits, user=ALICE, kind="REG_BINARY")


def measured(name: str, *parts: Any) -> list[Fact]:
    return [f for f in mail_settings.measure(holding(*parts), scene()) if f.name == name]


def wrong(*parts: Any) -> list[str | None]:
    return [f.value for f in measured("mail_setting_wrong", *parts)]


def test_what_google_asks_for_is_right() -> None:
    found = measured("mail_settings_as_asked", account())
    shown = "imap.gmail.com: port 993, IMAP Use SSL 1; smtp.gmail.com: port 465, SMTP Secure Connection 1"
    assert [(f.subject, f.value) for f in found] == [(MAIL, shown)]
    assert wrong(account()) == []


@pytest.mark.parametrize(("port", "mode"), [(465, 1), (465, 3), (587, 2), (587, 3)])
def test_smtp_takes_ssl_on_465_and_starttls_on_587(port: int, mode: int) -> None:
    told = account(SMTP_Port=port, SMTP_Secure_Connection=mode)
    assert measured("mail_settings_as_asked", told)
    assert wrong(told) == []


@pytest.mark.parametrize(("port", "mode"), [(465, 2), (465, 0), (587, 1), (587, 0), (25, 2), (2525, 1)])
def test_other_pairs_are_wrong(port: int, mode: int) -> None:
    told = account(SMTP_Port=port, SMTP_Secure_Connection=mode)
    assert wrong(told) == [f"smtp.gmail.com: port {port}, SMTP Secure Connection {mode}"]
    assert measured("mail_settings_as_asked", told) == []


@pytest.mark.parametrize(("port", "ssl"), [(143, 0), (143, 1), (993, 0)])
def test_imap_takes_ssl_on_993_only(port: int, ssl: int) -> None:
    assert wrong(account(IMAP_Port=port, IMAP_Use_SSL=ssl)) == [f"imap.gmail.com: port {port}, IMAP Use SSL {ssl}"]


def test_the_value_that_is_wrong_is_cited() -> None:
    cited = [f.sources[0].place for f in measured("mail_setting_wrong", account(IMAP_Port=143))]
    assert cited == [rf"{SECTION}\00000002!IMAP Port"]
    cited = [f.sources[0].place for f in measured("mail_setting_wrong", account(SMTP_Secure_Connection=2))]
    assert cited == [rf"{SECTION}\00000002!SMTP Secure Connection"]


@pytest.mark.parametrize("name", ["IMAP_Use_SSL", "SMTP_Secure_Connection"])
def test_a_mode_that_is_not_told_is_neither_right_nor_wrong(name: str) -> None:
    absent: dict[str, Any] = {name: None}
    told = account(**absent)
    assert wrong(told) == []
    assert measured("mail_settings_as_asked", told) == []


def test_a_port_that_is_not_there_is_outlooks_default_only_where_all_was_read() -> None:
    told = account(IMAP_Port=None)
    assert wrong(told) == []
    assert wrong(user_hive(), told) == ["imap.gmail.com: port 143, IMAP Use SSL 1"]
    assert wrong(user_hive(user=BOB), told) == []


def test_numbers_may_be_stored_as_text_and_texts_as_binary() -> None:
    assert wrong(account(IMAP_Port="143")) == ["imap.gmail.com: port 143, IMAP Use SSL 1"]
    binary = {
        "Email": MAIL.encode("utf-16-le").hex() + "0000",
        "IMAP_Server": "imap.gmail.com".encode("utf-16-le").hex(),
    }
    found = measured("mail_setting_wrong", account(kind="REG_BINARY", SMTP_Server=None, IMAP_Port=143, **binary))
    assert [f.subject for f in found] == [MAIL]


@pytest.mark.parametrize("server", ["imap.googlemail.com", "IMAP.GMAIL.COM"])
def test_both_names_of_googles_server_are_google(server: str) -> None:
    assert len(wrong(account(IMAP_Server=server, IMAP_Port=143))) == 1


def test_another_providers_account_is_not_judged() -> None:
    assert wrong(account(IMAP_Server="imap.mail.example", SMTP_Server="smtp.mail.example", IMAP_Port=143)) == []


def test_another_users_profile_is_not_judged() -> None:
    assert wrong(account(user=BOB, IMAP_Port=143)) == []


@pytest.mark.parametrize(("listed", "count"), [("0100000002000000", 1), ("01000000", 0), ("zz", 1), ("", 1)])
def test_an_account_that_its_profile_does_not_list_is_not_judged(listed: str, count: int) -> None:
    assert len(wrong(listing(listed), account(IMAP_Port=143))) == count


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (section("mail_error", "line 2", {"code": "0x800CCC1A", "server": "imap.gmail.com"}), 1),
        (section("mail_error", "line 2", {"code": "0x800ccc1a", "server": "imap.googlemail.com"}), 1),
        ((fact("office_log.error_code", "0x800CCC1A", place="line 2", subject="imap.gmail.com"),), 1),
        (section("mail_error", "line 2", {"code": "0x800CCC1A", "server": "smtp.gmail.com"}), 0),
        (section("mail_error", "line 2", {"code": "0x800CCC0F", "server": "imap.gmail.com"}), 0),
        (section("mail_error", "line 2", {"code": "0x800CCC1A"}), 0),
        (section("mail_error", "line 2", {"code": "0x800CCC1A", "server": "imap.gmail.com"}, user=BOB), 0),
    ],
    ids=["same server", "its other name", "Office's log", "another", "another code", "no server", "another user"],
)
def test_an_error_joins_a_wrong_setting_of_that_very_server(error: tuple[Row, ...], count: int) -> None:
    found = measured("mail_setting_wrong_with_error", account(IMAP_Port=143), error)
    assert [len(f.sources) for f in found] == [2] * count


def test_an_error_beside_right_settings_joins_nothing() -> None:
    error = section("mail_error", "line 2", {"code": "0x800CCC1A", "server": "imap.gmail.com"})
    assert measured("mail_setting_wrong_with_error", account(), error) == []


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"IMAP_Use_SPA": 1}, ["IMAP Use SPA = 1"]),
        ({"IMAP_Use_SPA": 0}, []),
        ({"IMAP_User": "alice"}, ["IMAP User = alice"]),
        ({"SMTP_User": MAIL}, []),
    ],
)
def test_ntlm_and_a_user_name_that_is_no_address_are_unusual(told: dict[str, Any], shown: list[str]) -> None:
    assert [f.value for f in measured("mail_setting_unusual", account(**told))] == shown


def test_settings_with_something_unusual_are_not_as_google_asks() -> None:
    assert measured("mail_settings_as_asked", account())
    assert measured("mail_settings_as_asked", account(IMAP_Use_SPA=1)) == []
