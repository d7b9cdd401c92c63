"""The ZIP file as it grows: ``FILE.part`` until it is whole, then ``FILE``; nothing half-made ever has the name."""

from __future__ import annotations

import hashlib
import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from collectors.finds import Refused
from collectors.windows import NotTaken, Outcome

BLOCK_BYTES = 1 << 20
"""The unit of every read, so that memory does not grow with the evidence."""

_ZIP64_FROM = 1 << 30
_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Between tries to give the file its name: a virus scanner may hold what was just written."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written of a member."""

    size: int
    sha256: str


class Archive:
    """A context: leaving it by an exception, or without ``finish``, removes what was written.

    Every ``OSError`` of writing becomes ``Refused``: without a place to write there is no collection.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.part = target.with_name(target.name + ".part")
        if target.exists():
            raise Refused("file_exists", file=target)
        try:
            self._zip = zipfile.ZipFile(self.part, "w", zipfile.ZIP_DEFLATED)
        except OSError as error:
            raise self._unwritable(error) from error
        self._names: set[str] = set()
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._open:
            return
        # the disk is full, or a member is half written: the file goes anyway
        with suppress(OSError, ValueError):
            self._zip.close()
        with suppress(OSError):
            self.part.unlink()

    def __contains__(self, member: str) -> bool:
        return member.lower() in self._names

    def add(self, member: str, blocks: Iterable[bytes], limit: int, modified: datetime | None = None) -> Stored:
        """Write a member of at most ``limit`` bytes. A ``NotTaken`` out of ``blocks`` leaves no trace of it."""
        info = zipfile.ZipInfo(member, _dos_time(modified))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(info, "w", force_zip64=limit > _ZIP64_FROM) as into:
                for block in blocks:
                    digest.update(block)
                    size += len(block)
                    into.write(block)
        except OSError as error:
            raise self._unwritable(error) from error
        except NotTaken:
            self._forget(info)
            raise
        self._names.add(member.lower())
        return Stored(size, digest.hexdigest())

    def _forget(self, info: zipfile.ZipInfo) -> None:
        """Cut off the last member, as if it had never been begun."""
        stream = self._zip.fp
        if stream is None:
            return
        try:
            stream.seek(info.header_offset)
            stream.truncate()
        except OSError as error:
            raise self._unwritable(error) from error
        self._zip.filelist.remove(info)
        del self._zip.NameToInfo[info.filename]
        self._zip.start_dir = info.header_offset

    def finish(self) -> str:
        """Close, rename, and tell the SHA-256 of the whole file."""
        try:
            self._zip.close()
            with self.part.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if self.target.exists():
                raise Refused("file_exists", file=self.target)
            self._rename()
        except OSError as error:
            raise self._unwritable(error) from error
        self._open = False
        return digest

    def _rename(self) -> None:
        for pause in _PAUSES_S:
            try:
                self.part.replace(self.target)
                return
            except PermissionError:
                time.sleep(pause)
        self.part.replace(self.target)

    def _unwritable(self, error: OSError) -> Refused:
        return refused_writing(self.target, error)


def _dos_time(moment: datetime | None) -> tuple[int, int, int, int, int, int]:
    """A ZIP's own time, which has no zone and begins in 1980; the manifest tells the true one."""
    if moment is None or not 1980 <= moment.year <= 2107:
        return _EARLIEST
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


@contextmanager
def workroom(target: Path) -> Iterator[Path]:
    """A folder beside the bundle for what exists only while it is taken; a killed collection's is emptied first.

    Nothing is written anywhere else, so that even a killed collection leaves the machine as it was.
    """
    folder = target.with_name(target.name + ".work")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise refused_writing(target, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def blocks(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """The stream block by block. Raises ``NotTaken`` when it cannot be read, or is longer than ``limit`` bytes."""
    read = 0
    while True:
        try:
            block = stream.read(BLOCK_BYTES)
        except OSError as error:
            raise unread(error) from error
        read += len(block)
        if read > limit:
            raise NotTaken(Outcome.TOO_BIG, f"longer than {limit:,} bytes")
        if not block:
            return
        yield block


def refused_writing(file: Path, error: OSError) -> Refused:
    """Why a file could not be written: a full disk, a folder that is not there or not ours."""
    return Refused("unwritable", file=file, reason=error.strerror or str(error))


def unread(error: OSError) -> NotTaken:
    """Why a file could not be opened or read."""
    kinds = ((FileNotFoundError, Outcome.MISSING), (PermissionError, Outcome.DENIED))
    outcome = next((outcome for kind, outcome in kinds if isinstance(error, kind)), Outcome.FAILED)
    return NotTaken(outcome, f"{error.strerror or error} ({error.errno})")
