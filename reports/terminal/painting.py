"""How a line of a table is drawn. A symbol says what a colour says, and the colour only helps to find it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.widget import Widget

from reports.page.blocks import Tone
from reports.terminal.cells import fitted, parted
from reports.terminal.fields import Field, Kind
from reports.terminal.filters import Pattern
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style
from reports.terminal.selection import Sorting

NEAR = "▌"
CITED = "◆"
GUTTER = 4
GAP = 1
_UNTOLD = "·"
_NARROW = 100
_LEAST = 16
# Levels of Windows events. Source: Microsoft Learn, "Standard event levels" (winmeta.xml)
_TONES = {1: Tone.BAD, 2: Tone.BAD, 3: Tone.WARN}


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it is drawn: its number, what a citation names it by, and a cell for each field that is shown."""

    number: int
    artifact: str | None
    place: str | None
    at: datetime | None
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields from the left edge of the screen on, each with its width; ``chosen`` is the one under the cursor."""

    fields: tuple[Field, ...]
    widths: tuple[int, ...]
    left: int = 0
    chosen: int = 0

    @classmethod
    def fitting(cls, fields: Sequence[Field], width: int, left: int, chosen: int) -> Columns:
        """Each as wide as it asks; those that take the rest share it. Shifted by whole columns to show the chosen."""
        fixed = [f.narrow if width < _NARROW and f.narrow is not None else f.width for f in fields]
        room = width - GUTTER
        rest = room - sum(fixed) - GAP * (len(fixed) - 1)
        widths = tuple(min(asked or max(_LEAST, rest // max(1, fixed.count(0))), room) for asked in fixed)
        left = min(left, chosen)
        while left < chosen and sum(widths[left : chosen + 1]) + GAP * (chosen - left) > room:
            left += 1
        return cls(tuple(fields), widths, left, chosen)

    def __iter__(self) -> Iterator[tuple[int, Field, int]]:
        """Index, field and width of those on the screen."""
        both = zip(self.fields, self.widths, strict=True)
        return ((n, field, width) for n, (field, width) in enumerate(both) if n >= self.left)

    def at(self, x: int) -> int | None:
        """The column at that place of the screen."""
        edge = GUTTER
        for index, _, width in self:
            edge += width + GAP
            if GUTTER <= x < edge:
                return index
        return None


class Painter:
    """Draws lines for one widget, in the theme that is in force."""

    def __init__(self, widget: Widget, investigation: Investigation) -> None:
        self._widget = widget
        self._investigation = investigation

    def heading(self, columns: Columns, sorting: Sorting | None) -> list[Segment]:
        """The names of the fields; an arrow shows by which the rows are sorted."""
        words = self._investigation.words
        segments = [Segment(" " * GUTTER)]
        for index, field, width in columns:
            arrow = ""
            if sorting is not None and sorting.field is field:
                arrow = "▼" if sorting.descending else "▲"
            title = field.heading or words(f"field.{field.name}")
            room = width - 2 * len(arrow)
            text = (fitted(title, room).rstrip() if len(title) > room else title) + (f" {arrow}" if arrow else "")
            kind = Kind.NUMBER if field.kind is Kind.NUMBER else Kind.TEXT
            bold = index == columns.chosen and self._widget.has_focus
            segments.append(Segment(fitted(text, width, kind) + " " * GAP, Style(bold=bold)))
        return segments

    def untold(self) -> list[Segment]:
        """A row that is still being read."""
        return [Segment(" " * GUTTER + _UNTOLD, self._style("label"))]

    def line(self, record: Record, columns: Columns, pattern: Pattern | None, *, chosen: bool) -> list[Segment]:
        """A row: marks first, then its cells."""
        segments = list(self._gutter(record))
        cells = [
            (index, field, fitted(self.text(field, record.cells[index]), width, field.kind))
            for index, field, width in columns
        ]
        found = pattern.found_in([text for _, _, text in cells]) if pattern else [[]] * len(cells)
        for (index, field, text), pieces in zip(cells, found, strict=True):
            ground = self._ground(field, record.cells[index], chosen=chosen and index == columns.chosen)
            for part, hit in parted(text, pieces):
                segments.append(Segment(part, self._style("hit") if hit else ground))
            segments.append(Segment(" " * GAP))
        return segments

    def _gutter(self, record: Record) -> Iterator[Segment]:
        case = self._investigation
        row = (record.artifact or "", record.place or "")
        yield Segment(NEAR if case.near_failure(record.at) else " ", self._style("near"))
        yield Segment(CITED if row in case.cited else " ", self._style("cited"))
        yield Segment(fitted(case.marks(*row) if record.place else "", GUTTER - 2)[: GUTTER - 2])

    def text(self, field: Field, value: Any) -> str:
        """A cell as it is told in this language and by this clock."""
        if value is None:
            return ""
        if field.kind is Kind.TIME:
            return self._investigation.moment(value)
        return self._investigation.words.known(field.name, str(value)) if field.kind is Kind.WORD else str(value)

    def _ground(self, field: Field, value: Any, *, chosen: bool) -> Style | None:
        if chosen:
            return self._style("cursor" if self._widget.has_focus else "cursor-blurred")
        tone = _TONES.get(value) if field.name == "level" and isinstance(value, int) else None
        quiet = field.kind is Kind.TIME
        return self._style(tone or "label") if tone or quiet else None

    def _style(self, meaning: str) -> Style:
        return Style.parse(style(self._widget, meaning))
