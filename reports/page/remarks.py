"""What the engineer noted about the case."""

from __future__ import annotations

from analyzer.model import Source
from analyzer.notes import Note
from reports.page import badges
from reports.page.blocks import Cell, Prose, Section, Table
from reports.page.draft import Draft
from reports.page.inert import anchor, inert, moment


def section(draft: Draft) -> Section | None:
    """Bookmarks, notes, and evidence set aside with its reason, oldest first; None where nobody noted anything."""
    words, notes = draft.words, draft.result.notes
    if not notes:
        return None
    columns = tuple(words(f"remarks.{name}") for name in ("mark", "text", "source", "written"))
    rows = tuple(_row(draft, number, note) for number, note in enumerate(notes, 1))
    table = Table(words("remarks.caption"), columns, rows)
    return Section("notes", words("section.notes"), (Prose(words("remarks.rule"), "note"), table))


def _row(draft: Draft, number: int, note: Note) -> tuple[Cell, ...]:
    source = (Source(note.artifact, note.place),) if note.artifact or note.place else ()
    return (
        badges.remark(draft.words, note.kind),
        inert(note.text),
        draft.cite(anchor("note", str(number)), source),
        moment(note.written),
    )
