"""The sections about the machine itself: what runs on it, and what it is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from collectors.instants import written
from collectors.live.options import Options
from collectors.paths import placed
from collectors.windows import NotTaken, Outcome, Process, Profile, Windows

# What signs in, draws the sign-in page, updates Office or may receive the page.
_PROGRAMS = frozenset(
    {
        *("outlook.exe", "olk.exe", "msedgewebview2.exe", "officeclicktorun.exe", "officec2rclient.exe"),
        *("microsoftedgeupdate.exe", "msedge.exe", "chrome.exe", "firefox.exe", "brave.exe", "opera.exe"),
        *("searchprotocolhost.exe", "microsoft.aad.brokerplugin.exe"),
    }
)
# The time, credentials, the proxy script, names, the firewall, Office's and WebView2's updates.
_SERVICES = (
    *("W32Time", "VaultSvc", "TokenBroker", "WinHttpAutoProxySvc", "Dnscache", "BFE", "mpssvc", "CryptSvc"),
    *("NlaSvc", "iphlpsvc", "RasMan", "EventLog", "ClickToRunSvc", "edgeupdate", "edgeupdatem", "WinDefend"),
)
_SHELL_FOLDERS = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders"


def host(windows: Windows, _options: Options) -> dict[str, Any]:
    """Who looked, at which machine, in which zone."""
    identity = windows.identity()
    machine = windows.machine()
    return {
        "name": machine.name,
        "user": identity.name,
        "sid": identity.sid,
        "elevated": identity.elevated,
        "console_user_sid": identity.console_sid,
        "os_build": machine.os_build,
        "ui_locale": machine.ui_locale,
        "time_zone": machine.time_zone,
        "utc_bias_minutes": machine.utc_bias_minutes,
        "daylight": asdict(machine.daylight) if machine.daylight else None,
    }


def processes(windows: Windows, _options: Options) -> list[dict[str, Any]]:
    """The programs that matter, and whatever started them."""
    every = {process.pid: process for process in windows.processes()}
    wanted = {pid for pid, process in every.items() if process.name.lower() in _PROGRAMS}
    wanted |= {every[pid].parent_pid for pid in wanted}
    return [_process(every[pid]) for pid in sorted(wanted & set(every))]


def _process(process: Process) -> dict[str, Any]:
    return {
        "name": process.name,
        "version": process.version,
        "path": process.path,
        "pid": process.pid,
        "parent_pid": process.parent_pid,
        "started_utc": written(process.started_utc),
        "elevated": process.elevated,
        "user_sid": process.sid,
    }


def services(windows: Windows, _options: Options) -> list[dict[str, Any]]:
    """The services that matter and are there."""
    found = (windows.service(name) for name in _SERVICES)
    return [asdict(service) for service in found if service]


def boot_utc(windows: Windows, _options: Options) -> str | None:
    """When the machine started."""
    return written(windows.boot_utc())


def volumes(windows: Windows, options: Options) -> list[dict[str, Any]]:
    """The fixed disks; the one with the person's profile is where a full disk keeps tokens from being written."""
    home = options.person.folder[:2].upper() if options.person else None
    return [
        {"name": volume.name, "free_bytes": volume.free_bytes, "holds_profile": volume.name.upper() == home}
        for volume in windows.volumes()
    ]


def security_products(windows: Windows, _options: Options) -> list[dict[str, Any]]:
    """What the Security Center lists."""
    return [asdict(product) for product in windows.security_products()]


def adapters(windows: Windows, _options: Options) -> list[dict[str, Any]]:
    """Network adapters: a VPN shows by what its maker calls it."""
    return [
        {"name": adapter.name, "description": adapter.description, "up": adapter.up} for adapter in windows.adapters()
    ]


def mail_stores(windows: Windows, options: Options) -> list[dict[str, Any]]:
    """Size and time of the person's mail stores; they are not opened."""
    if options.person is None:
        raise NotTaken(Outcome.SKIPPED, "whose mail stores is not known")
    home = options.person.folder
    folders = [f"{home}\\AppData\\Local\\Microsoft\\Outlook", *_below(windows, _documents(windows, options.person))]
    return [store for folder in folders for store in _stores(windows, folder)]


def _documents(windows: Windows, person: Profile) -> str:
    """The person's documents, which OneDrive or a company may have put elsewhere."""
    value = windows.value(f"HKU\\{person.sid}\\{_SHELL_FOLDERS}", "Personal")
    return placed(value.text if value else "", person.folder, f"{person.folder}\\Documents")


def _below(windows: Windows, folder: str) -> list[str]:
    """A folder and those directly in it: Outlook's own has a name in the user's language."""
    try:
        found = windows.entries(folder)
    except NotTaken:
        return []
    return [folder, *(f"{folder}\\{entry.name}" for entry in found if entry.folder and not entry.link)]


def _stores(windows: Windows, folder: str) -> list[dict[str, Any]]:
    try:
        found = windows.entries(folder)
    except NotTaken as refused:
        if refused.outcome is not Outcome.MISSING:
            raise
        return []
    return [
        {"path": f"{folder}\\{entry.name}", "size": entry.size, "modified_utc": written(entry.modified_utc)}
        for entry in found
        if entry.name.lower().endswith((".ost", ".pst", ".nst")) and not entry.folder
    ]
