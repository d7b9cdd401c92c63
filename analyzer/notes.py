"""What an engineer noted about a bundle: bookmarks, notes, and evidence set aside with a reason.

They live in the case as ``notes.jsonl``, one change a line, appended and flushed to the disk before the next key is
read: a killed process loses nothing. A line::

    {"id":"6f1c…","kind":"note","op":"set","artifact":"live/state.json","place":"clock.samples[1]","text":"asked …",
     "written_utc":"2026-03-02T09:14:00.000000Z"}

The last line of an ``id`` holds; ``"op":"remove"`` takes it back. Several processes may write: each appends whole lines
under a lock, and reads on from where it stopped. A line that is no such object (the last one of a machine that lost
its power) is counted and left where it is.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from analyzer.model import Refusal, utc

NAME = "notes.jsonl"
TEXT_CHARS = 4000
_LOCKED_BYTE = 1 << 30


class Kind(StrEnum):
    """What a mark says."""

    BOOKMARK = "bookmark"
    NOTE = "note"
    IRRELEVANT = "irrelevant"


@dataclass(frozen=True, slots=True)
class Note:
    """One mark. ``artifact`` and ``place`` are those of a Source; both empty for a note on the whole case.

    ``text`` is what the engineer wrote: the reason where the evidence was found not relevant.
    """

    id: str
    kind: Kind
    artifact: str
    place: str
    text: str
    written: datetime

    def order(self) -> tuple[datetime, str]:
        """By the time of the last change."""
        return self.written, self.id


def load(folder: Path) -> tuple[Note, ...]:
    """The notes of a case, oldest first; none where nobody wrote any."""
    return Notebook(folder).notes()


@dataclass(slots=True)
class Notebook:
    """The notes of one case as this process knows them. ``folder`` need not exist before the first note."""

    folder: Path
    _notes: dict[str, Note] = field(default_factory=dict)
    _rows: dict[tuple[str, str], tuple[Note, ...]] = field(default_factory=dict)
    _read_bytes: int = 0
    _strange: int = 0
    _torn: bool = False

    def __post_init__(self) -> None:
        self.refresh()

    @property
    def malformed(self) -> int:
        """How many lines of the file are no notes, a torn last one among them."""
        return self._strange + self._torn

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / NAME

    def notes(self) -> tuple[Note, ...]:
        """All that hold, oldest first."""
        return tuple(sorted(self._notes.values(), key=Note.order))

    def at(self, artifact: str, place: str) -> tuple[Note, ...]:
        """Those on one row of evidence; cheap enough to ask for every row of a table."""
        return self._rows.get((artifact, place), ())

    def refresh(self) -> bool:
        """Read what was appended since, also by others; whether anything was."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(self._read_bytes)
                fresh = stream.read()
        except FileNotFoundError:
            return False
        whole = fresh[: fresh.rfind(b"\n") + 1]
        # what has no end is torn, or another process is writing it just now: it is read again the next time
        self._torn = len(whole) < len(fresh)
        for line in whole.split(b"\n"):
            self._take(line)
        self._read_bytes += len(whole)
        return bool(whole)

    def write(self, kind: Kind, text: str = "", *, artifact: str = "", place: str = "", id_: str | None = None) -> Note:
        """Keep a mark, or change the one of that ``id_``. Raises ``Refusal`` where the disk does not take it."""
        note = Note(id_ or uuid.uuid4().hex, kind, artifact, place, text[:TEXT_CHARS], datetime.now(UTC))
        self._append({"op": "set"} | _fields(note))
        return note

    def remove(self, note: Note) -> None:
        """Take a mark back; its lines stay in the file. Raises ``Refusal`` where the disk does not take it."""
        self._append({"op": "remove"} | _fields(note) | {"written_utc": _stamp(datetime.now(UTC))})

    def _append(self, change: dict[str, str]) -> None:
        # ASCII: a place out of evidence may hold halves of characters, which UTF-8 cannot write
        line = json.dumps(change).encode() + b"\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as stream, _locked(stream.fileno()):
                stream.write(_mended(stream) + line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise Refusal(f"cannot write {self.path}: {error.strerror or error}") from error
        self.refresh()

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            change = json.loads(line)
            note = _note(change)
        except (ValueError, KeyError, TypeError, RecursionError):
            self._strange += 1
            return
        held = self._notes.pop(note.id, None)
        if held:
            row = (held.artifact, held.place)
            self._rows[row] = tuple(other for other in self._rows[row] if other.id != note.id)
        if change.get("op") != "remove":
            self._notes[note.id] = note
            row = (note.artifact, note.place)
            self._rows[row] = (*self._rows.get(row, ()), note)


def _mended(stream: Any) -> bytes:
    """The end that the last line lacks, so that a torn one does not swallow the next."""
    if not stream.seek(0, os.SEEK_END):
        return b""
    stream.seek(-1, os.SEEK_END)
    return b"" if stream.read(1) == b"\n" else b"\n"


def _note(change: Any) -> Note:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no line of ours."""
    texts = {name: change[name] for name in ("id", "artifact", "place", "text")}
    written = utc(change["written_utc"])
    if written is None or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("not a line of notes")
    return Note(kind=Kind(change["kind"]), written=written, **texts)


def _fields(note: Note) -> dict[str, str]:
    return {
        "id": note.id,
        "kind": note.kind,
        "artifact": note.artifact,
        "place": note.place,
        "text": note.text,
        "written_utc": _stamp(note.written),
    }


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Hold the file against other processes; closing it lets go in any case."""
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
