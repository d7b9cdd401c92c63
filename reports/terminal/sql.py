"""SQL over the four tables: running it, completing it, remembering it, and writing its result to a file.

Only what reads the tables is run: the dialect could also read files and addresses, which no query here may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from analyzer.journal import Journal
from analyzer.model import Refusal
from analyzer.tables import SCHEMAS
from reports.page.inert import inert

SHOWN_ROWS = 100_000
"""So much of a result is held to be shown; a file gets all of it."""

HISTORY = "queries.jsonl"
_REMEMBERED = 500
_READING = re.compile(r"\s*(select|with|from|show|explain)\b", re.IGNORECASE)
# functions of the dialect that open files or addresses
_OPENING = re.compile(r"\b(read|scan)_\w+\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "COUNT", "DISTINCT", "AND", "OR", "NOT", "IS NULL",
    "LIKE", "ILIKE", "BETWEEN", "JOIN", "LEFT JOIN", "ON", "AS", "DESC", "HAVING", "REGEXP", "UNION ALL", "WITH",
)  # fmt: skip
# where a cell begins for some spreadsheet, and would be run as a formula
# Source: "CSV Injection", OWASP
_FORMULA = r"""(^|;)([\s"]*)([=+\-@＝＋－＠])"""


class BadQuery(Exception):
    """The query cannot be run; the message says why, in one harmless line."""


class Refused(BadQuery):
    """The query does more than read the tables."""


class BadName(BadQuery):
    """A file's name ends in what no result is written as."""


class FileTaken(BadQuery):
    """A file of that name is there already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A query and its result: ``rows`` are what is shown, ``whole`` all of them, not worked out yet."""

    query: str
    rows: pl.DataFrame
    whole: pl.LazyFrame

    @property
    def cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.rows.height > SHOWN_ROWS


def run(tables: Mapping[str, pl.LazyFrame], query: str) -> Answer:
    """The result of a query. Raises ``BadQuery``."""
    query = query.strip().rstrip(";")
    bare = _TEXT.sub("''", query)
    if not _READING.match(bare) or _OPENING.search(bare):
        raise Refused(query)
    try:
        whole = pl.SQLContext(frames=dict(tables), eager=False).execute(query)
        return Answer(query, whole.head(SHOWN_ROWS + 1).collect(), whole)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise BadQuery(_first_line(str(error))) from None


def _first_line(message: str) -> str:
    return inert(message.strip().partition("\n")[0], 300)


def write(answer: Answer, path: Path) -> None:
    """Write the whole result as CSV or Parquet, as the name ends.

    Raises ``BadName`` for another ending, ``FileTaken`` for a file that is there already, ``BadQuery`` where the disk
    does not take it.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise BadName(path.suffix)
    if path.exists():
        raise FileTaken(path.name)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            _spreadsheet(answer.whole).sink_csv(part, include_bom=True)
        else:
            answer.whole.sink_parquet(part)
        part.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        part.unlink(missing_ok=True)
        raise BadQuery(_first_line(str(error))) from None


def _spreadsheet(rows: pl.LazyFrame) -> pl.LazyFrame:
    """What a spreadsheet would run as a formula is led by an apostrophe; times are ISO 8601 in UTC; lists are text."""
    told = []
    for name, kind in rows.collect_schema().items():
        value = pl.col(name)
        if kind == pl.String:
            value = value.str.replace_all(_FORMULA, "${1}${2}'${3}")
        elif isinstance(kind, pl.Datetime):
            value = value.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
        elif kind.is_nested():
            value = value.map_elements(str, return_dtype=pl.String)
        told.append(value.alias(name))
    return rows.select(told)


# --- completing ---------------------------------------------------------------------------------------------------


def completions(before: str) -> list[str]:
    """What the word that ends here may become, the likeliest first: columns of the tables named, tables, keywords."""
    found = _WORD.search(before)
    word = found[0].lower() if found else ""
    if not word or before.count("'") % 2:
        return []
    return [name for name in _names(before.lower()) if name.lower().startswith(word) and name.lower() != word]


def _names(query: str) -> Iterator[str]:
    spoken = set(re.findall(r"\w+", query))
    named = [table for table in SCHEMAS if table in spoken]
    tables = list(SCHEMAS)
    columns = list(dict.fromkeys(name for table in named or tables for name in SCHEMAS[table]))
    behind = re.search(r"\b(from|join)\s+\w*$", query)
    yield from dict.fromkeys((*tables, *columns) if behind else (*columns, *tables))
    yield from _KEYWORDS


# --- remembering --------------------------------------------------------------------------------------------------


@dataclass
class History:
    """The queries that were run in a case, also by others; ``older`` and ``newer`` walk through them."""

    folder: Path
    _queries: list[str] = field(default_factory=list)
    _back: int = 0
    _draft: str = ""

    def __post_init__(self) -> None:
        self._journal = Journal(self.folder / HISTORY)
        self.refresh()

    def refresh(self) -> None:
        """Read what was added. A file that cannot be read is an empty one."""
        try:
            told = [str(line["query"]) for line in self._journal.fresh() if "query" in line]
        except Refusal:
            told = []
        self._queries = [*self._queries, *told][-_REMEMBERED:]

    def add(self, query: str) -> None:
        """Remember a query. Raises ``Refusal`` where the disk does not take it."""
        self._back = 0
        self.refresh()
        if query not in self._queries[-1:]:
            self._journal.append({"query": query})
            self.refresh()

    def older(self, typed: str) -> str:
        """The query before; ``typed`` is kept for the way back."""
        if self._back == 0:
            self._draft = typed
        self._back = min(self._back + 1, len(self._queries))
        return self._queries[-self._back] if self._back else typed

    def newer(self, typed: str) -> str:
        """The query after; behind the last comes what was typed."""
        if self._back == 0:
            return typed
        self._back -= 1
        return self._queries[-self._back] if self._back else self._draft
