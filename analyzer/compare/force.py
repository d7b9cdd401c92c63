"""What was changed since BEFORE and is not in force yet: settings that Windows or Outlook reads when it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.citations import cite
from analyzer.compare.nouns import Side, Statement
from analyzer.measures.tls_settings import booted
from analyzer.model import Sight, Source, Verdict

# Source: learn.microsoft.com, "TLS registry settings": changes of Schannel count after a restart of Windows.
_AT_BOOT = "\\securityproviders\\schannel\\"


def not_in_force(before: Side, after: Side) -> Iterator[Statement]:
    """Each changed setting that an accused cause of BEFORE rests on and that waits for a start."""
    accused = [v for v in before.diagnosis.verdicts if v.cause in _blamed(before)]
    began = booted(after.evidence)
    for place in dict.fromkeys(place for verdict in accused for place in _places(verdict)):
        was, now = _row(before, place), _row(after, place)
        if was and now and began and now["at"] and was["value"] != now["value"] and now["at"] > began:
            yield Statement("missing.restart", (("setting", place),), (_cited(before, was),), (_cited(after, now),))
    if "office_outdated" in _blamed(before):
        yield from _older_in_memory(after)


def _blamed(side: Side) -> tuple[str, ...]:
    return (*side.diagnosis.head.causes, *side.diagnosis.contributors)


def _places(verdict: Verdict) -> Iterator[str]:
    for o in verdict.observations:
        if o.sight is Sight.SEEN:
            yield from (source.place for source in o.sources if _AT_BOOT in source.place.lower())


def _row(side: Side, place: str) -> dict[str, Any] | None:
    rows = side.evidence.registry.filter(place=place).head(1).collect()
    return None if rows.is_empty() else rows.row(0, named=True)


def _cited(side: Side, row: dict[str, Any]) -> Source:
    return cite(side.evidence, Source(row["artifact"], row["place"], row["at"]))


def _older_in_memory(after: Side) -> Iterator[Statement]:
    """An Outlook that runs since before its update."""
    for _, measured in after.surveys:
        for row in measured.named("office_older_in_memory").iter_rows(named=True):
            source = Source(row["artifact"] or "", row["place"] or "", row["at"])
            fields = (("running", row["value"] or ""), ("installed", row["subject"] or ""))
            yield Statement("missing.restart_outlook", fields, after=(cite(measured, source),))
