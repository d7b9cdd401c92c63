"""Event records for measures: found by provider and id, their fields read by name."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from analyzer.model import Source
from analyzer.tables import Evidence


def records(evidence: Evidence, provider: str, ids: tuple[int, ...]) -> list[dict[str, Any]]:
    """Records in order of time, each with its fields under ``fields``; those named alike only in letters and digits.

    Manifests and real records spell a field differently (``CurrentTime(UTC)``, ``Product Name``), so its name is
    kept by its letters and digits in lower case. Source: comparison of manifests with 166 real record shapes.
    """
    rows = evidence.written_by(provider.lower())
    if rows is None:
        return []
    found = rows.filter(pl.col("event_id").is_in(ids)).sort("at", "artifact", "record_id").collect().to_dicts()
    return [row | {"fields": _fields(row["data"])} for row in found]


def _fields(data: str | None) -> dict[str, str]:
    """The named fields of EventData, or of the one element that UserData holds."""
    try:
        raw = json.loads(data or "{}")
    except (ValueError, RecursionError):
        return {}
    if isinstance(raw, dict) and len(raw) == 1 and isinstance(inner := next(iter(raw.values())), dict):
        raw = {k: v for k, v in inner.items() if k != "#attributes"} if "#text" not in inner else {}
    pairs = raw.items() if isinstance(raw, dict) else ()
    return {"".join(c for c in k.lower() if c.isalnum()): str(v) for k, v in pairs if v is not None}


def field(row: dict[str, Any], position: int, name: str) -> str:
    """A field by its name, or by its position in a record whose strings have no names."""
    named: str | None = row["fields"].get(name)
    if named is not None:
        return named
    strings = (row["text"] or "").split("\n")
    return strings[position].strip() if position < len(strings) else ""


def source(row: dict[str, Any]) -> Source:
    """Where a row of any table can be looked up."""
    return Source(row["artifact"], row["place"], row["at"])
