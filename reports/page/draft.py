"""What every section needs to write with: the result, the words, and how things are cited and linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.model import STANDING, Diagnosis, Head, Source, Status, Verdict
from reports.page.blocks import Citation
from reports.page.inert import anchor, inert, moment, quoted
from reports.page.wording import Wording, load

if TYPE_CHECKING:
    from analyzer.pipeline import Result


@dataclass(frozen=True, slots=True)
class Draft:
    """The material of a report. ``anchors`` names each verdict's place in the page, in the order of the verdicts."""

    result: Result
    words: Wording
    hashes: Mapping[str, str]
    anchors: tuple[str, ...]

    @classmethod
    def of(cls, result: Result, lang: str) -> Draft:
        """The draft of a result in one language."""
        hashes = {reading.member.name: reading.member.sha256 for reading in result.bundle.readings}
        return cls(result, load(lang), hashes, _anchors(result.diagnosis.verdicts))

    @property
    def diagnosis(self) -> Diagnosis:
        """What was found."""
        return self.result.diagnosis

    def cite(self, name: str, sources: Sequence[Source]) -> tuple[Citation, ...]:
        """The sources as citations whose anchors are ``name`` and their number."""
        return tuple(self._citation(anchor(name, str(n)), source) for n, source in enumerate(sources, 1))

    def _citation(self, name: str, source: Source) -> Citation:
        return Citation(
            anchor=name,
            member=inert(source.artifact),
            sha256=self.hashes.get(source.artifact, ""),
            place=inert(source.place),
            at=moment(source.at) if source.at else "",
            quote=quoted(source.quote),
        )

    def accused(self, verdict: Verdict) -> bool:
        """Whether this verdict is one of those that make the verdict of the bundle."""
        return verdict.cause in self.diagnosis.head.causes and verdict.status in STANDING

    def to_be_fixed(self) -> tuple[tuple[str, Verdict], ...]:
        """The verdicts whose steps make the fix plan, each with its anchor: what contributes, then the accused.

        An Office that is out of date is updated before the token that it wrote is removed.
        """
        pairs = tuple(zip(self.anchors, self.diagnosis.verdicts, strict=True))
        accused = tuple(pair for pair in pairs if self.accused(pair[1]))
        beside = tuple(
            pair
            for pair in pairs
            if pair[1].cause in self.diagnosis.contributors and pair[1].status in STANDING and pair not in accused
        )
        return beside + accused

    def subject(self, verdict: Verdict) -> str:
        """Whom a verdict is about where it is not the machine: the account, else nothing."""
        return verdict.account or ""

    def sentence(self, head: Head | None, account: str | None = None) -> str:
        """The verdict of the bundle, or of one account, in one sentence."""
        return sentence(self.words, self.diagnosis.verdicts, head, account)


def sentence(words: Wording, verdicts: Sequence[Verdict], head: Head | None, account: str | None = None) -> str:
    """A verdict in one sentence that names its causes by their titles."""
    if head is None:
        return words("head.undetermined")
    named = tuple(filter(None, (_named(verdicts, cause, account) for cause in head.causes)))
    if not named:
        return words(f"head.{head.status}")
    if len(named) > 1:
        confirmed = all(verdict.status is Status.CONFIRMED for verdict in named)
        return words(
            "head.several_confirmed" if confirmed else "head.several",
            titles=", ".join(words("head.title", title=inert(verdict.title)) for verdict in named),
            n=len(named),
        )
    only = named[0]
    return words(f"head.one.{only.status}", title=inert(only.title).rstrip("."))


def _named(verdicts: Sequence[Verdict], cause: str, account: str | None) -> Verdict | None:
    """The best ranked verdict on that cause, of that account where one is asked for."""
    of_cause = tuple(verdict for verdict in verdicts if verdict.cause == cause)
    of_account = tuple(verdict for verdict in of_cause if account and verdict.account == account)
    return next(iter(of_account or of_cause), None)


def _anchors(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for verdict in verdicts:
        seen[verdict.cause] = seen.get(verdict.cause, 0) + 1
        nth = seen[verdict.cause]
        names.append(anchor("cause", verdict.cause, *([str(nth)] if nth > 1 else [])))
    return tuple(names)
