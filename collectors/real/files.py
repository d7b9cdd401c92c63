"""Files and folders, also those that other programs have open."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from collectors.paths import extended
from collectors.real.calls import DWORD, HANDLE, INVALID_HANDLE, POINTER, TEXT, function, last_error, module, refusal
from collectors.real.programs import RunningPrograms
from collectors.real.tokens import enable
from collectors.windows import Entry, NotTaken, Outcome

# Source: Microsoft, "CreateFileW".
_READ, _SHARE_ALL, _EXISTING = 0x80000000, 0x7, 3
_BACKUP_SEMANTICS, _SEQUENTIAL, _NO_RECALL = 0x02000000, 0x08000000, 0x00100000
_SHADOW_S = 180.0
_BLOCK = 1 << 20


class RunningFiles(RunningPrograms):
    """Reading without disturbing: everything is shared with whoever has it open."""

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What a folder holds, by name."""
        try:
            with os.scandir(extended(folder)) as found:
                entries = [Entry.of(each.name, each.stat(follow_symlinks=False)) for each in found]
        except OSError as error:
            raise refusal(folder, _code(error)) from error
        return tuple(sorted(entries, key=lambda entry: (entry.name.lower(), entry.name)))

    def find(self, path: str) -> Entry | None:
        """One file or folder, itself and not what it may link to."""
        try:
            return Entry.of(path.rstrip("\\").rsplit("\\", 1)[-1], os.lstat(extended(path)))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise refusal(path, _code(error)) from error

    def open_file(self, path: str) -> BinaryIO:
        """The plain way."""
        return _opened(path, _SEQUENTIAL | _NO_RECALL)

    def open_backup(self, path: str) -> BinaryIO:
        """With backup semantics; the privilege lets a backup read what its permissions would deny."""
        with suppress(NotTaken):
            enable("SeBackupPrivilege")
        return _opened(path, _BACKUP_SEMANTICS | _SEQUENTIAL | _NO_RECALL)

    def copy_shadow(self, path: str, target: str) -> None:
        """A copy by esentutl, which makes a shadow copy for it and releases it.

        Source: Microsoft, "Esentutl": ``/y`` copies a file, ``/vss`` copies a snapshot of it.
        """
        self.run(("esentutl", "/y", path, "/vss", "/d", target), _SHADOW_S)
        with suppress(OSError):
            if Path(extended(target)).stat().st_size == os.lstat(extended(path)).st_size:
                return
        Path(extended(target)).unlink(missing_ok=True)
        raise NotTaken(Outcome.FAILED, f"a shadow copy of {path}: the tool ended, but no copy of that size came out")


def _opened(path: str, flags: int) -> BinaryIO:
    call = function("kernel32", "CreateFileW", HANDLE, TEXT, DWORD, DWORD, POINTER, DWORD, DWORD, HANDLE)
    handle = call(extended(path), _READ, _SHARE_ALL, None, _EXISTING, flags, None)
    if handle in (None, INVALID_HANDLE):
        raise refusal(path, last_error())
    number = module("msvcrt").open_osfhandle(handle, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    return io.BufferedReader(io.FileIO(number), _BLOCK)


def _code(error: OSError) -> int:
    return getattr(error, "winerror", None) or error.errno or 0
