"""A file of JSON objects, one a line, that only grows: what several processes write and none may lose.

A line is written whole, under a lock, and is on the disk before the call returns; a reader goes on where it stopped.
A line that is no JSON object, such as the last one of a machine that lost its power, is counted and left where it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from analyzer.model import Refusal

_LOCKED_BYTE = 1 << 30


@dataclass(slots=True)
class Journal:
    """One file as this process has read it so far. Neither it nor its folder need exist before the first line."""

    path: Path
    _read_bytes: int = 0
    _strange: int = 0
    _torn: bool = False

    @property
    def malformed(self) -> int:
        """How many of the lines read are no JSON objects, a torn last one among them."""
        return self._strange + self._torn

    def reject(self) -> None:
        """Count a line that is an object, and yet not what its reader can use."""
        self._strange += 1

    def fresh(self) -> Iterator[dict[str, Any]]:
        """The objects that were appended since the last call, in order, also those of other processes.

        Raises ``Refusal`` where the file cannot be read.
        """
        try:
            with self.path.open("rb") as stream:
                stream.seek(self._read_bytes)
                data = stream.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise Refusal(f"cannot read {self.path}: {error.strerror or error}") from error
        whole = data[: data.rfind(b"\n") + 1]
        # what has no end is torn, or another process is writing it just now: it is read again the next time
        self._torn = len(whole) < len(data)
        self._read_bytes += len(whole)
        for line in filter(bytes.strip, whole.split(b"\n")):
            told = _object(line)
            if told is None:
                self._strange += 1
            else:
                yield told

    def append(self, told: Mapping[str, str | int | None]) -> None:
        """Add a line. Raises ``Refusal`` where the disk does not take it."""
        # ASCII: a place out of evidence may hold halves of characters, which UTF-8 cannot write
        line = json.dumps(told).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as stream, _locked(stream.fileno()):
                stream.write(_missing_end(stream) + line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise Refusal(f"cannot write {self.path}: {error.strerror or error}") from error


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _missing_end(stream: BinaryIO) -> bytes:
    """The end that a torn last line lacks, so that it does not swallow the next."""
    if not stream.seek(0, os.SEEK_END):
        return b""
    stream.seek(-1, os.SEEK_END)
    return b"" if stream.read(1) == b"\n" else b"\n"


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Hold the file against other writers; a process that dies lets go."""
    if os.name == "nt":
        import msvcrt

        # a byte far behind the last one: Windows would keep readers from a locked byte
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        try:
            yield
        finally:
            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
