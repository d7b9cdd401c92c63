"""The PC that the Wine tests collect from: a Gmail token that nobody renewed, and much that must not leave."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.wine.prefix import Prefix

ACCOUNT = "alice.pc042@gmail.com"
TARGET = f"MicrosoftOffice16_Data:OAUTH2:{ACCOUNT}_tp_google_imap_oauth2"
WRITTEN = datetime(2025, 3, 3, 10, 0, tzinfo=UTC)
WEBVIEW2 = "131.0.2903.86"
TOOLS = "C:\\Outils de l'équipe (1)"
LOCKED = "locked by Outlook.log"
SHARED = "shared.log"
IMAP_FOLDER = "Outlook-Protokoll é 日本"
LONG_FOLDER = "l" * 240

PROTECTED = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb")
# What must never leave the PC, each with a mark of its own.
SECRETS = {
    "credential": b"BlobOfTheTokenThatStays-7d1f",
    "mail password": PROTECTED + b"DpapiOfTheMailPassword-93be",
    "variable": b"s3cr3tOfABuildServer-52aa",
    "token in a neighbour of a log": b"ya29.NeighbourOfALogTokenThatStays-0c44",
    "cookie": b"SID=CookieOfTheBrowserThatStays-e81d",
    "token cache": b"OneAuthCacheThatStays-6b02",
    "mail": b"BodyOfAMailInTheStoreThatStays-aa17",
    "proxy password": b"HunterOfTheProxy-4f4f",
}
# Its log is evidence and goes out as it is.
OFFICE_LOG = b"Timestamp\tProcess\tTID\tArea\tCategory\tEventID\tLevel\tMessage\tCorrelation\r\n"

_OFFICE = "HKCU\\Software\\Microsoft\\Office\\16.0"
_PROFILE = f"{_OFFICE}\\Outlook\\Profiles\\Outlook\\9375CFF0413111d3B88A00104B2A6676"
_IDENTITY = f"{_OFFICE}\\Common\\Identity\\Identities\\alice.pc042_gmail.com_tp_google_imap_OAuth2"
_RUNTIME = "Microsoft\\EdgeUpdate\\Clients\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
_SZ, _BINARY, _DWORD = 1, 3, 4


def connected(flags: int, server: str, bypass: str, pac: str) -> tuple[str, str, int, str]:
    """The user's proxy settings as Windows keeps them: version, counter, flags, three texts with their lengths."""
    key = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections"
    texts = b"".join(struct.pack("<I", len(text)) + text.encode() for text in (server, bypass, pac))
    return key, "DefaultConnectionSettings", _BINARY, (struct.pack("<III", 70, 1, flags) + texts + bytes(32)).hex()


@dataclass
class Pc:
    """The seeded PC: where it keeps things, and what stands on its drive."""

    prefix: Prefix
    home: str = ""
    temp: str = ""
    local: str = ""
    held: list[tuple[str, int]] = field(default_factory=list)


def seeded(prefix: Prefix) -> Pc:
    """Registry, credentials and files of the PC."""
    told = prefix.script(
        "seed.py",
        {
            "values": _values(),
            "credentials": [(TARGET, ACCOUNT, SECRETS["credential"].hex())],
            "written": (WRITTEN - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10,
        },
    )
    pc = Pc(prefix, told["USERPROFILE"], told["TEMP"], told["LOCALAPPDATA"])
    _files(pc)
    return pc


def _values() -> list[tuple[str, str, int, Any]]:
    texts = {"EmailAddress": ACCOUNT, "SigninName": ACCOUNT, "ProviderId": "tp_google_imap_OAuth2"}
    account = {"Account Name": ACCOUNT, "Email": ACCOUNT, "IMAP User": ACCOUNT, "SMTP Server": "smtp.gmail.com"}
    numbers = {"IMAP Port": 993, "IMAP Use SSL": 1, "SMTP Port": 465, "SMTP Secure Connection": 1}
    return [
        connected(1, "", "", ""),
        *((_IDENTITY, name, _SZ, text) for name, text in texts.items()),
        (_IDENTITY, "IdP", _DWORD, 6),
        (f"{_OFFICE}\\Outlook", "DefaultProfile", _SZ, "Outlook"),
        (_PROFILE, "{ED475418-B0D6-11D2-8C3B-00104B2A6676}", _BINARY, "02000000"),
        (f"{_PROFILE}\\00000002", "clsid", _SZ, "{ED475412-B0D6-11D2-8C3B-00104B2A6676}"),
        (f"{_PROFILE}\\00000002", "IMAP Server", _SZ, "imap.gmail.com"),
        *((f"{_PROFILE}\\00000002", name, _SZ, text) for name, text in account.items()),
        *((f"{_PROFILE}\\00000002", name, _DWORD, number) for name, number in numbers.items()),
        (f"{_PROFILE}\\00000002", "IMAP Password", _BINARY, (b"\x02" + SECRETS["mail password"]).hex()),
        (f"{_PROFILE}\\00000002", "00036601", _BINARY, SECRETS["mail password"].hex()),
        ("HKCU\\Environment", "BUILD_TOKEN", _SZ, SECRETS["variable"].decode()),
        ("HKCU\\Environment", "HTTP_PROXY", _SZ, f"http://bob:{SECRETS['proxy password'].decode()}@proxy.corp:8080"),
        (f"HKLM\\SOFTWARE\\WOW6432Node\\{_RUNTIME}", "pv", _SZ, WEBVIEW2),
        ("HKCU\\Software\\Microsoft\\Office\\Ключ é 日本", "Имя", _SZ, "значение"),
    ]


def _files(pc: Pc) -> None:
    application = f"C:\\Program Files (x86)\\Microsoft\\EdgeWebView\\Application\\{WEBVIEW2}"
    logs = f"{pc.temp}\\Diagnostics\\OUTLOOK"
    put = pc.prefix.put
    put(f"{application}\\msedgewebview2.exe", b"MZ")
    put(f"{logs}\\{SHARED}", OFFICE_LOG)
    put(f"{logs}\\{LOCKED}", OFFICE_LOG)
    put(f"{logs}\\notes.txt", SECRETS["token in a neighbour of a log"])
    put(f"{pc.temp}\\{IMAP_FOLDER}\\IMAP-alice.log", b"* OK Gimap ready\r\n")
    put(f"{pc.temp}\\{IMAP_FOLDER}\\session.txt", SECRETS["token in a neighbour of a log"])
    put(f"{pc.temp}\\{LONG_FOLDER}\\opmlog.log", b"2026.03.02 08:02:00 <<<< Logging Started >>>>\r\n")
    put(f"{pc.local}\\Microsoft\\Edge\\User Data\\Default\\Network\\Cookies", SECRETS["cookie"])
    put(f"{pc.local}\\Microsoft\\OneAuth\\accounts\\1", SECRETS["token cache"])
    put(f"{pc.local}\\Microsoft\\Outlook\\{ACCOUNT}.ost", SECRETS["mail"])
    pc.held = [(f"{logs}\\{LOCKED}", 0), (f"{logs}\\{SHARED}", 3)]
