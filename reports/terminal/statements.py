"""Causes and statements as items of a list: what every screen that shows a ledger needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.text import Text
from textual.widget import Widget

from analyzer.model import Observation, Status, Verdict
from analyzer.what_if import Answer
from reports.page import badges
from reports.page.blocks import Badge, Side, Tone
from reports.page.ledger import on, stated
from reports.page.why import titled
from reports.terminal.investigation import Investigation
from reports.terminal.listing import Item
from reports.terminal.palette import style

SIDES = (Side.FOR, Side.AGAINST, Side.BLIND, Side.CONTEXT)


def key(verdict: Verdict) -> str:
    """What a verdict is found by again after it moved: cause, account and user."""
    return "\t".join((verdict.cause, verdict.account or "", verdict.user or ""))


def causes(widget: Widget, case: Investigation) -> Iterator[Item]:
    """All causes below a heading for each status; one that moved says from where."""
    verdicts = case.supposition.verdicts if case.supposition else case.diagnosis.verdicts
    real = {key(verdict): verdict.status for verdict in case.diagnosis.verdicts}
    for status, group in groupby(verdicts, key=lambda verdict: verdict.status):
        held = tuple(group)
        badge = badges.status(case.words, status)
        yield Item(Text(f"{badge.word} · {len(held)}"))
        yield from (_cause(widget, case, verdict, real.get(key(verdict), status)) for verdict in held)


def _cause(widget: Widget, case: Investigation, verdict: Verdict, real: Status) -> Item:
    badge = badges.status(case.words, verdict.status)
    text = Text(titled(case.draft, verdict), overflow="ellipsis", no_wrap=True)
    if real is not verdict.status:
        was = badges.status(case.words, real)
        text = Text.assemble((f"{was.symbol}→ ", style(widget, was.tone)), text, no_wrap=True, overflow="ellipsis")
    return Item(text, key(verdict), badge.symbol, style(widget, badge.tone))


def statements(widget: Widget, case: Investigation, verdict: Verdict) -> Iterator[Item]:
    """The ledger of one cause, each side below its heading."""
    for side in SIDES:
        found = on(verdict, side)
        if found:
            yield Item(Text(f"{badges.SIDES[side]} {case.words(f'side.{side}')} · {len(found)}"))
        for observation in found:
            yield statement(widget, case, verdict, observation)


def statement(widget: Widget, case: Investigation, verdict: Verdict, observation: Observation) -> Item:
    """One answer: its strength as a symbol, what it says, how many rows it rests on."""
    badge = weight(case, observation)
    out = Answer.of(verdict, observation) in case.left_out
    text = Text(stated(case.draft, observation), "strike" if out else "")
    if out:
        text = Text.assemble((f"{case.words('suppose.out')} ", style(widget, Tone.WARN)), text)
    elif observation.total > 1:
        text.append(f"  ×{observation.total}", style(widget, Tone.QUIET))
    return Item(text, observation.signal, badge.symbol, style(widget, badge.tone))


def weight(case: Investigation, observation: Observation) -> Badge:
    """How far an answer carries, as word and symbol."""
    if observation.sight == "blind":
        return badges.blind(case.words)
    return badges.strength(case.words, observation.strength)


def moved(case: Investigation) -> Iterator[tuple[Verdict, Status, Status]]:
    """The verdicts that stand elsewhere under what is supposed, with what they were and would be."""
    if case.supposition is None:
        return
    real = {key(verdict): verdict.status for verdict in case.diagnosis.verdicts}
    for verdict in case.supposition.verdicts:
        was = real.get(key(verdict), verdict.status)
        if was is not verdict.status:
            yield verdict, was, verdict.status


def find(verdicts: Iterable[Verdict], wanted: str) -> Verdict | None:
    """The verdict of a key."""
    return next((verdict for verdict in verdicts if key(verdict) == wanted), None)


def observation(verdict: Verdict | None, signal: str) -> Observation | None:
    """The answer of a signal."""
    answers: Sequence[Observation] = verdict.observations if verdict else ()
    return next((answer for answer in answers if answer.signal == signal), None)
