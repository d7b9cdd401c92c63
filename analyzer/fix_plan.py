"""The fix plan of one cause, filled in with this machine's own entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from string import Formatter

from analyzer.knowledge import Cause, FixStep
from analyzer.measures import Scene
from analyzer.model import Head, Observation, Role, Sight, Step, Verdict
from analyzer.tables import Evidence

# Inside double quotes cmd.exe still reads these, and a program takes a backslash before the closing one as its escape:
# what is about such a name is done by hand.
_UNQUOTABLE = frozenset('"%')


def plan(cause: Cause, scene: Scene, account: str | None, observations: Iterable[Observation]) -> tuple[Step, ...]:
    """The page's steps that something seen justifies, in the page's order, repeated per account or target."""
    seen = {o.signal for o in observations if o.sight is Sight.SEEN}
    wanted = [step for step in cause.fix if not step.because or seen & set(step.because)]
    filled = (made for step in _guarded(wanted) for made in _fill(step, scene, account))
    return tuple(
        replace(
            made,
            id=f"{cause.id}.{number}",
            because=tuple(signal for signal in made.because if signal in seen),
        )
        for number, made in enumerate(filled, 1)
    )


def settled(verdicts: tuple[Verdict, ...], head: Head) -> tuple[Verdict, ...]:
    """The verdicts, each contributor's plan only up to what the plan of an accused cause does as well.

    An update comes before the purge, and the purge once: a contributor's own steps are taken first.
    """
    accused = [v for v in verdicts if v.cause in head.causes]
    targets = {step.target for v in accused for step in v.fix if step.target}
    return tuple(replace(v, fix=_before(v.fix, targets)) if _beside(v, head) else v for v in verdicts)


def attributed(verdicts: tuple[Verdict, ...], evidence: Evidence) -> tuple[Verdict, ...]:
    """The verdicts, each step with the group policies that impose the values it is taken because of.

    Source: gpresult's report; where it was not taken, or does not name the value, nobody is named.
    """
    rows = evidence.named("gpresult.gpo").iter_rows(named=True)
    policies = {(row["subject"] or "").lower(): row["value"] or "" for row in rows}
    return (
        tuple(replace(v, fix=tuple(_imposed(s, v, policies) for s in v.fix)) for v in verdicts)
        if policies
        else verdicts
    )


def _imposed(step: Step, verdict: Verdict, policies: Mapping[str, str]) -> Step:
    places = (s.place.lower() for o in verdict.observations if o.signal in step.because for s in o.sources)
    names = sorted({policies[place] for place in places if place in policies})
    return replace(step, imposed_by=", ".join(names) or None)


def _beside(verdict: Verdict, head: Head) -> bool:
    return verdict.role is Role.CONTRIBUTOR and verdict.cause not in head.causes


def _before(steps: tuple[Step, ...], targets: set[str]) -> tuple[Step, ...]:
    return tuple(takewhile(lambda step: step.target not in targets, steps))


def _guarded(steps: Iterable[FixStep]) -> Iterator[FixStep]:
    """What cannot be undone, and saves nothing by itself, saves again what a step before it saved."""
    saved = ""
    for step in steps:
        if step.id.startswith("back_up"):
            saved = step.command
        yield replace(step, backup=saved) if saved and not step.reversible and not step.backup else step


def _fill(step: FixStep, scene: Scene, account: str | None) -> Iterator[Step]:
    if step.per == "target":
        yield from (_step(step, account, target) for target in _targets(scene, account))
    elif step.per == "account":
        addresses = (account,) if account else scene.accounts or (None,)
        yield from (_step(step, address, None) for address in addresses)
    else:
        yield _step(step, None, None)


def _targets(scene: Scene, account: str | None) -> tuple[str, ...]:
    found = {
        fact.value
        for fact in scene.traces
        if fact.name == "google_credential" and fact.value and (account is None or fact.subject in (account, None))
    }
    return tuple(sorted(found))


def _step(step: FixStep, account: str | None, target: str | None) -> Step:
    names = {"account": account or "Google", "target": target or ""}

    def filled(text: str) -> str:
        return text.format_map(names)

    def command(text: str) -> str | None:
        told = [names[name] for _, name, _, _ in Formatter().parse(text) if name]
        return filled(text) or None if all(map(_quotable, told)) else None

    return Step(
        id=step.id,
        owner=step.owner,
        do=filled(step.do),
        command=_failing_closed(command(step.backup), command(step.command), saves=bool(step.backup)),
        elevated=step.elevated,
        risk=step.risk,
        reversible=step.reversible,
        backup=command(step.backup),
        undo=command(step.undo),
        check=filled(step.check),
        because=step.because,
        account=account,
        target=target,
        shown_by=step.shown_by,
    )


def _quotable(name: str) -> bool:
    controls = any(ord(letter) < ord(" ") for letter in name)
    return not (controls or name.endswith("\\") or _UNQUOTABLE & set(name))


def _failing_closed(backup: str | None, command: str | None, *, saves: bool) -> str | None:
    """The command behind its backup: where nothing was saved, nothing is changed.

    ``&&`` of cmd.exe goes on only after exit code 0; reg, netsh and copy end with another where they saved nothing.
    """
    if command is None or not saves:
        return command
    return f"{backup} && {command}" if backup else None
