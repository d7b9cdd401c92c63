"""Run in Wine: put keys, values and credentials where a Windows has them; answer where this Windows keeps things."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
from typing import Any

ROOTS = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE"}
CREDENTIALS = "Software\\Wine\\Credential Manager"


class Stored(ctypes.Structure):
    """CREDENTIALW."""

    _fields_ = (
        ("flags", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("target", ctypes.c_wchar_p),
        ("comment", ctypes.c_wchar_p),
        ("written", ctypes.c_uint32 * 2),
        ("blob_bytes", ctypes.c_uint32),
        ("blob", ctypes.c_void_p),
        ("persist", ctypes.c_uint32),
        ("attribute_count", ctypes.c_uint32),
        ("attributes", ctypes.c_void_p),
        ("alias", ctypes.c_wchar_p),
        ("user_name", ctypes.c_wchar_p),
    )


def put_value(key: str, name: str, kind: int, data: Any) -> None:
    """A value; ``data`` is hexadecimal digits for binary types."""
    registry = importlib.import_module("winreg")
    root, _, path = key.partition("\\")
    with registry.CreateKeyEx(getattr(registry, ROOTS[root]), path, 0, 0x20006 | 0x0100) as handle:
        registry.SetValueEx(handle, name, 0, kind, bytes.fromhex(data) if kind == 3 else data)


def put_credential(target: str, user: str, blob: str) -> None:
    """A generic credential that stays on this machine."""
    secret = ctypes.create_string_buffer(bytes.fromhex(blob))
    stored = Stored(kind=1, target=target, persist=2, user_name=user)
    stored.blob, stored.blob_bytes = ctypes.addressof(secret), len(secret) - 1
    write = vars(ctypes)["WinDLL"]("advapi32").CredWriteW
    if not write(ctypes.byref(stored), 0):
        raise OSError(f"no credential was written: {target}")


def age_credentials(ticks: int) -> None:
    """Set when Wine's store says that its credentials were written."""
    registry = importlib.import_module("winreg")
    with registry.OpenKey(registry.HKEY_CURRENT_USER, CREDENTIALS) as store:
        names = [registry.EnumKey(store, index) for index in range(registry.QueryInfoKey(store)[0])]
        for name in names:
            with registry.OpenKey(store, name, 0, 0x20006) as key:
                registry.SetValueEx(key, "LastWritten", 0, 3, ticks.to_bytes(8, "little"))


def main() -> None:
    """Do what standard input says."""
    told = json.load(sys.stdin)
    for row in told.get("values", ()):
        put_value(*row)
    for row in told.get("credentials", ()):
        put_credential(*row)
    if told.get("written"):
        age_credentials(told["written"])
    names = ("TEMP", "LOCALAPPDATA", "APPDATA", "USERPROFILE", "USERNAME", "COMPUTERNAME")
    json.dump({name: os.environ[name] for name in names}, sys.stdout)


main()
