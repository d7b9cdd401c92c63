"""The last pane: a record, a value or a line as it was read, with all its fields and what lies around it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from analyzer import surroundings
from analyzer.model import Gap, Source
from analyzer.surroundings import Neighbour, Surroundings
from reports.page.blocks import Tone
from reports.page.inert import inert
from reports.page.ledger import unread
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style

CELL_CHARS = 4000
_LINE_CHARS = 400
_NAME_WIDTH = 22


READING: list[BindingType] = [
    Binding("down,j", "scroll_down", "key.down", id="text.down", show=False),
    Binding("up,k", "scroll_up", "key.up", id="text.up", show=False),
    Binding("pagedown,space", "page_down", "key.page_down", id="text.page_down", show=False),
    Binding("pageup", "page_up", "key.page_up", id="text.page_up", show=False),
    Binding("home,g", "scroll_home", "key.first", id="text.first", show=False),
    Binding("end,G", "scroll_end", "key.last", id="text.last", show=False),
]
"""The keys of a text that scrolls."""


class Raw(VerticalScroll, inherit_bindings=False):
    """A row of evidence in its surroundings, read from the case in a thread of its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.open_row", "key.open", id="row.open_here"),
        *READING,
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(id="raw")
        self._investigation = investigation
        self._count = ""
        self.source: Source | None = None
        self.found: Surroundings | None = None
        self.lost = False

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        yield Static(id="raw-text")

    def show(self, source: Source, count: str = "") -> None:
        """Show a cited place; ``count`` says which of how many it is."""
        self.source, self.found, self.lost, self._count = source, None, False, count
        self._look(source)

    def show_gaps(self, gaps: tuple[Gap, ...]) -> None:
        """Show what was not read, where that is the answer."""
        self.source = self.found = None
        words = self._investigation.words
        told = [Text(words("raw.blind"), style(self, "heading"))]
        told += [Text(f"? {unread(words, gap)}", overflow="fold") for gap in gaps]
        self._put(Group(*told))

    def show_nothing(self) -> None:
        """Show that there is nothing to look up."""
        self.source = self.found = None
        self._put(Text(self._investigation.words("raw.nothing"), style(self, Tone.QUIET)))

    def redraw(self) -> None:
        """Draw the same row again: the clock or the notes changed."""
        if self.source is not None:
            self._draw(self.source, self.found)

    @work(thread=True, exclusive=True, group="raw")
    def _look(self, source: Source) -> None:
        try:
            found, lost = surroundings.find(self._investigation.evidence, source.artifact, source.place), False
        except (pl.exceptions.PolarsError, OSError):
            # a file of the case is gone or damaged: what was cited still stands
            found, lost = None, True
        self.app.call_from_thread(self._take, source, found, lost)

    def _take(self, source: Source, found: Surroundings | None, lost: bool) -> None:
        if source is self.source:
            self.found, self.lost = found, lost
            self._draw(source, found)
            self.scroll_home(animate=False)

    def _draw(self, source: Source, found: Surroundings | None) -> None:
        parts: list[RenderableType] = [self._head(source, found)]
        if found is None:
            parts.append(Text(inert(source.quote), overflow="fold"))
            if self.lost:
                parts.append(Text(self._investigation.words("raw.lost"), style(self, Tone.QUIET)))
        else:
            parts += [self._fields(found), self._around(found)]
        self._put(Group(*parts))

    def _put(self, drawn: RenderableType) -> None:
        self.query_one("#raw-text", Static).update(drawn)

    def _head(self, source: Source, found: Surroundings | None) -> Text:
        case = self._investigation
        marks = case.marks(source.artifact, source.place)
        head = Text(overflow="fold")
        head.append(f"{marks} " if marks else "", style(self, "near"))
        head.append(inert(source.place), style(self, "cited"))
        at = (found.at if found else None) or source.at
        if at:
            head.append(f"  {case.moment(at)} {case.mode_label}")
            if case.near_failure(at):
                head.append(f" ◀ {case.words('raw.near')}", style(self, "near"))
        head.append(f"\n{inert(source.artifact)}", style(self, "label"))
        head.append(f"  {self._count}" if self._count else "", style(self, Tone.QUIET))
        for note in case.notebook.at(source.artifact, source.place):
            if note.text:
                head.append(f"\n{case.words(f'mark.{note.kind}')}: {inert(note.text)}", style(self, "near"))
        return head

    def _fields(self, found: Surroundings) -> Table:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(max_width=_NAME_WIDTH, overflow="ellipsis", no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        told = found.fields if found.user is None else (("user", found.user), *found.fields)
        for name, value in told:
            shown = self._investigation.words.known("column", inert(name, 80))
            grid.add_row(Text(shown, style(self, "label")), Text(inert(value, CELL_CHARS)))
        return grid

    def _around(self, found: Surroundings) -> RenderableType:
        if len(found.around) < 2:
            return Text("")
        title = Text(f"\n{self._investigation.words(f'raw.around.{found.table}')}", style(self, "heading"))
        return Group(title, *(self._neighbour(one, found.table) for one in found.around))

    def _neighbour(self, one: Neighbour, table: str) -> Text:
        case = self._investigation
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append("▶ " if one.here else "  ", style(self, "cited"))
        line.append(case.marks(found_artifact(self), one.place), style(self, "near"))
        if table != "registry":
            line.append(f"{inert(one.place, 40)}  ", style(self, "label"))
        if one.at:
            near = case.near_failure(one.at)
            line.append(f"{case.moment(one.at)[5:19]}{'◀' if near else ' '} ", style(self, "near" if near else "label"))
        line.append(inert(one.text, _LINE_CHARS), style(self, "cited") if one.here else "")
        return line


def found_artifact(raw: Raw) -> str:
    """The member of the row that is shown."""
    return raw.source.artifact if raw.source else ""
