"""What a cause page says, once it is read: conditions, signals, fix steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analyzer.model import Means, Role, Strength


class Operator(StrEnum):
    """The six comparisons a page may use; frozen (ADR 0003)."""

    IS = "is"
    ANY_OF = "any_of"
    CONTAINS = "contains"
    MATCHES = "matches"
    ABOVE = "above"
    BELOW = "below"


class Judges(StrEnum):
    """For whom a cause is judged: once for the machine, or account by account (ADR 0012)."""

    MACHINE = "machine"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of one column. Texts compare without regard to case, as Windows names do; null never holds."""

    column: str
    operator: Operator
    value: str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needed:
    """An item that must have been read whole, or one part of it: a section, or a key (ADR 0011)."""

    item: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """One question asked of the evidence.

    ``needs`` are all required; the alternatives inside one of them stand for each other. ``asks`` is the question
    in words, shown where it could not be answered.
    """

    id: str
    needs: tuple[tuple[Needed, ...], ...]
    table: str
    where: tuple[Condition, ...]
    means: Means
    strength: Strength
    text: str
    asks: str
    group: str | None = None
    none: bool = False
    near_failure: bool = False
    with_failure: bool = False
    yields: bool = False


@dataclass(frozen=True, slots=True)
class FixStep:
    """One step of the cure; texts may hold ``{account}`` and ``{target}``.

    ``shown_by`` tells what shows in a later bundle that it was taken: its ``signals`` are no longer seen, there is a
    new ``token``, a ``login`` was accepted; empty where no record does. A step per target is shown by its entry.
    """

    id: str
    per: str
    because: tuple[str, ...]
    risk: str
    reversible: bool
    owner: str
    do: str
    check: str
    elevated: bool
    command: str = ""
    backup: str = ""
    undo: str = ""
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One page: a state of the machine or the account that makes the sign-in fail."""

    id: str
    family: str
    role: Role
    judges: Judges
    core: tuple[str, ...]
    title: str
    summary: str
    references: tuple[str, ...]
    not_this_when: str
    do_not: tuple[str, ...]
    signals: tuple[Signal, ...]
    fix: tuple[FixStep, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All pages in one language, and what was read to make them.

    ``asks`` maps a catalogue id to the sentence that asks a customer for it. ``date`` is the newest date on which a
    page was checked against its sources.
    """

    lang: str
    causes: tuple[Cause, ...]
    asks: dict[str, str]
    sha256: str
    date: str

    def find(self, cause_id: str) -> Cause | None:
        """The page of that id; None for an unknown one."""
        return next((cause for cause in self.causes if cause.id == cause_id), None)
