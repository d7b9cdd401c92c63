"""The columns of each table: where their values come from, how wide they stand, and how a value becomes a text.

Cells are cut where they are read: what goes to the screen is at most ``CELL_CHARS`` long, however long the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import polars as pl

from reports.page.inert import inert

CELL_CHARS = 400
# A piece of JSON: a text, with a colon behind it when it is a name; or a number, true, false, null.
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"?(\s*:)?|([^\s,:{}\[\]"]+)')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class Kind(StrEnum):
    """How a column is drawn."""

    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    # a word of ours, or one of a few known numbers: told in the language of the screen
    WORD = "word"
    # JSON of an event, told as name=value
    DATA = "data"
    # its end says more than its beginning
    PATH = "path"


@dataclass(frozen=True, eq=False)
class Field:
    """A column of a screen.

    ``width`` is in cells, 0 takes what the others leave; ``narrow`` replaces it where there is little room. ``long``
    may hold megabytes. ``heading`` stands above a column that is none of ours. A ``derived`` value stands in other
    fields as it was read.
    """

    name: str
    whole: pl.Expr
    width: int
    kind: Kind = Kind.TEXT
    shown: bool = True
    long: bool = False
    narrow: int | None = None
    heading: str = ""
    derived: bool = False

    @property
    def cut(self) -> pl.Expr:
        """The value as it is read for a cell."""
        texts = self.kind in (Kind.TEXT, Kind.DATA, Kind.PATH)
        value = self.whole.str.head(CELL_CHARS + 1) if texts else self.whole
        return value.alias(self.name)

    @property
    def searchable(self) -> bool:
        """Whether a search looks here; what is put together of other fields is found in those."""
        return self.kind not in (Kind.TIME, Kind.WORD) and not self.derived

    @property
    def searched(self) -> pl.Expr:
        """The value as a text to search in."""
        return self.whole.cast(pl.String)

    @property
    def sorted_by(self) -> pl.Expr:
        """The value to sort by: of a long text its beginning."""
        return self.cut.str.head(48).str.to_lowercase() if self.long else self.whole.alias(self.name)

    def aside(self) -> Field:
        """The same field, not shown until it is asked for."""
        return replace(self, shown=False)


def column(name: str, width: int, kind: Kind = Kind.TEXT, *, long: bool = False, narrow: int | None = None) -> Field:
    """A field that is a column of the table."""
    return Field(name, pl.col(name), width, kind, long=long, narrow=narrow)


def cell(field: Field, value: Any) -> str | datetime | int | None:
    """What a cell holds until it is drawn: texts are harmless already, times and words wait for clock and language."""
    if value is None or field.kind in (Kind.TIME, Kind.WORD):
        return value  # type: ignore[no-any-return]
    if field.kind is Kind.NUMBER:
        return number(value)
    text = flat_json(str(value)) if field.kind is Kind.DATA else str(value)
    return inert(text, CELL_CHARS)


def number(value: float) -> str:
    """As a person writes it: no ``.0`` behind a whole number."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def flat_json(text: str) -> str:
    """``{"Image":"C:\\\\a.exe","Pid":4}`` as ``Image=C:\\a.exe  Pid=4``, though it be cut; any other text as it is."""
    if not text.startswith('{"'):
        return text
    told: list[str] = []
    names: list[str] = []
    for quoted, colon, bare in _PIECE.findall(text):
        if colon:
            # names such as #text are the reader's, not the record's
            names += [] if quoted.startswith("#") else [_plain(quoted)]
            continue
        if quoted or bare not in ("", "null"):
            told.append("=".join((*names[-1:], _plain(quoted.strip()) if quoted else bare)))
        names.clear()
    return "  ".join(told)


def _plain(text: str) -> str:
    joined = _ESCAPE.sub(_unescaped, text)
    # two escapes may be the halves of one character
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _unescaped(found: re.Match[str]) -> str:
    letters = found[1]
    return chr(int(letters[1:], 16)) if len(letters) == 5 else _ESCAPED.get(letters, letters)


# --- the columns of the four tables ---------------------------------------------------------------------------------

AT = column("at", 23, Kind.TIME, narrow=19)
ARTIFACT = column("artifact", 40, Kind.PATH).aside()
PLACE = column("place", 14).aside()
USER = column("user", 24, Kind.PATH).aside()
_SAID = pl.when(pl.col("text").fill_null("") == "").then("data").otherwise("text")

EVENTS = (
    AT,
    column("level", 7, Kind.WORD, narrow=5),
    column("event_id", 6, Kind.NUMBER, narrow=5),
    column("provider", 28, Kind.PATH, narrow=15),
    Field("message", _SAID, 0, Kind.DATA, long=True, derived=True),
    column("channel", 24, Kind.PATH).aside(),
    Field("record_id", pl.col("record_id"), 10, Kind.NUMBER, shown=False, derived=True),
    column("computer", 16).aside(),
    USER,
    PLACE,
    ARTIFACT,
    column("text", 60, long=True).aside(),
    column("data", 60, Kind.DATA, long=True).aside(),
)

_KEY = pl.col("hive") + "\\" + pl.col("key")
REGISTRY = (
    Field("key", _KEY, 42, Kind.PATH, narrow=30),
    column("name", 24, narrow=16),
    column("value", 0, long=True),
    column("kind", 13).aside(),
    AT.aside(),
    column("number", 12, Kind.NUMBER).aside(),
    USER,
    column("place", 40, Kind.PATH).aside(),
    ARTIFACT,
)

LOGS = (
    AT,
    column("level", 8, narrow=6),
    column("component", 20, narrow=12),
    column("text", 0, long=True),
    PLACE,
    USER,
    ARTIFACT,
)

TIMELINE = (
    AT,
    column("table", 9, Kind.WORD),
    column("what", 26, Kind.PATH, narrow=16),
    column("text", 0, Kind.DATA, long=True),
    USER,
    PLACE,
    ARTIFACT,
)
