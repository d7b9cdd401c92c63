"""From what, and by what, this report was made: enough to make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.second_reading import counts
from reports.page.blocks import Block, Cell, Code, Pairs, Prose, Section, Table
from reports.page.draft import Draft
from reports.page.inert import inert, moment

if TYPE_CHECKING:
    from analyzer.model import Reading

_ROWS = 400


def section(draft: Draft) -> Section:
    """Tool, knowledge, bundle, every member with its hash, and what the collector left out."""
    words, bundle = draft.words, draft.result.bundle
    blocks: list[Block] = [Pairs(_identity(draft)), _members(draft)]
    if bundle.omissions:
        columns = tuple(words(f"omissions.{name}") for name in ("item", "path", "outcome", "reason"))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                inert(omission.item),
                Code(inert(omission.source_path)),
                words.known("omitted", omission.outcome),
                inert(words.reason(omission.reason)),
            )
            for omission in bundle.omissions
        )
        blocks.append(Table(words("omissions.caption"), columns, rows[:_ROWS], _rest(draft, len(rows)), folded=True))
    blocks += _second_reading(draft)
    return Section("provenance", words("section.provenance"), tuple(blocks))


def _second_reading(draft: Draft) -> list[Block]:
    """What the second reader said of the cited event records; each that it reads otherwise by name."""
    words, answers = draft.words, draft.result.second_reading
    if not answers:
        return []
    number = counts(answers)
    said = words(
        "second_reading.counts",
        total=len(answers),
        agrees=number["agrees"],
        differs=number["differs"],
        unread=number["could not read"],
    )
    columns = tuple(words(f"second_reading.{name}") for name in ("member", "place", "answer", "reason"))
    odd = [one for one in answers if one.answer != "agrees"]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Code(inert(one.member)),
            inert(one.place),
            words.known("second_reading", one.answer.replace(" ", "_")),
            inert(words.reason(one.reason) if one.answer == "could not read" else one.reason),
        )
        for one in sorted(odd, key=lambda one: one.answer != "differs")
    )
    table = [Table(words("second_reading.caption"), columns, rows[:_ROWS], _rest(draft, len(rows)))] if rows else []
    return [Prose(said), *table]


def _identity(draft: Draft) -> tuple[tuple[str, Cell], ...]:
    words, bundle, tool = draft.words, draft.result.bundle, draft.result.tool
    elevated = {True: "value.yes", False: "value.no", None: "value.unknown"}[bundle.elevated]
    return (
        (words("fact.bundle"), inert(bundle.name)),
        (words("fact.sha256"), Code(bundle.sha256)),
        (words("fact.layout"), bundle.layout),
        (words("fact.manifest"), words.known("manifest", bundle.manifest)),
        (words("fact.collected"), moment(bundle.collected_utc) if bundle.collected_utc else words("value.unknown")),
        (words("fact.elevated"), words(elevated)),
        (words("fact.network"), words.known("network", bundle.network)),
        (words("fact.tool"), f"mailscope {tool.version}"),
        (words("fact.knowledge"), f"{tool.knowledge_date}, {words('fact.catalog')} {tool.catalog_version}"),
        (words("fact.knowledge_sha256"), Code(tool.knowledge_sha256)),
    )


def _members(draft: Draft) -> Table:
    words, readings = draft.words, draft.result.bundle.readings
    columns = tuple(
        words(f"members.{name}") for name in ("member", "size", "integrity", "rows", "lost", "whole", "sha256")
    )
    rows = tuple(_member(draft, reading) for reading in readings[:_ROWS])
    return Table(words("members.caption"), columns, rows, _rest(draft, len(readings)), folded=True)


def _member(draft: Draft, reading: Reading) -> tuple[Cell, ...]:
    words, member = draft.words, reading.member
    return (
        Code(inert(member.name)),
        str(member.size_bytes),
        words(f"integrity.{member.integrity}"),
        str(reading.rows),
        str(reading.lost_at_least),
        words("value.yes" if reading.whole else "value.no"),
        Code(member.sha256),
    )


def _rest(draft: Draft, number: int) -> str:
    return draft.words.count("rows.more", number - _ROWS) if number > _ROWS else ""
