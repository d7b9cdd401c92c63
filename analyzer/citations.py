"""Citations: what a person finds at the places that an answer rests on, on one line and cut."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

import polars as pl

from analyzer.model import Detail, Source, Spread
from analyzer.tables import SCHEMAS, Evidence
from analyzer.vocabulary import MEASURED

Where = tuple[str, str]
"""A member's name and a place in it."""

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
    cited: dict[Where, dict[str, Any]] = {}
    for row in rows.iter_rows(named=True):
        if row["artifact"]:
            cited.setdefault((row["artifact"], row["place"] or ""), row)
        if len(cited) == SOURCES_AT_MOST:
            break
    measured = [where for where, row in cited.items() if table == "facts" and row["name"] in MEASURED]
    originals = _originals(evidence, measured)
    own = ((where, row["at"], _with_log(quote(table, row), evidence, *where)) for where, row in cited.items())
    return tuple(Source(*where, *originals.get(where, (at, said))) for where, at, said in own)


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
    return cite_all(evidence, (source,))[0]


def cite_all(evidence: Evidence, cited: Iterable[Source]) -> tuple[Source, ...]:
    """The sources with what the bundle itself holds there; one look at each table answers for all of them."""
    cited = tuple(cited)
    originals = _originals(evidence, {(source.artifact, source.place) for source in cited})
    return tuple(replace(source, quote=originals[source.artifact, source.place][1]) for source in cited)


def cite_details(evidence: Evidence, details: Iterable[Detail]) -> tuple[Detail, ...]:
    """The details, their sources with what the bundle itself holds there."""
    details = tuple(details)
    cited = iter(cite_all(evidence, (source for detail in details for source in detail.sources)))
    return tuple(replace(detail, sources=tuple(islice(cited, len(detail.sources)))) for detail in details)


def tables_of(place: str) -> tuple[str, ...]:
    """The tables that may hold a row of such a place, the likelier first."""
    return _TABLES_BY_PLACE.get(place.split(" ")[0].split("\\")[0], ("facts",))


def _originals(evidence: Evidence, wheres: Collection[Where]) -> dict[Where, tuple[datetime | None, str]]:
    """The time and the words that the bundle itself holds at each place."""
    found: dict[Where, tuple[datetime | None, str]] = {}
    for table in SCHEMAS:
        asked = {where for where in wheres if table in tables_of(where[1]) and where not in found}
        for where, rows in _rows_at(evidence, table, asked).items():
            said = ", ".join(quote(table, row) for row in rows)
            found[where] = rows[0]["at"], _with_log(_cut(said), evidence, *where)
    return {where: found.get(where, (None, "")) for where in wheres}


def _rows_at(evidence: Evidence, table: str, wheres: Collection[Where]) -> dict[Where, list[dict[str, Any]]]:
    """The first rows at each of these places, in the order of the table."""
    found: dict[Where, list[dict[str, Any]]] = {}
    if not wheres:
        return found
    artifacts, places = (sorted(set(names)) for names in zip(*wheres, strict=True))
    rows = evidence.tables[table].filter(pl.col("place").is_in(places), pl.col("artifact").is_in(artifacts))
    if table == "facts":
        rows = rows.filter(~pl.col("name").is_in(list(MEASURED)))
    for row in rows.collect().iter_rows(named=True):
        where = row["artifact"], row["place"]
        if where in wheres and len(at_place := found.setdefault(where, [])) < _FIELDS_AT_MOST:
            at_place.append(row)
    return found


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
