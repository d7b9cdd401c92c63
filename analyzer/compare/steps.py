"""Each step of BEFORE's fix plan, and whether the fact that it was to change has changed.

A credential's own entry tells by being gone or written anew. The page of a cause says of any other step what shows it:
a new token, an accepted login, or the signals that justified it, asked again of AFTER. Of those only states tell:
settings, files, lists, what the running system answered. That a log has no such record again proves no step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.citations import cite
from analyzer.compare.nouns import Judgement, Side, Statement, StepCheck, StepState
from analyzer.compare.passage import Passage
from analyzer.compare.tokens import Fate, Token
from analyzer.model import STANDING, Gap, Observation, Sight, Source, Step, Strength, Verdict

# What tells how things are now; anything else, as logs do, tells what once happened.
_STATES = ("hive", "reg_export", "live_state", "command_text", "hosts", "clixml", "xml")
_FATES = {
    Fate.GONE: StepState.VERIFIED,
    Fate.RENEWED: StepState.VERIFIED,
    Fate.NEW: StepState.VERIFIED,
    Fate.SAME: StepState.NOT_VERIFIED,
    Fate.UNDATED: StepState.CANNOT_TELL,
    Fate.UNREAD: StepState.CANNOT_TELL,
}


@dataclass(frozen=True, slots=True)
class Later:
    """What is known since BEFORE: AFTER, the tokens of both sides, and the answer of each account."""

    after: Side
    passage: Passage
    tokens: tuple[Token, ...]
    judgements: tuple[Judgement, ...]


def checks(before: Side, later: Later) -> tuple[StepCheck, ...]:
    """Every step of the plan, in its order."""
    found = []
    for verdict in planned(before):
        for step in verdict.fix:
            state, why = _check(verdict, step, later)
            found.append(StepCheck(verdict.cause, verdict.account, verdict.user, step.id, state, why))
    return tuple(found)


def planned(side: Side) -> tuple[Verdict, ...]:
    """The verdicts whose steps make the plan: what contributes, then the accused, as the report has them."""
    head, verdicts = side.diagnosis.head, side.diagnosis.verdicts
    accused = [v for v in verdicts if v.cause in head.causes and v.status in STANDING]
    beside = [
        v for v in verdicts if v.cause in side.diagnosis.contributors and v.status in STANDING and v not in accused
    ]
    return (*beside, *accused)


def counterpart(side: Side, verdict: Verdict) -> Verdict | None:
    """The verdict on the same cause and subject of another side; a user is the same by either name."""
    same = [v for v in side.diagnosis.verdicts if v.cause == verdict.cause and v.account == verdict.account]
    mine = [v for v in same if v.user == verdict.user]
    return next(iter(mine or same), None)


_Told = tuple[StepState, tuple[Statement, ...]]


def _check(verdict: Verdict, step: Step, later: Later) -> _Told:
    if step.target:
        return _of_target(step.target, later.tokens)
    if step.shown_by in ("token", "login"):
        return _of_points(step, later.judgements)
    return _of_signals(verdict, step, later) if step.shown_by else _silent()


def _silent() -> _Told:
    return StepState.CANNOT_TELL, (Statement("step.no_trace"),)


def _of_points(step: Step, judgements: tuple[Judgement, ...]) -> _Told:
    """What the control points of its account say, or those of every account where it is for none."""
    mine = [j for j in judgements if step.account in (None, j.account)]
    points = [point for j in mine for point in j.points if point.id.startswith(f"{step.shown_by}_")]
    answers = {point.answer for point in points}
    sources = tuple(source for point in points for source in point.sources)
    if "fail" in answers:
        return StepState.NOT_VERIFIED, (Statement(f"step.{step.shown_by}.not_verified", after=sources),)
    if answers == {"pass"}:
        return StepState.VERIFIED, (Statement(f"step.{step.shown_by}.verified", after=sources),)
    return StepState.CANNOT_TELL, (Statement(f"step.{step.shown_by}.cannot_tell", after=sources),)


def _of_signals(verdict: Verdict, step: Step, later: Later) -> _Told:
    answered = [one for o in _justifying(verdict, step) for one in _asked_again(verdict, o, later.after, later.passage)]
    for state in (StepState.NOT_VERIFIED, StepState.CANNOT_TELL, StepState.VERIFIED):
        told = tuple(statement for found, statement in answered if found is state)
        if told and (state is not StepState.CANNOT_TELL or not _decided(answered)):
            return state, told
    return _silent()


def _decided(answered: list[tuple[StepState, Statement]]) -> bool:
    """Whether a state tells, so that a mere record beside it need not."""
    open_ones = {s.key for found, s in answered if found is StepState.CANNOT_TELL}
    return any(found is StepState.VERIFIED for found, _ in answered) and open_ones <= {"step.record", "step.old_record"}


def _of_target(target: str, some: tuple[Token, ...]) -> _Told:
    token = next((one for one in some if one.target.lower() == target.lower()), None)
    if token is None:
        return StepState.CANNOT_TELL, (Statement("step.entry.unread", (("target", target),)),)
    places = tuple((one,) if one else () for one in (token.before, token.after))
    return _FATES[token.fate], (Statement(f"step.entry.{token.fate}", (("target", target),), *places),)


def _justifying(verdict: Verdict, step: Step) -> Iterator[Observation]:
    """What was seen and counted for the step; that something merely is there, a cure need not change."""
    for o in verdict.observations:
        if o.signal in step.because and o.sight is Sight.SEEN and o.declared is not Strength.CONTEXT:
            yield o


def _asked_again(
    verdict: Verdict, was: Observation, after: Side, passage: Passage
) -> Iterator[tuple[StepState, Statement]]:
    twin = counterpart(after, verdict)
    now = next((o for o in twin.observations if o.signal == was.signal), None) if twin else None
    fields = (("signal", was.signal),)
    cited = was.sources[:1]
    if now is None or now.sight is Sight.BLIND:
        unread = tuple(_gap_source(gap) for gap in (now.gaps if now else ())[:1])
        yield StepState.CANNOT_TELL, Statement("step.unread", fields, cited, unread)
    elif now.sight is Sight.SEEN:
        fresh = [s for s in now.sources if not _of_log(after, s.artifact) or passage.is_new(s, s.at)]
        key = "step.still" if fresh else "step.old_record"
        state = StepState.NOT_VERIFIED if fresh else StepState.CANNOT_TELL
        yield state, Statement(key, fields, cited, tuple((fresh or now.sources)[:1]))
    elif any(_of_log(passage.before, source.artifact) for source in was.sources) or was.reported:
        yield StepState.CANNOT_TELL, Statement("step.record", fields, cited)
    else:
        yield StepState.VERIFIED, Statement("step.changed", fields, cited, tuple(_there_now(was, after)))


def _of_log(side: Side, artifact: str) -> bool:
    reading = side.evidence.reading(artifact)
    return reading is None or reading.member.format not in _STATES


def _gap_source(gap: Gap) -> Source:
    return Source(gap.artifact or gap.item or "", gap.place, None, gap.reason)


def _there_now(was: Observation, after: Side) -> Iterator[Source]:
    """What stands now at the place of a setting that BEFORE cites."""
    for source in was.sources[:1]:
        rows = after.evidence.registry.filter(place=source.place).head(1).collect() if _is_key(source) else None
        if rows is not None and not rows.is_empty():
            yield cite(after.evidence, Source(rows["artifact"][0], source.place, rows["at"][0]))


def _is_key(source: Source) -> bool:
    return source.place.upper().startswith("HK")
