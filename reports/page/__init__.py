"""The report as a page of blocks, which HTML, terminal and text notes draw without deciding anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from reports.page import checklist, course, loss, plan, provenance, remarks, verdict, why
from reports.page.blocks import Page, Section
from reports.page.draft import Draft
from reports.page.inert import inert

if TYPE_CHECKING:
    from analyzer.pipeline import Result

# In the order of reading; a section is a function of the draft.
_SECTIONS: tuple[Callable[[Draft], Section | None], ...] = (
    verdict.section,
    why.section,
    plan.section,
    remarks.section,
    course.attempts,
    course.accounts,
    course.timeline,
    checklist.section,
    loss.needs,
    loss.gaps,
    provenance.section,
)


def build(result: Result, lang: str) -> Page:
    """The whole report in one language. The same result and language always make the same page."""
    draft = Draft.of(result, lang)
    words = draft.words
    named = inert(result.machine or result.bundle.name, 80)
    return Page(
        lang=lang,
        title=words("page.title", name=named),
        sections=tuple(filter(None, (section(draft) for section in _SECTIONS))),
        colophon=words("page.colophon", version=result.tool.version, sha256=result.bundle.sha256),
    )


def every(result: Result, lang: str) -> tuple[Page, ...]:
    """The report in that language, and then in each other that the diagnosis was told in."""
    others = (build(replace(result, diagnosis=diagnosis), other) for other, diagnosis in result.told)
    return (build(result, lang), *others)
