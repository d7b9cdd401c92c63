"""Who runs, on which machine, whose profiles there are, and the one request for elevation."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from collectors.paths import placed
from collectors.real.calls import BOOL, DWORD, HANDLE, POINTER, TEXT, close, function, last_error, refusal, systemtime
from collectors.real.registry import RunningRegistry
from collectors.real.tokens import elevated, sid_of, sid_text, this_process, token_of
from collectors.windows import Daylight, Identity, Machine, NotTaken, Outcome, Profile

_PROFILES = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
# people of this machine or domain, and of Entra
_PEOPLE = ("S-1-5-21-", "S-1-12-1-")
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MINIMISED = 7
_TURN_MS, _STILL_RUNNING = 250, 0x102
# Source: Microsoft, winnt.h (IMAGE_FILE_MACHINE_*), wtsapi32.h, winbase.h (WAIT_TIMEOUT).
_MACHINES = {0x014C: "x86", 0x8664: "AMD64", 0xAA64: "ARM64"}
_THIS_SESSION, _ACTIVE, _USER_NAME, _DOMAIN_NAME = 0xFFFFFFFF, 0, 5, 7


class RunningPeople(RunningRegistry):
    """Identity, machine, profiles and elevation."""

    def identity(self) -> Identity:
        """Who runs this process."""
        with token_of(this_process()) as token:
            sid, full = sid_of(token), elevated(token)
        domain, user = os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", "")
        return Identity(f"{domain}\\{user}" if domain else user, sid, full, _screen_sid())

    def machine(self) -> Machine:
        """The machine and its zone."""
        bias, zone, daylight = _zone()
        pages = [function("kernel32", name, DWORD)() for name in ("GetOEMCP", "GetACP")]
        return Machine(
            name=os.environ.get("COMPUTERNAME", ""),
            os_build=self._build(),
            architecture=_architecture(),
            ui_locale=_locale(),
            oem_code_page=pages[0],
            ansi_code_page=pages[1],
            time_zone=zone,
            utc_bias_minutes=bias,
            daylight=daylight,
        )

    def _build(self) -> str:
        """``10.0.22631.4460``; the last number is in the registry alone."""
        version = vars(sys)["getwindowsversion"]()
        revision = self.value(_VERSION, "UBR")
        numbers = [version.major, version.minor, version.build]
        if revision is not None and len(revision.data) == 4:
            numbers.append(revision.number)
        return ".".join(map(str, numbers))

    def profiles(self) -> tuple[Profile, ...]:
        """The profiles of people, by SID."""
        loaded = {name.lower() for name in self.subkeys("HKU")}
        try:
            sids = sorted(sid for sid in self.subkeys(_PROFILES) if sid.startswith(_PEOPLE))
        except NotTaken:
            sids = []
        found = [self._profile(sid, sid.lower() in loaded) for sid in sids if not sid.endswith(".bak")]
        return tuple(profile for profile in found if profile.folder)

    def _profile(self, sid: str, loaded: bool) -> Profile:
        value = self.value(f"{_PROFILES}\\{sid}", "ProfileImagePath")
        folder = os.path.expandvars(value.text) if value else ""
        return Profile(sid, folder.rsplit("\\", 1)[-1], folder, self._temp(sid, folder), loaded)

    def _temp(self, sid: str, folder: str) -> str:
        """Where this person's programs put what passes, as their registry has it.

        This process's own variable may be the numbered folder of one session, a short name, or somebody else's.
        """
        try:
            value = self.value(f"HKU\\{sid}\\Environment", "TEMP")
        except NotTaken:
            value = None
        return placed(value.text if value else "", folder, f"{folder}\\AppData\\Local\\Temp")

    def elevate(self, arguments: Sequence[str], timeout_s: float) -> int:
        """Ask once for elevation and wait for what was started."""
        order = _Order(arguments)
        if not function("shell32", "ShellExecuteExW", BOOL, POINTER)(ctypes.byref(order)):
            raise refusal("the request for elevation", last_error())
        if not order.process:
            raise NotTaken(Outcome.FAILED, "the request for elevation: no process was started")
        try:
            return _ended(order.process, timeout_s)
        finally:
            close(order.process)


class _Order(ctypes.Structure):
    """SHELLEXECUTEINFOW: this interpreter and collector again, with the verb ``runas``."""

    _fields_ = (
        ("size", DWORD),
        ("mask", ctypes.c_uint32),
        ("window", HANDLE),
        ("verb", TEXT),
        ("file", TEXT),
        ("parameters", TEXT),
        ("directory", TEXT),
        ("show", ctypes.c_int),
        ("instance", HANDLE),
        ("list", POINTER),
        ("kind", TEXT),
        ("key", HANDLE),
        ("hot_key", DWORD),
        ("icon", HANDLE),
        ("process", HANDLE),
    )

    def __init__(self, arguments: Sequence[str]) -> None:
        keep_process, wait_for_it, no_message = 0x40, 0x100, 0x400
        super().__init__(mask=keep_process | wait_for_it | no_message, verb="runas", file=sys.executable)
        self.size = ctypes.sizeof(self)
        again = interpreter_arguments(sys.orig_argv, sys.argv[1:])
        self.parameters = subprocess.list2cmdline([*again, *arguments])
        self.show = _MINIMISED


def interpreter_arguments(started: Sequence[str], own: Sequence[str]) -> list[str]:
    """How the interpreter is started again, up to the collector's own arguments: the kit's archive, else the module.

    ``started`` is the whole command line, which ends in ``own``.
    """
    *options, program = started[1 : len(started) - len(own)] or [""]
    if not program.lower().endswith(".pyz"):
        return ["-m", "collectors"]
    # the other process starts in a folder of its own
    return [*options, str(Path(program).absolute())]


def _ended(process: Any, timeout_s: float) -> int:
    """The exit code of a process, once it has ended. It is asked in turns, so that Ctrl-C is heard in between."""
    wait = function("kernel32", "WaitForSingleObject", DWORD, HANDLE, DWORD)
    until = time.monotonic() + timeout_s
    while (state := wait(process, _TURN_MS)) == _STILL_RUNNING:
        if time.monotonic() > until:
            raise NotTaken(Outcome.FAILED, f"the elevated part did not end within {timeout_s:.0f} s")
    if state:
        raise refusal("waiting for the elevated part", last_error())
    code = DWORD()
    if not function("kernel32", "GetExitCodeProcess", BOOL, HANDLE, POINTER)(process, ctypes.byref(code)):
        raise refusal("the elevated part's exit code", last_error())
    return code.value


def _architecture() -> str:
    """The machine's own: to a program that it emulates, Windows on ARM gives the variables of the other kind.

    A Windows that lacks the call is older than that (Windows 10 version 1709), and emulates no 64-bit programs.
    """
    process, machine = ctypes.c_uint16(), ctypes.c_uint16()
    with suppress(NotTaken):
        call = function("kernel32", "IsWow64Process2", BOOL, HANDLE, POINTER, POINTER)
        if call(this_process(), ctypes.byref(process), ctypes.byref(machine)):
            return _MACHINES.get(machine.value, f"{machine.value:#06x}")
    return os.environ.get("PROCESSOR_ARCHITEW6432") or os.environ.get("PROCESSOR_ARCHITECTURE", "")


def _locale() -> str:
    """The language of Windows' own texts, ``fr-FR``."""
    language = function("kernel32", "GetUserDefaultUILanguage", ctypes.c_uint16)()
    name = ctypes.create_unicode_buffer(85)
    call = function("kernel32", "LCIDToLocaleName", ctypes.c_int, DWORD, TEXT, ctypes.c_int, DWORD)
    return name.value if call(language, name, len(name), 0) else ""


def _zone() -> tuple[int, str, Daylight | None]:
    """Bias in winter, the zone's invariant name, and its summer time."""
    data = ctypes.create_string_buffer(432)
    function("kernel32", "GetDynamicTimeZoneInformation", DWORD, POINTER)(data)
    return zone_of(data.raw)


def zone_of(data: bytes) -> tuple[int, str, Daylight | None]:
    """The same out of the structure's bytes.

    Source: Microsoft, DYNAMIC_TIME_ZONE_INFORMATION: bias, two names of 32 characters each followed by a SYSTEMTIME
    and a bias, then the key's name and whether summer time is switched off. Month 0 means no summer time.
    """
    bias = struct.unpack_from("<i", data)[0]
    standard, standard_bias = data[68:84], struct.unpack_from("<i", data, 84)[0]
    summer, summer_bias = data[152:168], struct.unpack_from("<i", data, 168)[0]
    name = data[172:428].decode("utf-16-le", "replace").partition("\0")[0]
    switched_off = bool(data[428])
    if switched_off or not systemtime(summer)[1]:
        return bias + standard_bias, name, None
    rule = Daylight(summer_bias - standard_bias, _changes(summer), _changes(standard))
    return bias + standard_bias, name, rule


def _changes(data: bytes) -> str:
    """When summer time starts or ends: ``03-05 Sun 02:00``; in a SYSTEMTIME of this use the day is the week."""
    _, month, weekday, week, hour, minute, _, _ = systemtime(data)
    return f"{month:02}-{week:02} {_DAYS[weekday % 7]} {hour:02}:{minute:02}"


def _screen_sid() -> str | None:
    """Who sits at the screen; None where nobody does, or several who cannot be told apart."""
    for sessions in _sessions():
        found = {name for name in map(_session_user, sessions) if name}
        if found:
            return _account_sid(found.pop()) if len(found) == 1 else None
    return None


def _sessions() -> Iterator[Sequence[int]]:
    """This session; for a service, whose session has no user, the console's; then those over Remote Desktop."""
    yield (_THIS_SESSION,)
    yield (function("kernel32", "WTSGetActiveConsoleSessionId", DWORD)(),)
    yield _active_sessions()


def _active_sessions() -> list[int]:
    """Sessions with somebody connected, at the console or by Remote Desktop.

    Source: Microsoft, WTS_SESSION_INFOW: the session's number, its station's name, its state: 24 bytes on 64-bit
    Windows.
    """
    found, count = POINTER(), DWORD()
    call = function("wtsapi32", "WTSEnumerateSessionsW", BOOL, HANDLE, DWORD, DWORD, POINTER, POINTER)
    if not call(None, 0, 1, ctypes.byref(found), ctypes.byref(count)):
        return []
    try:
        rows = struct.iter_unpack("<I4xQI4x", ctypes.string_at(found.value or 0, 24 * count.value))
        return [number for number, _, state in rows if state == _ACTIVE]
    finally:
        function("wtsapi32", "WTSFreeMemory", None, POINTER)(found)


def _session_user(session: int) -> str:
    """``DOMAIN\\user`` of a session; empty where nobody is signed in, or nobody may know."""
    try:
        user, domain = (_session_text(session, kind) for kind in (_USER_NAME, _DOMAIN_NAME))
    except NotTaken:
        return ""
    return f"{domain}\\{user}" if domain and user else user


def _session_text(session: int, kind: int) -> str:
    text, size = TEXT(), DWORD()
    call = function("wtsapi32", "WTSQuerySessionInformationW", BOOL, HANDLE, DWORD, ctypes.c_int, POINTER, POINTER)
    if not call(None, session, kind, ctypes.byref(text), ctypes.byref(size)):
        raise refusal("a session", last_error())
    try:
        return text.value or ""
    finally:
        function("wtsapi32", "WTSFreeMemory", None, POINTER)(text)


@cache
def _account_sid(name: str) -> str | None:
    """The SID of an account; None when its domain cannot be asked."""
    call = function("advapi32", "LookupAccountNameW", BOOL, TEXT, TEXT, POINTER, POINTER, TEXT, POINTER, POINTER)
    sid, domain = ctypes.create_string_buffer(256), ctypes.create_unicode_buffer(256)
    sizes, kind = (DWORD(len(sid)), DWORD(len(domain))), DWORD()
    where = (sid, ctypes.byref(sizes[0]), domain, ctypes.byref(sizes[1]), ctypes.byref(kind))
    if not call(None, name, *where):
        return None
    return sid_text(ctypes.addressof(sid))
