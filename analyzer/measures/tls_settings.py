"""Settings that take TLS 1.2 away from Outlook, and the errors that come of it.

Outlook's IMAP, SMTP and HTTP go through Schannel and WinHTTP. The sign-in page in WebView2 has a TLS of its own, and
of Schannel's settings only those of the client side concern Outlook.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from analyzer.measures import tls
from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.settings import Row, cited, first, source, values
from analyzer.model import utc
from analyzer.tables import Evidence

_CLIENT = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
_CLIENT_13 = _CLIENT.replace("TLS 1.2", "TLS 1.3")
_WINHTTP = r"Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
_CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
# What a policy imposes goes before what the user set.
_USER = (
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings",
    r"HKCU\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings",
    r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings",
)
# Source: the bit masks SecureProtocols and DefaultSecureProtocols, 0x800 TLS 1.2 and 0x2000 TLS 1.3.
_NEW_ENOUGH = 0x800 | 0x2000
# Schannel: creating a client credential failed; SEC_E_ALGORITHM_MISMATCH and SEC_E_UNSUPPORTED_FUNCTION.
_NO_CREDENTIAL = 36871
_CODES = ("0x80090331", "0x80090302")


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """What is switched off, what is not in force yet, and errors of TLS versions, each beside such a setting."""
    yield from _newer(evidence, scene)
    found = (*_client(evidence, scene), *_winhttp(evidence, scene), *_user(evidence, scene))
    yield from found
    errors = tuple(_errors(evidence, scene))
    yield from errors
    for setting in (fact for fact in found if fact.name in ("tls12_off", "winhttp_mask_old", "user_mask_old")):
        for error in errors:
            both = cited(*setting.sources, *error.sources)
            yield Fact("tls_version_error_with_setting", both, setting.value, error.value, error.number, error.at)


# --- settings -----------------------------------------------------------------------------------------------------


def _client(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Schannel's own switch, which counts from the next start of Windows on."""
    told = values(evidence, scene, _CLIENT)
    enabled, by_default = told.get("enabled"), told.get("disabledbydefault")
    if enabled and enabled["number"] == 0:
        yield _since_boot(evidence, "tls12_off", enabled)
    elif by_default and by_default["number"]:
        yield _since_boot(evidence, "tls12_off_by_default", by_default)


def _newer(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """TLS 1.3 switched off for clients: Google takes TLS 1.2 as well."""
    enabled = values(evidence, scene, _CLIENT_13).get("enabled")
    if enabled and enabled["number"] == 0:
        yield _fact("tls13_off", enabled)


def _since_boot(evidence: Evidence, name: str, row: Row) -> Fact:
    began = booted(evidence)
    late = began is not None and row["at"] is not None and row["at"] > began
    return _fact("tls12_set_since_boot" if late else name, row)


def booted(evidence: Evidence) -> datetime | None:
    """When Windows last started, by the running system's own word."""
    told = evidence.facts.filter(pl.col("name") == "boot_utc").select("value").collect()["value"].drop_nulls()
    return max((moment for value in told if (moment := utc(value))), default=None)


def _winhttp(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """WinHTTP's default protocols in both views: a 32-bit Outlook on 64-bit Windows reads that of WOW6432Node."""
    mine = _views(evidence, scene)
    for view in ("SOFTWARE", r"SOFTWARE\WOW6432Node"):
        row = values(evidence, scene, rf"HKLM\{view}\{_WINHTTP}").get("defaultsecureprotocols")
        if row and _too_old(row):
            yield _fact("winhttp_mask_old" if view in mine else "winhttp_mask_of_others", row)


def _views(evidence: Evidence, scene: Scene) -> tuple[str, ...]:
    """The views that Outlook reads; both where its bitness is not known."""
    both = ("SOFTWARE", r"SOFTWARE\WOW6432Node")
    platform = values(evidence, scene, _CONFIGURATION).get("platform")
    bits = (platform["value"] or "").lower() if platform else ""
    if bits == "x64":
        return both[:1]
    keys = pl.col("key").str.to_lowercase().str.starts_with("software\\wow6432node\\")
    has_two = not evidence.registry.filter(pl.col("hive") == "HKLM", keys).head(1).collect().is_empty()
    return both[1:] if bits == "x86" and has_two else both


def _user(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    row = first(evidence, scene, _USER, "SecureProtocols")
    if row and _too_old(row):
        yield _fact("user_mask_old", row)


def _too_old(row: Row) -> bool:
    return bool(row["number"]) and not row["number"] & _NEW_ENOUGH


def _fact(name: str, row: Row) -> Fact:
    told = f"{row['hive']}\\{row['key']}!{row['name']}"
    return Fact(name, (source(row),), None, told, row["number"], user=row["user"])


# --- errors -------------------------------------------------------------------------------------------------------


def _errors(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Schannel's refusal to give Outlook a credential, and codes of TLS versions beside a Google host."""
    for fact in tls.measure(evidence, scene):
        if fact.name == "schannel_for_mail" and fact.number == _NO_CREDENTIAL:
            yield Fact("tls_version_error", fact.sources, None, f"Schannel {_NO_CREDENTIAL}", at=fact.at)
    for line in elements(evidence, "office_log"):
        code = line.text("error_code")
        if code.lower() in _CODES:
            yield Fact("tls_version_error", (line.source,), None, code, at=line.source.at)
