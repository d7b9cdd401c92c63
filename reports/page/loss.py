"""What could not be read, which verdicts that weakens, and what to collect next."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.model import Gap, Need
from reports.page.blocks import Block, Cell, Code, Prose, Section, Table
from reports.page.draft import Draft
from reports.page.inert import inert

_ROWS = 200
_NAMED = 6


def gaps(draft: Draft) -> Section:
    """Every gap of the evidence, those that weaken a verdict first."""
    words, found = draft.words, draft.diagnosis.gaps
    if not found:
        return Section("gaps", words("section.gaps"), (Prose(words("gaps.none")),))
    blinding = sorted(found, key=lambda gap: not draft.diagnosis.blinds.get(gap))
    columns = tuple(words(f"gaps.{name}") for name in ("what", "place", "reason", "lost", "blinds"))
    rows = tuple(_gap(draft, gap) for gap in blinding[:_ROWS])
    left = len(found) - len(rows)
    table = Table(words("gaps.caption"), columns, rows, words.count("gaps.more", left) if left else "")
    return Section("gaps", words("section.gaps"), (Prose(words("gaps.rule"), "note"), table))


def _gap(draft: Draft, gap: Gap) -> tuple[Cell, ...]:
    words = draft.words
    blinded = draft.diagnosis.blinds.get(gap, ())
    named = ", ".join(inert(name) for name in blinded[:_NAMED])
    if len(blinded) > _NAMED:
        named += f" (+{len(blinded) - _NAMED})"
    return (
        Code(inert(gap.artifact or gap.item or words("value.unknown"))),
        inert(gap.place),
        f"{words(f'stage.{gap.stage}')}: {inert(words.reason(gap.reason))}",
        words("gaps.at_least", n=gap.lost_at_least) if gap.lost_at_least else "",
        Code(named) if named else "",
    )


def needs(draft: Draft) -> Section:
    """The evidence that would move the ranking most, each with its command and a sentence for the customer.

    Then what the tool that made a foreign bundle never takes: no further bundle of its kind would answer more.
    """
    words, found, diagnosis = draft.words, draft.diagnosis.needs, draft.diagnosis
    titles = {verdict.cause: verdict.title for verdict in diagnosis.verdicts}
    blocks: list[Block] = []
    if found:
        columns = tuple(words(f"next.{name}") for name in ("ask", "command", "would_decide"))
        blocks.append(Table(words("next.caption"), columns, tuple(_need(titles, need) for need in found)))
    if diagnosis.never:
        columns = tuple(words(f"next.{name}") for name in ("item", "ask", "leaves_open"))
        rows = tuple(_beyond(titles, need) for need in diagnosis.never)
        blocks += [Prose(words("next.never_rule"), "note"), Table(words("next.never"), columns, rows)]
    return Section("next", words("section.next"), tuple(blocks) or (Prose(words("next.none")),))


def _beyond(titles: Mapping[str, str], need: Need) -> tuple[Cell, ...]:
    causes = [inert(titles.get(cause, cause)) for cause in need.would_decide]
    more = f" (+{len(causes) - _NAMED})" if len(causes) > _NAMED else ""
    return (Code(need.item), inert(need.ask), " · ".join(causes[:_NAMED]) + more)


def _need(titles: Mapping[str, str], need: Need) -> tuple[Cell, ...]:
    causes = " · ".join(inert(titles.get(cause, cause)) for cause in need.would_decide)
    return (inert(need.ask), Code(inert(need.command)) if need.command else "", causes)
