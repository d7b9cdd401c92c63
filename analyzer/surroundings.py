"""A row of evidence among its neighbours: the record between records, the value in its key, the line between lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from analyzer.citations import quote, tables_of
from analyzer.tables import Evidence
from analyzer.vocabulary import MEASURED

RADIUS = 6
"""How many neighbours are told on either side."""

_KEY_ROWS = 400
# What a person reads first comes first.
_TOLD = {
    "events": ("text", "data", "provider", "event_id", "level", "channel", "record_id", "computer"),
    "registry": ("value", "number", "kind", "name", "key", "hive"),
    "log_lines": ("text", "component", "level"),
}
_LINE = re.compile(r"^line (\d+)$")
_ELEMENT = re.compile(r"^(.*)\[\d+\]$")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One row of the surroundings; ``here`` is the row itself."""

    place: str
    at: datetime | None
    text: str
    here: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A row with all its fields, as they were read, and its neighbours in the order of the artifact.

    ``table`` is where it was found; ``fields`` are the columns that say anything, EventData taken apart.
    """

    table: str
    artifact: str
    place: str
    at: datetime | None
    user: str | None
    fields: tuple[tuple[str, str], ...]
    around: tuple[Neighbour, ...]


def find(evidence: Evidence, artifact: str, place: str) -> Surroundings | None:
    """The row at a place in its surroundings; None where no table holds such a row."""
    for table in tables_of(place):
        here = evidence.tables[table].filter(pl.col("artifact") == artifact, pl.col("place") == place)
        if table == "facts":
            here = here.filter(~pl.col("name").is_in(list(MEASURED)))
        rows = here.collect()
        if rows.height:
            return _surroundings(evidence, table, rows)
    return None


def _surroundings(evidence: Evidence, table: str, rows: pl.DataFrame) -> Surroundings:
    first = rows.row(0, named=True)
    around = {"events": _records, "registry": _key, "log_lines": _lines, "facts": _facts}[table]
    told = [pair for row in rows.iter_rows(named=True) for pair in fields(table, row)]
    at = next((at for at in rows["at"] if at), None)
    neighbours = tuple(around(evidence, first))
    return Surroundings(
        table, first["artifact"] or "", first["place"] or "", at, first["user"], tuple(told), neighbours
    )


# --- the row itself -----------------------------------------------------------------------------------------------


def fields(table: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and content of each column that says anything; artifact, place, time and user are told apart."""
    if table == "facts":
        yield from _fact(row)
        return
    for name in _TOLD[table]:
        if name == "data" and row[name]:
            yield from _data(row[name], told=bool(row["text"]))
        elif row[name] is not None and row[name] != "":
            yield name, str(row[name])
        elif name == "name" and row[name] == "":
            yield name, "(Default)"


def _fact(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    number = "" if row["number"] is None else f"{row['number']:g} {row['unit'] or ''}".strip()
    yield row["name"] or "", row["value"] if row["value"] is not None else number


def _data(text: str, *, told: bool) -> Iterator[tuple[str, str]]:
    """EventData by the names of its fields; as it stands where it is no JSON object.

    Strings without a name are left out where they are ``told`` already, and so is what is null.
    """
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        yield "data", text
        return
    for name, value in held.items():
        if value is None or (told and isinstance(value, dict) and value.keys() == {"#text"}):
            continue
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- its neighbours -----------------------------------------------------------------------------------------------


def _records(evidence: Evidence, row: Mapping[str, Any]) -> Iterator[Neighbour]:
    """The records before and after it in the same log, by record id."""
    same = evidence.events.filter(pl.col("artifact") == row["artifact"])
    record_id = row["record_id"]
    if record_id is None:
        return
    before = same.filter(pl.col("record_id") < record_id).top_k(RADIUS, by="record_id")
    after = same.filter(pl.col("record_id") > record_id).bottom_k(RADIUS, by="record_id")
    here = same.filter(pl.col("place") == row["place"]).head(1)
    rows = pl.concat([before.collect(), here.collect(), after.collect()]).sort("record_id")
    yield from _told("events", rows, row["place"])


def _key(evidence: Evidence, row: Mapping[str, Any]) -> Iterator[Neighbour]:
    """Everything in the same key, its name first."""
    rows = evidence.registry.filter(
        pl.col("artifact") == row["artifact"], pl.col("hive") == row["hive"], pl.col("key") == row["key"]
    )
    found = rows.head(_KEY_ROWS).collect().sort("name", nulls_last=False, maintain_order=True)
    yield from _told("registry", found, row["place"])


def _lines(evidence: Evidence, row: Mapping[str, Any]) -> Iterator[Neighbour]:
    """The lines that were kept around it."""
    yield from _numbered("log_lines", evidence.log_lines, row)


def _facts(evidence: Evidence, row: Mapping[str, Any]) -> Iterator[Neighbour]:
    """The other statements of a command's output, or the other elements of the same list."""
    facts = evidence.facts.filter(~pl.col("name").is_in(list(MEASURED)))
    if _LINE.match(row["place"] or ""):
        yield from _numbered("facts", facts, row)
        return
    element = _ELEMENT.match(row["place"] or "")
    if not element:
        return
    start = f"{element[1]}["
    rows = facts.filter(pl.col("artifact") == row["artifact"], pl.col("place").str.starts_with(start)).collect()
    ordered = rows.sort(pl.col("place").str.len_chars(), "place", maintain_order=True)
    direct = ordered.filter(~pl.col("place").str.slice(len(start)).str.contains(".", literal=True))
    parts = direct.partition_by("place", maintain_order=True)
    for part in parts:
        said = ", ".join(quote("facts", one) for one in part.iter_rows(named=True))
        place = part["place"][0]
        yield Neighbour(place, part["at"][0], said, place == row["place"])


def _numbered(table: str, rows: pl.LazyFrame, row: Mapping[str, Any]) -> Iterator[Neighbour]:
    """Rows whose place is a line, near the line of this one."""
    found = _LINE.match(row["place"] or "")
    if not found:
        return
    number = int(found[1])
    line = pl.col("place").str.extract(_LINE.pattern, 1).cast(pl.Int64, strict=False)
    near = rows.filter(pl.col("artifact") == row["artifact"]).with_columns(line.alias("line"))
    near = near.filter(pl.col("line").is_between(number - RADIUS, number + RADIUS)).sort("line", maintain_order=True)
    yield from _told(table, near.drop("line").collect(), row["place"])


def _told(table: str, rows: pl.DataFrame, place: str) -> Iterator[Neighbour]:
    for row in rows.iter_rows(named=True):
        yield Neighbour(row["place"] or "", row["at"], quote(table, row), row["place"] == place)
