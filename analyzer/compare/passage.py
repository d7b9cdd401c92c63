"""Whether both sides are one machine, which came first, and what AFTER has that is newer than BEFORE.

Records carry the machine's own time. BEFORE's end is told in AFTER's time by the errors that were measured on both
sides. Where the clock was set in between, an old record may carry any time: then only what stands neither in BEFORE's
copy of the same thing, read whole, nor can be older by either clock is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl

from analyzer.compare.nouns import Clocks, Machines, Side
from analyzer.measures import people
from analyzer.measures.clock import RIGHT_S
from analyzer.measures.evidence import Element, elements
from analyzer.model import ACCUSED, CLOCK_ERROR_MAX_S, Refusal, Source

_RECORD = ("channel", "record_id", "provider", "event_id", "at")
# NetBIOS keeps so many letters of a computer's name. Source: learn.microsoft.com, naming conventions for computers.
_NETBIOS_CHARS = 15


def machines(before: Side, after: Side) -> tuple[Machines, str]:
    """Whether both were taken from one machine, and the name of the sentence that says by what.

    A name alone may be given to two machines, and clones share old records: both must not contradict each other.
    """
    names = _host(before), _host(after)
    shared = _share_records(before, after)
    if not all(names):
        return (Machines.SAME, "records") if shared else (Machines.UNKNOWN, "no_name")
    if names[0] != names[1]:
        return (Machines.UNKNOWN, "renamed") if shared else (Machines.TWO, "names")
    domains = _domains(before), _domains(after)
    if all(domains) and not domains[0] & domains[1] and not shared:
        return Machines.UNKNOWN, "strangers"
    return Machines.SAME, "names"


def host(side: Side) -> str | None:
    """The machine's name, as the report tells it."""
    recorded = (detail.value for detail in side.diagnosis.machine if detail.name == "computer")
    return side.bundle.host or next(recorded, None)


def _host(side: Side) -> str:
    return (host(side) or "").partition(".")[0].lower()[:_NETBIOS_CHARS]


def _domains(side: Side) -> set[str]:
    """The machines or domains that issued the SIDs of the people."""
    sids = (person.sid for person in people.people(side.evidence) if person.sid)
    return {sid.rpartition("-")[0].lower() for sid in sids if sid.upper().startswith("S-1-5-21-")}


def _share_records(before: Side, after: Side) -> bool:
    """Whether one event record stands in both: no two machines write the same number at the same microsecond."""
    some = [side.evidence.events.select(_RECORD).drop_nulls() for side in (before, after)]
    joined = some[0].join(some[1], on=list(_RECORD), how="semi", nulls_equal=False)
    return not joined.head(1).collect().is_empty()


# --- the clocks ---------------------------------------------------------------------------------------------------


def clocks(before: Side, after: Side) -> Clocks:
    """When each was made and by what clock."""
    ends, errors = (_made(before), _made(after)), (_error_s(before), _error_s(after))
    known = errors[0] is not None and errors[1] is not None
    shift = (errors[1] or 0.0) - (errors[0] or 0.0) if known else 0.0
    # what no clock can be moved by is damage, or made up: then no date is its sum
    bounded = max(-CLOCK_ERROR_MAX_S, min(shift, CLOCK_ERROR_MAX_S))
    doubted = not known and any(v.cause == "clock_skew" and v.status in ACCUSED for v in before.diagnosis.verdicts)
    since = ends[0] + timedelta(seconds=bounded) if ends[0] else None
    return Clocks(*ends, *errors, since, moved=doubted or abs(shift) >= RIGHT_S)


def _made(side: Side) -> datetime | None:
    """The end of the collection by the machine's clock; None where nothing tells it."""
    told = [scene.collected for scene, _ in side.surveys if scene.collected]
    return max([*told, *([side.bundle.collected_utc] if side.bundle.collected_utc else [])], default=None)


def _error_s(side: Side) -> float | None:
    return next((scene.clock_error_s for scene, _ in side.surveys), None)


def refuse_wrong_order(found: Clocks) -> None:
    """Raises ``Refusal`` where AFTER was made before BEFORE, by true time as far as the clocks were measured.

    Where a suspected clock was not measured on both sides, nobody knows the order.
    """
    measured = found.before_error_s is not None and found.after_error_s is not None
    if found.moved and not measured:
        return
    if found.since and found.before and found.after and found.after < found.since:
        told = f"{found.after:%Y-%m-%d %H:%M:%S} UTC", f"{found.before:%Y-%m-%d %H:%M:%S} UTC"
        raise Refusal(f"AFTER was collected at {told[0]}, before BEFORE at {told[1]}: give the older bundle first")


# --- what is new --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passage:
    """What lies between the two bundles of one machine."""

    before: Side
    after: Side
    clocks: Clocks

    def later(self, at: datetime | None) -> bool:
        """Whether a time of AFTER is past BEFORE's end whichever clock wrote it."""
        since, made = self.clocks.since, self.clocks.before
        if at is None or since is None or made is None:
            return False
        return at > (max(since, made) if self.clocks.moved else since)

    def is_new(self, source: Source, at: datetime | None) -> bool:
        """Whether a record or setting of AFTER came after BEFORE: by its time, else as BEFORE's copy lacks it."""
        if self._known_before(source):
            return False
        if self.later(at):
            return True
        judged_by_time = self.clocks.since is not None and not self.clocks.moved
        return not (judged_by_time and at is not None) and self._whole_before(source.artifact)

    def may_be_new(self, source: Source, at: datetime | None) -> bool:
        """Whether nothing shows that it is old: by one clock at least it is later, or it bears no time."""
        since, made = self.clocks.since, self.clocks.before
        if self._known_before(source):
            return False
        if at is None or since is None or made is None:
            return True
        return at > (min(since, made) if self.clocks.moved else since)

    def had_login(self, login: Element) -> bool:
        """Whether BEFORE has the same authentication: a log grows at its end, so that a line keeps its number."""
        return _told(login) in self._logins_before

    @cached_property
    def _logins_before(self) -> frozenset[tuple[str, ...]]:
        return frozenset(_told(login) for login in elements(self.before.evidence, "mail_login"))

    def _known_before(self, source: Source) -> bool:
        """Whether BEFORE has the same event record: a log's records keep their number and time."""
        if not source.place.startswith("record ") or source.at is None:
            return False
        same = self.before.evidence.events.filter(pl.col("place") == source.place, pl.col("at") == source.at)
        item = self._item(source.artifact)
        rows = same.select("artifact").unique().collect()["artifact"].to_list()
        return any(_item_of(self.before, artifact) == item for artifact in rows)

    def _whole_before(self, artifact: str) -> bool:
        """Whether BEFORE held all there was of such a thing, or was told that there was none."""
        item = self._item(artifact)
        if item is None:
            return False
        files = [r for r in self.before.evidence.readings if r.member.item == item]
        return all(r.covered for r in files) if files else self._told_missing(item)

    def _told_missing(self, item: str) -> bool:
        """Whether the collector, as this person, found none: another user's folders say nothing about theirs."""
        missing = [o for o in self.before.bundle.omissions if o.item == item]
        collector = {value for host in elements(self.before.evidence, "host") for value in host.texts.get("sid", ())}
        mine = any(scene.person.sid in collector for scene, _ in self.before.surveys)
        return bool(missing) and mine and all(o.outcome == "missing" for o in missing)

    def _item(self, artifact: str) -> str | None:
        return _item_of(self.after, artifact)


def _item_of(side: Side, artifact: str) -> str | None:
    reading = side.evidence.reading(artifact)
    return reading.member.item if reading else None


def _told(login: Element) -> tuple[str, ...]:
    """By what an authentication is known again in a longer copy of its log."""
    name = login.source.artifact.replace("\\", "/").rpartition("/")[2].lower()
    words = (login.text(field) for field in ("local_time", "account", "method", "answer", "response"))
    return name, login.source.place, *words
