"""A Windows of the tests' own making: files, keys, logs and programs out of dictionaries."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from collectors.windows import Entry, Export, Identity, Machine, NotTaken, Outcome, Output, Profile, Proxy, Value
from tests.unit.collectors.volumes import EVTX, HIVE

ALICE = Profile("S-1-5-21-1-2-3-1001", "alice", "C:\\Users\\alice", "C:\\Users\\alice\\AppData\\Local\\Temp", True)
HELPDESK = "S-1-5-21-1-2-3-500"
WRITTEN = datetime(2026, 3, 2, 8, 0, 58, tzinfo=UTC)
REG = "\ufeffWindows Registry Editor Version 5.00\r\n\r\n".encode("utf-16-le")

Elevate = Callable[[Sequence[str]], int]


def refuse(outcome: Outcome, reason: str) -> NotTaken:
    return NotTaken(outcome, reason)


@dataclass
class FakeWindows:
    """Answers from what it holds; what it does not hold is missing. ``elevate_by`` stands for the elevated process."""

    files: dict[str, bytes] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    logs: Mapping[str, bytes] = field(default_factory=dict)
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    elevated: bool = False
    sid: str = ALICE.sid
    console_sid: str | None = ALICE.sid
    people: tuple[Profile, ...] = (ALICE,)
    elevate_by: Elevate | None = None
    asked: list[Sequence[str]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    scratches: list[Path] = field(default_factory=list)
    closed: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)

    def identity(self) -> Identity:
        return Identity("PC-042\\alice", self.sid, self.elevated, self.console_sid)

    def machine(self) -> Machine:
        return Machine("PC-042", "10.0.22631.4460", "AMD64", "fr-FR", 850, 1252, "Romance Standard Time", -60)

    def profiles(self) -> tuple[Profile, ...]:
        return self.people

    def elevate(self, arguments: Sequence[str], timeout_s: float) -> int:
        assert timeout_s > 0
        self.asked.append(arguments)
        if self.elevate_by is None:
            raise refuse(Outcome.DENIED, "the request for elevation was refused (1223)")
        return self.elevate_by(arguments)

    def value(self, key: str, name: str) -> Value | None:  # noqa: ARG002  (the protocol's signature)
        return None

    def values(self, key: str) -> tuple[Value, ...]:
        raise refuse(Outcome.MISSING, f"no such key {key}")

    def subkeys(self, key: str) -> tuple[str, ...]:
        raise refuse(Outcome.MISSING, f"no such key {key}")

    def written_utc(self, key: str) -> datetime | None:  # noqa: ARG002
        return None

    def export_key(self, key: str, sid: str | None, reg: BinaryIO, times: BinaryIO) -> Export:
        if key not in self.keys:
            raise refuse(Outcome.MISSING, "no such key (2)")
        reg.write(REG + f"[{key}]\r\n; of {sid}\r\n".encode("utf-16-le"))
        times.write(b'{"key": "x", "last_written_utc": "2026-03-02T08:00:58Z"}\n')
        return Export(1, (f"{key}\\Closed",) if key.endswith("\\Office") else ())

    def save_key(self, key: str, target: str) -> None:
        self.targets.append(target)
        if not self.elevated:
            raise refuse(Outcome.DENIED, "no right to save keys (1314)")
        Path(target).write_bytes(HIVE + key.encode())

    def entries(self, folder: str) -> tuple[Entry, ...]:
        head = folder.rstrip("\\") + "\\"
        below = {name[len(head) :].partition("\\")[0] for name in self.files if name.lower().startswith(head.lower())}
        if not below:
            raise refuse(Outcome.MISSING, "no such folder (3)")
        return tuple(self._entry(head + name) for name in sorted(below, key=str.lower))

    def find(self, path: str) -> Entry | None:
        if path.startswith(self.closed):
            raise refuse(Outcome.DENIED, "access denied (5)")
        return self._entry(path) if path in self.files else None

    def _entry(self, path: str) -> Entry:
        data = self.files.get(path)
        size = self.lengths.get(path, len(data or b""))
        return Entry(path.rpartition("\\")[2], size, WRITTEN, folder=data is None)

    def open_file(self, path: str) -> BinaryIO:
        self.opened.append(path)
        if path in self.locked:
            raise refuse(Outcome.FAILED, "in use by another process (32)")
        return self.open_backup(path)

    def open_backup(self, path: str) -> BinaryIO:
        if path in self.locked and not self.elevated:
            raise refuse(Outcome.FAILED, "in use by another process (32)")
        return io.BytesIO(self.files[path])

    def copy_shadow(self, path: str, target: str) -> None:
        assert self.elevated
        Path(target).write_bytes(self.files[path])

    def run(self, command: Sequence[str], timeout_s: float) -> Output:
        assert timeout_s > 0
        if command[0] not in self.outputs:
            raise refuse(Outcome.MISSING, f"no program {command[0]}")
        return Output(0, self.outputs[command[0]], b"")

    def export_log(self, channel: str, target: str, timeout_s: float) -> None:
        assert timeout_s > 0
        self.targets.append(target)
        self.exported.append(channel)
        if channel not in self.logs:
            raise refuse(Outcome.MISSING, "no such channel (15007)")
        if self.logs[channel]:
            Path(target).write_bytes(self.logs[channel])

    def user_proxy(self) -> Proxy:
        return Proxy()

    @contextmanager
    def scratch(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            self.scratches.append(Path(folder))
            yield folder


TEMP_LOG = ALICE.temp + "\\Outlook Logging\\IMAP-a.log"


def affected_pc(**more: object) -> FakeWindows:
    """Alice's PC with something of every method."""
    return FakeWindows(
        **{
            "files": {
                TEMP_LOG: b"IMAP: 09:02:00 [tx]",
                "C:\\Windows\\System32\\drivers\\etc\\hosts": b"127.0.0.1 localhost",
            },
            "keys": frozenset({"HKCU\\Software\\Microsoft\\Office", "HKCU\\Environment"}),
            "logs": {"System": EVTX, "OAlerts": EVTX, "Application": b""},
            "outputs": {"cmdkey": b"Target: x", "w32tm": b""},
            **more,
        }  # type: ignore[arg-type]
    )
