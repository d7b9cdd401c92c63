"""A table of any height: only the lines on the screen are drawn, only their rows are asked for.

The grid knows positions, columns and the cursor. What stands in the rows it is told by whoever hears ``Wanted``; until
then a line is empty. It never reads anything itself, so that nothing holds up the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reports.terminal.fields import Field, cell
from reports.terminal.filters import Pattern
from reports.terminal.investigation import Investigation
from reports.terminal.painting import Columns, Painter, Record
from reports.terminal.palette import style
from reports.terminal.selection import Order, Sorting

# Rows that were seen stay at hand up to this many.
_KEPT = 5_000


class Grid(ScrollView, can_focus=True):
    """The table."""

    DEFAULT_CSS = "Grid { height: 1fr; width: 1fr; scrollbar-size: 1 1; overflow-x: hidden; overflow-y: scroll; }"
    # what the footer should tell first is bound here, though the screen does it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "screen.search", "key.table.search", id="table.search"),
        Binding("f,plus", "screen.filter(True)", "key.table.keep", id="table.keep"),
        Binding("F,minus", "screen.filter(False)", "key.table.drop", id="table.drop"),
        Binding("s", "screen.sort", "key.table.sort", id="table.sort"),
        Binding("enter", "screen.detail", "key.table.detail", id="table.detail"),
        Binding("up,k", "move(-1)", "key.up", show=False, id="grid.up"),
        Binding("down,j", "move(1)", "key.down", show=False, id="grid.down"),
        Binding("left,h", "aside(-1)", "key.table.left", show=False, id="grid.left"),
        Binding("right,l", "aside(1)", "key.table.right", show=False, id="grid.right"),
        Binding("pageup,ctrl+b", "page(-1)", "key.page_up", show=False, id="grid.page_up"),
        Binding("pagedown,ctrl+f,space", "page(1)", "key.page_down", show=False, id="grid.page_down"),
        Binding("g,home,ctrl+home", "first", "key.first", show=False, id="grid.first"),
        Binding("G,end,ctrl+end", "last", "key.last", show=False, id="grid.last"),
    ]

    row: reactive[int] = reactive(0, repaint=False)
    """The position under the cursor."""
    column: reactive[int] = reactive(0, repaint=False)
    """The field under the cursor, counted among those shown."""

    class Wanted(Message):
        """Rows are on the screen, or will soon be, that nobody has told yet."""

    @dataclass
    class Moved(Message):
        """The cursor stands on another row, or on a row that has changed."""

        row: int

    @dataclass
    class Headed(Message):
        """The heading of a field was clicked."""

        field: Field

    def __init__(self, investigation: Investigation, fields: Sequence[Field], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.investigation = investigation
        self.fields = tuple(fields)
        self.order = Order(0)
        self.sorting: Sorting | None = None
        self.pattern: Pattern | None = None
        self._painter = Painter(self, investigation)
        self._records: dict[int, Record] = {}
        self._shared: tuple[Columns, Style] | None = None
        self._left = 0

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show(self, order: Order, row: int = 0) -> None:
        """Show these rows, with the cursor on a position."""
        self.order = order
        self._measure()
        self.set_reactive(Grid.row, -1)
        self.row = max(0, min(row, order.height - 1))
        self.ask()

    def grow(self, order: Order) -> None:
        """Show more rows behind those that are shown."""
        self.order = order
        self._measure()
        self.ask()

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Show other columns: every row is to be told again."""
        self.fields = tuple(fields)
        self.column = max(0, min(self.column, len(self.fields) - 1))
        self.forget()

    def forget(self) -> None:
        """Ask anew for what is shown."""
        self._records.clear()
        self.ask()

    def supply(self, records: Iterable[Record]) -> None:
        """The rows that were asked for."""
        unseen = set(self.missing(*self.sight()))
        for record in records:
            self._records.pop(record.number, None)
            self._records[record.number] = record
            if record.number in unseen:
                self.refresh()
                self.post_message(self.Moved(self.row))
                unseen.clear()
        while len(self._records) > _KEPT:
            del self._records[next(iter(self._records))]

    def missing(self, first: int, last: int) -> list[int]:
        """The numbers of the rows between two positions that nobody has told yet."""
        return [number for number in self.order.slice(first, last) if number not in self._records]

    def record(self) -> Record | None:
        """The row under the cursor; None where there is none, or nobody has told it yet."""
        return self.record_at(self.row)

    def field(self) -> Field | None:
        """The field under the cursor; None in a table without columns."""
        return self.fields[self.column] if self.fields else None

    def text_of(self, record: Record, index: int) -> str:
        """A cell of a row, as it is told in this language and by this clock, not cut to its column."""
        return self._painter.text(self.fields[index], record.cells[index])

    def text(self, field: Field, value: Any) -> str:
        """A value as a cell of that field shows it."""
        return self._painter.text(field, cell(field, value))

    def record_at(self, position: int) -> Record | None:
        """The row at a position; None where there is none, or nobody has told it yet."""
        return self._records.get(self.order.number(position)) if 0 <= position < self.order.height else None

    def ask(self) -> None:
        """Say that rows are on the screen that nobody has told yet, or soon will be."""
        self.refresh()
        if self._page() > 0 and self.order.height:
            self.post_message(self.Wanted())

    def sight(self) -> tuple[int, int]:
        """The positions that are on the screen: from the first to before the last."""
        top = self.scroll_offset.y
        return top, min(self.order.height, top + max(1, self._page()))

    def _page(self) -> int:
        return self.size.height - 1

    def _measure(self) -> None:
        # the heading takes the first line
        self.virtual_size = Size(self.size.width, self.order.height + 1)

    # --- moving -------------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Another height shows other rows."""
        self._measure()
        self._follow()
        self.ask()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows come into sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.ask()

    def watch_row(self, old: int, new: int) -> None:
        """Keep the cursor in sight and say where it is."""
        self._follow()
        # a scrolled table is drawn anew in any case
        self.refresh(*(Region(0, position - self.scroll_offset.y + 1, self.size.width, 1) for position in (old, new)))
        self.post_message(self.Moved(new))

    def watch_column(self) -> None:
        """Keep the column in sight."""
        self.refresh()

    def go(self, position: int) -> None:
        """Put the cursor on a position; a far one comes to stand in the middle."""
        far = not self.scroll_offset.y <= position < self.scroll_offset.y + self._page()
        self.row = max(0, min(position, self.order.height - 1))
        if far:
            self.scroll_to(y=self.row - self._page() // 2, animate=False)

    def _follow(self) -> None:
        top, page = self.scroll_offset.y, self._page()
        if self.row < top:
            self.scroll_to(y=self.row, animate=False)
        elif page > 0 and self.row >= top + page:
            self.scroll_to(y=self.row - page + 1, animate=False)

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.row = max(0, min(self.row + rows, self.order.height - 1))

    def action_page(self, pages: int) -> None:
        """A page up or down; the cursor keeps its line."""
        step = pages * max(1, self._page())
        self.scroll_to(y=self.scroll_offset.y + step, animate=False)
        self.action_move(step)

    def action_first(self) -> None:
        """To the first row."""
        self.row = 0

    def action_last(self) -> None:
        """To the last row."""
        self.row = max(0, self.order.height - 1)

    def action_aside(self, columns: int) -> None:
        """To another column."""
        self.column = max(0, min(self.column + columns, len(self.fields) - 1))

    def on_click(self, event: events.Click) -> None:
        """Choose a cell; on a heading, the column to sort by."""
        column = self.columns().at(event.x)
        if column is not None:
            self.column = column
        if event.y == 0:
            if column is not None:
                self.post_message(self.Headed(self.fields[column]))
        elif (position := self.scroll_offset.y + event.y - 1) < self.order.height:
            self.row = position

    # --- drawing ------------------------------------------------------------------------------------------------------

    def columns(self) -> Columns:
        """The columns as they stand on the screen now."""
        found = Columns.fitting(self.fields, self.scrollable_content_region.width, self._left, self.column)
        self._left = found.left
        return found

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines that are drawn together share what holds for all of them."""
        self._shared = (self.columns(), self.rich_style)
        try:
            return super().render_lines(crop)
        finally:
            self._shared = None

    def render_line(self, y: int) -> Strip:
        """The heading, or the row at a line of the screen."""
        columns, ground = self._shared or (self.columns(), self.rich_style)
        if y == 0:
            segments = self._painter.heading(columns, self.sorting)
            ground += Style.parse(style(self, "bar"))
        else:
            position = self.scroll_offset.y + y - 1
            chosen = position == self.row
            segments = self._line(position, columns, chosen=chosen)
            ground += Style.parse(style(self, "cursor-blurred")) if chosen and segments else Style()
        return Strip(segments).adjust_cell_length(self.size.width).apply_style(ground)

    def _line(self, position: int, columns: Columns, *, chosen: bool) -> list[Segment]:
        if not 0 <= position < self.order.height:
            return []
        record = self.record_at(position)
        return self._painter.line(record, columns, self.pattern, chosen=chosen) if record else self._painter.untold()
