"""How measures read the tables, and the facts they give back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from analyzer.model import Failure, Person, Source, utc
from analyzer.tables import Evidence, frame
from analyzer.vocabulary import UNITS
from analyzer.zones import UNKNOWN, Zone

# Outcomes of a collection, as a gap tells them, that say nothing of the artifact being there
_NEVER_THERE = ("missing", "skipped")
# of a number of 64 bits
_MOST_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """One measured statement.

    All ``sources`` are needed for it to be true: it is as doubtful as the most doubtful of them. ``at`` is the time
    the statement is about, by the machine's clock.
    """

    name: str
    sources: tuple[Source, ...]
    subject: str | None = None
    value: str | None = None
    number: float | None = None
    at: datetime | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Whom the diagnosis is for, and what is known of the failure: what most measures need.

    ``settled`` says that no dialog which was lost can tell of another failure than those known.
    ``clock_error_s`` is local minus true time, None where nothing measured it. ``accounts`` are addresses in lower
    case, ``traces`` what each has on the machine. ``collected`` is when the bundle was made, by its own clock.
    ``unjudged`` is how many accounts there are beside those named.
    """

    person: Person
    failure: Failure = Failure()
    clock_error_s: float | None = None
    accounts: tuple[str, ...] = ()
    unjudged: int = 0
    traces: tuple[Fact, ...] = ()
    collected: datetime | None = None
    zone: Zone = UNKNOWN
    settled: bool = True

    def mine(self, user: str | None) -> bool:
        """Whether evidence labelled so is this person's; what nobody is named for is theirs only if nobody is known."""
        return user.lower() in self.person.aliases if user else not self.person.aliases


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list of live/state.json, or one statement of a command: the facts that share a place."""

    source: Source
    user: str | None
    subject: str | None
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The field's text, empty where it was not given."""
        return next(iter(self.texts.get(name, ())), "")


def instant(element: Element, zone: Zone, collected: datetime | None) -> datetime | None:
    """When an element was, by its local time where its reader was not told the zone."""
    local = local_time(element)
    return element.source.at or (zone.of_day(local, collected) if local else None)


def local_time(element: Element) -> datetime | None:
    """The local time that a line begins with, without a zone."""
    local = utc(element.text("local_time") + "Z")
    return local.replace(tzinfo=None) if local else None


def elements(evidence: Evidence, prefix: str) -> tuple[Element, ...]:
    """The elements of one section, such as ``tls_probes`` or ``tls_probes.chain``, in order of member and place.

    Fields are named without the prefix.
    """
    start = prefix + "."
    names = [name for name in evidence.fact_names() if name.startswith(start) and "." not in name[len(start) :]]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in evidence.named(*names).iter_rows(named=True):
        groups.setdefault((row["artifact"] or "", row["place"] or ""), []).append(row)
    return tuple(_element(groups[key], len(start)) for key in sorted(groups, key=natural))


def lost(evidence: Evidence, item: str) -> bool:
    """Whether an artifact was there and was not read whole: damaged, lost on the way, or refused to the collector."""
    gaps = [gap for gap in evidence.gaps if gap.item == item and not gap.reason.startswith(_NEVER_THERE)]
    return bool(gaps) and not evidence.covering(item)


def whole_number(text: str) -> int | None:
    """The number that a text of digits tells; None for any other text, and for digits that no program counts up to."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def natural(key: tuple[str, str]) -> tuple[str, int, str]:
    """Order places as a person counts: ``line 9`` before ``line 10``."""
    return key[0], len(key[1]), key[1]


def _element(rows: list[dict[str, Any]], cut: int) -> Element:
    texts: dict[str, list[str]] = {}
    numbers: dict[str, float] = {}
    for row in rows:
        name = row["name"][cut:]
        if row["value"] is not None:
            texts.setdefault(name, []).append(row["value"])
        if row["number"] is not None:
            numbers[name] = row["number"]
    at = next((row["at"] for row in rows if row["at"]), None)
    subject = next((row["subject"] for row in rows if row["subject"]), None)
    user = next((row["user"] for row in rows if row["user"]), None)
    source = Source(rows[0]["artifact"] or "", rows[0]["place"] or "", at)
    return Element(source, user, subject, {name: tuple(told) for name, told in texts.items()}, numbers)


def tabulate(facts: Iterable[Fact]) -> pl.DataFrame:
    """The facts as rows: one a source, those of one statement sharing a number in ``joined``."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("artifact", "place", "at", "user", "name", "subject", "value", "number", "unit", "joined")
    }
    for number, fact in enumerate(facts, 1):
        for source in fact.sources or (Source("", ""),):
            row = (
                source.artifact or None,
                source.place or None,
                fact.at or source.at,
                fact.user,
                fact.name,
                fact.subject,
                fact.value,
                fact.number,
                UNITS[fact.name] or None,
                number if len(fact.sources) > 1 else None,
            )
            for column, cell in zip(columns.values(), row, strict=True):
                column.append(cell)
    return frame("facts", columns)
