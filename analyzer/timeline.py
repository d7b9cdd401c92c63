"""Attempts to sign in: what each left behind, and which step broke."""

from __future__ import annotations

from datetime import datetime

from analyzer.citations import cite
from analyzer.measures import Scene
from analyzer.measures.evidence import elements
from analyzer.model import Attempt, Means, Observation, Sight, Source, Verdict
from analyzer.tables import Evidence

# Signals that tell how far an attempt came. A refused token is answered by the mail server itself.
_BROKE_AT_IMAP = ("oauth_refused",)


def attempts(scene: Scene, evidence: Evidence, verdicts: tuple[Verdict, ...]) -> tuple[Attempt, ...]:
    """One attempt a known failure, in order of time; none where no failure is known."""
    return tuple(_attempt(scene, evidence, at, verdicts) for at in scene.failure.times)


def _attempt(scene: Scene, evidence: Evidence, at: datetime, verdicts: tuple[Verdict, ...]) -> Attempt:
    told = tuple(source for source in scene.failure.sources if source.at == at)
    refused = _refusals(scene, at, verdicts)
    return Attempt(
        at=at,
        until=None,
        account=scene.accounts[0] if len(scene.accounts) == 1 else None,
        broke_at="imap" if refused else "unknown",
        prompt_reached=_prompt_reached(evidence),
        sources=tuple(dict.fromkeys((*(cite(evidence, source) for source in told), *refused))),
    )


def _refusals(scene: Scene, at: datetime, verdicts: tuple[Verdict, ...]) -> tuple[Source, ...]:
    near = [window for window in scene.failure.windows if window[0] <= at <= window[1]]
    return tuple(
        source
        for verdict in verdicts
        for o in verdict.observations
        if _tells_imap(o)
        for source in o.sources
        if source.at and any(start <= source.at <= end for start, end in near)
    )


def _tells_imap(observation: Observation) -> bool:
    seen = observation.sight is Sight.SEEN and observation.means is Means.FOR
    return seen and observation.signal in _BROKE_AT_IMAP


def _prompt_reached(evidence: Evidence) -> bool | None:
    """What was reported of a password prompt; None where nobody said, or the answers differ."""
    answers = {said.text("password_prompt").strip().lower() for said in elements(evidence, "reported")} & {"yes", "no"}
    return answers == {"yes"} if len(answers) == 1 else None
