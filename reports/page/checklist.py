"""The support article's lists, answered: pass, fail, ask whom, unknown."""

from __future__ import annotations

from analyzer.model import Check
from reports.page import badges
from reports.page.blocks import Cell, Prose, Section, Table
from reports.page.draft import Draft
from reports.page.inert import anchor

GROUPS = ("quick", "indicator", "after")


def section(draft: Draft) -> Section:
    """A table a list; one without a line is left out."""
    words = draft.words
    columns = tuple(words(f"checklist.{name}") for name in ("question", "answer", "ask_whom", "sources"))
    tables = []
    for group in GROUPS:
        rows = tuple(_row(draft, check) for check in draft.diagnosis.checklist if check.group == group)
        if rows:
            tables.append(Table(words(f"checklist.{group}"), columns, rows))
    return Section("checklist", words("section.checklist"), (Prose(words("checklist.rule"), "note"), *tables))


def _row(draft: Draft, check: Check) -> tuple[Cell, ...]:
    words = draft.words
    question = words(f"check.{check.id}")
    return (
        f"{question} ({words('ledger.reported')})" if check.reported else question,
        badges.answer(words, check.answer),
        words(f"owner.{check.ask_whom}") if check.ask_whom else "",
        draft.cite(anchor("check", check.id), check.sources),
    )
