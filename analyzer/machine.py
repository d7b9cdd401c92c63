"""The machine in a few lines: what an engineer wants to know before reading on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl

from analyzer.citations import cite_details
from analyzer.measures import office
from analyzer.measures.evidence import elements
from analyzer.measures.records import records, source
from analyzer.model import Detail, utc
from analyzer.tables import Evidence

_WEBVIEW2 = "{f3017226-fe2a-4295-8bdf-00c3a9a7e4c5}"
# Name of the detail, end of the key in lower case, value.
_SETTINGS = (
    ("office_build", r"\office\clicktorun\configuration", "versiontoreport"),
    ("office_products", r"\office\clicktorun\configuration", "productreleaseids"),
    ("office_channel", r"\office\clicktorun\configuration", "updatechannel"),
    ("office_platform", r"\office\clicktorun\configuration", "platform"),
    ("time_zone", r"\control\timezoneinformation", "timezonekeyname"),
    ("webview2_version", rf"\edgeupdate\clients\{_WEBVIEW2}", "pv"),
)
_HOST = ("name", "os_build", "ui_locale", "time_zone")


def details(evidence: Evidence) -> tuple[Detail, ...]:
    """Facts about the machine, in order of name."""
    hosts = tuple(_hosts(evidence)) or tuple(_named_by_logs(evidence))
    settings = tuple(_settings(evidence))
    found = (*hosts, *settings, *_builds_known(settings), *_clock_changes(evidence))
    ordered = sorted(dict.fromkeys(found), key=lambda d: (d.name, d.value, d.sources))
    return cite_details(evidence, ordered)


def _hosts(evidence: Evidence) -> Iterator[Detail]:
    for host in elements(evidence, "host"):
        for name in _HOST:
            if value := host.text(name):
                yield Detail({"name": "computer"}.get(name, name), value, (host.source,))


def _named_by_logs(evidence: Evidence) -> Iterator[Detail]:
    """The computer's name as its newest event record tells it: a machine may have been renamed."""
    named = evidence.events.filter(pl.col("computer") != "").select("artifact", "place", "at", "computer")
    for row in named.sort("at", "artifact", "place", nulls_last=False).tail(1).collect().iter_rows(named=True):
        yield Detail("computer", row["computer"], (source(row),))


def _settings(evidence: Evidence) -> Iterator[Detail]:
    named = pl.col("name").str.to_lowercase().is_in([value for _, _, value in _SETTINGS])
    rows = evidence.registry.filter(named).sort("artifact", "place").collect().to_dicts()
    for name, key, value in _SETTINGS:
        for row in rows:
            if row["value"] and row["name"].lower() == value and row["key"].lower().endswith(key):
                yield Detail(name, row["value"], (source(row),))


def _builds_known(settings: tuple[Detail, ...]) -> Iterator[Detail]:
    """The newest day that our table of builds knows of, beside the build that it is compared with."""
    for detail in settings:
        if detail.name == "office_build":
            yield Detail("office_builds_known_until", office.table_date().isoformat(), detail.sources)


def _clock_changes(evidence: Evidence) -> Iterator[Detail]:
    """How often the system set its clock, and the largest step.

    Source: Microsoft-Windows-Kernel-General 1, fields NewTime and OldTime.
    """
    changes = records(evidence, "Microsoft-Windows-Kernel-General", (1,))
    steps = [(step, row) for row in changes if (step := _step(row)) is not None]
    if steps:
        yield Detail("clock_changes", str(len(changes)), (source(changes[0]),))
        largest, row = max(steps, key=lambda s: (abs(s[0]), s[1]["record_id"] or 0))
        yield Detail("largest_clock_change_s", f"{largest.total_seconds():+.0f}", (source(row),))


def _step(row: dict[str, Any]) -> timedelta | None:
    new, old = utc(row["fields"].get("newtime", "")), utc(row["fields"].get("oldtime", ""))
    return new - old if new and old else None
