"""Citations: what a person finds at the places that an answer rests on, on one line and cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from analyzer.model import Source, Spread
from analyzer.tables import Evidence
from analyzer.vocabulary import MEASURED

SOURCES_AT_MOST = 20
QUOTE_AT_MOST = 300
_FIELDS_AT_MOST = 12
# Where a place is looked up, by its first word.
_TABLES_BY_PLACE = {
    "record": ("events",),
    "HKLM": ("registry",),
    "HKCU": ("registry",),
    "line": ("log_lines", "facts"),
}


def sources(table: str, rows: pl.DataFrame, evidence: Evidence) -> tuple[Source, ...]:
    """Citations of the first rows, each place once.

    What a measure concluded is cited by what stands in the bundle, with the time that stands there too: the instant
    a conclusion is about need not be that of the record it rests on.
    """
    cited: dict[tuple[str, str], Source] = {}
    for row in rows.iter_rows(named=True):
        where = row["artifact"] or "", row["place"] or ""
        if where[0] and where not in cited:
            measured = table == "facts" and row["name"] in MEASURED
            own = row["at"], _with_log(quote(table, row), evidence, *where)
            cited[where] = Source(*where, *(_original(evidence, *where) if measured else own))
        if len(cited) == SOURCES_AT_MOST:
            break
    return tuple(cited.values())


def spread(rows: pl.DataFrame) -> tuple[Spread, ...]:
    """Where all rows are, file by file in the order of the rows; nothing where each of them is cited."""
    if rows.height <= SOURCES_AT_MOST:
        return ()
    files = (
        rows.filter(pl.col("artifact").is_not_null(), pl.col("place").is_not_null())
        .group_by("artifact", maintain_order=True)
        .agg(pl.len().alias("total"), pl.col("place").first().alias("first"), pl.col("place").last().alias("last"))
    )
    return tuple(Spread(**row) for row in files.head(SOURCES_AT_MOST).iter_rows(named=True))


def cite(evidence: Evidence, source: Source) -> Source:
    """The source with what the bundle itself holds there."""
    return replace(source, quote=_original(evidence, source.artifact, source.place)[1])


def tables_of(place: str) -> tuple[str, ...]:
    """The tables that may hold a row of such a place, the likelier first."""
    return _TABLES_BY_PLACE.get(place.split(" ")[0].split("\\")[0], ("facts",))


def _original(evidence: Evidence, artifact: str, place: str) -> tuple[datetime | None, str]:
    """The time and the words that the bundle itself holds at a place."""
    for table in tables_of(place):
        frame = evidence.tables[table].filter(pl.col("artifact") == artifact, pl.col("place") == place)
        if table == "facts":
            frame = frame.filter(~pl.col("name").is_in(list(MEASURED)))
        rows = frame.head(_FIELDS_AT_MOST).collect().to_dicts()
        if rows:
            said = ", ".join(quote(table, row) for row in rows)
            return rows[0]["at"], _with_log(_cut(said), evidence, artifact, place)
    return None, ""


def _with_log(said: str, evidence: Evidence, artifact: str, place: str) -> str:
    """The quote, with the transaction log a registry row was found in where the hive alone does not show it."""
    if not place.startswith("HK"):
        return said
    told = evidence.named("hive.found_in")
    if told.is_empty():
        return said
    found = told.filter(pl.col("artifact") == artifact, pl.col("place") == place)
    logs = found["value"].drop_nulls().to_list()
    suffix = f" · {', '.join(logs)}" if logs else ""
    return said[: QUOTE_AT_MOST - len(suffix)] + suffix


def quote(table: str, row: Mapping[str, Any]) -> str:
    """What stands at that place, on one line and cut."""
    if table == "events":
        content = row["text"] or row["data"] or ""
        said = f"{row['provider']} {row['event_id']}: {content}"
    elif table == "registry":
        said = f"{row['name'] or '(Default)'} = {row['value']}" if row["name"] is not None else row["key"]
    elif table == "log_lines":
        said = row["text"] or ""
    else:
        number = "" if row["number"] is None else f"{row['number']:g} {row['unit'] or ''}".strip()
        said = f"{row['name']} = {row['value'] if row['value'] is not None else number}"
    return _cut(str(said))


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTE_AT_MOST else flat[: QUOTE_AT_MOST - 1] + "…"
