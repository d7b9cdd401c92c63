"""Attempts to sign in: what each left behind, in order, and which station broke.

An attempt ends with what Outlook showed or a person told; where nobody saw it, refusals that follow each other closely
are one. What succeeded is no attempt here: it broke nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from analyzer.citations import SOURCES_AT_MOST, cite_all
from analyzer.measures import Scene
from analyzer.measures.evidence import elements
from analyzer.measures.traces import STATIONS, answers, order, said, states, traces
from analyzer.model import Attempt, Source, Trace, utc
from analyzer.tables import Evidence

# Refusals closer to each other than this are one attempt: Outlook asks for IMAP, then SMTP, and tries again at once.
_TOGETHER = timedelta(minutes=5)
# A program that ended longer than this before the failure did not end because of it (diagnosis.md 4).
_CRASH_BEFORE = timedelta(minutes=2)
# The dialog is written when it is answered: what belongs to it may stand a moment later in another log.
_AFTER = timedelta(seconds=30)
_TOLD = ("case", "option")
_DIALOGS = ("dialog", "dialog_unknown_wording")
_NEAR = timedelta(minutes=15)
# A log may hold months of refusals; what stands at each place is looked up for the newest attempts.
_QUOTED = 30
# Told times are true time and stand beside the machine's; a token's time is its last write, not its first.
_WRITTEN = ("told", "token_written", "identity_written")
_BEFORE_ONLY = ("webview2_crash", "webview2_hang")
_OF_WINDOW = (*_BEFORE_ONLY, "webview2_refused", "webview2_error", "handoff_blocked", "administrator_dialog")
# These show that no page of a sign-in can have come up.
_NO_WINDOW = ("webview2_refused", "webview2_error", "handoff_blocked", "administrator_dialog")
# What alone makes an attempt. A window that broke may have been another program's.
_ALONE = ("log", "token_refused", "password_refused", "google_error", "mail_error", "network_error")


@dataclass(slots=True)
class _Try:
    """An attempt that is being put together, from ``start`` to ``end`` by the machine's clock.

    ``exact`` says that the end is known to the second, not by somebody's memory.
    """

    start: datetime
    end: datetime
    told: tuple[Trace, ...] = ()
    exact: bool = True
    found: list[Trace] = field(default_factory=list)


def attempts(scene: Scene, evidence: Evidence) -> tuple[Attempt, ...]:
    """Every failed attempt that left a trace, in order of time; ``evidence`` holds the measured facts."""
    dated = traces(evidence, scene)
    tries = _ends(scene, evidence, dated)
    left = [trace for trace in dated if not _given(trace, tries)]
    tries += list(_bundled(left))
    tries.sort(key=_end)
    spoken = (*states(evidence), *said(evidence))
    heard = next((one for one in reversed(tries) if one.told), tries[-1] if tries else None)
    found = [_attempt(one, scene, evidence, spoken if one is heard else ()) for one in tries]
    found.sort(key=lambda attempt: (attempt.at, attempt.until or attempt.at, attempt.account or ""))
    return (*found[:-_QUOTED], *(_quoted(attempt, evidence) for attempt in found[-_QUOTED:]))


# --- which traces belong together ---------------------------------------------------------------------------------


def _ends(scene: Scene, evidence: Evidence, dated: tuple[Trace, ...]) -> list[_Try]:
    """What somebody saw fail: the reproduced failure, each dialog, and a told time that no trace is near."""
    basis = scene.failure.basis
    watched = [_reproduced(scene, evidence)] if basis == "reproduced" else []
    shown = [(t, at) for t in dated if t.kind in _DIALOGS and (at := t.source.at)]
    alone = [(t, at) for t, at in shown if not any(one.start <= at <= one.end + _AFTER for one in watched)]
    tries = watched + [_Try(at, at, (t,)) for t, at in alone]
    if basis in _TOLD:
        _tell(scene, tries, [t for t in dated if t.kind in _ALONE])
    return tries


def _reproduced(scene: Scene, evidence: Evidence) -> _Try:
    source, end = scene.failure.sources[0], scene.failure.times[0]
    begun = (utc(e.text("started_utc")) for e in elements(evidence, "case.reproduced"))
    start = min([end, *(at for at in begun if at)])
    return _Try(start, end, (Trace("reproduced", None, "seen", replace(source, at=end)),))


def _tell(scene: Scene, tries: list[_Try], alone: list[Trace]) -> None:
    """Give each told time to the dialog nearest to it, else to the nearest failure in a log, else let it stand."""
    failure = scene.failure
    sources = {source.at: source for source in failure.sources}
    for at, (start, end) in zip(failure.times, failure.windows, strict=True):
        told = Trace("told", None, "seen", replace(sources.get(at, Source("", "")), at=at))
        middle = start + (end - start) / 2
        near = [one for one in tries if start <= one.end <= end]
        if not near:
            logged = [t.source.at for t in alone if t.source.at and start <= t.source.at <= end]
            instant = min(logged, key=lambda moment: abs(moment - middle), default=middle)
            near = [_Try(instant, instant, exact=bool(logged) or end - start <= 2 * _NEAR)]
            tries += near
        nearest = min(near, key=lambda one: abs(one.end - middle))
        nearest.told = (*nearest.told, told)


def _given(trace: Trace, tries: list[_Try]) -> bool:
    """Whether the trace belongs to one of the attempts that somebody saw fail; it is put there.

    It belongs to the first that ends after it, else to the last that ended just before.
    """
    at = trace.source.at
    if at is None or any(trace in one.told for one in tries):
        return True
    ahead = [one for one in tries if one.start - _NEAR <= at <= one.end + _AFTER]
    behind = [one for one in tries if one.end < at <= one.end + _TOGETHER]
    before_only = trace.outcome == "passed" or trace.kind in _BEFORE_ONLY
    one = min(ahead, key=_end, default=None) or (None if before_only else max(behind, key=_end, default=None))
    if one:
        one.found.append(trace)
    return one is not None


def _end(one: _Try) -> datetime:
    return one.end


def _bundled(left: Iterable[Trace]) -> Iterator[_Try]:
    """Attempts that nobody saw: failures that follow each other closely, each account's apart."""
    open_ones: dict[str | None, _Try] = {}
    for trace in left:
        at = trace.source.at
        if at is None or trace.kind not in _ALONE:
            continue
        before = open_ones.get(trace.account)
        if before and at - before.end <= _TOGETHER:
            before.end = at
            before.found.append(trace)
            continue
        if before:
            yield before
        open_ones[trace.account] = _Try(at, at, found=[trace])
    yield from open_ones.values()


# --- one attempt --------------------------------------------------------------------------------------------------


def _attempt(one: _Try, scene: Scene, evidence: Evidence, spoken: tuple[Trace, ...]) -> Attempt:
    course = sorted((*one.told, *one.found), key=order)
    happened = _instants(t for t in course if t.kind not in _WRITTEN)
    at, last = min([one.start, *happened]), max([one.end, *happened])
    sources = dict.fromkeys(t.source for t in (*course, *spoken) if t.source.artifact)
    return Attempt(
        at=at,
        until=last if last > at else None,
        account=_account(course, scene),
        broke_at=_broke_at(one, spoken),
        prompt_reached=_prompt_reached(one, evidence) if spoken else _shown(one),
        sources=tuple(sources)[:SOURCES_AT_MOST],
        traces=(*course, *spoken),
    )


def _quoted(attempt: Attempt, evidence: Evidence) -> Attempt:
    """The attempt with what stands at the places it cites."""
    cited = dict(zip(attempt.sources, cite_all(evidence, attempt.sources), strict=True))
    traces = tuple(replace(t, source=cited.get(t.source, t.source)) for t in attempt.traces)
    return replace(attempt, sources=tuple(cited.values()), traces=traces)


def _instants(some: Iterable[Trace]) -> list[datetime]:
    return [trace.source.at for trace in some if trace.source.at]


def _account(course: list[Trace], scene: Scene) -> str | None:
    """The only account that what failed names, else the only one there is."""
    named = {trace.account for trace in course if trace.account and trace.outcome != "passed"}
    known = named or set(scene.accounts)
    return next(iter(known)) if len(known) == 1 else None


def _broke_at(one: _Try, spoken: tuple[Trace, ...]) -> str:
    """The first station that a record says broke, else what a person said did, or a state that lets it not pass.

    What a person saw come later did not break before.
    """
    recorded = {t.station for t in one.found if t.outcome == "broke" and _counts(t, one)}
    passed = max((STATIONS.index(t.station) for t in spoken if t.station and t.outcome == "passed"), default=-1)
    told = {t.station for t in spoken if t.outcome == "broke" and t.station in STATIONS[passed + 1 :]}
    return next((station for some in (recorded, told) for station in STATIONS if station in some), "unknown")


def _counts(trace: Trace, one: _Try) -> bool:
    """Whether what broke the window did so just before the failure; one that is told of roughly says too little."""
    at = trace.source.at
    if trace.kind not in _OF_WINDOW or at is None:
        return True
    return one.exact and (trace.kind not in _BEFORE_ONLY or one.start - _CRASH_BEFORE <= at <= one.end)


def _prompt_reached(one: _Try, evidence: Evidence) -> bool | None:
    """What was said of a password prompt; where nobody said it, no window is no prompt either."""
    prompts = answers(evidence, "password_prompt") & {"yes", "no"}
    if len(prompts) == 1:
        return prompts == {"yes"}
    if not prompts and answers(evidence, "sign_in_window") == {"none"}:
        return False
    return None if prompts else _shown(one)


def _shown(one: _Try) -> bool | None:
    """False where a record shows that no window can have come up; that one did come up no record shows."""
    return False if any(t.kind in _NO_WINDOW and _counts(t, one) for t in one.found) else None
