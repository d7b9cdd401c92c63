"""Whether the user was in the new Outlook for Windows (olk.exe), another product than the one diagnosed here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from analyzer.measures.evidence import Element, Fact, Scene, elements
from analyzer.measures.records import field, records, source
from analyzer.tables import Evidence

_NEW, _CLASSIC = "olk.exe", "outlook.exe"
_TOGETHER = timedelta(minutes=15)  # a crash of the classic Outlook this near speaks of the same attempt


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Which of the two is running, and crashes of the new one alone."""
    new, classic = (_running(evidence, scene, name) for name in (_NEW, _CLASSIC))
    if new and not classic:
        yield Fact("only_new_outlook_runs", (new[0].source,), None, new[0].text("version") or _NEW)
    if classic:
        yield Fact("classic_outlook_runs", (classic[0].source,), None, classic[0].text("version") or _CLASSIC)
    theirs = _crashes(evidence, _CLASSIC)
    for row in _crashes(evidence, _NEW):
        if not any(abs(other["at"] - row["at"]) <= _TOGETHER for other in theirs):
            yield Fact("new_outlook_crash", (source(row),), None, field(row, 3, "modulename"), at=row["at"])


def _running(evidence: Evidence, scene: Scene, name: str) -> list[Element]:
    """Processes of that name that are this person's, or of which nobody is told."""
    found = [process for process in elements(evidence, "processes") if process.text("name").lower() == name]
    return [process for process in found if process.user is None or scene.mine(process.user)]


def _crashes(evidence: Evidence, name: str) -> list[dict[str, Any]]:
    """Source: Application Error 1000; the first field is the program, the fourth the module."""
    rows = records(evidence, "Application Error", (1000,))
    return [row for row in rows if row["at"] and field(row, 0, "appname").lower() == name]
