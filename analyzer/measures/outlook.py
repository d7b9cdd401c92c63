"""Which Outlook it is, and whether the Google account in it is of a kind that can sign in by OAuth.

Outlook 2016 by MSI and older ones know Google's OAuth not at all, newer ones for IMAP only.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import polars as pl

from analyzer.measures.evidence import Fact, Scene, elements, whole_number
from analyzer.measures.failure import dialogs
from analyzer.measures.settings import Row, source, text, values
from analyzer.tables import Evidence

_CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
_ROOTS = (
    r"HKLM\SOFTWARE\Microsoft\Office\16.0\Common\InstallRoot",
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Office\16.0\Common\InstallRoot",
)
_OLDER = 16
# Source: OutlookTrace; the section of an Outlook profile that holds its accounts, and the list of those in use.
_SECTION = r"\\profiles\\[^\\]+\\9375cff0413111d3b88a00104b2a6676(\\[0-9a-f]{8})?$"
_LIST = "{ed475418-b0d6-11d2-8c3b-00104b2a6676}"
_POP3 = "{ed475411-b0d6-11d2-8c3b-00104b2a6676}"
_GOOGLE = re.compile(r"^(pop|imap|smtp)\.(gmail|googlemail)\.com$|@(gmail|googlemail)\.com$", re.IGNORECASE)
_VERSION = re.compile(r"^[ \t]*(\d\d)(?:\.\d{1,9}){2,3}[ \t]*$", re.MULTILINE)
_OF_VERSION = re.compile(r"\\office\\(\d\d)\.0\\outlook\\", re.IGNORECASE)
_CLICK_TO_RUN = re.compile(r"\\root\\office\d+", re.IGNORECASE)
_INSTALLED = re.compile(r"\\office\d+\\outlook\.exe$", re.IGNORECASE)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """An Outlook by MSI or of an older version, and Google accounts that were made as POP3."""
    yield from _by_msi(evidence, scene)
    yield from _running(evidence)
    yield from _by_dialog(evidence, scene)
    yield from _by_profile(evidence, scene)
    yield from _pop_accounts(evidence, scene)


def _by_msi(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """An installation folder beside no Click-to-Run; unconfirmed where nothing tells whether there is one.

    Source: Common\\InstallRoot!Path; Click-to-Run keeps its programs below ``root`` and writes its configuration.
    """
    if values(evidence, scene, _CONFIGURATION).get("versiontoreport"):
        return
    name = "outlook_by_msi" if evidence.covering("software_hive", _CONFIGURATION) else "outlook_by_msi_unconfirmed"
    for root in _ROOTS:
        path = values(evidence, scene, root).get("path")
        if path and (path["value"] or "").strip() and not _CLICK_TO_RUN.search(path["value"]):
            yield Fact(name, (source(path),), None, path["value"])


def _running(evidence: Evidence) -> Iterator[Fact]:
    """A running Outlook that lies where MSI puts it, or whose version is older than 16."""
    for process in elements(evidence, "processes"):
        if process.text("name").lower() != "outlook.exe":
            continue
        path, major = process.text("path"), whole_number(process.text("version").partition(".")[0])
        if major is not None and major < _OLDER:
            yield Fact("outlook_older", (process.source,), None, process.text("version"))
        elif _INSTALLED.search(path) and not _CLICK_TO_RUN.search(path):
            yield Fact("outlook_by_msi", (process.source,), None, path)


def _by_dialog(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The version of the Outlook that showed the dialog of the failure.

    Source: OAlerts 300, of which the fourth string is the version of the program (real records).
    """
    for where in dialogs(evidence, scene.person):
        rows = evidence.events.filter(pl.col("artifact") == where.artifact, pl.col("place") == where.place)
        for row in rows.head(1).collect().iter_rows(named=True):
            version = _VERSION.search(row["text"])
            if version and int(version[1]) < _OLDER:
                yield Fact("outlook_older", (where,), None, version[0].strip(), at=where.at)


def _by_profile(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The person's newest Outlook profile, where its version is older than 16: each version keeps its own."""
    found: dict[int, Row] = {}
    for values_of in _section(evidence, scene).values():
        for row in values_of.values():
            if version := _OF_VERSION.search(row["key"]):
                found.setdefault(int(version[1]), row)
    newest = max(found, default=_OLDER)
    if newest < _OLDER:
        yield Fact("outlook_profile_older", (source(found[newest]),), None, f"{newest}.0", user=found[newest]["user"])


def _pop_accounts(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Google accounts of class POP3 that a profile uses; what its list does not name is left of an attempt."""
    keys = _section(evidence, scene)
    for key, found in keys.items():
        kind = text(found.get("clsid"))
        if kind.lower() != _POP3 or not _used(key, keys):
            continue
        names = ("email", "account name", "pop3 user")
        told = [text(found[name]) for name in (*names, "pop3 server") if name in found]
        if any(map(_GOOGLE.search, told)):
            address = next((each.lower() for each in told if "@" in each), None)
            yield Fact("google_pop_account", (source(found["clsid"]),), address, key.rsplit("\\", 1)[-1])


def _section(evidence: Evidence, scene: Scene) -> dict[str, dict[str, dict[str, Any]]]:
    rows = evidence.registry.filter(
        pl.col("hive") == "HKCU", pl.col("key").str.contains(f"(?i){_SECTION}"), pl.col("name").is_not_null()
    )
    keys: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows.sort("artifact", "place").collect().iter_rows(named=True):
        if scene.mine(row["user"]):
            keys.setdefault(row["key"].lower(), {}).setdefault(row["name"].lower(), row)
    return keys


def _used(key: str, keys: dict[str, dict[str, dict[str, Any]]]) -> bool:
    """Whether the section's list names the account. Source: an array of little-endian 32-bit account numbers."""
    section, _, account = key.rpartition("\\")
    listed = keys.get(section, {}).get(_LIST)
    if listed is None:
        return True
    try:
        numbers = [number for (number,) in struct.iter_unpack("<I", bytes.fromhex(listed["value"] or ""))]
    except (ValueError, struct.error):
        return True
    return int(account, 16) in numbers
