"""What every part of a comparison's page is written with: both drafts, statements, values, citations of either side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzer.compare import Answer, Change, Comparison, Statement, StepCheck
from analyzer.model import Source, Step
from reports.page.blocks import Badge, Citation, Tone
from reports.page.draft import Draft
from reports.page.inert import anchor, inert, quoted
from reports.page.wording import Wording

# A binary value too long to be compared by eye.
_BINARY = re.compile(r"(?:[0-9a-f]{2}){24,}")
_BEGIN_CHARS = 24
_ANSWERS = {
    Answer.CURED: ("✓", Tone.GOOD),
    Answer.NOT_CURED: ("✕", Tone.BAD),
    Answer.CANNOT_TELL: ("?", Tone.UNSURE),
}


@dataclass(frozen=True, slots=True)
class Drafts:
    """The material: what was found, and a draft of either side's report in the language of the page."""

    found: Comparison
    before: Draft
    after: Draft

    @property
    def words(self) -> Wording:
        """The words of the page's language."""
        return self.before.words


def sentence(words: Wording, reason: str) -> str:
    """Why the answer is what it is, in one sentence."""
    return words(f"comparison.reason.{reason}")


def said(words: Wording, one: Statement) -> str:
    """The sentence of a statement, with what it names."""
    return quoted(words(f"comparison.said.{one.key}", **{name: inert(text) for name, text in one.fields}))


def cite(drafts: Drafts, side: str, name: str, sources: Sequence[Source]) -> tuple[Citation, ...]:
    """Citations that say of which side they are: a member has the same name on both."""
    draft = drafts.before if side == "before" else drafts.after
    side_word = drafts.words(f"comparison.{side}")
    return tuple(
        replace(one, member=drafts.words("comparison.cited", member=one.member, side=side_word))
        for one in draft.cite(anchor(name, side), sources)
    )


def answer(words: Wording, value: Answer) -> Badge:
    """The answer as a badge."""
    return Badge(words(f"comparison.answer.{value}"), *_ANSWERS[value])


def what(drafts: Drafts, one: Change) -> str:
    """What a change is about, with its kind."""
    words = drafts.words
    fact, _, subject = one.name.partition(" (")
    name = words.known("machine", one.name) if one.kind == "build" else words.known("comparison.fact_name", fact)
    told = f"{name} ({subject}" if subject and one.kind != "build" else name
    return inert(words("value.pair", name=words(f"comparison.kind.{one.kind}"), value=told))


def value(words: Wording, value: str | None) -> str:
    """A value of one side; None where it is not there."""
    if value is None:
        return words("comparison.changes.absent")
    if _BINARY.fullmatch(value):
        return words("comparison.changes.binary", begin=value[:_BEGIN_CHARS], bytes=len(value) // 2)
    return words("comparison.changes.listed") if value == "listed" else quoted(value)


def step_of(drafts: Drafts, one: StepCheck) -> Step | None:
    """The step as BEFORE's report tells it in this language."""
    subject = one.cause, one.account, one.user
    verdicts = (v for v in drafts.before.diagnosis.verdicts if (v.cause, v.account, v.user) == subject)
    return next((step for verdict in verdicts for step in verdict.fix if step.id == one.step), None)


def titles_of(drafts: Drafts) -> dict[str, str]:
    """The causes by their titles."""
    return {v.cause: v.title for v in (*drafts.after.diagnosis.verdicts, *drafts.before.diagnosis.verdicts)}
