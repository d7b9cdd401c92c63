"""A Wine of the test's own: a fresh prefix, its drive as a folder of this machine, and programs run in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.tree import ROOT
from tests.wine import runtime

NO_WINE = "there is no Wine on this machine"
NO_PYTHON = "the Windows Python is not here: python3 -m tests.wine.runtime .venv-wine"
SCRIPTS = Path(__file__).parent / "inside"
_LONG_S = 120


def missing() -> str | None:
    """Why the tests cannot be run here, in the words of tests/allowed_skips.txt."""
    if not all(shutil.which(program) for program in ("wine", "wineserver", "wineboot")):
        return NO_WINE
    return None if runtime.place().exists() else NO_PYTHON


@dataclass(frozen=True)
class Prefix:
    """``drive`` is C: as this machine sees it; ``python`` the runtime on it as Windows sees it."""

    folder: Path
    env: dict[str, str]
    python: str = "C:\\python\\python.exe"

    @property
    def drive(self) -> Path:
        return self.folder / "drive_c"

    def at(self, path: str) -> Path:
        """The file of this machine behind a Windows path on C:, whatever the case of what is there already."""
        here = self.drive
        for part in path.split("\\")[1:]:
            known = {entry.name.lower(): entry.name for entry in here.iterdir()} if here.is_dir() else {}
            here = here / known.get(part.lower(), part)
        return here

    def put(self, path: str, data: bytes | str) -> Path:
        """A file at a Windows path."""
        file = self.at(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    def start(self, *command: str, **how: Any) -> subprocess.Popen[bytes]:
        """Start a program; pipes on all sides, because Python in Wine does not start on a plain file."""
        pipe = subprocess.PIPE
        return subprocess.Popen(["wine", *command], stdin=pipe, stdout=pipe, stderr=pipe, env=self.env, **how)

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end."""
        with self.start(*command) as process:
            out, err = _ended(process, b"")
            return subprocess.CompletedProcess(command, process.returncode, out, err)

    def script(self, name: str, told: Any = None) -> Any:
        """What a script of ``inside/`` answers in JSON, run by the Windows Python with the repository at hand."""
        return self.ask(windows_path(SCRIPTS / name), told)

    def ask(self, program: str, told: Any) -> Any:
        """The same of a script or an archive at a Windows path."""
        asked = json.dumps(told).encode()
        with self.start(self.python, "-I", "-B", program, windows_path(ROOT)) as process:
            out, err = _ended(process, asked)
        assert process.returncode == 0, err.decode("utf-8", "replace")
        return json.loads(out)


def _ended(process: subprocess.Popen[bytes], asked: bytes) -> tuple[bytes, bytes]:
    """What a program printed; one that does not end is ended, so that the tests go on."""
    try:
        return process.communicate(asked, timeout=_LONG_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def windows_path(file: Path) -> str:
    """A file of this machine as Wine shows it."""
    return "Z:" + str(file).replace("/", "\\")


@contextmanager
def fresh(folder: Path) -> Iterator[Prefix]:
    """A prefix that says Windows 10, with the runtime in ``C:\\python``; its server ends with the context."""
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "PYTHONPATH")}
    environment |= {
        "WINEPREFIX": str(folder),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # without these Wine looks for Mono and Gecko, and a crash opens a debugger
        "WINEDLLOVERRIDES": "mscoree=d;mshtml=d;winedbg.exe=d",
        # the profile's Documents and Desktop lead there
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }
    prefix = Prefix(folder, environment)
    try:
        # the first one starts services that would keep a pipe open
        for command in (["wineserver", "-p"], ["wineboot", "-i"], ["wine", "winecfg", "-v", "win10"]):
            silent = subprocess.DEVNULL
            subprocess.run(command, env=environment, stdin=silent, stdout=silent, stderr=silent, timeout=_LONG_S)  # noqa: PLW1510
        with zipfile.ZipFile(runtime.place()) as archive:
            archive.extractall(prefix.drive / "python")
        yield prefix
    finally:
        subprocess.run(["wineserver", "-k"], env=environment, check=False, timeout=_LONG_S)
        # 700 MB that nobody looks at again; links, such as the one to this machine's root, are not followed
        shutil.rmtree(folder, ignore_errors=True)
