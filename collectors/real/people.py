"""Who runs, on which machine, whose profiles there are, and the one request for elevation."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


class RunningPeople(RunningRegistry):
    """Identity, machine, profiles and elevation."""

    def identity(self) -> Identity:
        """Who runs this process."""
        with token_of(this_process()) as token:
            sid, full = sid_of(token), elevated(token)
        domain, user = os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", "")
        return Identity(f"{domain}\\{user}" if domain else user, sid, full, _console_sid())

    def machine(self) -> Machine:
        """The machine and its zone."""
        bias, zone, daylight = _zone()
        pages = [function("kernel32", name, DWORD)() for name in ("GetOEMCP", "GetACP")]
        return Machine(
            name=os.environ.get("COMPUTERNAME", ""),
            os_build=self._build(),
            architecture=os.environ.get("PROCESSOR_ARCHITEW6432") or os.environ.get("PROCESSOR_ARCHITECTURE", ""),
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
        temp = f"{folder}\\AppData\\Local\\Temp"
        with token_of(this_process()) as token:
            if sid_of(token) == sid:
                temp = os.environ.get("TEMP", temp)
        return Profile(sid, folder.rsplit("\\", 1)[-1], folder, temp, loaded)

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
        self.parameters = subprocess.list2cmdline([*_interpreter_arguments(), *arguments])
        self.show = _MINIMISED


def _interpreter_arguments() -> list[str]:
    """How this interpreter was started, up to the archive that it runs; the analyzer's command runs the module."""
    original = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv[1:])]
    if not original or Path(original[-1]).stem.lower() in ("mailscope", "mailscope-script", "analyzer"):
        return ["-m", "collectors"]
    # the other process starts in a folder of its own
    return [str(Path(word).absolute()) if Path(word).exists() else word for word in original]


def _ended(process: Any, timeout_s: float) -> int:
    """The exit code of a process, once it has ended."""
    wait = function("kernel32", "WaitForSingleObject", DWORD, HANDLE, DWORD)
    if wait(process, int(timeout_s * 1000)) != 0:
        raise NotTaken(Outcome.FAILED, f"the elevated part did not end within {timeout_s:.0f} s")
    code = DWORD()
    if not function("kernel32", "GetExitCodeProcess", BOOL, HANDLE, POINTER)(process, ctypes.byref(code)):
        raise refusal("the elevated part's exit code", last_error())
    return code.value


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


def _console_sid() -> str | None:
    """Whose session is on the screen: the name that the session has, looked up as an account."""
    session = function("kernel32", "WTSGetActiveConsoleSessionId", DWORD)()
    if session == 0xFFFFFFFF:
        return None
    try:
        user, domain = (_session_text(session, kind) for kind in (5, 7))
        return _account_sid(f"{domain}\\{user}" if domain else user) if user else None
    except NotTaken:
        return None


def _session_text(session: int, kind: int) -> str:
    text, size = TEXT(), DWORD()
    call = function("wtsapi32", "WTSQuerySessionInformationW", BOOL, HANDLE, DWORD, ctypes.c_int, POINTER, POINTER)
    if not call(None, session, kind, ctypes.byref(text), ctypes.byref(size)):
        raise refusal("the console's session", last_error())
    try:
        return text.value or ""
    finally:
        function("wtsapi32", "WTSFreeMemory", None, POINTER)(text)


def _account_sid(name: str) -> str:
    call = function("advapi32", "LookupAccountNameW", BOOL, TEXT, TEXT, POINTER, POINTER, TEXT, POINTER, POINTER)
    sid, domain = ctypes.create_string_buffer(256), ctypes.create_unicode_buffer(256)
    sizes, kind = (DWORD(len(sid)), DWORD(len(domain))), DWORD()
    where = (sid, ctypes.byref(sizes[0]), domain, ctypes.byref(sizes[1]), ctypes.byref(kind))
    if not call(None, name, *where):
        raise refusal("the account at the console", last_error())
    return sid_text(ctypes.addressof(sid))
