"""Processes, services, when the machine started, and its disks."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.real.calls import (
    BOOL,
    DWORD,
    HANDLE,
    INVALID_HANDLE,
    POINTER,
    TEXT,
    close,
    function,
    last_error,
    moment,
    refusal,
)
from collectors.real.tokens import elevated, sid_of, token_of
from collectors.windows import NotTaken, Process, Service, Volume

# Source: Microsoft, tlhelp32.h, winnt.h, winsvc.h, fileapi.h.
_SNAP_PROCESSES, _QUERY_LIMITED = 0x2, 0x1000
_CONNECT, _QUERY_STATUS, _QUERY_CONFIG = 0x1, 0x4, 0x1
_NO_SUCH_SERVICE = 1060
_STATES = {
    1: "stopped",
    2: "start_pending",
    3: "stop_pending",
    4: "running",
    5: "continue_pending",
    6: "pause_pending",
    7: "paused",
}
_STARTS = {0: "boot", 1: "system", 2: "auto", 3: "demand", 4: "disabled"}
_FIXED = 3


class RunningProcesses:
    """What runs, and since when."""

    def processes(self) -> tuple[Process, ...]:
        """All processes of the machine, in the order of the snapshot."""
        return tuple(_described(*entry) for entry in _snapshot())

    def service(self, name: str) -> Service | None:
        """A service's state and start."""
        open_manager = function("advapi32", "OpenSCManagerW", HANDLE, TEXT, TEXT, DWORD)
        manager = open_manager(None, None, _CONNECT)
        if not manager:
            raise refusal("the service manager", last_error())
        try:
            return _service(manager, name)
        finally:
            _close_service(manager)

    def boot_utc(self) -> datetime:
        """Now less the ticks since the start; the machine's clock may have been set since."""
        ticks = function("kernel32", "GetTickCount64", ctypes.c_uint64)()
        return (datetime.now(UTC) - timedelta(milliseconds=ticks)).replace(microsecond=0)

    def volumes(self) -> tuple[Volume, ...]:
        """Letters of fixed disks with the bytes that are free to whoever runs."""
        kind = function("kernel32", "GetDriveTypeW", ctypes.c_uint32, TEXT)
        letters = function("kernel32", "GetLogicalDrives", DWORD)()
        names = [f"{chr(ord('A') + bit)}:" for bit in range(26) if letters >> bit & 1]
        found = ((name, _free(name)) for name in names if kind(name + "\\") == _FIXED)
        return tuple(Volume(name, free) for name, free in found if free is not None)


def _snapshot() -> Iterator[tuple[str, int, int]]:
    """Name, id and parent's id of each process.

    Source: Microsoft, PROCESSENTRY32W: on 64-bit Windows 568 bytes, the id at 8, the parent's at 32, the name at 44.
    """
    wide = struct.calcsize("P") == 8
    size, parent_at, name_at = (568, 32, 44) if wide else (556, 24, 36)
    take = function("kernel32", "CreateToolhelp32Snapshot", HANDLE, DWORD, DWORD)(_SNAP_PROCESSES, 0)
    if take in (None, INVALID_HANDLE):
        raise refusal("the list of processes", last_error())
    entry = ctypes.create_string_buffer(size)
    struct.pack_into("<I", entry, 0, size)
    try:
        more = function("kernel32", "Process32FirstW", BOOL, HANDLE, POINTER)(take, entry)
        while more:
            name = entry.raw[name_at:].decode("utf-16-le", "replace").partition("\0")[0]
            yield name, struct.unpack_from("<I", entry, 8)[0], struct.unpack_from("<I", entry, parent_at)[0]
            more = function("kernel32", "Process32NextW", BOOL, HANDLE, POINTER)(take, entry)
    finally:
        close(take)


def _described(name: str, pid: int, parent: int) -> Process:
    """As much as this token may know about a process."""
    handle = function("kernel32", "OpenProcess", HANDLE, DWORD, BOOL, DWORD)(_QUERY_LIMITED, False, pid)
    if not handle:
        return Process(name, pid, parent)
    try:
        path = _path(handle)
        sid, full = _owner(handle)
        return Process(name, pid, parent, path, path and file_version(path), _started(handle), full, sid)
    finally:
        close(handle)


def _path(process: Any) -> str | None:
    room, size = ctypes.create_unicode_buffer(32768), DWORD(32768)
    call = function("kernel32", "QueryFullProcessImageNameW", BOOL, HANDLE, DWORD, TEXT, POINTER)
    return room.value if call(process, 0, room, ctypes.byref(size)) else None


def _owner(process: Any) -> tuple[str | None, bool | None]:
    with suppress(NotTaken), token_of(process) as token:
        return sid_of(token), elevated(token)
    return None, None


def _started(process: Any) -> datetime | None:
    times = (ctypes.c_uint64 * 4)()
    call = function("kernel32", "GetProcessTimes", BOOL, HANDLE, POINTER, POINTER, POINTER, POINTER)
    parts = [ctypes.byref(times, 8 * index) for index in range(4)]
    return moment(times[0]) if call(process, *parts) else None


def file_version(path: str) -> str | None:
    """The four numbers of a program's file version; None when it has none."""
    size = function("version", "GetFileVersionInfoSizeW", DWORD, TEXT, POINTER)(path, None)
    data, found, length = ctypes.create_string_buffer(max(size, 1)), POINTER(), ctypes.c_uint32()
    if not size or not function("version", "GetFileVersionInfoW", BOOL, TEXT, DWORD, DWORD, POINTER)(
        path, 0, size, data
    ):
        return None
    query = function("version", "VerQueryValueW", BOOL, POINTER, TEXT, POINTER, POINTER)
    if not query(data, "\\", ctypes.byref(found), ctypes.byref(length)) or length.value < 16:
        return None
    high, low = struct.unpack_from("<II", ctypes.string_at(found.value or 0, 16), 8)
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


def _service(manager: Any, name: str) -> Service | None:
    call = function("advapi32", "OpenServiceW", HANDLE, HANDLE, TEXT, DWORD)
    service = call(manager, name, _QUERY_STATUS | _QUERY_CONFIG)
    if not service:
        error = last_error()
        if error == _NO_SUCH_SERVICE:
            return None
        raise refusal(f"the service {name}", error)
    try:
        return Service(name, _state(service), _start(service))
    finally:
        _close_service(service)


def _state(service: Any) -> str:
    status = (DWORD * 7)()
    if not function("advapi32", "QueryServiceStatus", BOOL, HANDLE, POINTER)(service, status):
        raise refusal("a service's state", last_error())
    return _STATES.get(status[1], str(status[1]))


def _start(service: Any) -> str:
    """The second number of QUERY_SERVICE_CONFIGW is how it starts."""
    room, needed = ctypes.create_string_buffer(8192), DWORD()
    call = function("advapi32", "QueryServiceConfigW", BOOL, HANDLE, POINTER, DWORD, POINTER)
    if not call(service, room, len(room), ctypes.byref(needed)):
        raise refusal("a service's start", last_error())
    start = struct.unpack_from("<I", room, 4)[0]
    return _STARTS.get(start, str(start))


def _close_service(handle: Any) -> None:
    function("advapi32", "CloseServiceHandle", BOOL, HANDLE)(handle)


def _free(name: str) -> int | None:
    free = ctypes.c_uint64()
    call = function("kernel32", "GetDiskFreeSpaceExW", BOOL, TEXT, POINTER, POINTER, POINTER)
    return free.value if call(name + "\\", ctypes.byref(free), None, None) else None
