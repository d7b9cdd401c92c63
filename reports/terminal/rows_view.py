"""A screen that shows rows: which of them, in which order, and all of the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import polars as pl
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from analyzer.model import Source
from reports.page.inert import quoted
from reports.terminal import errands as answers
from reports.terminal.columns import Columns as Chooser
from reports.terminal.detail import RowDetail
from reports.terminal.errands import Errands
from reports.terminal.fields import Field, Kind
from reports.terminal.filters import Cited, Filter, Near, Same
from reports.terminal.grid import Grid
from reports.terminal.headline import Chips, Headline
from reports.terminal.investigation import Investigation
from reports.terminal.prompt import Prompt
from reports.terminal.selection import Order, Places, Selection
from reports.terminal.store import Part, Store, parts
from reports.terminal.view import View


class RowsView(View):
    """The screen. A subclass says which table and which fields."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo_filter", "key.table.undo", id="table.undo", show=False),
        Binding("U", "clear_filters", "key.table.clear", id="table.clear", show=False),
        Binding("W", "near", "key.table.near", id="table.near", show=False),
        Binding("v", "cited", "key.table.cited", id="table.cited", show=False),
        Binding("C", "columns", "key.table.columns", id="table.columns", show=False),
    ]

    table: ClassVar[str] = ""
    fields: ClassVar[tuple[Field, ...]] = ()
    first: ClassVar[Selection] = Selection()
    """What is shown at the beginning, and again when the filters are cleared."""

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        self.every = self.fields
        self.shown = tuple(field for field in self.fields if field.shown)
        self.selection = self.first
        self.errands = Errands(self, Store(self.parts()))
        self._reading = self._asked_evidence = False
        self._arranged: Selection | None = None
        self._goal: int | None = None
        self._cited: pl.Series | None = None
        self.evidence: Places | None = None
        """Where the cited rows stand; None until that is known."""

    def parts(self) -> tuple[Part, ...]:
        """The rows, as files or frames."""
        return parts(self.investigation.evidence, self.investigation.folder, self.table)

    def body(self) -> Iterable[Widget]:
        """What is shown, the table, the row, and the line to answer in."""
        yield Headline()
        yield Chips(self.investigation)
        yield Vertical(Grid(self.investigation, self.shown, id="grid"), RowDetail(self.investigation), id="table")
        yield Prompt(self.investigation.words)

    def on_mount(self) -> None:
        """Begin; the screen is there before its rows."""
        self.begin()

    def begin(self) -> None:
        """Ask for the rows."""
        self.grid.focus()
        self.rearrange(self.selection)

    def on_resize(self) -> None:
        """The row stands beside the table where there is room for both."""
        self.set_class(self.size.width >= 170, "-wide")
        self.set_class(self.size.height >= 36, "-tall")

    @property
    def grid(self) -> Grid:
        """The table."""
        return self.query_one(Grid)

    # --- rows -----------------------------------------------------------------------------------------------------

    def rearrange(self, selection: Selection) -> None:
        """Show the rows of a selection; the row under the cursor stays under it where it is among them."""
        record = self.grid.record()
        self._goal = record.number if record and self._goal is None else self._goal
        self.selection, self.evidence = selection, None
        self.grid.sorting = selection.sorting
        self.query_one(Chips).show(selection.filters)
        self.say(told="")
        self.errands.arrange(selection)

    @on(answers.Arranged)
    def _show(self, event: answers.Arranged) -> None:
        if event.selection is not self.selection:
            return
        grid, order = self.grid, event.order
        if self._arranged is not self.selection:
            self._arranged = self.selection
            grid.show(order)
        else:
            grid.grow(order)
        if order.whole:
            self._settle(order)
        self.count()

    def _settle(self, order: Order) -> None:
        """All rows are known: put the cursor where it belongs, and find hits and evidence among them."""
        goal, self._goal = self._goal, None
        if goal is not None and self.grid.row <= 0 and (position := order.position(goal)) is not None:
            self.grid.go(position)
        if self._cited is not None:
            self.evidence = Places(order.positions(self._cited))
            self.learned()
        self.settled()

    def settled(self) -> None:
        """Called when all rows of a selection are known."""

    @on(answers.Evidence)
    def _learn_evidence(self, event: answers.Evidence) -> None:
        self._cited = event.numbers
        if self._arranged is not None and self.grid.order.whole:
            self.evidence = Places(self.grid.order.positions(event.numbers))
            self.count()
            self.learned()

    def learned(self) -> None:
        """Called when it is known where the cited rows stand."""

    @on(answers.Failed)
    def _tell_failure(self, event: answers.Failed) -> None:
        self._reading = False
        self.say(told=event.why)

    def seek(self, number: int) -> None:
        """Put the cursor on a row; filters that hide it are taken away."""
        order = self.grid.order
        if self._arranged is None or not order.whole:
            self._goal = number
        elif (position := order.position(number)) is not None:
            self.grid.go(position)
        else:
            self._goal, self.grid.row = number, 0
            self.rearrange(self.selection.cleared())
            self.say(told=self.investigation.words("table.cleared"))

    def forget(self) -> None:
        """The rows are others from now on."""
        self._arranged = self._goal = self._cited = self.evidence = None
        self._reading = self._asked_evidence = False

    @on(Grid.Wanted)
    def _read(self) -> None:
        """Read the rows that are on the screen and near it, one question at a time."""
        grid = self.grid
        if self._reading:
            return
        first, last = grid.sight()
        page = last - first
        numbers = grid.missing(first, last) or grid.missing(last, last + 2 * page) or grid.missing(first - page, first)
        if numbers:
            self._reading = True
            self.errands.supply(numbers, self.shown)
        else:
            # only when nobody waits for rows
            self.ask_evidence()

    @on(answers.Supplied)
    def _supply(self, event: answers.Supplied) -> None:
        if event.fields == self.shown:
            self.grid.supply(event.records)

    @on(answers.Emptied)
    def _read_on(self) -> None:
        self._reading = False
        self._read()

    def ask_evidence(self) -> None:
        """Have the cited rows found, once."""
        if not self._asked_evidence:
            self._asked_evidence = True
            self.errands.cited(frozenset(self.investigation.cited))

    @on(Grid.Moved)
    def _moved(self) -> None:
        self.count()
        record = self.grid.record()
        if record and self.query_one(RowDetail).is_open:
            self.errands.look(record.number)

    def count(self) -> None:
        """Say how many rows are shown, in which order, and where the cursor is."""
        words, order, height = self.investigation.words, self.grid.order, self.errands.store.height
        shown = f"{order.height:,}".replace(",", " ") + ("" if order.whole else "…")
        told = words(
            "table.some" if self.selection.filters else "table.all", n=shown, total=f"{height:,}".replace(",", " ")
        )
        if self.evidence:
            told += f"  ◆ {len(self.evidence)}"
        place = f"{min(self.grid.row + 1, order.height):,}/{order.height:,}".replace(",", " ")
        self.say(left=f"{words(f'view.{self.name_}')}  {told}", place=place)

    def say(self, *, left: str | None = None, place: str | None = None, told: str | None = None) -> None:
        """Change the line above the table."""
        self.query_one(Headline).say(left=left, place=place, told=told)

    # --- sorting and filtering ------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the column under the cursor: up, down, not."""
        field = self.grid.field()
        if field:
            self.rearrange(self.selection.sorted_by(field))

    @on(Grid.Headed)
    def _sort_by(self, event: Grid.Headed) -> None:
        self.rearrange(self.selection.sorted_by(event.field))

    def action_filter(self, keep: bool) -> None:
        """Keep, or leave out, the rows whose cell says what the cell under the cursor says."""
        record, field = self.grid.record(), self.grid.field()
        if record and field:
            self.errands.value(record.number, field, keep=keep)

    @on(answers.Valued)
    def _filter_by(self, event: answers.Valued) -> None:
        field, value = event.field, event.value
        shown = "" if value is None else self.grid.text(field, value)
        self.narrow(Same(field, value, shown, event.keep))

    def narrow(self, by: Filter) -> None:
        """Add a filter."""
        self.rearrange(self.selection.narrowed(by))

    def action_undo_filter(self) -> None:
        """Take the last filter away."""
        self.rearrange(self.selection.widened())

    def action_remove_filter(self, index: int) -> None:
        """Take one filter away."""
        self.rearrange(self.selection.widened(index))

    def action_clear_filters(self) -> None:
        """All rows again, in the order that they are in now."""
        self.rearrange(self.selection.cleared())

    def action_near(self) -> None:
        """Only what was written near the failure."""
        windows = self.investigation.diagnosis.failure.windows
        if windows:
            self.narrow(Near(windows))
        else:
            self.say(told=self.investigation.words("table.no_failure"))

    def action_cited(self) -> None:
        """Only what the diagnosis cites."""
        self.narrow(Cited(frozenset(self.investigation.cited)))

    # --- the row --------------------------------------------------------------------------------------------------

    def current_row(self) -> Source | None:
        """The row under the cursor, as it is cited."""
        record = self.grid.record()
        if record is None or record.artifact is None:
            return None
        texts = [
            str(c) for f, c in zip(self.shown, record.cells, strict=True) if c is not None and f.kind is not Kind.TIME
        ]
        return Source(record.artifact, record.place or "", record.at, quoted("  ".join(texts)))

    def action_detail(self) -> None:
        """Open the row, or close it."""
        detail = self.query_one(RowDetail)
        detail.toggle_class("-open")
        if detail.is_open:
            self._moved()
        else:
            self.grid.focus()

    @on(answers.Looked)
    def _look(self, event: answers.Looked) -> None:
        record = self.grid.record()
        if record is not None and record.number == event.number:
            self.query_one(RowDetail).show(event.table, event.fields)

    def go_back(self) -> bool:
        """Close what is open; whether there was anything."""
        if super().go_back():
            return True
        if self.query_one(RowDetail).is_open:
            self.action_detail()
            return True
        return False

    def action_zoom(self) -> None:
        """Give the row the whole screen, or give it back."""
        detail = self.query_one(RowDetail)
        if not detail.is_open:
            self.action_detail()
        self.toggle_class("-zoomed")
        (detail if self.has_class("-zoomed") else self.grid).focus()

    def action_columns(self) -> None:
        """Choose the columns."""
        self.app.push_screen(Chooser(self.investigation.words, self.every, self.shown), self._choose)

    def _choose(self, chosen: tuple[Field, ...] | None) -> None:
        if chosen:
            self.shown = chosen
            self.grid.show_fields(chosen)

    # --- changes --------------------------------------------------------------------------------------------------

    def clock_changed(self) -> None:
        """Times stand in the cells and in the row."""
        self._redraw()

    def notes_changed(self) -> None:
        """Marks stand before the rows."""
        self._redraw()

    def _redraw(self) -> None:
        if self.is_mounted:
            self.grid.refresh()
            self.query_one(RowDetail).draw()
