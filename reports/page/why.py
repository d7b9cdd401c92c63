"""Why: all causes by rank, and the evidence ledger of each."""

from __future__ import annotations

from analyzer.model import Verdict
from reports.page import badges
from reports.page.blocks import Block, Card, Cell, Link, Prose, Section, Side, Table
from reports.page.draft import Draft
from reports.page.inert import inert
from reports.page.ledger import ledgers, on


def section(draft: Draft) -> Section:
    """The overview of all causes, then one card each."""
    words, verdicts = draft.words, draft.diagnosis.verdicts
    title = words("section.why")
    if not verdicts:
        return Section("why", title, (Prose(words("why.none")),))
    columns = tuple(words(f"why.{name}") for name in ("rank", "cause", "status", "for", "against", "blind"))
    rows = tuple(_row(draft, place, verdict) for place, verdict in zip(draft.anchors, verdicts, strict=True))
    cards = tuple(_card(draft, place, verdict) for place, verdict in zip(draft.anchors, verdicts, strict=True))
    blocks: tuple[Block, ...] = (Prose(words("why.rule"), "note"), Table(words("why.overview"), columns, rows), *cards)
    return Section("why", title, blocks)


def _row(draft: Draft, place: str, verdict: Verdict) -> tuple[Cell, ...]:
    counts = tuple(str(len(on(verdict, side))) for side in (Side.FOR, Side.AGAINST, Side.BLIND))
    return (
        str(verdict.rank),
        Link(titled(draft, verdict), f"#{place}"),
        badges.status(draft.words, verdict.status),
        *counts,
    )


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
    words = draft.words
    counted = ", ".join(words(f"tally.{side}", n=len(on(verdict, side))) for side in Side)
    return words("why.evidence", tally=counted)
