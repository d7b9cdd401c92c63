"""The nouns everybody speaks: sources, gaps, observations, verdicts, and the vocabulary of facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from analyzer.scales import ACCUSED, STANDING, Integrity, Means, Outcome, Role, Sight, Stage, Status, Strength

# imported from here by everybody, as all that stands below is
__all__ = ["ACCUSED", "STANDING", "Integrity", "Means", "Outcome", "Role", "Sight", "Stage", "Status", "Strength"]

# Within these years sums of an instant and a plausible clock error are dates again. Source: FILETIME counts from 1601.
FIRST_YEAR, LAST_YEAR = 1601, 2999
# how far a clock can be wrong at most: from one end of those years to the other
CLOCK_ERROR_MAX_S = (LAST_YEAR - FIRST_YEAR) * 366 * 86_400.0
# no zone is farther from UTC than a day; Windows allows no more. Source: Microsoft Learn, TIME_ZONE_INFORMATION
BIAS_MAX_MINUTES = 24 * 60


class Refusal(Exception):
    """The input or an option cannot be used and the user can act: one line, exit 2."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where a statement can be looked up.

    ``artifact`` is the member's name in the bundle; ``place`` is what a person can find in it:
    ``record 4711``, ``HKCU\\…\\Internet Settings!ProxyEnable``, ``line 812``. ``quote`` is masked.
    """

    artifact: str
    place: str
    at: datetime | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Evidence that is missing, damaged or does not reach far enough.

    ``artifact`` is the member, None when nothing was collected; ``item`` the catalogue id.
    ``lost_at_least`` counts records or lines known to be lost.
    """

    artifact: str | None
    item: str | None
    stage: Stage
    place: str
    reason: str
    lost_at_least: int = 0

    def order(self) -> tuple[str, str, str, str, str, int]:
        """A total order that does not depend on the order of reading."""
        return (self.artifact or "", self.item or "", self.stage, self.place, self.reason, self.lost_at_least)


@dataclass(frozen=True, slots=True)
class Damage:
    """What a parser could not read; its runner turns it into a Gap, and the artifact is no longer whole.

    ``doubts`` lists the places of rows that were read out of damaged bytes: they speak one strength lower.
    ``part`` narrows the damage to one section (of ``live/state.json``) when the rest is untouched.
    """

    place: str
    reason: str
    lost_at_least: int = 0
    doubts: tuple[str, ...] = ()
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """A parser's word that it read something whole, so that absence from it means absence.

    ``part`` is a section of ``live/state.json``, a key for the registry (``HKLM\\SYSTEM``, ``HKCU\\Environment``),
    a channel for an event log, or empty for the whole artifact. ``since`` is the first instant a log reaches
    back to; None means that time does not limit it. ``user`` is whose evidence it is; None for the machine's.
    """

    part: str = ""
    since: datetime | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """A parser's word on what an artifact is, from its content: the catalogue id, and whose it is where that shows."""

    item: str | None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle: its identity, what it is, and whether its bytes are what was collected."""

    name: str
    size_bytes: int
    sha256: str
    integrity: Integrity
    item: str | None = None
    format: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of one member."""

    member: Member
    rows: int
    lost_at_least: int
    whole: bool
    covered: tuple[Covered, ...] = ()
    doubts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Omission:
    """A catalogue item that the collector did not take, and why."""

    item: str
    source_path: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What the bundle is and what was read of it."""

    name: str
    sha256: str
    layout: str
    manifest: str
    ticket: str | None
    host: str | None
    collected_utc: datetime | None
    elevated: bool | None
    network: str
    readings: tuple[Reading, ...]
    omissions: tuple[Omission, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How many rows of one file an answer rests on, and the places of the first and the last of them."""

    artifact: str
    total: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One signal's answer for one subject.

    ``strength`` is the effective one, ``declared`` what the page says. ``total`` counts all matching rows;
    ``sources`` cites the first of them, and where there are more, ``spread`` says in which files all of them are.
    ``times`` are the instants that the cited rows are about; ``gaps`` are the reasons of a blind answer.
    """

    signal: str
    sight: Sight
    means: Means
    strength: Strength
    declared: Strength
    group: str | None
    text: str
    reported: bool = False
    total: int = 0
    sources: tuple[Source, ...] = ()
    gaps: tuple[Gap, ...] = ()
    spread: tuple[Spread, ...] = ()
    times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a fix plan, filled in for this machine. ``imposed_by`` names the group policies behind it.

    ``shown_by`` tells what shows later that it was taken: ``signals``, ``token``, ``login``, or nothing.
    """

    id: str
    owner: str
    do: str
    command: str | None
    elevated: bool
    risk: str
    reversible: bool
    backup: str | None
    undo: str | None
    check: str
    because: tuple[str, ...]
    account: str | None = None
    target: str | None = None
    imposed_by: str | None = None
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one cause for one subject, with everything that was looked at.

    ``account`` is set only for a cause that is judged account by account. ``core_read`` is false where one of the
    signals is blind without which the cause cannot be judged.
    """

    cause: str
    family: str
    role: Role
    status: Status
    title: str
    summary: str
    observations: tuple[Observation, ...]
    fix: tuple[Step, ...] = ()
    do_not: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    not_this_when: str = ""
    account: str | None = None
    user: str | None = None
    core_read: bool = True
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The verdict of a bundle or of an account: which causes make it, by rank."""

    status: Outcome
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One Google mail account seen on the machine."""

    address: str
    user: str | None
    targets: tuple[str, ...]
    sources: tuple[Source, ...]
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that a try to sign in left behind; ``outcome`` says of its station: passed, broke, or nothing: seen."""

    kind: str
    station: str | None
    outcome: str
    source: Source
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in that failed, as far as it left traces.

    ``broke_at`` is the first station that is known not to have been passed, ``unknown`` where nothing tells.
    ``traces`` are in order of time, what a person said last.
    """

    at: datetime
    until: datetime | None
    account: str | None
    broke_at: str
    prompt_reached: bool | None
    sources: tuple[Source, ...]
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One answered line of the article's lists. ``ask_whom`` is an owner, set exactly when the answer is ``ask``.

    ``group`` is ``quick``, ``indicator`` (a symptom: it fails where it is there) or ``after`` (the cure). ``reported``
    says that only a person's word answers it.
    """

    id: str
    group: str
    answer: str
    ask_whom: str | None
    sources: tuple[Source, ...]
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """When the sign-in failed.

    ``windows`` are the instants, as the machine's clock wrote them, between which a record is near a failure.
    ``times`` are the failures themselves as the source of rank ``basis`` tells them.
    """

    basis: str = "unknown"
    times: tuple[datetime, ...] = ()
    windows: tuple[tuple[datetime, datetime], ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def known(self) -> bool:
        """Whether any failure is known at all."""
        return bool(self.times)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the machine: every name their rows may carry, lower case."""

    sid: str | None
    name: str | None
    basis: str = "unknown"

    @property
    def aliases(self) -> frozenset[str]:
        """The labels by which a row of theirs is known."""
        return frozenset(label.lower() for label in (self.sid, self.name) if label)

    @property
    def label(self) -> str | None:
        """The identifier an output names them by."""
        return self.sid or self.name


@dataclass(frozen=True, slots=True)
class Need:
    """Missing evidence that would move the ranking, with the way to get it."""

    item: str
    command: str | None
    ask: str
    would_decide: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One fact about the machine that every reader wants to see."""

    name: str
    value: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the views draw: they decide nothing themselves."""

    head: Head
    verdicts: tuple[Verdict, ...]
    person: Person
    failure: Failure
    accounts: tuple[Account, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    checklist: tuple[Check, ...] = ()
    machine: tuple[Detail, ...] = ()
    gaps: tuple[Gap, ...] = ()
    needs: tuple[Need, ...] = ()
    never: tuple[Need, ...] = ()
    contributors: tuple[str, ...] = ()
    blinds: dict[Gap, tuple[str, ...]] = field(default_factory=dict)


def dated(moment: datetime) -> datetime | None:
    """The instant in UTC; None for one that no Windows can have met: that is damage, or made up, and no time."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def utc(text: str) -> datetime | None:
    """The instant of an ISO 8601 text that carries an offset or Z; None for anything else.

    Fractions longer than microseconds are cut, as Windows writes seven digits.
    """
    head, dot, tail = text.strip().partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        head = f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}"
    try:
        moment = datetime.fromisoformat(head)
        return dated(moment) if moment.tzinfo else None
    except ValueError:
        return None
