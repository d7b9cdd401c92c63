"""Cause pages with one thing changed, and machines kept ready to be judged again by such a page.

A change that the loader refuses, or that no output could show, is no mutant:

- *weak against* and *a signal against that yields, or that needs nothing*: refused;
- the direction of a context signal: it is shown as context whichever way it points;
- what a person said made decisive: it is strong at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from analyzer import diagnose, measures, pipeline
from analyzer.bundle import open_bundle
from analyzer.knowledge import Cause, Knowledge, Signal
from analyzer.measures import Inquiry, Scene
from analyzer.model import BundleInfo, Means, Observation, Sight, Strength, Verdict
from analyzer.pipeline import Options, Result, ToolInfo
from analyzer.signals import Subject, observe
from analyzer.tables import Evidence
from analyzer.vocabulary import is_said
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import Scenario, load_scenario
from tests.scenarios.judgement import Judged, accused, mismatches

SIGHTS = ("seen", "absent", "blind", "unseen")
Surveys = tuple[tuple[Scene, Evidence], ...]
# by evidence, account and signal: a changed page asks little that was not asked before
Answers = dict[tuple[int, str | None, Signal], Observation]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A page with one signal changed; ``original`` is that signal as it was.

    ``weighs`` says that nothing but its strength was changed.
    """

    cause: Cause
    original: Signal
    change: str
    weighs: bool = False

    @property
    def label(self) -> str:
        """What was done to which signal."""
        return f"{self.original.id}: {self.change}"

    def among(self, pages: Knowledge) -> Knowledge:
        """All pages, this one changed."""
        return replace(pages, causes=tuple(self.cause if c.id == self.cause.id else c for c in pages.causes))


def mutants(cause: Cause) -> Iterator[Mutant]:
    """Each signal removed, at each other strength, and the other way round."""
    for signal in cause.signals:
        others = tuple(each for each in cause.signals if each is not signal)
        core = tuple(each for each in cause.core if each != signal.id)
        yield Mutant(replace(cause, signals=others, core=core), signal, "removed")
        for change, changed in _changed(signal):
            page = replace(cause, signals=tuple(changed if each is signal else each for each in cause.signals))
            yield Mutant(page, signal, change, weighs=changed.means is signal.means)


def _changed(signal: Signal) -> Iterator[tuple[str, Signal]]:
    for strength in Strength:
        told = replace(signal, strength=strength)
        if strength is not signal.strength and _loads(told) and _matters(told):
            yield f"{strength} in place of {signal.strength}", told
    turned = replace(signal, means=Means.AGAINST if signal.means is Means.FOR else Means.FOR)
    if signal.strength is not Strength.CONTEXT and _loads(turned):
        yield f"{turned.means} in place of {signal.means}", turned


def _matters(signal: Signal) -> bool:
    return not (_said(signal) and signal.strength is Strength.DECISIVE)


def _loads(signal: Signal) -> bool:
    if signal.means is Means.FOR:
        return bool(signal.needs) or not signal.none
    return signal.strength is not Strength.WEAK and not signal.yields and (bool(signal.needs) or _said(signal))


def _said(signal: Signal) -> bool:
    return any(condition.column == "name" and is_said(str(condition.value)) for condition in signal.where)


@dataclass(frozen=True)
class Machine:
    """A machine that is judged as its scenario expects, with all that a changed page needs to judge it anew."""

    judged: Judged
    surveys: Surveys
    answers: Answers

    def notices(self, mutant: Mutant, pages: Knowledge) -> bool:
        """Whether its [expect] no longer holds once a page is changed."""
        if not self._asks(mutant):
            return False
        verdicts = _verdicts(self.surveys, mutant.among(pages), self.answers)
        head = diagnose.conclude(verdicts, failure_known=self.judged.diagnosis.failure.known)
        changed = replace(self.judged.diagnosis, verdicts=verdicts, head=head)
        return bool(_complaints(replace(self.judged, result=replace(self.judged.result, diagnosis=changed))))

    def _asks(self, mutant: Mutant) -> bool:
        """Whether anything here depends on the signal: an absent one weighs nothing, a blind one has no strength."""
        sights = {o.sight for (_, _, asked), o in self.answers.items() if asked == mutant.original}
        if mutant.change == "removed" and names_signal(self.judged.scenario, mutant, SIGHTS):
            return True
        return Sight.SEEN in sights or (Sight.BLIND in sights and not mutant.weighs)


def names_cause(scenario: Scenario, mutant: Mutant) -> bool:
    """Whether [expect] speaks of the mutant's cause."""
    expect = scenario.expect
    tables = [expect.get(part, {}) for part in ("statuses", *SIGHTS)] + list(expect.get("accounts", {}).values())
    return any(mutant.cause.id in table for table in tables)


def names_signal(scenario: Scenario, mutant: Mutant, sights: tuple[str, ...] = ("seen",)) -> bool:
    """Whether [expect] asks after the signal that was changed."""
    lists = (scenario.expect.get(sight, {}).get(mutant.cause.id, ()) for sight in sights)
    return any(told.partition(":")[0] == mutant.original.id for named in lists for told in named)


def machine(folder: Path, room: Path, pages: Knowledge) -> Machine | None:
    """The machine of ``folder``; None where its [expect] does not hold, so that it can notice nothing."""
    scenario = load_scenario(folder)
    bundle = room / "bundle.zip"
    room.mkdir(parents=True)
    bundle.write_bytes(build_bundle(scenario))
    with open_bundle(bundle, room / "spool") as opened:
        read = pipeline.read(opened, room / "tables", Options(), lambda *_: None)
    evidence = Evidence(_kept(read.tables), read.readings, read.gaps)
    surveys = tuple((scene, Evidence(_kept(e.tables), e.readings, e.gaps)) for scene, e in measures.survey(evidence))
    answers: Answers = {}
    with _remembering(answers, surveys):
        diagnosis = pipeline.diagnose(evidence, pages, Inquiry())
    info = BundleInfo(folder.name, "", "", "", None, None, None, None, "", evidence.readings, ())
    result = Result(diagnosis, info, ToolInfo("", pages.sha256, pages.date, ""))
    judged = Judged(scenario, result, evidence.facts.select("name", "value").collect())
    return None if _complaints(judged) else Machine(judged, surveys, answers)


def _kept(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The tables in memory, because hundreds of questions are asked of them."""
    return {name: table.collect().lazy() for name, table in tables.items()}


def _complaints(judged: Judged) -> list[str]:
    healthy = "verdict" not in judged.scenario.expect and not judged.scenario.expect.get("open")
    return accused(judged) if healthy else mismatches(judged)


@contextmanager
def _remembering(answers: Answers, surveys: Surveys) -> Iterator[None]:
    """Judge as the product does, without measuring or asking twice."""

    def ask(signal: Signal, evidence: Evidence, subject: Subject) -> Observation:
        key = id(evidence), subject.account, signal
        if key not in answers:
            answers[key] = observe(signal, evidence, subject)
        return answers[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnose, "observe", ask)
        patch.setattr(measures, "survey", lambda *_: surveys)
        yield


def _verdicts(surveys: Surveys, pages: Knowledge, answers: Answers) -> tuple[Verdict, ...]:
    with _remembering(answers, surveys):
        return diagnose.rank(v for scene, evidence in surveys for v in diagnose.judge(scene, evidence, pages))
