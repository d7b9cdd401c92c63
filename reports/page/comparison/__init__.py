"""A comparison as a page of the same blocks as a report: the answer on one sheet, then what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.compare import Comparison, Machines
from reports.page.blocks import Page, Section
from reports.page.comparison import sections, sheet
from reports.page.comparison.material import Drafts
from reports.page.draft import Draft
from reports.page.inert import inert

if TYPE_CHECKING:
    from analyzer.pipeline import Result

# In the order of reading; a section is a function of the material.
_SECTIONS: tuple[Callable[[Drafts], Section | None], ...] = (
    sheet.section,
    sections.control,
    sections.steps,
    sections.judgements,
    sections.moves,
    sections.changes,
    sections.events,
    sections.gaps,
    sections.provenance,
)


def build(found: Comparison, before: Result, after: Result, lang: str) -> Page:
    """The comparison in one language; the diagnoses of both results must be told in it."""
    drafts = Drafts(found, Draft.of(before, lang), Draft.of(after, lang))
    words = drafts.words
    made = (section(drafts) for section in _SECTIONS)
    return Page(
        lang=lang,
        title=_title(drafts),
        sections=tuple(filter(None, made)),
        colophon=words(
            "comparison.colophon",
            version=after.tool.version,
            before=before.bundle.sha256,
            after=after.bundle.sha256,
        ),
        product=words("comparison.product"),
    )


def every(found: Comparison, before: Result, after: Result, lang: str) -> tuple[Page, ...]:
    """The comparison in that language, then in each other that both diagnoses were told in."""
    told = dict(after.told)
    others = (
        build(found, replace(before, diagnosis=diagnosis), replace(after, diagnosis=told[other]), other)
        for other, diagnosis in before.told
        if other in told
    )
    return (build(found, before, after, lang), *others)


def _title(drafts: Drafts) -> str:
    words = drafts.words
    names = [inert(draft.result.machine or draft.result.bundle.name, 80) for draft in (drafts.before, drafts.after)]
    if drafts.found.machines is Machines.SAME:
        return words("comparison.title", name=names[1])
    return words("comparison.title_two", before=names[0], after=names[1])
