"""Calling Windows by ctypes: libraries, structures, and what an error code means for a collection.

Every function is declared with its types before it is called: without, ctypes cuts 64-bit handles to 32 bits.
"""

from __future__ import annotations

import ctypes
import importlib
import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from collectors.windows import NotTaken, Outcome

DWORD = ctypes.c_uint32
BOOL = ctypes.c_int32
HANDLE = ctypes.c_void_p
POINTER = ctypes.c_void_p
TEXT = ctypes.c_wchar_p

INVALID_HANDLE = ctypes.c_void_p(-1).value
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

# Source: Microsoft, "System Error Codes".
MORE_DATA = 234
NO_MORE_ITEMS = 259
NOT_FOUND = 1168
_MISSING = {
    2: "not found",
    3: "path not found",
    53: "no such server",
    1060: "no such service",
    1168: "element not found",
    15007: "no such channel",
}
_DENIED = {5: "access denied", 1223: "refused by the user", 1300: "privilege not held", 1314: "privilege not held"}
_FAILED = {32: "in use by another program", 33: "partly locked by another program", 112: "the disk is full"}


def module(name: str) -> Any:
    """A module of Python's that is there on Windows alone."""
    return importlib.import_module(name)


@cache
def function(library: str, name: str, result: Any, *arguments: Any) -> Any:
    """A function of a DLL with its types; MISSING when this Windows has no such DLL or function."""
    try:
        call = getattr(vars(ctypes)["WinDLL"](library, use_last_error=True), name)
    except (OSError, AttributeError) as error:
        raise NotTaken(Outcome.MISSING, f"this Windows has no {name} in {library}") from error
    call.restype = result
    call.argtypes = arguments
    return call


def last_error() -> int:
    """The error of the last call; 0 when it left none, which some calls do although they failed."""
    return int(vars(ctypes)["get_last_error"]())


def refusal(what: str, code: int) -> NotTaken:
    """What to raise for an error code: ``what`` in words, the code in brackets."""
    for outcome, meanings in ((Outcome.MISSING, _MISSING), (Outcome.DENIED, _DENIED), (Outcome.FAILED, _FAILED)):
        if code in meanings:
            return NotTaken(outcome, f"{what}: {meanings[code]} ({code})")
    return NotTaken(Outcome.FAILED, f"{what}: error {code if code >= 0 else f'{code & 0xFFFFFFFF:#010x}'}")


def moment(ticks: int) -> datetime | None:
    """The instant of a FILETIME: 100 ns since 1601; None for 0 and for what no calendar holds."""
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks > 0 else None
    except OverflowError:
        return None


def systemtime(data: bytes) -> tuple[int, ...]:
    """A SYSTEMTIME's year, month, weekday (0 Sunday), day, hour, minute, second, millisecond."""
    return struct.unpack("<8H", data)


def close(handle: Any) -> None:
    """Give a kernel handle back."""
    function("kernel32", "CloseHandle", BOOL, HANDLE)(handle)
