"""Windows' own programs, event logs, and a folder to write to."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO

from collectors.paths import extended
from collectors.real.calls import BOOL, DWORD, HANDLE, TEXT, function, last_error, refusal
from collectors.windows import NotTaken, Outcome, Output

_NO_WINDOW = 0x08000000
_OURS = "mailscope-"  # what is left of a collection that was killed can be told by its name
_CHANNEL_PATH = 0x1
_LOG_MAGIC = b"ElfFile\0"
_MOST_PRINTED = 64 << 20


class RunningPrograms:
    """Programs of System32 and what they leave."""

    def run(self, command: Sequence[str], timeout_s: float) -> Output:
        """Run and wait. Output goes through files: a grandchild that keeps a pipe open cannot make this wait."""
        program = _system_folder() / f"{command[0]}.exe"
        if not program.is_file():
            raise NotTaken(Outcome.MISSING, f"this Windows has no {command[0]}")
        with _passing() as out, _passing() as err:
            try:
                # a program of Windows' own folder, chosen by the catalogue
                ended = subprocess.run(  # noqa: S603
                    [str(program), *command[1:]],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    timeout=timeout_s,
                    check=False,
                    creationflags=_NO_WINDOW,
                )
            except subprocess.TimeoutExpired as late:
                reason = f"{command[0]} did not end within {timeout_s:.0f} s"
                raise NotTaken(Outcome.FAILED, reason) from late
            except OSError as error:
                raise refusal(command[0], getattr(error, "winerror", 0) or 0) from error
            printed, complained = _whole(out), _whole(err)
        if not printed.strip() and not complained.strip():
            raise NotTaken(Outcome.FAILED, f"{command[0]} ended with code {ended.returncode} and printed nothing")
        return Output(ended.returncode, printed, complained)

    def export_log(self, channel: str, target: str, timeout_s: float) -> None:
        """Export a log by API, then by wevtutil; the file decides whether that worked."""
        try:
            _export(channel, target)
        except NotTaken as refused:
            if refused.outcome in (Outcome.MISSING, Outcome.DENIED):
                raise
        if _is_log(target):
            return
        Path(extended(target)).unlink(missing_ok=True)
        with suppress(NotTaken):
            # it prints nothing when it is done, which `run` takes for failure: the file decides
            self.run(("wevtutil", "epl", channel, target, "/ow:true"), timeout_s)
        if not _is_log(target):
            Path(extended(target)).unlink(missing_ok=True)
            raise NotTaken(Outcome.FAILED, f"{channel}: Windows said that it was exported, but no event log came out")

    def scratch(self) -> AbstractContextManager[str]:
        """A folder of one's own in %TEMP%; Python makes it for this account and administrators."""
        return tempfile.TemporaryDirectory(prefix=_OURS, ignore_cleanup_errors=True)


def _system_folder() -> Path:
    """System32 as 64-bit programs see it, found by Windows and not by a variable that anyone may set."""
    room = ctypes.create_unicode_buffer(260)
    function("kernel32", "GetSystemDirectoryW", DWORD, TEXT, DWORD)(room, len(room))
    folder = Path(room.value)
    native = folder.parent / "Sysnative"
    return native if "PROCESSOR_ARCHITEW6432" in os.environ and native.is_dir() else folder


def _passing() -> IO[bytes]:
    """A file that goes when it is closed."""
    return tempfile.TemporaryFile(prefix=_OURS)


def _whole(stream: IO[bytes]) -> bytes:
    # a buffer of the most there may be would cost its whole size each time
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return stream.read(min(size, _MOST_PRINTED))


def _export(channel: str, target: str) -> None:
    call = function("wevtapi", "EvtExportLog", BOOL, HANDLE, TEXT, TEXT, TEXT, DWORD)
    if not call(None, channel, "*", target, _CHANNEL_PATH):
        raise refusal(channel, last_error())


def _is_log(path: str) -> bool:
    with suppress(FileNotFoundError), Path(extended(path)).open("rb") as log:
        return log.read(len(_LOG_MAGIC)) == _LOG_MAGIC
    return False
