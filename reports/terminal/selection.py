"""What a table shows and in which order: the filters, the sorting, and the numbers of the rows that come of them.

``Selection`` is the wish, ``Order`` its fulfilment. Working it out takes time and is done in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from reports.terminal.fields import Field
from reports.terminal.filters import Filter
from reports.terminal.store import LONG, NUMBER, SHORT, Store

# As soon as so many rows are known, they can be shown; the rest follows.
_PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which field, and which way."""

    field: Field
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows in which order; the filters in the order in which they were set."""

    filters: tuple[Filter, ...] = ()
    sorting: Sorting | None = None

    def narrowed(self, by: Filter) -> Selection:
        """With one more filter; one that is there already changes nothing."""
        return self if by in self.filters else replace(self, filters=(*self.filters, by))

    def widened(self, index: int = -1) -> Selection:
        """Without one filter, the last one unless told."""
        kept = list(self.filters)
        if kept:
            del kept[index]
        return replace(self, filters=tuple(kept))

    def cleared(self) -> Selection:
        """Without filters."""
        return replace(self, filters=())

    def sorted_by(self, by: Field) -> Selection:
        """Ascending, then descending, then as it was."""
        if self.sorting is None or self.sorting.field is not by:
            return replace(self, sorting=Sorting(by))
        return replace(self, sorting=None if self.sorting.descending else Sorting(by, descending=True))

    @property
    def condition(self) -> pl.Expr:
        """What all filters ask for."""
        return pl.all_horizontal([pl.lit(value=True), *(one.condition() for one in self.filters)])


@dataclass(frozen=True, eq=False)
class Order:
    """The rows to show: ``numbers`` by position, None where that is the number itself.

    ``whole`` is false while more rows may follow; then the numbers known so far ascend from the first row on.
    """

    height: int
    numbers: pl.Series | None = None
    whole: bool = True
    ascending: bool = True

    def number(self, position: int) -> int:
        """The row at a position."""
        return position if self.numbers is None else int(self.numbers[position])

    def position(self, number: int) -> int | None:
        """Where a row stands; None where it is not shown."""
        found = self.positions(pl.Series([number], dtype=pl.UInt32))
        return int(found[0]) if len(found) and found[0] < self.height else None

    def slice(self, first: int, last: int) -> list[int]:
        """The rows from a position to before another."""
        first, last = max(0, first), min(self.height, last)
        return list(range(first, last)) if self.numbers is None else self.numbers[first:last].to_list()

    def positions(self, numbers: pl.Series) -> pl.Series:
        """Where these rows stand, ascending; those that are not shown are left out."""
        if self.numbers is None:
            return numbers.sort()
        mine = pl.DataFrame({NUMBER: self.numbers.cast(pl.UInt32)}).with_row_index("position")
        wanted = pl.DataFrame({NUMBER: numbers.cast(pl.UInt32)})
        return mine.join(wanted, on=NUMBER, how="semi")["position"].sort()


@dataclass(frozen=True, eq=False)
class Places:
    """Positions that one can walk through, ascending: hits of a search, evidence."""

    positions: pl.Series

    def __len__(self) -> int:
        return len(self.positions)

    def after(self, position: int) -> int | None:
        """The next one behind, or the first of all; None where there is none."""
        return self._at(self.positions.search_sorted(position + 1) % len(self)) if len(self) else None

    def before(self, position: int) -> int | None:
        """The last one before, or the last of all; None where there is none."""
        return self._at(self.positions.search_sorted(position) - 1) if len(self) else None

    def rank(self, position: int) -> int | None:
        """Which of them it is, from 1; None for none of them."""
        index = self.positions.search_sorted(position)
        return index + 1 if index < len(self) and self._at(index) == position else None

    def _at(self, index: int) -> int:
        return int(self.positions[index])


def work_out(store: Store, selection: Selection) -> Iterator[Order]:
    """The order that a selection asks for: the first of its rows early where that can be, then all of them."""
    if not selection.filters and selection.sorting is None:
        yield Order(store.begin, whole=False)
        yield Order(store.height)
    elif selection.sorting is None:
        yield from _filtered(store, selection)
    elif not selection.filters:
        yield _sorted(store, selection.sorting, None)
    else:
        *_, last = _filtered(store, selection)
        yield _sorted(store, selection.sorting, last.numbers)


def _filtered(store: Store, selection: Selection) -> Iterator[Order]:
    pace = LONG if any(one.long for one in selection.filters) else SHORT
    pieces = [pl.Series(NUMBER, [], dtype=pl.UInt32)]
    count = shown = 0
    for found in store.scan(selection.condition, pace=pace):
        pieces.append(found.numbers)
        count += len(found.numbers)
        # a look at the rows so far is worth it only when they have become many more
        if count >= max(_PAGE_ROWS, 2 * shown) and found.looked_at < store.height:
            shown = count
            yield Order(count, pl.concat(pieces), whole=False)
    yield Order(count, pl.concat(pieces))


def _sorted(store: Store, sorting: Sorting, numbers: pl.Series | None) -> Order:
    """Rows without a value come last either way; equal ones stay in the order of the table."""
    keys = store.columns([sorting.field.sorted_by.alias("key")])["key"]
    if numbers is None:
        numbers = pl.int_range(len(keys), dtype=pl.UInt32, eager=True)
    table = pl.DataFrame({NUMBER: numbers, "key": keys.gather(numbers)})
    table = table.sort("key", descending=sorting.descending, nulls_last=True, maintain_order=True)
    return Order(table.height, table[NUMBER], ascending=False)


def nearest(store: Store, order: Order, at: datetime) -> int | None:
    """The position of the row whose time is nearest to an instant, the first of equals; None where no row has one."""
    times = store.columns([pl.col("at")])["at"]
    if order.numbers is not None:
        times = times.gather(order.numbers)
    away = (times - at).dt.total_microseconds().abs()
    return away.arg_min() if len(away) else None
