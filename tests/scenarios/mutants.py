"""Cause pages with one thing changed, and machines kept ready to be judged again by such a page.

A change that the loader refuses, or that no output could show, is no mutant:

- *weak against* and *a signal against that yields, or that needs nothing*: refused;
- the direction of a context signal: it is shown as context whichever way it points;
- what a person said made decisive: it is strong at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from analyzer import diagnose, measures, pipeline
from analyzer.bundle import open_bundle
from analyzer.knowledge import Cause, Knowledge, Signal
from analyzer.measures import Inquiry, Scene
from analyzer.measures.failure import dialogs_lost
from analyzer.model import BundleInfo, Diagnosis, Means, Sight, Strength
from analyzer.pipeline import Options, Result, ToolInfo
from analyzer.signals import Subject, observe
from analyzer.tables import Evidence
from analyzer.vocabulary import is_said
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import Scenario, load_scenario
from tests.scenarios.judgement import Judged, accused, mismatches

SIGHTS = ("seen", "absent", "blind", "unseen")


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
    """A machine that is judged as its scenario expects, with all that a changed page needs to judge it anew.

    ``measured`` and ``observed`` are the evidence and every page's answers, for each user that is judged.
    """

    judged: Judged
    measured: tuple[Evidence, ...]
    observed: tuple[tuple[diagnose.Judged, ...], ...]

    def notices(self, mutant: Mutant) -> bool:
        """Whether its [expect] no longer holds once a page is changed."""
        if not self._asks(mutant):
            return False
        verdicts = diagnose.rank(verdict for group in self._changed(mutant) for verdict in diagnose.weighed(group))
        known, lost = self.judged.diagnosis.failure.known, any(map(dialogs_lost, self.measured))
        head = diagnose.conclude(verdicts, failure_known=known, dialogs_lost=lost)
        changed = replace(self.judged.diagnosis, verdicts=verdicts, head=head)
        return bool(_complaints(replace(self.judged, result=replace(self.judged.result, diagnosis=changed))))

    def _asks(self, mutant: Mutant) -> bool:
        """Whether anything here depends on the signal: an absent one weighs nothing, a blind one has no strength."""
        if mutant.change == "removed" and names_signal(self.judged.scenario, mutant, SIGHTS):
            return True
        pages = (one for group in self.observed for one in group if one.cause.id == mutant.cause.id)
        sights = {o.sight for one in pages for o in one.observations if o.signal == mutant.original.id}
        return Sight.SEEN in sights or (Sight.BLIND in sights and not mutant.weighs)

    def _changed(self, mutant: Mutant) -> Iterator[tuple[diagnose.Judged, ...]]:
        for evidence, group in zip(self.measured, self.observed, strict=True):
            yield tuple(_asked(mutant, one, evidence) if one.cause.id == mutant.cause.id else one for one in group)


def _asked(mutant: Mutant, one: diagnose.Judged, evidence: Evidence) -> diagnose.Judged:
    """The changed page's answers: those of its other signals are known."""
    known = {o.signal: o for o in one.observations}
    subject = Subject(one.scene, one.account)
    answers = (
        observe(signal, evidence, subject) if signal.id == mutant.original.id else known[signal.id]
        for signal in mutant.cause.signals
    )
    return replace(one, cause=mutant.cause, observations=tuple(answers))


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
    observed = tuple(diagnose.observed(scene, measured, pages) for scene, measured in surveys)
    diagnosis = _diagnosis(evidence, pages, surveys, observed)
    info = BundleInfo(folder.name, "", "", "", None, None, None, None, "", evidence.readings, ())
    result = Result(diagnosis, info, ToolInfo("", pages.sha256, pages.date, ""))
    judged = Judged(scenario, result, evidence.facts.select("name", "value").collect())
    return None if _complaints(judged) else Machine(judged, tuple(measured for _, measured in surveys), observed)


def _diagnosis(
    evidence: Evidence,
    pages: Knowledge,
    surveys: tuple[tuple[Scene, Evidence], ...],
    observed: tuple[tuple[diagnose.Judged, ...], ...],
) -> Diagnosis:
    """The product's own, without measuring or asking twice."""
    told = iter(observed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "survey", lambda *_: surveys)
        patch.setattr(diagnose, "observed", lambda *_: next(told))
        return pipeline.diagnose(evidence, pages, Inquiry())


def _kept(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The tables in memory, because hundreds of questions are asked of them."""
    return {name: table.collect().lazy() for name, table in tables.items()}


def _complaints(judged: Judged) -> list[str]:
    healthy = "verdict" not in judged.scenario.expect and not judged.scenario.expect.get("open")
    return accused(judged) if healthy else mismatches(judged)
