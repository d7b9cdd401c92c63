"""One Wine and one collection for all tests of a worker: starting Wine costs more than everything it is asked."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors import kit
from tests.wine import prefix as wine
from tests.wine import runtime
from tests.wine.pc import ACCOUNT, TOOLS, Pc, seeded
from tests.wine.prefix import Prefix


@dataclass(frozen=True)
class Collection:
    """A finished collection: the bundle, what was printed, and the machine before and after."""

    bundle: Path
    code: int
    printed: str
    complained: str
    before: dict[str, str]
    after: dict[str, str]

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = self.member("manifest.json")
        return found

    @property
    def names(self) -> list[str]:
        with zipfile.ZipFile(self.bundle) as archive:
            return archive.namelist()

    def raw(self, name: str) -> bytes:
        with zipfile.ZipFile(self.bundle) as archive:
            return archive.read(name)

    def member(self, name: str) -> Any:
        return json.loads(self.raw(name))

    def omission(self, item: str) -> dict[str, Any]:
        """The one omission of an item."""
        (row,) = [row for row in self.manifest["omissions"] if row["artifact"] == item]
        found: dict[str, Any] = row
        return found


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    reason = wine.missing()
    if reason:
        pytest.skip(reason)
    with wine.fresh(tmp_path_factory.mktemp("wine")) as made:
        yield made


@pytest.fixture(scope="session")
def pc(prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Pc:
    """The PC with its evidence and its secrets, and the kit unpacked on it."""
    found = seeded(prefix)
    # Wine writes keys of its own when it is first asked for its adapters
    prefix.script("verbs.py", [["adapters"], ["service", "EventLog"]])
    packed = tmp_path_factory.mktemp("kit") / "kit.zip"
    python = runtime.place()
    kit.build(python, packed, hashlib.sha256(python.read_bytes()).hexdigest())
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(prefix.at(TOOLS))
    return found


@pytest.fixture(scope="session")
def collection(pc: Pc) -> Collection:
    """What the kit brings home, offline, while other programs hold two of the logs."""
    failed = datetime.now(UTC) - timedelta(minutes=10)
    asked = ("--account", ACCOUNT, "--failure-at", failed.isoformat(), "--reported", "password_prompt=no")
    target = "C:\\out é.zip"
    before = state(pc.prefix)
    with held(pc):
        done = pc.prefix.run(
            "cmd", "/c", "call", f"{TOOLS}\\collect.cmd", "--no-network", "--quiet", "--out", target, *asked
        )
    after = state(pc.prefix)
    bundle = pc.prefix.at(target)
    assert bundle.exists(), (done.stdout, done.stderr)
    return Collection(bundle, done.returncode, told(done.stdout), told(done.stderr), before, after)


def told(printed: bytes) -> str:
    return printed.decode("utf-8", "replace").replace("\r\n", "\n")


@contextmanager
def held(pc: Pc) -> Iterator[None]:
    """Another program keeps the PC's logs open."""
    script = wine.windows_path(wine.SCRIPTS / "hold.py")
    with pc.prefix.start(pc.prefix.python, "-I", "-B", script) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(pc.held).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == b"held"
        yield
        process.stdin.close()


def state(machine: Prefix) -> dict[str, str]:
    """Every key with its values, every file with its time and size, those of users with their content."""
    found: dict[str, str] = machine.script("digest.py")
    for folder, _, names in os.walk(machine.drive):
        for name in names:
            file = Path(folder, name)
            # a program that was killed may have left one that is about to go
            with suppress(FileNotFoundError):
                found[f"C:/{file.relative_to(machine.drive)}"] = _about(
                    file, file.is_relative_to(machine.drive / "users")
                )
    return found


def _about(file: Path, private: bool) -> str:
    content = hashlib.sha256(file.read_bytes()).hexdigest() if private and file.is_file() else ""
    return f"{file.lstat().st_size} {file.lstat().st_mtime_ns} {content}"
