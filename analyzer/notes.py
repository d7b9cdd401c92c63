"""What an engineer noted about a bundle: bookmarks, notes, and evidence set aside with a reason.

They live in the case as ``notes.jsonl``, a journal of changes: whoever kills the process loses nothing, and two
processes on one case keep each other's. A line::

    {"op": "set", "id": "6f1c…", "kind": "note", "artifact": "live/state.json", "place": "clock.samples[1]",
     "text": "asked …", "written_utc": "2026-03-02T09:14:00.000000Z"}

The last line of an ``id`` holds; ``"op": "remove"`` takes it back.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from analyzer.journal import Journal
from analyzer.model import utc

NAME = "notes.jsonl"
TEXT_CHARS = 4000


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

    @property
    def row(self) -> tuple[str, str]:
        """The row of evidence that it is on."""
        return self.artifact, self.place

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
    _journal: Journal = field(init=False)
    _notes: dict[str, Note] = field(default_factory=dict)
    _rows: dict[tuple[str, str], tuple[Note, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._journal = Journal(self.folder / NAME)
        self.refresh()

    @property
    def malformed(self) -> int:
        """How many lines of the file are no notes."""
        return self._journal.malformed

    def notes(self) -> tuple[Note, ...]:
        """All that hold, oldest first."""
        return tuple(sorted(self._notes.values(), key=Note.order))

    def at(self, artifact: str, place: str) -> tuple[Note, ...]:
        """Those on one row of evidence; cheap enough to ask for every row of a table."""
        return self._rows.get((artifact, place), ())

    def refresh(self) -> bool:
        """Read what was appended since, also by others; whether anything was."""
        changed = False
        for change in self._journal.fresh():
            changed = True
            self._take(change)
        return changed

    def write(self, kind: Kind, text: str = "", *, artifact: str = "", place: str = "", id_: str = "") -> Note:
        """Keep a mark, or change the one of that ``id_``. Raises ``Refusal`` where the disk does not take it."""
        note = Note(id_ or uuid.uuid4().hex, kind, artifact, place, text[:TEXT_CHARS], datetime.now(UTC))
        self._append("set", note)
        return note

    def remove(self, note: Note) -> None:
        """Take a mark back; its lines stay in the file. Raises ``Refusal`` where the disk does not take it."""
        self._append("remove", note)

    def _append(self, op: str, note: Note) -> None:
        told = {"op": op, "id": note.id, "kind": note.kind, "artifact": note.artifact, "place": note.place}
        self._journal.append(told | {"text": note.text, "written_utc": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"})
        self.refresh()

    def _take(self, change: dict[str, Any]) -> None:
        try:
            note = _note(change)
        except (ValueError, KeyError, TypeError):
            self._journal.reject()
            return
        held = self._notes.pop(note.id, None)
        if held:
            self._rows[held.row] = tuple(other for other in self._rows[held.row] if other.id != note.id)
        if change.get("op") != "remove":
            self._notes[note.id] = note
            self._rows[note.row] = (*self._rows.get(note.row, ()), note)


def _note(change: dict[str, Any]) -> Note:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no line of ours."""
    texts = {name: change[name] for name in ("id", "artifact", "place", "text")}
    written = utc(change["written_utc"]) if isinstance(change["written_utc"], str) else None
    if written is None or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("not a line of notes")
    return Note(kind=Kind(change["kind"]), written=written, **texts)
