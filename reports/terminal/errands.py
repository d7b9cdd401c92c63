"""What a screen of tables has done for it in threads, so that no question holds it up. Answers come as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from reports.page.inert import inert
from reports.terminal.detail import Fields, fields_of
from reports.terminal.fields import Field, cell
from reports.terminal.filters import Holds, Pattern, is_any_of
from reports.terminal.investigation import Row
from reports.terminal.painting import Record
from reports.terminal.selection import Order, Places, Selection, nearest, work_out
from reports.terminal.store import NUMBER, SHORT, Store


@dataclass
class Arranged(Message):
    """Rows in the order that was asked for, all or the first of them."""

    selection: Selection
    order: Order


@dataclass
class Supplied(Message):
    """Rows with the cells of these fields."""

    fields: tuple[Field, ...]
    records: list[Record]


@dataclass
class Emptied(Message):
    """No further row will be supplied for the last question."""


@dataclass
class Found(Message):
    """Where a search has hit so far; ``whole`` once everything was looked through."""

    pattern: Pattern
    order: Order
    places: Places
    whole: bool


@dataclass
class Evidence(Message):
    """The numbers of the rows that the diagnosis cites."""

    numbers: pl.Series


@dataclass
class Looked(Message):
    """A row with all its fields."""

    number: int
    table: str
    fields: Fields


@dataclass
class Valued(Message):
    """The whole value under the cursor, to filter by."""

    field: Field
    value: Any
    keep: bool


@dataclass
class Reached(Message):
    """Where a row that was looked for stands; ``number`` is None where there is none such."""

    number: int | None


@dataclass
class Failed(Message):
    """The tables could not be read."""

    why: str


class Errands:
    """Sent by one screen, over one store."""

    def __init__(self, screen: Widget, store: Store) -> None:
        self._screen = screen
        self.store = store

    def send(self, work: Callable[[], Iterator[Message]], group: str, *, exclusive: bool = True) -> None:
        """Do the work in a thread and post what it yields, until another errand of the group is sent."""

        def errand() -> None:
            worker = get_current_worker()
            try:
                for message in work():
                    if worker.is_cancelled:
                        return
                    self._screen.post_message(message)
            except (pl.exceptions.PolarsError, OSError) as error:
                # a file of the case is gone or damaged: that is told, and the screen stays
                self._screen.post_message(Failed(inert(str(error).partition("\n")[0], 200)))

        self._screen.run_worker(errand, group=group, exclusive=exclusive, thread=True, description=group)

    def arrange(self, selection: Selection) -> None:
        """Find the rows of a selection."""
        self.send(lambda: (Arranged(selection, order) for order in work_out(self.store, selection)), "order")

    def supply(self, numbers: Sequence[int], fields: tuple[Field, ...]) -> None:
        """Read rows for the screen."""

        def work() -> Iterator[Message]:
            for rows in self.store.rows(numbers, _wanted(fields)):
                yield Supplied(fields, list(_records(rows, fields)))
            yield Emptied()

        self.send(work, "rows", exclusive=False)

    def search(self, wanted: Holds, selection: Selection, order: Order, row: int) -> None:
        """Find the rows of the order that hold a pattern, those from ``row`` on first."""
        pattern, condition = wanted.pattern, selection.condition & wanted.condition()
        start = order.number(row) if order.ascending and row < order.height else 0

        def work() -> Iterator[Message]:
            pieces = [pl.Series(NUMBER, [], dtype=pl.UInt32)]
            count = told = 0
            for bite in self.store.scan(condition, start):
                pieces.append(bite.numbers)
                count += len(bite.numbers)
                whole = bite.looked_at >= self.store.height
                # sorted rows have no first hit before the last one is known
                if whole or (order.ascending and count > 2 * told):
                    told = count
                    yield Found(pattern, order, Places(order.positions(pl.concat(pieces))), whole)
            if not self.store.height:
                yield Found(pattern, order, Places(pieces[0]), whole=True)

        self.send(work, "search")

    def cited(self, rows: frozenset[Row]) -> None:
        """Find the rows that the diagnosis cites."""

        def work() -> Iterator[Message]:
            found = [bite.numbers for bite in self.store.scan(is_any_of(rows), pace=SHORT)]
            yield Evidence(pl.concat([pl.Series(NUMBER, [], dtype=pl.UInt32), *found]))

        self.send(work, "cited")

    def look(self, number: int) -> None:
        """Read all of a row."""

        def work() -> Iterator[Message]:
            table, row = self.store.whole(number)
            yield Looked(number, table, fields_of(row))

        self.send(work, "look")

    def value(self, number: int, field: Field, *, keep: bool) -> None:
        """Read the whole of a cell."""

        def work() -> Iterator[Message]:
            for rows in self.store.rows([number], [field.whole.alias("value")]):
                yield Valued(field, rows["value"][0], keep)

        self.send(work, "value")

    def find(self, row: Row) -> None:
        """Find a row by member and place."""

        def work() -> Iterator[Message]:
            hits = (bite.numbers for bite in self.store.scan(is_any_of({row}), pace=SHORT))
            yield Reached(next((int(numbers[0]) for numbers in hits if len(numbers)), None))

        self.send(work, "find")

    def reach(self, order: Order, at: datetime) -> None:
        """Find the row nearest to an instant."""

        def work() -> Iterator[Message]:
            position = nearest(self.store, order, at)
            yield Reached(None if position is None else order.number(position))

        self.send(work, "find")


_NAMES = ("artifact", "place", "at")


def _wanted(fields: Sequence[Field]) -> list[pl.Expr]:
    """A row's name and time, then its cells."""
    named = [pl.col(name).alias(f"\0{name}") for name in _NAMES]
    return [*named, *(field.cut for field in fields)]


def _records(rows: pl.DataFrame, fields: Sequence[Field]) -> Iterator[Record]:
    for number, artifact, place, at, *values in rows.iter_rows():
        cells = tuple(cell(field, value) for field, value in zip(fields, values, strict=True))
        yield Record(number, artifact, place, at, cells)
