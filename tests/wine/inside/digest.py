"""Run in Wine: every key and value of the registry as one text each, to compare before and after."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

# What Windows makes anew at each start and Wine at each program's; keys that open as performance counters; and the
# classes of files and objects, three quarters of all keys, which nothing of ours goes near.
PASSING = {"hardware", "volatile environment", "deviceclasses", "servicecurrent", "perflib"}
LEFT_OUT = {"software\\wine\\debug", "software\\classes", "software\\wow6432node\\classes"}


def keys(handle: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each key's path with a digest of its values and of when it was written."""
    registry = importlib.import_module("winreg")
    below, count, written = registry.QueryInfoKey(handle)
    held = repr((written, [registry.EnumValue(handle, index) for index in range(count)]))
    yield path, hashlib.sha256(held.encode("utf-8", "surrogatepass")).hexdigest()
    for name in [registry.EnumKey(handle, index) for index in range(below)]:
        inner = f"{path}\\{name}"
        if name.lower() in PASSING or inner.partition("\\")[2].lower() in LEFT_OUT:
            continue
        with registry.OpenKey(handle, name, 0, 0x20019 | 0x0100) as child:
            yield from keys(child, inner)


def main() -> None:
    """Both hives that programs write to."""
    registry = importlib.import_module("winreg")
    roots = {"HKCU": registry.HKEY_CURRENT_USER, "HKLM": registry.HKEY_LOCAL_MACHINE}
    json.dump(dict(pair for name, root in roots.items() for pair in keys(root, name)), sys.stdout)


main()
