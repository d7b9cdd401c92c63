"""The four tables that hold all evidence, and the evidence as a whole.

Every row begins with ``artifact`` (the member), ``place`` (what a person can look up in it), ``at`` (UTC, as the
machine wrote it, null where it is not certain) and ``user`` (whose it is: a SID, else a profile name, null for the
machine's or unknown).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import chain, islice
from typing import Any, NamedTuple

import polars as pl

from analyzer.model import FIRST_YEAR, LAST_YEAR, Covered, Gap, Integrity, Reading

BATCH_ROWS = 10_000

_FIRST_US, _END_US = (
    int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for year in (FIRST_YEAR, LAST_YEAR + 1)
)

_HEAD: dict[str, Any] = {
    "artifact": pl.String,
    "place": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "user": pl.String,
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "events": _HEAD
    | {
        "channel": pl.String,
        "provider": pl.String,
        "event_id": pl.Int64,
        "level": pl.Int64,
        "record_id": pl.Int64,
        "computer": pl.String,
        # the unnamed strings of the record, joined by newlines; empty where all fields are named
        "text": pl.String,
        # EventData or UserData as JSON text
        "data": pl.String,
    },
    "registry": _HEAD
    | {
        # HKLM or HKCU; `key` is the path below it, CurrentControlSet resolved
        "hive": pl.String,
        "key": pl.String,
        # null on the row that says the key is there; "" for the default value
        "name": pl.String,
        # REG_SZ, REG_DWORD …
        "kind": pl.String,
        "value": pl.String,
        # of REG_DWORD and REG_QWORD
        "number": pl.Int64,
    },
    "log_lines": _HEAD | {"component": pl.String, "level": pl.String, "text": pl.String},
    # `joined`: rows of one artifact-crossing statement share a number and stand or fall together (ADR 0010)
    "facts": _HEAD
    | {
        "name": pl.String,
        "subject": pl.String,
        "value": pl.String,
        "number": pl.Float64,
        "unit": pl.String,
        "joined": pl.UInt32,
    },
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of at most ``BATCH_ROWS`` rows for one table.

    ``columns`` may leave out nullable columns; ``artifact`` is filled in by the runner. ``at`` holds datetimes, or
    ISO 8601 texts in UTC where that is what the parser has.
    """

    table: str
    columns: Mapping[str, Sequence[Any] | pl.Series]

    def __len__(self) -> int:
        return max((len(column) for column in self.columns.values()), default=0)


class Fact(NamedTuple):
    """One row of the table of facts; its user is the member's, or whoever ``batches`` is told."""

    place: str
    name: str
    subject: str | None = None
    value: str | None = None
    number: float | None = None
    unit: str | None = None
    at: datetime | None = None


class PersonalFact(NamedTuple):
    """One row of the table of facts that says itself whose it is."""

    place: str
    name: str
    subject: str | None
    value: str | None
    number: float | None
    unit: str | None
    at: datetime | None
    user: str | None


class LogLine(NamedTuple):
    """One row of the table of log lines."""

    place: str
    at: datetime | None
    component: str | None
    level: str | None
    text: str


def batches(table: str, rows: Iterable[NamedTuple], **shared: str | None) -> Iterator[Batch]:
    """Rows whose fields are columns of the table, as many a batch as one may hold; ``shared`` is the same in all."""
    left = iter(rows)
    while part := list(islice(left, BATCH_ROWS)):
        columns = dict(zip(part[0]._fields, zip(*part, strict=True), strict=True))
        yield Batch(table, columns | {name: (value,) * len(part) for name, value in shared.items()})


def frame(table: str, columns: Mapping[str, Sequence[Any] | pl.Series]) -> pl.DataFrame:
    """The columns as a frame with exactly the table's schema; missing columns are null.

    So are times that no Windows can have met, as a sum with one of them might be no date at all, and numbers without
    end. Raises ``ValueError`` for a column the table does not have.
    """
    schema = SCHEMAS[table]
    if unknown := sorted(set(columns) - set(schema)):
        raise ValueError(f"{table} has no column {', '.join(unknown)}")
    height = max((len(column) for column in columns.values()), default=0)
    made = {name: _column(name, kind, columns.get(name), height) for name, kind in schema.items()}
    made["at"] = _where(made["at"].to_physical().is_between(_FIRST_US, _END_US, closed="left"), made["at"])
    if "number" in made:
        made["number"] = _where(made["number"].is_finite(), made["number"])
    return pl.DataFrame(made)


def _where(sound: pl.Series, values: pl.Series) -> pl.Series:
    """The values without the unsound ones."""
    return values if sound.all() else pl.select(pl.when(sound).then(values)).to_series()


def _column(name: str, kind: Any, values: Sequence[Any] | pl.Series | None, height: int) -> pl.Series:
    if values is None:
        return pl.Series(name, [None] * height, dtype=kind)
    if isinstance(values, pl.Series):
        return values.alias(name).cast(kind)
    return pl.Series(name, values, dtype=kind)


@cache
def empty(table: str) -> pl.DataFrame:
    """The table without rows."""
    return frame(table, {})


@dataclass(frozen=True)
class Evidence:
    """The tables, and what was read whole, over which window.

    ``tables`` maps each table's name to a lazy frame of its schema.
    """

    tables: Mapping[str, pl.LazyFrame]
    readings: tuple[Reading, ...] = ()
    gaps: tuple[Gap, ...] = ()
    _by_name: dict[str, Reading] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {r.member.name: r for r in self.readings})

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading] = (),
        gaps: Iterable[Gap] = (),
        **tables: pl.DataFrame,
    ) -> Evidence:
        """Evidence held in memory; tables not given are empty."""
        lazy = {name: tables.get(name, empty(name)).lazy() for name in SCHEMAS}
        return cls(lazy, tuple(readings), tuple(gaps))

    @property
    def events(self) -> pl.LazyFrame:
        """All event records."""
        return self.tables["events"]

    @property
    def registry(self) -> pl.LazyFrame:
        """All keys and values that were asked for."""
        return self.tables["registry"]

    @property
    def log_lines(self) -> pl.LazyFrame:
        """The lines of text logs that the vocabulary selects, with their neighbours."""
        return self.tables["log_lines"]

    @property
    def facts(self) -> pl.LazyFrame:
        """What live state, commands and measures say."""
        return self.tables["facts"]

    def named(self, *names: str) -> pl.DataFrame:
        """The facts of these names, in the order of the table for each name."""
        found = [self._by_fact[name] for name in dict.fromkeys(names) if name in self._by_fact]
        return pl.concat(found) if found else empty("facts")

    def fact_names(self) -> tuple[str, ...]:
        """Every name a fact of this evidence has, in order."""
        return tuple(sorted(self._by_fact))

    @cached_property
    def _by_fact(self) -> dict[str, pl.DataFrame]:
        # `as_dict` would ask each of hundreds of parts for its name by a query of its own
        parts = self.facts.collect().partition_by("name", maintain_order=True)
        return {name: rows for rows in parts if (name := rows["name"][0]) is not None}

    @property
    def providers(self) -> frozenset[str]:
        """Who wrote the event records, in lower case."""
        return frozenset(self._written)

    def written_by(self, *providers: str) -> pl.LazyFrame | None:
        """The event records of these providers, named in lower case; None where no record is theirs.

        Most are asked for in vain, and a log of none of them is passed over by what its file says of itself.
        """
        written = [self._written[name] for name in providers if name in self._written]
        if not written:
            return None
        logs, spelled = (sorted({*chain.from_iterable(names)}) for names in zip(*written, strict=True))
        return self.events.filter(pl.col("artifact").is_in(logs), pl.col("provider").is_in(spelled))

    @cached_property
    def _written(self) -> dict[str, tuple[list[str], list[str]]]:
        """The logs that a provider wrote to, and how its name is spelled there, by its name in lower case."""
        written: dict[str, tuple[list[str], list[str]]] = {}
        pairs = self.events.select("artifact", "provider").drop_nulls().unique().collect()
        for log, provider in pairs.iter_rows():
            logs, spelled = written.setdefault(provider.lower(), ([], []))
            logs.append(log)
            spelled.append(provider)
        return written

    def reading(self, artifact: str) -> Reading | None:
        """What came out of that member; None for a name the bundle does not hold."""
        return self._by_name.get(artifact)

    def doubtful(self, artifact: str, place: str) -> bool:
        """Whether a row's own bytes are in doubt, so that it speaks one strength lower."""
        reading = self.reading(artifact)
        if reading is None:
            return False
        return reading.member.integrity is Integrity.DIFFERS or place in reading.doubts

    def with_facts(self, more: pl.DataFrame) -> Evidence:
        """The same evidence with further facts."""
        tables = dict(self.tables)
        # few, and asked for by almost every signal: once in memory is enough
        tables["facts"] = pl.concat([self.facts.collect(), more]).lazy()
        same = Evidence(tables, self.readings, self.gaps)
        # the event records stay as they are, and to ask again who wrote them is a scan of all
        vars(same)["_written"] = self._written
        return same

    def covering(self, item: str, part: str = "") -> tuple[tuple[Reading, Covered], ...]:
        """Whole readings that answer for an item, or for one part of it.

        A part of a hive (a key below ``HKLM`` or ``HKCU``) is also answered by a registry export that holds it.
        """
        found = []
        for reading in self.readings:
            for covered in reading.covered:
                if _answers(reading, covered, item, part):
                    found.append((reading, covered))
        return tuple(found)


def _answers(reading: Reading, covered: Covered, item: str, part: str) -> bool:
    if part.upper().startswith("HK"):
        return covered.part.upper().startswith("HK") and _holds(covered.part, part)
    if reading.member.item != item:
        return False
    return covered.part.lower() == part.lower() if part else True


def _holds(tree: str, key: str) -> bool:
    """Whether ``key`` is the tree's root or below it."""
    tree, key = tree.lower(), key.lower()
    return key == tree or key.startswith(tree + "\\")
