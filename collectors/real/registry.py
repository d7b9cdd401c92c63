"""The registry: reading keys as 64-bit programs see them, exporting and saving them.

Values are read as bytes: what winreg makes of them in Python would lose terminators and malformed data.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from collectors.paths import extended
from collectors.real.calls import (
    DWORD,
    HANDLE,
    MORE_DATA,
    NO_MORE_ITEMS,
    POINTER,
    TEXT,
    function,
    module,
    moment,
    refusal,
)
from collectors.real.tokens import enable
from collectors.reg_text import Key, write
from collectors.windows import Export, NotTaken, Outcome, Value

_READ, _64_BIT = 0x20019, 0x0100
_OPEN_LINK = 0x08
_LATEST_FORMAT = 2
_LONGEST_NAME = 16384
_DEEPEST = 64
_SAVED = re.compile(r"HKLM\\(?:SYSTEM|SOFTWARE)|HKU\\S-1-[\d-]+", re.IGNORECASE)


class RunningRegistry:
    """Keys by their text."""

    def value(self, key: str, name: str) -> Value | None:
        """A value by name; None when it is not there."""
        try:
            with opened(key) as handle:
                return _query(handle, name)
        except NotTaken as refused:
            if refused.outcome is Outcome.MISSING:
                return None
            raise

    def values(self, key: str) -> tuple[Value, ...]:
        """All values of a key."""
        with opened(key) as handle:
            return tuple(_values(handle))

    def subkeys(self, key: str) -> tuple[str, ...]:
        """The names of the keys directly below."""
        with opened(key) as handle:
            return tuple(_subkeys(handle))

    def written_utc(self, key: str) -> datetime | None:
        """When the key was last written."""
        try:
            with opened(key) as handle:
                return _written(handle)
        except NotTaken as refused:
            if refused.outcome is Outcome.MISSING:
                return None
            raise

    def export_key(self, key: str, sid: str | None, reg: BinaryIO, times: BinaryIO) -> Export:
        """Write a key and all below it; what is refused below is named, not written."""
        refused: list[str] = []
        count = write(_walk(key, sid, refused), reg, times)
        return Export(count, tuple(refused))

    def save_key(self, key: str, target: str) -> None:
        """Save a hive; only those that the catalogue knows."""
        if not _SAVED.fullmatch(key):
            raise NotTaken(Outcome.SKIPPED, f"{key} is no hive of the catalogue")
        enable("SeBackupPrivilege")
        call = function("advapi32", "RegSaveKeyExW", ctypes.c_long, HANDLE, TEXT, POINTER, DWORD)
        with opened(key) as handle:
            code = call(handle, extended(target), None, _LATEST_FORMAT)
        if code:
            raise refusal(f"saving {key}", code)
        with suppress(FileNotFoundError), Path(extended(target)).open("rb") as saved:
            if saved.read(4) == b"regf":
                return
        Path(extended(target)).unlink(missing_ok=True)
        raise NotTaken(Outcome.FAILED, f"saving {key}: Windows said that it was done, but no hive came out")


def _located(key: str, sid: str | None = None) -> tuple[int, str]:
    """The root's handle and the path below it."""
    registry = module("winreg")
    root, _, path = key.partition("\\")
    if root == "HKCU" and sid:
        return registry.HKEY_USERS, f"{sid}\\{path}"
    roots = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE", "HKU": "HKEY_USERS"}
    if root not in roots:
        raise NotTaken(Outcome.SKIPPED, f"{root} is no root of the catalogue")
    return getattr(registry, roots[root]), path


@contextmanager
def opened(key: str, sid: str | None = None, options: int = 0) -> Iterator[int]:
    """A key for reading, for as long as the context lasts."""
    root, path = _located(key, sid)
    try:
        found = module("winreg").OpenKey(root, path, options, _READ | _64_BIT)
    except OSError as error:
        raise refusal(key, _code(error)) from error
    except ValueError as error:
        # the registry allows a NUL in a name; the calls that Python has do not
        raise NotTaken(Outcome.FAILED, f"{key!r}: {error}") from error
    with found:
        yield int(found)


def _code(error: OSError) -> int:
    return getattr(error, "winerror", None) or error.errno or 0


def _walk(key: str, sid: str | None, refused: list[str]) -> Iterator[Key]:
    """A key and all below it, each before what is below it, in the order of the registry."""
    waiting = [key]
    while waiting:
        path = waiting.pop()
        try:
            found, names = _read(path, sid, 0 if path == key else _OPEN_LINK)
        except NotTaken:
            if path == key:
                raise
            refused.append(path)
            continue
        yield found
        below = [f"{path}\\{name}" for name in reversed(names)]
        if path.count("\\") < _DEEPEST:
            waiting.extend(below)
        else:
            refused.extend(below)


def _read(path: str, sid: str | None, options: int) -> tuple[Key, list[str]]:
    """A key and the names of those below it. A link shows itself, and nothing below, when it is opened as one."""
    with opened(path, sid, options) as handle:
        found = Key(path, _written(handle), tuple(_values(handle)))
        return found, list(_subkeys(handle))


def _values(handle: int) -> Iterator[Value]:
    call = function(
        "advapi32", "RegEnumValueW", ctypes.c_long, HANDLE, DWORD, TEXT, POINTER, POINTER, POINTER, POINTER, POINTER
    )
    name, room, index = ctypes.create_unicode_buffer(_LONGEST_NAME), 4096, 0
    while True:
        data, size, length, kind = ctypes.create_string_buffer(room), DWORD(room), DWORD(_LONGEST_NAME), DWORD()
        told = (name, ctypes.byref(length), None, ctypes.byref(kind), data, ctypes.byref(size))
        code = call(handle, index, *told)
        if code == MORE_DATA:
            room = max(size.value, room * 2)
            continue
        if code == NO_MORE_ITEMS:
            return
        if code:
            raise refusal("a value", code)
        yield Value(ctypes.wstring_at(name, length.value), kind.value, data.raw[: size.value])
        index += 1


def _query(handle: int, name: str) -> Value | None:
    call = function("advapi32", "RegQueryValueExW", ctypes.c_long, HANDLE, TEXT, POINTER, POINTER, POINTER, POINTER)
    room = 4096
    while True:
        data, size, kind = ctypes.create_string_buffer(room), DWORD(room), DWORD()
        code = call(handle, name, None, ctypes.byref(kind), data, ctypes.byref(size))
        if code == MORE_DATA:
            room = max(size.value, room * 2)
            continue
        if code:
            raise refusal(name or "the default value", code)
        return Value(name, kind.value, data.raw[: size.value])


def _subkeys(handle: int) -> Iterator[str]:
    registry, index = module("winreg"), 0
    while True:
        try:
            name = registry.EnumKey(handle, index)
        except OSError as error:
            if _code(error) == NO_MORE_ITEMS:
                return
            raise refusal("a key", _code(error)) from error
        yield name
        index += 1


def _written(handle: Any) -> datetime | None:
    return moment(module("winreg").QueryInfoKey(handle)[2])
