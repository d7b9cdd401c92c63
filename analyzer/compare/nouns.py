"""What a comparison is made of: two sides, statements with their places on both, and the three answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from analyzer.measures import Scene
from analyzer.model import BundleInfo, Diagnosis, Gap, Source, Status
from analyzer.tables import Evidence


class Answer(StrEnum):
    """Whether the fault is cured. Nothing but a login that Google accepted cures, and damage never does."""

    CURED = "cured"
    NOT_CURED = "not_cured"
    CANNOT_TELL = "cannot_tell"


class Machines(StrEnum):
    """Whether both bundles were taken from one machine."""

    SAME = "same"
    TWO = "two"
    UNKNOWN = "unknown"


class StepState(StrEnum):
    """Whether the fact that a step of the fix plan was to change has changed."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two bundles as it was judged; ``surveys`` hold the measured facts of each user judged."""

    bundle: BundleInfo
    diagnosis: Diagnosis
    evidence: Evidence
    surveys: tuple[tuple[Scene, Evidence], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that counts: ``key`` names its sentence, which ``fields`` fill; its places on either side."""

    key: str
    fields: tuple[tuple[str, str], ...] = ()
    before: tuple[Source, ...] = ()
    after: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One control point after the fix: ``pass``, ``fail``, ``ask`` or ``unknown``, of one account or of all."""

    id: str
    answer: str
    account: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for one account (None: nobody knows which). ``reason`` names the sentence that says why."""

    account: str | None
    user: str | None
    answer: Answer
    reason: str
    proofs: tuple[Statement, ...] = ()
    contrary: tuple[Statement, ...] = ()
    missing: tuple[Statement, ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class StepCheck:
    """One step of BEFORE's fix plan, found by its cause, account, user and id, and what became of its fact."""

    cause: str
    account: str | None
    user: str | None
    step: str
    state: StepState
    why: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """The status of one cause on either side; None where the cause was not judged for that subject."""

    cause: str
    account: str | None
    before: Status | None
    after: Status | None


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. None: it is not there, where that was read whole. ``bears`` are causes it concerns."""

    kind: str
    name: str
    before: str | None
    after: str | None
    bears: tuple[str, ...] = ()
    before_source: Source | None = None
    after_source: Source | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one kind of event is on record on either side, and how often AFTER has it newly; None: not told."""

    provider: str
    event_id: int
    before: int
    after: int
    new: int | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """When each bundle was made and how wrong its clock then was; ``since``: BEFORE's end by AFTER's clock.

    Errors are local minus true in seconds, None where nothing measured them. ``moved``: the clock was set in between,
    so that a time alone does not tell what is new.
    """

    before: datetime | None
    after: datetime | None
    before_error_s: float | None
    after_error_s: float | None
    since: datetime | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the views of a comparison draw."""

    answer: Answer
    reason: str
    machines: Machines
    why_machines: str
    clocks: Clocks
    judgements: tuple[Judgement, ...]
    points: tuple[Point, ...]
    steps: tuple[StepCheck, ...]
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]
    events: tuple[Tally, ...]
    gaps_before: tuple[Gap, ...]
    gaps_after: tuple[Gap, ...]
