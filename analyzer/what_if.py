"""What the verdicts would be if some answers were not to be had. Nothing of it is ever kept.

An answer that is left out counts as not judged: it accuses nobody any more, and it acquits nobody either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyzer import measures
from analyzer.diagnose import Judged, conclude, contributors, observed, rank, weighed
from analyzer.knowledge import Knowledge
from analyzer.measures import Inquiry
from analyzer.measures.failure import dialogs_lost
from analyzer.model import Head, Observation, Sight, Verdict
from analyzer.tables import Evidence


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    """One signal's answer on one cause for one subject. Empty texts stand for no account and no user."""

    cause: str
    account: str
    user: str
    signal: str

    @classmethod
    def of(cls, verdict: Verdict, observation: Observation) -> Answer:
        """The name of an observation in a diagnosis."""
        return cls(verdict.cause, verdict.account or "", verdict.user or "", observation.signal)


@dataclass(frozen=True, slots=True)
class Supposition:
    """The verdicts without the answers in ``left_out``."""

    left_out: frozenset[Answer]
    head: Head
    verdicts: tuple[Verdict, ...]
    contributors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that was observed, before causes are weighed: to weigh again takes no look at the evidence."""

    judged: tuple[tuple[Judged, ...], ...]
    failure_known: bool
    dialogs_lost: bool = False

    @classmethod
    def of(cls, evidence: Evidence, pages: Knowledge, inquiry: Inquiry) -> Bench:
        """Observe all again, as the diagnosis did. Takes as long as the diagnosis."""
        surveys = measures.survey(evidence, inquiry)
        judged = tuple(observed(scene, measured, pages) for scene, measured in surveys)
        return cls(judged, any(scene.failure.known for scene, _ in surveys), dialogs_lost(evidence))

    def without(self, left_out: frozenset[Answer]) -> Supposition:
        """Weigh again without these answers; without none, the verdicts are those of the diagnosis."""
        groups = (tuple(_without(one, left_out) for one in judged) for judged in self.judged)
        verdicts = rank(verdict for group in groups for verdict in weighed(group))
        head = conclude(verdicts, failure_known=self.failure_known, dialogs_lost=self.dialogs_lost)
        return Supposition(left_out, head, verdicts, contributors(verdicts, head))


def _without(one: Judged, left_out: frozenset[Answer]) -> Judged:
    subject = (one.cause.id, one.account or "", one.scene.person.label or "")
    kept = tuple(
        replace(o, sight=Sight.BLIND, sources=(), total=0) if Answer(*subject, o.signal) in left_out else o
        for o in one.observations
    )
    return replace(one, observations=kept)
