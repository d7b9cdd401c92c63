"""Whether the WebView2 runtime is there, whether it crashes, and what keeps it from starting.

Outlook's embedded sign-in page is drawn by msedgewebview2.exe. Edge itself being installed says nothing about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import polars as pl

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.records import field, records, source
from analyzer.model import Source
from analyzer.tables import Evidence

GUID = "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
PROGRAM = "msedgewebview2.exe"
# Source: Microsoft's distribution document for the runtime, and OutlookTrace, in this order.
KEYS = (
    rf"HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{GUID}",
    rf"HKLM\SOFTWARE\Microsoft\EdgeUpdate\Clients\{GUID}",
    rf"HKCU\Software\Microsoft\EdgeUpdate\Clients\{GUID}",
)
_PERSONAL = r"\appdata\local"
_VERSION = re.compile(r"^\d+\.\d+\.\d+\.\d+$")
_LOOKED = ("listed", "missing", "no_folder", "not_found", "absent")
_BEFORE_ATTEMPT = timedelta(minutes=2)
_RECENT = timedelta(days=7)  # a crash older than that is no repetition of this trouble
# Browsers by their programs, and the runtime itself: the rule forbids Outlook every child process.
_SHOW_PAGES = (
    *("msedge.exe", "msedge_proxy.exe", "chrome.exe", "chrome_proxy.exe", "firefox.exe", "iexplore.exe", "brave.exe"),
    *("opera.exe", "opera_gx.exe", "launcher.exe", "vivaldi.exe", "browser.exe", "chromium.exe", "librewolf.exe"),
    *("waterfox.exe", "arc.exe", "duckduckgo.exe", "thorium.exe", "floorp.exe", "zen.exe", PROGRAM),
)
_RULE = "26190899-1602-49e8-8b27-eb1d0a1ce869"  # block Office communication application from creating child processes


@dataclass(frozen=True, slots=True)
class Look:
    """One place looked at: the version found there, empty when it was read and holds none; a folder's ``path``."""

    version: str
    source: Source
    path: str = ""


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The runtime as registered and as found on disk, its crashes, its blocks, and the hand-off to a browser."""
    registered = [_registered(evidence, scene, key) for key in KEYS]
    disk = _startable(tuple(_disk(evidence)), registered)
    yield from _presence(registered, disk)
    crashes = tuple(_crashes(evidence))
    yield from crashes
    yield from _repeated(crashes, scene)
    yield from _blocks(evidence, scene)
    yield from _forbidden(evidence, registered, disk)
    yield from _handoffs(evidence)


# --- presence -----------------------------------------------------------------------------------------------------


def _presence(registered: list[Look | None], disk: tuple[Look, ...]) -> Iterator[Fact]:
    versions = [look for look in registered if look and look.version]
    present = [look for look in disk if look.version]
    keys_empty = all(look and not look.version for look in registered)
    if all(registered):
        keys = {look.source for look in registered if look}
        yield Fact("webview2_keys_read", tuple(sorted(keys, key=_place)))
    disk_empty = bool(disk) and not present
    looked = tuple(look.source for look in registered if look)
    if versions and present:
        sources = tuple(sorted({versions[0].source, present[0].source}, key=_place))
        yield Fact("webview2_present", sources, value=versions[0].version)
    if keys_empty:
        yield Fact("webview2_unregistered", tuple(sorted(set(looked), key=_place)))
    if disk_empty:
        yield Fact("webview2_not_on_disk", tuple(sorted({look.source for look in disk}, key=_place)))
    if keys_empty and disk_empty:
        everything = {*looked, *(look.source for look in disk)}
        yield Fact("webview2_gone", tuple(sorted(everything, key=_place)))


def _place(source: Source) -> tuple[str, str]:
    return source.artifact, source.place


def _registered(evidence: Evidence, scene: Scene, key: str) -> Look | None:
    """What one of the three keys holds, by the running system or the registry; None where nothing read it whole."""
    looks = [*_live(evidence, scene, key), *_stored(evidence, scene, key)]
    return next((look for look in looks if look.version), looks[0] if looks else None)


def _live(evidence: Evidence, scene: Scene, key: str) -> Iterator[Look]:
    whole = evidence.covering("live_state", "webview2")
    for look in elements(evidence, "webview2.looked_in"):
        same = _full(look.text("place")) == key.lower()
        theirs = not key.startswith("HKCU") or scene.mine(look.user)
        if same and theirs and look.text("outcome") in ("read", "no_key", "no_value"):
            version = _valid(look.text("pv"))
            if version or whole:
                yield Look(version, look.source)


def _full(place: str) -> str:
    """A registry path in lower case with its root in short."""
    path = place.strip().lower().replace("hkey_local_machine", "hklm").replace("hkey_current_user", "hkcu")
    return re.sub(r"\{f3017226[^}]*\}?$", GUID.lower(), path)


def _stored(evidence: Evidence, scene: Scene, key: str) -> Iterator[Look]:
    hive, _, path = key.partition("\\")
    rows = evidence.registry.filter(
        pl.col("hive") == hive,
        pl.col("key").str.to_lowercase() == path.lower(),
        pl.col("name").str.to_lowercase() == "pv",
    )
    found = [
        row for row in rows.sort("artifact", "place").collect().to_dicts() if hive == "HKLM" or scene.mine(row["user"])
    ]
    yield from (Look(_valid(row["value"] or ""), source(row)) for row in found)
    for reading, covered in () if found else evidence.covering("", key):
        if hive == "HKLM" or (covered.user and scene.mine(covered.user)) or not scene.person.aliases:
            yield Look("", Source(reading.member.name, key))


def _valid(version: str) -> str:
    """Source: ``pv`` missing, empty or 0.0.0.0 means not installed (Microsoft's distribution document)."""
    return version.strip() if version.strip().strip("0.") else ""


def _disk(evidence: Evidence) -> Iterator[Look]:
    """Each version in the folders that were listed, and each runtime whose program was found.

    A folder without any gives an empty look, a listing that was refused none. A version without its program is none.
    """
    runtimes = elements(evidence, "webview2.runtimes")
    hollow = {runtime.text("path").lower() for runtime in runtimes if runtime.numbers.get("exists") == 0}
    listed = elements(evidence, "webview2.listed")
    if any(look.text("outcome") not in _LOOKED for look in listed) or not evidence.covering("live_state", "webview2"):
        listed = tuple(look for look in listed if _versions(look))
    for look in listed:
        path = look.text("path")
        whole = [version for version in _versions(look) if f"{path}\\{version}".lower() not in hollow]
        yield from (Look(version, look.source, path) for version in whole or [""])
    for runtime in runtimes:
        if runtime.numbers.get("exists") == 1:
            path = runtime.text("path")
            yield Look(runtime.text("version") or path.rpartition("\\")[2], runtime.source, path)


def _versions(look: Element) -> list[str]:
    return [entry for entry in look.texts.get("entries", ()) if _VERSION.match(entry)]


def _startable(disk: tuple[Look, ...], registered: list[Look | None]) -> tuple[Look, ...]:
    """The folders with the versions that could start: where any is registered, no other version does.

    Source: the registered version names the folder of the program (seen in public source code). Nothing is known of a
    runtime that is the user's alone where only the machine's folders were looked at.
    """
    known = {look.version for look in registered if look and look.version}
    machines = [look for look in registered[:2] if look and look.version]
    if known and not machines and not any(_PERSONAL in look.path.lower() for look in disk):
        return ()
    return tuple(look if not known or look.version in known else replace(look, version="") for look in disk)


# --- crashes ------------------------------------------------------------------------------------------------------


def _crashes(evidence: Evidence) -> Iterator[Fact]:
    """Ends of the program that Windows wrote down; fields by position in older records, by name in newer ones.

    Source: Application Error 1000, Application Hang 1002, Windows Error Reporting 1001 (P1 is the program).
    """
    for row in records(evidence, "Application Error", (1000,)):
        if field(row, 0, "appname").lower() == PROGRAM:
            yield Fact("webview2_crash", (source(row),), value=field(row, 3, "modulename"), at=row["at"])
    for row in records(evidence, "Application Hang", (1002,)):
        if field(row, 0, "appname").lower() == PROGRAM:
            yield Fact("webview2_hang", (source(row),), value="1002", at=row["at"])
    for row in records(evidence, "Windows Error Reporting", (1001,)):
        if field(row, 5, "p1").lower() == PROGRAM:
            yield Fact("webview2_hang", (source(row),), value="1001", at=row["at"])


def _repeated(crashes: tuple[Fact, ...], scene: Scene) -> Iterator[Fact]:
    crashed = [fact for fact in crashes if fact.name == "webview2_crash" and fact.at]
    attempts = scene.failure.times
    # an attempt that was lost may have gone without a crash
    if len(attempts) >= 2 and scene.settled:
        before = [_just_before(crashed, scene, number) for number in range(len(attempts))]
        if all(before):
            sources = {s for fact in before if fact for s in fact.sources}
            number = float(len(attempts))
            yield Fact(
                "webview2_crash_before_each_attempt", tuple(sorted(sources, key=_place)), number=number, at=attempts[-1]
            )
    newest = scene.collected or max((fact.at for fact in crashed if fact.at), default=None)
    recent = [fact for fact in crashed if newest and fact.at and newest - _RECENT <= fact.at]
    if not attempts and len(recent) >= 2:
        sources = {s for fact in recent for s in fact.sources}
        yield Fact("webview2_crash_repeated", tuple(sorted(sources, key=_place)), number=float(len(recent)))


def _just_before(crashed: list[Fact], scene: Scene, number: int) -> Fact | None:
    """A crash within two minutes before the attempt, where its instant is known to the machine's own clock."""
    start, end = scene.failure.windows[number]
    if end - start > timedelta(minutes=30):
        return None
    at = start + (end - start) / 2
    return next((fact for fact in crashed if fact.at and at - _BEFORE_ATTEMPT <= fact.at <= at), None)


# --- blocks -------------------------------------------------------------------------------------------------------


def _blocks(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The runtime or a browser refused; AppLocker has rules for each user, so what another was refused is not counted.

    Source: AppLocker 8003 (audit) and 8004 with TargetUser, Code Integrity 3076 (audit) and 3077; the refused file.
    """
    for provider, ids, names in (
        ("Microsoft-Windows-AppLocker", (8003, 8004), ("fullfilepath", "filepath")),
        ("Microsoft-Windows-CodeIntegrity", (3076, 3077), ("filenamebuffer", "filename")),
    ):
        for row in records(evidence, provider, ids):
            refused = next((row["fields"][name] for name in names if row["fields"].get(name)), "")
            if _program(refused) in _SHOW_PAGES and not _of_another(row, scene):
                name = "webview2_refused" if _program(refused) == PROGRAM else "browser_refused"
                yield Fact(name, (source(row),), value=refused, number=row["event_id"], at=row["at"])


def _of_another(row: dict[str, Any], scene: Scene) -> bool:
    user = row["fields"].get("targetuser") or row["user"] or ""
    return user.upper().startswith("S-1-5-21-") and scene.person.sid is not None and not scene.mine(user)


def _forbidden(evidence: Evidence, registered: list[Look | None], disk: tuple[Look, ...]) -> Iterator[Fact]:
    """The policy that keeps the runtime from being installed, where there is none.

    Source: EdgeUpdate policies, Install{GUID}: 0 forbids; 4 and 5 do not; InstallDefault where it is not set.
    """
    if any(look and look.version for look in registered) or any(look.version for look in disk):
        return
    if not all(registered) and not disk:
        return
    rows = evidence.registry.filter(
        pl.col("key").str.to_lowercase() == r"software\policies\microsoft\edgeupdate",
        pl.col("name").str.to_lowercase().is_in([f"install{GUID}".lower(), "installdefault"]),
    )
    by_name: dict[str, dict[str, Any]] = {
        row["name"].lower(): row for row in rows.sort("artifact").collect().to_dicts()
    }
    policy = by_name.get(f"install{GUID}".lower()) or by_name.get("installdefault")
    if policy and policy["number"] == 0:
        yield Fact("webview2_install_forbidden", (source(policy),), value=policy["name"], at=policy["at"])


def _handoffs(evidence: Evidence) -> Iterator[Fact]:
    """Attack surface reduction against Outlook's child processes: 1121 blocked, 1122 only watched.

    Only a program that can show Google's page is the hand-off; what Outlook starts to print with is not.
    Source: Defender Operational 1121/1122; ID is the rule, Process Name the initiator, which Parent Commandline quotes,
    Path what it wanted to start.
    """
    for row in records(evidence, "Microsoft-Windows-Windows Defender", (1121, 1122)):
        fields = row["fields"]
        rule = fields.get("id", "").strip("{}").lower()
        initiator = _program(fields.get("processname", ""))
        parent = _program(fields.get("parentcommandline", "").lstrip('"').partition('"')[0])
        if rule == _RULE and "outlook.exe" in (initiator, parent):
            started = fields.get("path", "")
            shows_pages = not started or _program(started) in _SHOW_PAGES
            name = "outlook_child_blocked" if shows_pages else "outlook_other_child_blocked"
            yield Fact(name, (source(row),), value=started, number=row["event_id"], at=row["at"])


def _program(path: str) -> str:
    return path.strip().lower().rsplit("\\", 1)[-1]
