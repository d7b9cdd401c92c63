"""A bundle in which fifty thousand records answer one question still makes a readable report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analyzer.model import Spread, Strength
from analyzer.signals import Subject, observe
from analyzer.tables import SCHEMAS, Evidence, frame
from reports import html, page
from tests.unit.evidence import asking, scene
from tests.unit.reports import samples
from tests.unit.reports.samples import SYSTEM, with_diagnosis

RECORDS = 50_000
SIGNAL = asking("events", event_id=1000, text="A program crashed.", strength=Strength.STRONG)


def logs(records: int) -> Evidence:
    """Two logs: one record in the first, all others in the second."""
    columns: dict[str, list[Any]] = {
        "artifact": [samples.ALERTS, *[SYSTEM] * (records - 1)],
        "place": [f"record {n}" for n in range(1, records + 1)],
        "event_id": [1000] * records,
        "text": ["msedgewebview2.exe"] * records,
        "provider": ["Application Error"] * records,
    }
    tables = {table: frame(table, columns if table == "events" else {}) for table in SCHEMAS}
    return Evidence.of([], [], **tables)


def test_all_are_counted_twenty_are_cited_and_the_others_named_by_file_hash_and_place() -> None:
    seen = observe(SIGNAL, logs(RECORDS), Subject(scene(), None))
    assert (seen.total, len(seen.sources)) == (RECORDS, 20)
    assert seen.spread == (
        Spread(samples.ALERTS, 1, "record 1", "record 1"),
        Spread(SYSTEM, RECORDS - 1, "record 2", "record 50000"),
    )
    result = with_diagnosis(verdicts=(replace(samples.STALE, observations=(seen,)),))
    text = html.fitted(*(page.build(result, lang) for lang in ("en", "fr")))
    assert len(text.encode()) < 300_000
    assert "50000 rows in all; the first 20 are cited." in text
    assert f"49999 in {SYSTEM} (SHA-256 {'c' * 64}), from record 2 to record 50000." in text


def test_where_each_row_is_cited_nothing_is_added() -> None:
    seen = observe(SIGNAL, logs(20), Subject(scene(), None))
    assert (seen.total, len(seen.sources), seen.spread) == (20, 20, ())
