r"""How Outlook's profile reaches Google's mail servers: port, encryption, and what of it is not as Google asks.

Google takes IMAP on 993 and POP3 on 995 with SSL/TLS from the first byte, SMTP on 465 with SSL/TLS or on 587 with
STARTTLS. Source: support.google.com, "Add Gmail to another email client"; values of an account in the section
9375CFF0413111d3B88A00104B2A6676 of a profile (OutlookTrace): an absent ``IMAP Port`` is 143, ``POP3 Port`` 110,
``SMTP Port`` 25; ``SMTP Secure Connection`` 0 none, 1 SSL/TLS, 2 STARTTLS, 3 whatever works. What an absent
``… Use SSL`` or ``SMTP Secure Connection`` means is not documented: it is held neither right nor wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from analyzer.measures import alerts
from analyzer.measures.accounts import ADDRESS
from analyzer.measures.evidence import Element, Fact, Scene, elements, whole_number
from analyzer.measures.settings import text
from analyzer.model import Source
from analyzer.tables import Evidence

_ACCOUNTS = r"(?i)\\profiles\\[^\\]+\\9375cff0413111d3b88a00104b2a6676(\\[0-9a-f]{8})?$"
_ORDER = "{ed475418-b0d6-11d2-8c3b-00104b2a6676}"
_OFFICE = r"HKCU\Software\Microsoft\Office"
_GOOGLE = re.compile(r"(imap|smtp|pop)\.(gmail|googlemail)\.com")
_DEFAULT_PORTS = {"IMAP": 143, "POP3": 110, "SMTP": 25}
# The modes that fit each port. Source: Google's ports; how 2 and 3 of "… Use SSL" differ from 1 is not documented.
_FITTING: dict[str, dict[int, tuple[int, ...]]] = {
    "IMAP": {993: (1, 2, 3)},
    "POP3": {995: (1, 2, 3)},
    "SMTP": {465: (1, 3), 587: (2, 3)},
}
_SECURE_FAILED = ("0x800CCC1A",)
Values = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of an account that is right (``fits``), wrong, or not told (None)."""

    server: str
    text: str
    fits: bool | None
    row: dict[str, Any]


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Each Google account's wrong settings; its settings as asked, where every one of them was told."""
    errors = tuple(_secure_errors(evidence, scene))
    whole = any(scene.mine(covered.user) for _, covered in evidence.covering("user_hive", _OFFICE))
    for address, values in _accounts(evidence, scene):
        settings = tuple(_settings(values, whole=whole))
        wrong = [setting for setting in settings if setting.fits is False]
        yield from (_fact("mail_setting_wrong", address, setting) for setting in wrong)
        yield from _with_error(address, wrong, errors)
        unusual = tuple(_unusual(values))
        yield from (_fact("mail_setting_unusual", address, setting) for setting in unusual)
        if settings and not unusual and all(setting.fits for setting in settings):
            shown = "; ".join(setting.text for setting in settings)
            sources = tuple(sorted({_source(setting.row) for setting in settings}))
            yield Fact("mail_settings_as_asked", sources, address, shown, user=settings[0].row["user"])


def _fact(name: str, address: str, setting: Setting) -> Fact:
    return Fact(name, (_source(setting.row),), address, setting.text, user=setting.row["user"])


def _with_error(address: str, wrong: list[Setting], errors: tuple[Element, ...]) -> Iterator[Fact]:
    """A wrong setting, and Outlook's own failure to begin TLS with that very server."""
    for setting in wrong:
        for error in errors:
            if _server(error) == setting.server:
                sources = _source(setting.row), error.source
                at, user = error.source.at, setting.row["user"]
                yield Fact("mail_setting_wrong_with_error", sources, address, setting.text, None, at, user)


def _secure_errors(evidence: Evidence, scene: Scene) -> Iterator[Element]:
    """Failures to begin an encrypted connection, in transport logs, in Office's own and in Outlook's dialogs.

    Source: 0x800CCC1A, IXP_E_SECURE_CONNECT_FAILED of imnxport.h.
    """
    for prefix, code in (("mail_error", "code"), ("office_log", "error_code")):
        for element in elements(evidence, prefix):
            codes = {told.upper().replace("0X", "0x") for told in element.texts.get(code, ())}
            if codes & set(_SECURE_FAILED) and (element.user is None or scene.mine(element.user)):
                yield element
    yield from (error for error in alerts.errors(evidence, scene) if error.text("code") in _SECURE_FAILED)


def _server(error: Element) -> str:
    return (error.text("server") or error.subject or "").lower().replace("googlemail.com", "gmail.com")


# --- an account's values ------------------------------------------------------------------------------------------


def _accounts(evidence: Evidence, scene: Scene) -> Iterator[tuple[str, Values]]:
    """Address and values of each account that its profile lists and that a Google server keeps.

    A profile lists its accounts by number; the key of one that it does not list was left behind.
    """
    keys = _keys(evidence, scene)
    for key, values in keys.items():
        section, _, number = key.rpartition("\\")
        listed = _numbers(keys.get(section, {}).get(_ORDER))
        if len(number) != 8 or (listed is not None and number.lower() not in listed):
            continue
        address = next((a for name in ("email", "account name") if (a := _address(values.get(name)))), None)
        if address and any(_google(values, protocol) for protocol in _DEFAULT_PORTS):
            yield address, values


def _keys(evidence: Evidence, scene: Scene) -> dict[str, Values]:
    rows = evidence.registry.filter(pl.col("hive") == "HKCU", pl.col("key").str.contains(_ACCOUNTS))
    keys: dict[str, Values] = {}
    for row in rows.sort("artifact", "key", "name", nulls_last=False).collect().iter_rows(named=True):
        if scene.mine(row["user"]):
            keys.setdefault(row["key"], {}).setdefault((row["name"] or "").lower(), row)
    return keys


def _numbers(row: dict[str, Any] | None) -> tuple[str, ...] | None:
    """The account numbers of a section as their keys are named: an array of little-endian DWORDs."""
    digits = (row or {}).get("value") or ""
    if len(digits) < 8 or not re.fullmatch(r"(?:[0-9a-f]{8})+", digits, re.IGNORECASE):
        return None
    data = bytes.fromhex(digits)
    return tuple(f"{int.from_bytes(data[at : at + 4], 'little'):08x}" for at in range(0, len(data), 4))


def _address(row: dict[str, Any] | None) -> str | None:
    match = ADDRESS.search(text(row))
    return match.group().lower() if match else None


def _google(values: Values, protocol: str) -> str | None:
    server = text(values.get(f"{protocol} server".lower())).lower().rstrip(".")
    return server.replace("googlemail.com", "gmail.com") if _GOOGLE.fullmatch(server) else None


def _number(values: Values, name: str) -> int | None:
    """A number, however it is stored; None where it is not there or is none."""
    row = values.get(name.lower())
    if row is None or row["number"] is not None:
        return row["number"] if row else None
    return whole_number(text(row))


# --- right or wrong -----------------------------------------------------------------------------------------------


def _settings(values: Values, *, whole: bool) -> Iterator[Setting]:
    """Port and encryption of each Google server of the account.

    A port that is not there counts as Outlook's default only where the registry was read whole.
    """
    for protocol in _DEFAULT_PORTS:
        if server := _google(values, protocol):
            port = _number(values, f"{protocol} Port")
            if port is None and whole and f"{protocol} port".lower() not in values:
                port = _DEFAULT_PORTS[protocol]
            yield _setting(values, protocol, server, port)


def _setting(values: Values, protocol: str, server: str, port: int | None) -> Setting:
    mode_name = f"{protocol} Secure Connection" if protocol == "SMTP" else f"{protocol} Use SSL"
    mode, modes = _number(values, mode_name), _FITTING[protocol].get(port or 0)
    told = port is not None and (mode is not None or not modes)
    fits = mode in (modes or ()) if told else None
    shown = f"{server}: port {_shown(port)}, {mode_name} {_shown(mode)}"
    return Setting(server, shown, fits, _row(values, mode_name if modes else f"{protocol} Port"))


def _shown(number: int | None) -> str:
    return "?" if number is None else str(number)


def _row(values: Values, name: str) -> dict[str, Any]:
    """The value, or the key itself where the value is not there."""
    return values.get(name.lower()) or values.get("") or next(iter(values.values()))


def _unusual(values: Values) -> Iterator[Setting]:
    """What Google's servers do not take beside port and encryption: NTLM, and a user name that is no address."""
    for protocol in _DEFAULT_PORTS:
        server = _google(values, protocol)
        spa, user = values.get(f"{protocol} use spa".lower()), values.get(f"{protocol} user".lower())
        if server and spa and _number(values, f"{protocol} Use SPA") == 1:
            yield Setting(server, f"{protocol} Use SPA = 1", False, spa)
        if server and user and text(user) and "@" not in text(user):
            yield Setting(server, f"{protocol} User = {text(user)}", False, user)


def _source(row: dict[str, Any]) -> Source:
    """Where a setting stands. It carries no time: a setting is in force until it is changed."""
    return Source(row["artifact"], row["place"])
