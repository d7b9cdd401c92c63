"""Why: the evidence ledger of each cause, the accused ones first and whole."""

from __future__ import annotations

from analyzer.model import Verdict
from reports.page import badges
from reports.page.blocks import Block, Card, Cell, Link, Prose, Section, Side
from reports.page.draft import Draft
from reports.page.inert import inert
from reports.page.ledger import ledgers, on


def section(draft: Draft) -> Section:
    """One card a cause, by rank: those that make the verdict, then the others."""
    words, verdicts = draft.words, draft.diagnosis.verdicts
    title = words("section.why")
    if not verdicts:
        return Section("why", title, (Prose(words("why.none")),))
    cards = tuple(_card(draft, place, verdict) for place, verdict in zip(draft.anchors, verdicts, strict=True))
    accused = tuple(card for card in cards if card.accused)
    others = tuple(card for card in cards if not card.accused)
    blocks: list[Block] = [Prose(words("why.rule"), "note"), *accused]
    if others:
        blocks += [Prose(words("why.others" if accused else "why.all"), "title"), *others]
    return Section("why", title, tuple(blocks))


def titled(draft: Draft, verdict: Verdict) -> str:
    """The title of a cause with the account it was judged for, where it was."""
    subject = draft.subject(verdict)
    return f"{inert(verdict.title)} · {inert(subject)}" if subject else inert(verdict.title)


def _card(draft: Draft, place: str, verdict: Verdict) -> Card:
    return Card(
        anchor=place,
        cause=verdict.cause,
        title=titled(draft, verdict),
        badge=badges.status(draft.words, verdict.status),
        accused=draft.accused(verdict),
        summary=inert(verdict.summary),
        about=_about(draft, verdict),
        tally=_tally(draft, verdict),
        ledgers=ledgers(draft, verdict, place),
        references=tuple(Link(inert(address), address) for address in verdict.references),
    )


def _about(draft: Draft, verdict: Verdict) -> tuple[tuple[str, Cell], ...]:
    words = draft.words
    rows: list[tuple[str, Cell]] = []
    if verdict.role == "contributor":
        rows.append((words("why.role"), words("why.contributor")))
    if verdict.user:
        rows.append((words("fact.user"), inert(verdict.user)))
    if verdict.not_this_when:
        rows.append((words("why.not_this_when"), inert(verdict.not_this_when)))
    return tuple(rows)


def _tally(draft: Draft, verdict: Verdict) -> str:
    """How much stands on each side that holds anything."""
    words = draft.words
    counted = [(side, len(on(verdict, side))) for side in Side]
    return ", ".join(words.count(f"tally.{side}", n) for side, n in counted if n) or words("tally.none")
