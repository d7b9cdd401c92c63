"""Whether the WebView2 runtime is there: each place looked in says what it held, the folders what they list.

Source: Microsoft, "Distribute your app and the WebView2 Runtime": ``pv`` of the runtime's client key, for the machine
in the 32-bit view, for the user below HKCU; missing, empty or 0.0.0.0 means not installed.
"""

from __future__ import annotations

import re
from typing import Any

from collectors.live.options import Options
from collectors.windows import NotTaken, Outcome, Windows

_CLIENT = "Microsoft\\EdgeUpdate\\Clients\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
_KEYS = (f"HKLM\\SOFTWARE\\WOW6432Node\\{_CLIENT}", f"HKLM\\SOFTWARE\\{_CLIENT}", f"HKCU\\Software\\{_CLIENT}")
_FOLDERS = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_APPLICATION = "Microsoft\\EdgeWebView\\Application"
_PROGRAM = "msedgewebview2.exe"
_VERSION = re.compile(r"\d+\.\d+\.\d+\.\d+")


def webview2(windows: Windows, options: Options) -> dict[str, Any]:
    """Keys, folders, and the runtimes whose program is really there."""
    listed = [_listed(windows, scope, path) for scope, path in _places(windows, options)]
    return {
        "looked_in": [_looked(windows, key) for key in _KEYS],
        "listed": [{key: told[key] for key in ("path", "outcome", "entries")} for told in listed],
        "runtimes": [_runtime(windows, told, entry) for told in listed for entry in told["entries"] if _is(entry)],
    }


def _is(entry: str) -> bool:
    return _VERSION.fullmatch(entry) is not None


def _looked(windows: Windows, key: str) -> dict[str, Any]:
    row = {"place": key, "pv": None, "outcome": "read"}
    if key.startswith("HKCU"):
        row["user_sid"] = windows.identity().sid
    try:
        values = {value.name.lower(): value for value in windows.values(key)}
    except NotTaken as refused:
        return row | {"outcome": "no_key" if refused.outcome is Outcome.MISSING else refused.outcome.value}
    found = values.get("pv")
    return row | ({"pv": found.text} if found else {"outcome": "no_value"})


def _places(windows: Windows, options: Options) -> list[tuple[str, str]]:
    """Where the runtime is installed: the program folders as this Windows names them, and the person's own."""
    names = (("ProgramFilesDir (x86)", "C:\\Program Files (x86)"), ("ProgramFilesDir", "C:\\Program Files"))
    folders = [("machine", _folder(windows, name, usual)) for name, usual in names]
    if options.person:
        folders.append(("user", f"{options.person.folder}\\AppData\\Local"))
    return [(scope, f"{folder}\\{_APPLICATION}") for scope, folder in folders]


def _folder(windows: Windows, name: str, usual: str) -> str:
    value = windows.value(_FOLDERS, name)
    return value.text if value and value.text else usual


def _listed(windows: Windows, scope: str, path: str) -> dict[str, Any]:
    try:
        found = windows.entries(path)
    except NotTaken as refused:
        outcome = "no_folder" if refused.outcome is Outcome.MISSING else refused.outcome.value
        return {"scope": scope, "path": path, "outcome": outcome, "entries": []}
    return {"scope": scope, "path": path, "outcome": "listed", "entries": [entry.name for entry in found]}


def _runtime(windows: Windows, told: dict[str, Any], version: str) -> dict[str, Any]:
    path = f"{told['path']}\\{version}"
    there = windows.find(f"{path}\\{_PROGRAM}") is not None
    return {"scope": told["scope"], "version": version, "path": path, "exists": there}
