"""What narrows a table: each filter is one condition on a row, and a few words that say it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from reports.page.inert import inert
from reports.page.wording import Wording
from reports.terminal.fields import Field, Kind
from reports.terminal.investigation import Row

_VALUE_CHARS = 40
_APART = "\x1f"
"""Between the fields of a row: nobody can type it."""


class BadPattern(Exception):
    """The text between slashes is no regular expression; the message says why, in the words of the library."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is searched for: a text, or between slashes a regular expression.

    Small letters find capitals too; a capital finds only itself.
    """

    typed: str

    @property
    def expression(self) -> str:
        """The regular expression that stands for it. It runs in time that only grows with the text."""
        body = self.typed[1:-1] if self.is_regex else re.escape(self.typed)
        # what follows a backslash is no letter of the text
        plain = re.sub(r"\\[a-zA-Z]", "", body) if self.is_regex else self.typed
        return body if plain != plain.lower() else f"(?i){body}"

    @property
    def is_regex(self) -> bool:
        """Whether it was typed between slashes."""
        return len(self.typed) > 2 and self.typed.startswith("/") and self.typed.endswith("/")

    def check(self) -> None:
        """Raises ``BadPattern`` for what is no regular expression."""
        try:
            pl.Series([""]).str.contains(self.expression)
        except pl.exceptions.ComputeError as error:
            raise BadPattern(_reason(str(error))) from None

    def condition(self, fields: Sequence[Field]) -> pl.Expr:
        """Whether a row holds it in any of the fields."""
        if self.is_regex:
            # where a field begins and ends means something to an expression
            found = [f.searched.str.contains(self.expression) for f in fields]
            return pl.any_horizontal(found).fill_null(value=False)
        groups: dict[str, list[pl.Expr]] = {}
        for field in fields:
            groups.setdefault(self._written_in(field), []).append(field.searched)
        # to begin a search costs more than to search a short text: those of a row are searched as one
        texts = {
            written: pl.concat_str(group, separator=_APART, ignore_nulls=True) for written, group in groups.items()
        }
        return pl.any_horizontal([text.str.contains(written) for written, text in texts.items()])

    def _written_in(self, field: Field) -> str:
        """The expression for the field: in JSON a text is written with escapes."""
        if field.kind is not Kind.DATA:
            return self.expression
        escaped = json.dumps(self.typed, ensure_ascii=False)[1:-1]
        return Pattern(escaped).expression

    def found_in(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text that it finds, in the order of the text."""
        return pl.Series(texts, dtype=pl.String).str.extract_all(self.expression).to_list()


def _reason(message: str) -> str:
    """The last line of what the library says of a pattern, without its name for it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return inert((told or lines or [""])[-1], 120)


class Filter(Protocol):
    """A condition that a row meets, and its name for the line of filters."""

    @property
    def long(self) -> bool:
        """Whether long texts have to be read for it."""

    def condition(self) -> pl.Expr:
        """True for the rows that stay."""

    def label(self, words: Wording) -> str:
        """What it says, short, harmless to draw."""


@dataclass(frozen=True, slots=True)
class Same:
    """The rows with (or without) one value in a field; None is a value too."""

    field: Field
    value: Any
    shown: str
    keep: bool = True

    @property
    def long(self) -> bool:
        """As the field is."""
        return self.field.long

    def condition(self) -> pl.Expr:
        """Null equals null here."""
        same = self.field.whole.eq_missing(pl.lit(self.value))
        return same if self.keep else ~same

    def label(self, words: Wording) -> str:
        """``channel = System``."""
        name = words(f"field.{self.field.name}")
        value = inert(self.shown, _VALUE_CHARS) if self.value not in (None, "") else words("filter.empty")
        return f"{name} {'=' if self.keep else '≠'} {value}"


@dataclass(frozen=True, slots=True)
class Holds:
    """The rows that hold a text anywhere."""

    pattern: Pattern
    fields: tuple[Field, ...]

    @property
    def long(self) -> bool:
        """Everything is looked through."""
        return True

    def condition(self) -> pl.Expr:
        """As the search looks."""
        return self.pattern.condition(self.fields)

    def label(self, words: Wording) -> str:
        """``holds “token”``."""
        return words("filter.holds", text=inert(self.pattern.typed, _VALUE_CHARS))


@dataclass(frozen=True, slots=True)
class Timed:
    """The rows that have a time."""

    @property
    def long(self) -> bool:
        """Times are short."""
        return False

    def condition(self) -> pl.Expr:
        """Whatever it is."""
        return pl.col("at").is_not_null()

    def label(self, words: Wording) -> str:
        """The same for every case."""
        return words("filter.timed")


@dataclass(frozen=True, slots=True)
class Near:
    """The rows with a time inside a window of the failure."""

    windows: tuple[tuple[datetime, datetime], ...]

    @property
    def long(self) -> bool:
        """Times are short."""
        return False

    def condition(self) -> pl.Expr:
        """By the machine's own clock, both ends included."""
        inside = [pl.col("at").is_between(start, end) for start, end in self.windows]
        return pl.any_horizontal(inside).fill_null(value=False) if inside else pl.lit(value=False)

    def label(self, words: Wording) -> str:
        """The same for every case."""
        return words("filter.near")


@dataclass(frozen=True, slots=True)
class Cited:
    """The rows that the diagnosis cites."""

    rows: frozenset[Row]

    @property
    def long(self) -> bool:
        """Places are short."""
        return False

    def condition(self) -> pl.Expr:
        """By member and place."""
        return is_any_of(self.rows)

    def label(self, words: Wording) -> str:
        """The same for every case."""
        return words("filter.cited")


def is_any_of(rows: Iterable[Row]) -> pl.Expr:
    """Whether a row is one of these."""
    places: dict[str, list[str]] = {}
    for artifact, place in sorted(rows):
        places.setdefault(artifact, []).append(place)
    same = [(pl.col("artifact") == name) & pl.col("place").is_in(found) for name, found in places.items()]
    return pl.any_horizontal(same).fill_null(value=False) if same else pl.lit(value=False)
