"""The token that a process runs under: whose it is, whether it is elevated, which privileges it holds."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collectors.real.calls import BOOL, DWORD, HANDLE, POINTER, TEXT, close, function, last_error, refusal
from collectors.windows import NotTaken, Outcome

# Source: Microsoft, winnt.h.
_QUERY, _ADJUST = 0x0008, 0x0020
_USER, _ELEVATION = 1, 20
_ENABLED = 2
_NOT_ALL_ASSIGNED = 1300


@contextmanager
def token_of(process: Any, rights: int = _QUERY) -> Iterator[Any]:
    """The token of an open process, for as long as the context lasts."""
    token = HANDLE()
    call = function("advapi32", "OpenProcessToken", BOOL, HANDLE, DWORD, POINTER)
    if not call(process, rights, ctypes.byref(token)):
        raise refusal("the process's token", last_error())
    try:
        yield token
    finally:
        close(token)


def this_process() -> Any:
    """The pseudo handle of this process; it needs no closing."""
    return function("kernel32", "GetCurrentProcess", HANDLE)()


def sid_of(token: Any) -> str:
    """Whose token it is, as ``S-1-5-21-…``."""
    data = _information(token, _USER)
    return sid_text(struct.unpack_from("P", data)[0])


def elevated(token: Any) -> bool:
    """Whether it has an administrator's full rights now, not whether it could get them."""
    return bool(struct.unpack_from("I", _information(token, _ELEVATION))[0])


def sid_text(address: int) -> str:
    """A SID in memory as text."""
    text = TEXT()
    call = function("advapi32", "ConvertSidToStringSidW", BOOL, POINTER, POINTER)
    if not call(address, ctypes.byref(text)):
        raise refusal("the text of a SID", last_error())
    try:
        return text.value or ""
    finally:
        function("kernel32", "LocalFree", POINTER, POINTER)(text)


def _information(token: Any, kind: int) -> Any:
    call = function("advapi32", "GetTokenInformation", BOOL, HANDLE, ctypes.c_int, POINTER, DWORD, POINTER)
    needed = DWORD()
    call(token, kind, None, 0, ctypes.byref(needed))
    data = ctypes.create_string_buffer(max(needed.value, 4))
    if not call(token, kind, data, len(data), ctypes.byref(needed)):
        raise refusal("the token's information", last_error())
    return data


def enable(privilege: str) -> None:
    """Switch a privilege on that the token holds; DENIED when it holds it not.

    Source: Microsoft, "AdjustTokenPrivileges": it succeeds and leaves error 1300 when the privilege is not held.
    """
    luid = ctypes.create_string_buffer(8)
    if not function("advapi32", "LookupPrivilegeValueW", BOOL, TEXT, TEXT, POINTER)(None, privilege, luid):
        raise refusal(privilege, last_error())
    wanted = struct.pack("<I8sI", 1, luid.raw, _ENABLED)
    call = function("advapi32", "AdjustTokenPrivileges", BOOL, HANDLE, BOOL, ctypes.c_char_p, DWORD, POINTER, POINTER)
    with token_of(this_process(), _QUERY | _ADJUST) as token:
        done = call(token, False, wanted, 0, None, None)
        error = last_error()
    if not done:
        raise refusal(privilege, error)
    if error == _NOT_ALL_ASSIGNED:
        raise NotTaken(Outcome.DENIED, f"{privilege}: privilege not held ({error})")
