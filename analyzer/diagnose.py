"""From observations to verdicts: of each cause, of each account, of the bundle. The tables of diagnosis.md 2 and 3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from analyzer.citations import cite_all
from analyzer.fix_plan import plan
from analyzer.knowledge import Cause, Judges, Knowledge, Signal
from analyzer.measures import Scene
from analyzer.measures.failure import dialogs_lost
from analyzer.model import (
    ACCUSED,
    STANDING,
    Account,
    Gap,
    Head,
    Means,
    Observation,
    Outcome,
    Role,
    Sight,
    Source,
    Status,
    Strength,
    Verdict,
)
from analyzer.signals import Subject, observe
from analyzer.tables import Evidence

# Without these four judged, nothing found is nothing known (diagnosis.md 3).
ESSENTIAL = ("stale_token", "webview2_missing", "proxy_misconfigured", "clock_skew")


@dataclass(frozen=True, slots=True)
class Judged:
    """One page observed for one subject, before causes are weighed against each other."""

    cause: Cause
    account: str | None
    scene: Scene
    observations: tuple[Observation, ...]


def judge(scene: Scene, evidence: Evidence, knowledge: Knowledge) -> tuple[Verdict, ...]:
    """The verdict on every cause for one user, account by account where a page says so, ranked."""
    return rank(weighed(observed(scene, evidence, knowledge)))


def observed(scene: Scene, evidence: Evidence, knowledge: Knowledge) -> tuple[Judged, ...]:
    """Every page for one user, account by account where a page says so, before causes are weighed."""
    return tuple(
        Judged(cause, account, scene, _observe(cause, evidence, Subject(scene, account)))
        for cause in knowledge.causes
        for account in _accounts(cause, scene)
    )


def weighed(judged: tuple[Judged, ...]) -> tuple[Verdict, ...]:
    """The verdicts on one user's pages, weighed against each other, not yet ranked."""
    rivals = tuple(one for one in judged if _holds_failure(one))
    return tuple(_verdict(replace(one, observations=_yielded(one, rivals))) for one in judged)


def _accounts(cause: Cause, scene: Scene) -> tuple[str | None, ...]:
    return scene.accounts or (None,) if cause.judges is Judges.ACCOUNT else (None,)


def _observe(cause: Cause, evidence: Evidence, subject: Subject) -> tuple[Observation, ...]:
    return tuple(observe(signal, evidence, subject) for signal in cause.signals)


def _verdict(one: Judged) -> Verdict:
    core = [o for o in one.observations if o.signal in one.cause.core]
    status = weigh(one.observations, one.cause.core)
    return Verdict(
        cause=one.cause.id,
        family=one.cause.family,
        role=one.cause.role,
        status=status,
        title=one.cause.title,
        summary=one.cause.summary,
        observations=one.observations,
        fix=plan(one.cause, one.scene, one.account, one.observations) if status in STANDING else (),
        do_not=one.cause.do_not,
        references=one.cause.references,
        not_this_when=one.cause.not_this_when,
        account=one.account,
        user=one.scene.person.label,
        core_read=all(o.sight is not Sight.BLIND for o in core),
    )


# --- causes weighed against each other ----------------------------------------------------------------------------


def _yielded(one: Judged, rivals: tuple[Judged, ...]) -> tuple[Observation, ...]:
    """The observations, with those that yield lowered to weak where another cause holds the failure."""
    contested = any(_contests(rival, one) for rival in rivals)
    signals = {signal.id: signal for signal in one.cause.signals}
    return tuple(
        replace(o, strength=o.strength.at_most(Strength.WEAK)) if contested and signals[o.signal].yields else o
        for o in one.observations
    )


def _contests(other: Judged, one: Judged) -> bool:
    """Whether both explain the same failure: what befell one account says nothing about another."""
    apart = other.cause is not one.cause and other.cause.role is Role.CAUSE
    return apart and (other.account is None or one.account in (None, other.account))


def _holds_failure(rival: Judged) -> bool:
    """Whether a rival cause has a strong or decisive *for* that was in force at the failure.

    What a person said does not push a measurement aside: "no window came" fits a silent token as well.
    """
    return any(
        o.sight is Sight.SEEN
        and o.means is Means.FOR
        and o.strength in (Strength.DECISIVE, Strength.STRONG)
        and not o.reported
        and _at_failure(signal, o, rival.scene)
        for signal, o in zip(rival.cause.signals, rival.observations, strict=True)
    )


def _at_failure(signal: Signal, observation: Observation, scene: Scene) -> bool:
    """Records must lie near the failure; a measured state must not be older than it; settings stand until changed."""
    if signal.table == "registry" or not scene.failure.known:
        return True
    times = observation.times
    if signal.table == "facts":
        return not times or any(at >= min(start for start, _ in scene.failure.windows) for at in times)
    return any(start <= at <= end for at in times for start, end in scene.failure.windows)


# --- one cause ----------------------------------------------------------------------------------------------------


def weigh(observations: Iterable[Observation], core: tuple[str, ...]) -> Status:
    """The status of one cause: diagnosis.md 2, row by row. Context is never counted."""
    every = tuple(observations)
    pro, contra = _strengths(every, Means.FOR), _strengths(every, Means.AGAINST)
    if Strength.DECISIVE in pro:
        return Status.CONTRADICTORY if Strength.DECISIVE in contra else Status.CONFIRMED
    if Strength.DECISIVE in contra:
        return Status.RULED_OUT
    if Strength.STRONG in pro:
        return Status.POSSIBLE if Strength.STRONG in contra else Status.LIKELY
    if Strength.STRONG in contra:
        return Status.UNLIKELY
    if Strength.WEAK in pro:
        return Status.POSSIBLE
    blind = any(o.signal in core and o.sight is Sight.BLIND for o in every)
    return Status.UNDETERMINED if blind else Status.UNLIKELY


def _strengths(observations: tuple[Observation, ...], means: Means) -> set[Strength]:
    return {o.strength for o in observations if o.sight is Sight.SEEN and o.means is means}


def counts(verdict: Verdict) -> tuple[int, int, int]:
    """How many decisive, strong and weak *for* speak, those of one group once, by the strongest."""
    strongest: dict[str, Strength] = {}
    for number, o in enumerate(verdict.observations):
        if o.sight is Sight.SEEN and o.means is Means.FOR:
            key = o.group or f"\0{number}"
            held = strongest.get(key, Strength.CONTEXT)
            strongest[key] = min(held, o.strength, key=list(Strength).index)
    spoken = list(strongest.values())
    return spoken.count(Strength.DECISIVE), spoken.count(Strength.STRONG), spoken.count(Strength.WEAK)


def rank(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """All verdicts in order: status, then decisive, strong and weak signals, then id, account and user."""
    ordered = sorted(verdicts, key=_order)
    return tuple(replace(verdict, rank=number) for number, verdict in enumerate(ordered, 1))


def _order(verdict: Verdict) -> tuple[int, tuple[int, ...], str, str, str]:
    falling = tuple(-count for count in counts(verdict))
    return list(Status).index(verdict.status), falling, verdict.cause, verdict.account or "", verdict.user or ""


# --- the bundle ---------------------------------------------------------------------------------------------------


def conclude(verdicts: tuple[Verdict, ...], *, failure_known: bool, dialogs_lost: bool = False) -> Head:
    """The verdict over all subjects given, a cause counting once by its best status (diagnosis.md 3).

    Where the dialogs were lost, nobody knows that nothing failed, and no machine is called free of faults.
    """
    best: dict[str, Verdict] = {}
    for verdict in verdicts:
        best.setdefault(verdict.cause, verdict)
    accused = {role: [v for v in best.values() if v.role is role and v.status in ACCUSED] for role in Role}
    if accused[Role.CAUSE]:
        return _accusation(accused[Role.CAUSE])
    if failure_known:
        return _accusation(accused[Role.CONTRIBUTOR])
    healthy = _all_judged(verdicts) and not dialogs_lost
    return Head(Outcome.NO_FAULT_FOUND if healthy else Outcome.UNDETERMINED, ())


def _accusation(accused: list[Verdict]) -> Head:
    """The verdict that causes of one role make; one that contradicts itself contests, but accuses nobody alone."""
    named = _ids(accused, Status.CONFIRMED) or _ids(accused, *ACCUSED)
    if len(named) > 1:
        return Head(Outcome.SEVERAL, named)
    if not named or accused[0].status is Status.CONTRADICTORY:
        return Head(Outcome.UNDETERMINED, ())
    return Head(Outcome.PINPOINTED, named)


def _ids(verdicts: Iterable[Verdict], *statuses: Status) -> tuple[str, ...]:
    return tuple(v.cause for v in verdicts if v.status in statuses)


def _all_judged(verdicts: tuple[Verdict, ...]) -> bool:
    unread = {v.cause for v in verdicts if not v.core_read}
    judged = {v.cause for v in verdicts} - unread
    return judged.issuperset(ESSENTIAL)


def contributors(verdicts: tuple[Verdict, ...], head: Head) -> tuple[str, ...]:
    """Contributors that stand beside the verdict's causes, by rank, each once."""
    named = (v.cause for v in verdicts if v.role is Role.CONTRIBUTOR and v.status in ACCUSED)
    return tuple(cause for cause in dict.fromkeys(named) if cause not in head.causes)


def accounts(scene: Scene, evidence: Evidence, verdicts: tuple[Verdict, ...]) -> tuple[Account, ...]:
    """Each account with its traces and the verdict over what concerns it."""
    return tuple(_account(scene, evidence, address, verdicts) for address in scene.accounts)


def _account(scene: Scene, evidence: Evidence, address: str, verdicts: tuple[Verdict, ...]) -> Account:
    concerned = tuple(v for v in verdicts if v.account in (None, address) and v.user == scene.person.label)
    theirs = [fact for fact in scene.traces if fact.subject in (address, None)]
    targets = tuple(sorted({f.value for f in theirs if f.name == "google_credential" and f.value}))
    cited = sorted({s for fact in theirs for s in fact.sources}, key=_place)
    head = conclude(concerned, failure_known=scene.failure.known, dialogs_lost=dialogs_lost(evidence))
    return Account(address, scene.person.label, targets, cite_all(evidence, cited), head)


def _place(source: Source) -> tuple[str, str]:
    return source.artifact, source.place


def blinded(verdicts: tuple[Verdict, ...]) -> dict[Gap, tuple[str, ...]]:
    """For each gap, the signals it blinds as ``cause.signal``, in order."""
    found: dict[Gap, dict[str, None]] = {}
    for name, gap in _blind_pairs(verdicts):
        found.setdefault(gap, {})[name] = None
    return {gap: tuple(sorted(names)) for gap, names in found.items()}


def _blind_pairs(verdicts: tuple[Verdict, ...]) -> Iterator[tuple[str, Gap]]:
    for verdict in verdicts:
        for o in verdict.observations:
            for gap in o.gaps:
                yield f"{verdict.cause}.{o.signal}", gap
