"""A Windows that is what a test says: registry, folders, programs and answers as plain dictionaries.

What a test does not name is not there. An answer may be a ``NotTaken``, which is raised.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from collectors.reg_text import Key, write
from collectors.windows import (
    Adapter,
    Credential,
    Entry,
    Export,
    Identity,
    Machine,
    NotTaken,
    Outcome,
    Output,
    Process,
    Product,
    Profile,
    Proxy,
    Service,
    Trust,
    Value,
    Volume,
)

ALICE = "S-1-5-21-1-2-3-1001"
HOME = "C:\\Users\\alice"
PERSON = Profile(ALICE, "alice", HOME, f"{HOME}\\AppData\\Local\\Temp", loaded=True)
MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def text_value(name: str, text: str) -> Value:
    return Value(name, 1, (text + "\0").encode("utf-16-le"))


def file(name: str, size: int = 1) -> Entry:
    return Entry(name, size, MOMENT, folder=False)


def folder(name: str) -> Entry:
    return Entry(name, 0, MOMENT, folder=True)


def missing(what: str) -> NotTaken:
    return NotTaken(Outcome.MISSING, f"{what}: not found (2)")


@dataclass
class Pretence:
    """See the module. ``asked`` lists what was run, in order."""

    elevated: bool = False
    keys: dict[str, Any] = field(default_factory=dict)
    folders: dict[str, Any] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)
    programs: dict[str, Any] = field(default_factory=dict)
    names: Any = ()
    running: Any = ()
    known_services: dict[str, Service] = field(default_factory=dict)
    products: Any = ()
    disks: Any = ()
    network: Any = ()
    winhttp: Any = field(default_factory=Proxy)
    user: Any = field(default_factory=Proxy)
    scripts: dict[str | None, Any] = field(default_factory=dict)
    trusted: Any = field(default_factory=lambda: Trust(trusted=True))
    cache: dict[str, Any] = field(default_factory=dict)
    exchangers: Any = ()
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def identity(self) -> Identity:
        return Identity("PC-042\\alice", ALICE, self.elevated, ALICE)

    def machine(self) -> Machine:
        return Machine("PC-042", "10.0.22631.4460", "AMD64", "fr-FR", 850, 1252, "Romance Standard Time", -60)

    def profiles(self) -> tuple[Profile, ...]:
        return (PERSON,)

    def elevate(self, arguments: Sequence[str], timeout_s: float) -> int:
        self.asked.append(("elevate", *arguments, str(timeout_s)))
        return 0

    def value(self, key: str, name: str) -> Value | None:
        if key not in self.keys:
            return None
        return next((value for value in self.values(key) if value.name.lower() == name.lower()), None)

    def values(self, key: str) -> tuple[Value, ...]:
        return tuple(_answer(self.keys.get(key, missing(key))))

    def subkeys(self, key: str) -> tuple[str, ...]:
        below = (other.removeprefix(key + "\\") for other in self.keys if other.startswith(key + "\\"))
        return tuple(name for name in below if "\\" not in name)

    def written_utc(self, key: str) -> datetime | None:
        return MOMENT if key in self.keys else None

    def export_key(self, key: str, sid: str | None, reg: BinaryIO, times: BinaryIO) -> Export:
        paths = [path for path in self.keys if path == key or path.startswith(key + "\\")]
        if not paths:
            raise missing(key)
        return Export(
            write([Key(path, MOMENT, self.values(path)) for path in paths], reg, times), (sid,) if sid else ()
        )

    def save_key(self, key: str, target: str) -> None:
        raise NotTaken(Outcome.DENIED, f"{key} {target}: privilege not held (1314)")

    def entries(self, folder: str) -> tuple[Entry, ...]:
        return tuple(_answer(self.folders.get(folder, missing(folder))))

    def find(self, path: str) -> Entry | None:
        parent, _, name = path.rpartition("\\")
        return next((entry for entry in self.folders.get(parent, ()) if entry.name == name), None)

    def open_file(self, path: str) -> BinaryIO:
        return io.BytesIO(_answer(self.contents.get(path, missing(path))))

    def open_backup(self, path: str) -> BinaryIO:
        return self.open_file(path)

    def copy_shadow(self, path: str, target: str) -> None:
        raise NotTaken(Outcome.FAILED, f"{path} {target}: no shadow copy here")

    def run(self, command: Sequence[str], timeout_s: float) -> Output:
        assert timeout_s > 0
        self.asked.append(tuple(command))
        output: Output = _answer(self.programs.get(command[0], missing(command[0])))
        return output

    def export_log(self, channel: str, target: str, timeout_s: float) -> None:
        raise missing(f"{channel} {target} {timeout_s}")

    def scratch(self) -> AbstractContextManager[str]:
        return nullcontext("C:\\scratch")

    def credentials(self) -> tuple[Credential, ...]:
        return tuple(_answer(self.names))

    def processes(self) -> tuple[Process, ...]:
        return tuple(_answer(self.running))

    def service(self, name: str) -> Service | None:
        return self.known_services.get(name)

    def boot_utc(self) -> datetime:
        return MOMENT

    def security_products(self) -> tuple[Product, ...]:
        return tuple(_answer(self.products))

    def volumes(self) -> tuple[Volume, ...]:
        return tuple(_answer(self.disks))

    def adapters(self) -> tuple[Adapter, ...]:
        return tuple(_answer(self.network))

    def winhttp_proxy(self) -> Proxy:
        proxy: Proxy = _answer(self.winhttp)
        return proxy

    def user_proxy(self) -> Proxy:
        proxy: Proxy = _answer(self.user)
        return proxy

    def proxy_for(self, url: str, pac: str | None) -> str:
        self.asked.append(("proxy_for", url, str(pac)))
        return str(_answer(self.scripts.get(pac, missing("a proxy script"))))

    def trust(self, chain: Sequence[bytes], host: str) -> Trust:
        self.asked.append(("trust", host, str(len(chain))))
        trust: Trust = _answer(self.trusted)
        return trust

    def cached_addresses(self, name: str) -> tuple[str, ...]:
        self.asked.append(("cached", name))
        return tuple(_answer(self.cache.get(name, ())))

    def mail_exchangers(self, domain: str) -> tuple[str, ...]:
        self.asked.append(("mx", domain))
        return tuple(_answer(self.exchangers))


def _answer(told: Any) -> Any:
    if isinstance(told, NotTaken):
        raise told
    return told
