"""The rows of a table by number, read from its Parquet files a slice at a time: nothing is held that is not shown.

A row's number is its place in the table as the pipeline wrote it. All of this may be called from any thread.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import polars as pl

from analyzer.case import TABLES
from analyzer.tables import Evidence

NUMBER = "\0number"
"""The column that carries the number of a row; neither a table nor a query has one of that name."""

# Small files are read together: opening one costs more than skipping some rows.
_GROUP_BYTES = 4 << 20
# So many files at once are asked for their height.
_ASKED = 32
# Rows that lie as near as this are read in one slice.
_NEAR_ROWS = 512


class Pace(NamedTuple):
    """How many rows a scan takes at once: few first, so that it answers early, then ``factor`` times all before."""

    first: int
    factor: int
    most: int


LONG = Pace(16_384, 1, 98_304)
"""Where long texts are read: it looks at no more than twice what it needs, and memory stays flat."""
SHORT = Pace(16_384, 64, 1_048_576)
"""Where only short columns are: each bite costs more than the rows in it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some consecutive rows. ``raw`` are the same rows with all columns of their own ``table``."""

    rows: pl.LazyFrame
    raw: pl.LazyFrame
    table: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a bite of a scan brought: numbers of rows in ascending order, and how many rows were looked at so far."""

    numbers: pl.Series
    looked_at: int


class Store:
    """Parts one behind the other. How high each is its file tells: asked for in order, and only as far as needed."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        self._starts = [0]
        self._measuring = Lock()

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._measured(None)[-1]

    @property
    def begin(self) -> int:
        """How many rows can be shown without a look at further files."""
        return self._measured(0)[-1]

    def _measured(self, number: int | None) -> list[int]:
        """The number of each part's first row and of the row behind it, as far as the part that holds ``number``."""
        with self._measuring:
            while (number is None or number >= self._starts[-1]) and len(self._starts) <= len(self._parts):
                known = len(self._starts) - 1
                asked = [part.rows.select(pl.len()) for part in self._parts[known : known + (_ASKED if known else 1)]]
                for answer in pl.collect_all(asked):
                    self._starts.append(self._starts[-1] + answer.item())
        return self._starts

    def columns(self, wanted: Sequence[pl.Expr]) -> pl.DataFrame:
        """These columns of every row, in the order of their numbers. Only for short ones: they are held whole."""
        parts = [part.rows.select(*wanted) for part in self._parts]
        return pl.concat(parts).collect() if parts else pl.DataFrame()

    def rows(self, numbers: Sequence[int], wanted: Sequence[pl.Expr]) -> Iterator[pl.DataFrame]:
        """These rows, each run of near ones as soon as it is read; ``NUMBER`` is their first column."""
        for run in _runs(sorted(set(numbers))):
            for rows in self._slices(run[0], run[-1] + 1):
                yield rows.filter(pl.col(NUMBER).is_in(run)).select(NUMBER, *wanted).collect()

    def whole(self, number: int) -> tuple[str, pl.LazyFrame]:
        """The table that a row is of, and the row with all columns of that table."""
        part, start = self._part(number)
        return part.table, part.raw.slice(number - start, 1)

    def scan(self, condition: pl.Expr, first: int = 0, pace: Pace = LONG) -> Iterator[Found]:
        """The rows that meet a condition, from row ``first`` to the end and round to it; stop asking at any time."""
        looked_at = 0
        for start, end in ((first, self.height), (0, first)):
            low = start
            while low < end:
                high = min(low + min(max(pace.first, pace.factor * looked_at), pace.most), end)
                looked_at += high - low
                yield Found(self._where(condition, low, high), looked_at)
                low = high

    def _where(self, condition: pl.Expr, start: int, stop: int) -> pl.Series:
        numbered = [rows.filter(condition).select(NUMBER) for rows in self._slices(start, stop)]
        return pl.concat(numbered).collect()[NUMBER]

    def _slices(self, start: int, stop: int) -> Iterator[pl.LazyFrame]:
        """The rows from ``start`` to before ``stop``, part by part, numbered."""
        starts = self._measured(stop - 1)
        for part, low, high in zip(self._parts, starts, starts[1:], strict=False):
            begin, end = max(start, low), min(stop, high)
            if begin < end:
                yield part.rows.slice(begin - low, end - begin).with_row_index(NUMBER, offset=begin)

    def _part(self, number: int) -> tuple[Part, int]:
        found = bisect_right(self._measured(number), number) - 1
        return self._parts[found], self._starts[found]


def _runs(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Ascending numbers in runs without large holes."""
    run: list[int] = []
    for number in numbers:
        if run and number - run[-1] > _NEAR_ROWS:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def parts(evidence: Evidence, folder: Path, table: str) -> tuple[Part, ...]:
    """The rows of a table of the case in ``folder``; a table without large files as the evidence itself has it."""
    groups = _groups(sorted((folder / TABLES / table).glob("*.parquet"))) if table != "facts" else []
    # measures add to the facts, and small tables are in memory already
    frames = [pl.scan_parquet(group) for group in groups] if len(groups) > 1 else [evidence.tables[table]]
    return tuple(Part(frame, frame, table) for frame in frames)


def _groups(files: Sequence[Path]) -> list[list[Path]]:
    """Consecutive files, together no larger than pays."""
    groups: list[list[Path]] = []
    room = 0
    for file in files:
        size = file.stat().st_size
        if not groups or size > room:
            groups.append([])
            room = _GROUP_BYTES
        groups[-1].append(file)
        room -= size
    return groups
