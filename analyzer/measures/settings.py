"""Settings in the registry for measures: the values of a key by name, of the machine or of the person judged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import polars as pl

from analyzer.measures.evidence import Scene
from analyzer.model import Source
from analyzer.tables import Evidence

Row = dict[str, Any]


def values(evidence: Evidence, scene: Scene, path: str) -> dict[str, Row]:
    """The values of one key (``HKLM\\…`` or ``HKCU\\…``) by their names in lower case; a user's only where theirs."""
    return _values(evidence, scene, (path,))[path.lower()]


def _values(evidence: Evidence, scene: Scene, paths: Iterable[str]) -> dict[str, dict[str, Row]]:
    """The same of several keys, by their paths in lower case."""
    found: dict[str, dict[str, Row]] = {path.lower(): {} for path in paths}
    keys = sorted({path.partition("\\")[2] for path in found})
    rows = evidence.registry.filter(pl.col("key").str.to_lowercase().is_in(keys), pl.col("name").is_not_null())
    for row in rows.sort("artifact", "place").collect().iter_rows(named=True):
        stored = found.get(f"{row['hive']}\\{row['key']}".lower())
        if stored is not None and (row["hive"] == "HKLM" or scene.mine(row["user"])):
            stored.setdefault(row["name"].lower(), row)
    return found


def first(evidence: Evidence, scene: Scene, paths: Iterable[str], name: str) -> Row | None:
    """The value of that name in the first of these keys that has it: the one that wins over the others."""
    found = _values(evidence, scene, paths)
    return next((values[name.lower()] for values in found.values() if name.lower() in values), None)


def text(row: Row | None) -> str:
    """A value's text, stripped; empty where there is none.

    Outlook 2013 and older keep the texts of an account as binary UTF-16. Source: public importers of its profiles.
    """
    told: str = (row or {}).get("value") or ""
    if row and row["kind"] == "REG_BINARY" and re.fullmatch(r"(?:[0-9a-f]{4})+", told, re.IGNORECASE):
        told = bytes.fromhex(told).decode("utf-16-le", "replace").partition("\0")[0]
    return told.strip()


def source(row: Row) -> Source:
    """Where a setting stands. It is in force until it is changed, so the key's own time says nothing of it."""
    return Source(row["artifact"], row["place"])


def cited(*sources: Source) -> tuple[Source, ...]:
    """Each source once, in order of member and place."""
    return tuple(sorted(set(sources), key=lambda s: (s.artifact, s.place)))
