"""The verbs that Windows is asked with, behind one protocol, and the nouns they answer in.

Everything the collector does to a running Windows goes through ``Windows``. The real one is made by ``running()``
(``collectors.real``, by ctypes and winreg); tests bring their own. Nothing here changes the machine: the only places
written to are the targets that the caller names.

A verb answers or raises ``NotTaken``, with the outcome that the manifest has for it. Answers are trusted by their
content: a program that ended well and printed nothing, or a file without the first bytes of its kind, was not taken.

Paths are Windows paths as text (``C:\\Users\\alice``), never extended ones: each verb adds ``\\\\?\\`` by itself.
Keys are text as in the catalogue: ``HKLM\\SYSTEM\\…``, ``HKCU\\…`` (whoever runs), ``HKU\\<SID>\\…``; the registry
is always seen as 64-bit programs see it. Instants are aware datetimes in UTC, by the machine's own clock.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol, Self

from collectors.instants import since_1970

# Source: Microsoft, "Reparse Point Tags" (the bit of tags that stand for another name: junctions, symbolic links) and
# "File Attribute Constants" (offline, recall on open, recall on data access).
_SURROGATE = 0x20000000
_NOT_HERE = 0x1000 | 0x40000 | 0x400000


class Outcome(StrEnum):
    """How an attempt ended that brought nothing; ``outcome`` of an omission in the manifest."""

    MISSING = "missing"
    DENIED = "denied"
    FAILED = "failed"
    TOO_BIG = "too_big"
    SKIPPED = "skipped"


class NotTaken(Exception):
    """A verb that could not be done: the outcome and one line that says why, with the Windows code in brackets."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs this process. ``name`` is ``DOMAIN\\user``; ``console_sid`` is who sits at the screen, if anyone.

    That is the user of this process's own session, else of the console's, else the only one over Remote Desktop.
    """

    name: str
    sid: str
    elevated: bool
    console_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Daylight:
    """The summer time rule: ``bias_minutes`` is added to the zone's own in summer; see the bundle format's ``host``.

    ``starts`` and ``ends`` are local, ``MM-WW Day HH:MM`` (week 05 is the month's last).
    """

    bias_minutes: int
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as the manifest names it. ``utc_bias_minutes`` is UTC minus local in winter, as Windows counts."""

    name: str
    os_build: str
    architecture: str
    ui_locale: str
    oem_code_page: int
    ansi_code_page: int
    time_zone: str
    utc_bias_minutes: int
    daylight: Daylight | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's profile: ``user`` is the folder's name, ``loaded`` says whether ``HKU\\<sid>`` is there now."""

    sid: str
    user: str
    folder: str
    temp: str
    loaded: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder holds. A ``link`` (junction, symbolic link) is never followed.

    ``remote`` is a file whose content lies in the cloud: opening it would download it, so it is not opened.
    """

    name: str
    size: int
    modified_utc: datetime | None
    folder: bool
    link: bool = False
    remote: bool = False

    @classmethod
    def of(cls, name: str, told: os.stat_result) -> Self:
        """What ``lstat`` tells; tags and attributes are there on Windows alone. No time where no calendar holds it."""
        tag, attributes = getattr(told, "st_reparse_tag", 0), getattr(told, "st_file_attributes", 0)
        link = stat.S_ISLNK(told.st_mode) or bool(tag & _SURROGATE)
        folder, remote = stat.S_ISDIR(told.st_mode), bool(attributes & _NOT_HERE)
        return cls(name, told.st_size, since_1970(told.st_mtime_ns), folder, link, remote)


@dataclass(frozen=True, slots=True)
class Value:
    """A registry value: ``kind`` is the REG_ number, ``data`` the bytes as stored (UTF-16LE for text)."""

    name: str
    kind: int
    data: bytes

    @property
    def text(self) -> str:
        """The data as text, up to its first NUL."""
        return self.data[: len(self.data) & ~1].decode("utf-16-le", "replace").partition("\0")[0]

    @property
    def number(self) -> int:
        """The data as a little-endian number, as REG_DWORD and REG_QWORD hold it."""
        return int.from_bytes(self.data, "little")


@dataclass(frozen=True, slots=True)
class Export:
    """What became of an export: how many keys were written, and which of those below were refused or unreadable."""

    keys: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed, as bytes in whatever code page it chose. ``code`` is its exit code, not its success."""

    code: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class Credential:
    """A stored credential without its secret: only how many bytes that has. ``kind`` and ``persist`` as Windows counts.

    The secret is never copied out of the memory that Windows hands over.
    """

    target: str
    kind: int
    persist: int
    user_name: str | None
    written_utc: datetime | None
    blob_bytes: int


@dataclass(frozen=True, slots=True)
class Process:
    """A running program. What needs a right that this process lacks is None: its path, version, owner."""

    name: str
    pid: int
    parent_pid: int
    path: str | None = None
    version: str | None = None
    started_utc: datetime | None = None
    elevated: bool | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """``state``: running, stopped, …; ``start``: auto, demand, disabled, boot, system."""

    name: str
    state: str
    start: str


@dataclass(frozen=True, slots=True)
class Volume:
    """A fixed disk's letter (``C:``) and the bytes that whoever runs may still write there."""

    name: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Adapter:
    """A network adapter, with the name servers it is set to."""

    name: str
    description: str
    up: bool
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proxy:
    """Proxy settings as one of Windows' stacks has them; empty texts where nothing is set."""

    auto_detect: bool = False
    auto_config_url: str = ""
    server: str = ""
    bypass: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """What the Security Center knows: ``kind`` is antivirus, antispyware or firewall; ``state`` on, off or other."""

    name: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What Windows thinks of a chain: ``error`` names what CertGetCertificateChain found wrong, None when nothing."""

    trusted: bool
    error: str | None = None


class People(Protocol):
    """Who and where."""

    def identity(self) -> Identity:
        """Who runs this process and whether it is elevated."""

    def machine(self) -> Machine:
        """The machine; what cannot be told is an empty text or 0."""

    def profiles(self) -> tuple[Profile, ...]:
        """The profiles of people (``S-1-5-21-…``, ``S-1-12-1-…``), services left out, sorted by SID."""

    def elevate(self, arguments: Sequence[str], timeout_s: float) -> int:
        """Run this collector again with these arguments, elevated; its exit code.

        The one request for elevation: DENIED when the person at the screen refuses, FAILED after the time-out. The
        other process may run as another account: it must be told whose evidence to take.
        """


class Registry(Protocol):
    """Reading and saving keys."""

    def value(self, key: str, name: str) -> Value | None:
        """A value; None when the key or the value is not there. ``""`` names the default value."""

    def values(self, key: str) -> tuple[Value, ...]:
        """All values of a key, in its own order; MISSING when there is no such key."""

    def subkeys(self, key: str) -> tuple[str, ...]:
        """Names of the keys directly below; MISSING when there is no such key."""

    def written_utc(self, key: str) -> datetime | None:
        """When the key was last written; None when it is not there."""

    def export_key(self, key: str, sid: str | None, reg: BinaryIO, times: BinaryIO) -> Export:
        """Write a key and all below it as ``reg export`` does, and its keys' times as JSON lines.

        ``sid`` says whose HKCU is meant (None: of whoever runs); the text keeps the catalogue's ``HKCU``. Values that
        hold secrets keep their type and length and lose their content. MISSING, DENIED when nothing can be read;
        links to other keys are not followed below ``key``.
        """

    def save_key(self, key: str, target: str) -> None:
        """Save ``HKLM\\SYSTEM``, ``HKLM\\SOFTWARE`` or ``HKU\\<SID>`` as a hive by RegSaveKeyEx.

        ``target`` must not exist. DENIED without SeBackupPrivilege; FAILED when what came out is no hive.
        """


class Files(Protocol):
    """Reading files and folders that others may have open."""

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What a folder holds, sorted by name without regard to case; MISSING, DENIED, FAILED otherwise."""

    def find(self, path: str) -> Entry | None:
        """One file or folder; None when it is not there. Links are not followed."""

    def open_file(self, path: str) -> BinaryIO:
        """Open for reading, sharing everything: the first method. MISSING, DENIED, or FAILED when it is locked."""

    def open_backup(self, path: str) -> BinaryIO:
        """The second method: with backup semantics, under SeBackupPrivilege where the token holds it."""

    def copy_shadow(self, path: str, target: str) -> None:
        """The last method, elevated only: a copy out of a passing shadow copy of the volume (esentutl /vss).

        ``target`` must not exist. The shadow is released by the tool itself.
        """


class Programs(Protocol):
    """Running Windows' own programs."""

    def run(self, command: Sequence[str], timeout_s: float) -> Output:
        """Run a program of ``System32`` without a window and wait; the first word is its bare name (``w32tm``).

        MISSING when there is no such program, FAILED after the time-out or when nothing at all was printed.
        """

    def export_log(self, channel: str, target: str, timeout_s: float) -> None:
        """Export a whole event log as ``.evtx``: EvtExportLog, then ``wevtutil epl``.

        ``target`` must not exist. MISSING when there is no such channel, DENIED, FAILED when no log came out.
        """

    def scratch(self) -> AbstractContextManager[str]:
        """A fresh folder that only this account and administrators may enter; gone with the context."""


class Inquiries(Protocol):
    """What only the running system knows, for ``collectors.live``."""

    def credentials(self) -> tuple[Credential, ...]:
        """The credentials of whoever runs, in the store's order; empty when there are none."""

    def processes(self) -> tuple[Process, ...]:
        """All processes that can be listed."""

    def service(self, name: str) -> Service | None:
        """One service; None when there is no such service."""

    def boot_utc(self) -> datetime:
        """When the machine started."""

    def security_products(self) -> tuple[Product, ...]:
        """What the Security Center lists; FAILED on servers, which have none."""

    def volumes(self) -> tuple[Volume, ...]:
        """The fixed disks, by letter."""

    def adapters(self) -> tuple[Adapter, ...]:
        """Network adapters except the loopback."""

    def winhttp_proxy(self) -> Proxy:
        """The proxy of services, as ``netsh winhttp show proxy`` tells it."""

    def user_proxy(self) -> Proxy:
        """The proxy of whoever runs, as WinHTTP reads it out of WinINet's settings."""

    def proxy_for(self, url: str, pac: str | None) -> str:
        """What WinHTTP's auto-proxy answers for an address: ``DIRECT`` or ``PROXY host:port``; it uses the network.

        ``pac`` is the script's address, None for automatic detection.
        """

    def trust(self, chain: Sequence[bytes], host: str) -> Trust:
        """CertGetCertificateChain and the SSL policy for ``host`` on DER certificates, leaf first.

        Only what is already on this machine is used: no retrieval over the network.
        """

    def cached_addresses(self, name: str) -> tuple[str, ...]:
        """What the DNS client's cache answers for a name, without asking a server."""

    def mail_exchangers(self, domain: str) -> tuple[str, ...]:
        """The MX hosts of a domain, best first; it uses the network."""


class Windows(People, Registry, Files, Programs, Inquiries, Protocol):
    """Every verb."""


def running() -> Windows:
    """The Windows that this process runs on; NotTaken elsewhere."""
    if os.name != "nt":
        raise NotTaken(Outcome.FAILED, "this is not Windows: collect from a mounted disk with --root")
    # it calls DLLs, which other systems do not have
    from collectors.real import RunningWindows

    return RunningWindows()
