"""The scales everybody judges by: where evidence was lost, how a question was answered, how far an answer carries."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where on its way a piece of evidence was lost."""

    COLLECT = "collect"
    OPEN = "open"
    PARSE = "parse"
    REACH = "reach"


class Sight(StrEnum):
    """The answer of a signal. Blind is never absent."""

    SEEN = "seen"
    ABSENT = "absent"
    BLIND = "blind"


class Means(StrEnum):
    """Which way a signal points."""

    FOR = "for"
    AGAINST = "against"


class Strength(StrEnum):
    """How far one observation carries, strongest first; context is shown and never counted."""

    DECISIVE = "decisive"
    STRONG = "strong"
    WEAK = "weak"
    CONTEXT = "context"

    def lowered(self) -> Strength:
        """One step weaker; context stays context."""
        steps = list(Strength)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]

    def at_most(self, ceiling: Strength) -> Strength:
        """This strength, or ``ceiling`` where that is weaker."""
        return max(self, ceiling, key=list(Strength).index)


class Status(StrEnum):
    """The verdict on one cause, in the order of rank."""

    CONFIRMED = "confirmed"
    CONTRADICTORY = "contradictory"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNDETERMINED = "undetermined"
    UNLIKELY = "unlikely"
    RULED_OUT = "ruled_out"


ACCUSED = (Status.CONFIRMED, Status.CONTRADICTORY, Status.LIKELY)
"""What makes the verdict of a bundle."""

STANDING = (*ACCUSED, Status.POSSIBLE)
"""What is not thought away: a cure is offered for it."""


class Outcome(StrEnum):
    """The verdict on the whole bundle."""

    PINPOINTED = "pinpointed"
    SEVERAL = "several"
    NO_FAULT_FOUND = "no_fault_found"
    UNDETERMINED = "undetermined"


class Role(StrEnum):
    """A contributor is listed under the pinpointed cause and never contests it."""

    CAUSE = "cause"
    CONTRIBUTOR = "contributor"


class Integrity(StrEnum):
    """A member's bytes against the SHA-256 of the manifest."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNLISTED = "unlisted"
