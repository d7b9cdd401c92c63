"""The page as lines read one after the other: for pipes, for screen readers, and for panes of a terminal.

Nothing is said by position, box or colour: statuses are words in brackets, a table becomes one entry a row with each
cell named by its column.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reports.page.blocks import (
    Badge,
    Block,
    Card,
    Cautions,
    Cell,
    Citation,
    Code,
    Entry,
    Headline,
    Link,
    Page,
    Pairs,
    Points,
    Prose,
    Section,
    Steps,
    Strip,
    Table,
    Task,
    Tone,
)
from reports.page.inert import inert
from reports.page.wording import Wording, load

WIDTH = 80
_STEP = 2


class Role(StrEnum):
    """What a line is, for a view that can set it apart."""

    HEADING = "heading"
    TITLE = "title"
    TEXT = "text"
    ITEM = "item"
    FIELD = "field"
    COMMAND = "command"
    SOURCE = "source"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One statement, not yet wrapped; ``level`` is how deep it stands under what it belongs to.

    ``lead`` is its own beginning that names it (``Account:``, ``[Likely]``, ``2.``), told again in ``text``.
    """

    text: str
    role: Role = Role.TEXT
    level: int = 0
    lead: str = ""
    tone: Tone | None = None


def render(page: Page) -> str:
    """The whole page, at most ``WIDTH`` columns wide except for commands, ending in a line feed."""
    out = [page.title, "=" * min(len(page.title), WIDTH), ""]
    for section in page.sections:
        out += [section.title, "-" * min(len(section.title), WIDTH)]
        before = Role.TITLE
        for line in lines(section, load(page.lang)):
            out += [*([""] if _apart(before, line) else []), *wrapped(line, WIDTH)]
            before = line.role
        out.append("")
    return "\n".join([*out, *textwrap.wrap(page.colophon, WIDTH)]) + "\n"


def wrapped(line: Line, width: int) -> list[str]:
    """A line at most ``width`` wide; what a person copies is never broken."""
    indent = " " * (_STEP * line.level)
    if line.role is Role.COMMAND:
        return [indent + line.text]
    hanging = indent + " " * (_STEP if line.role in (Role.ITEM, Role.FIELD, Role.SOURCE) else 0)
    cut = textwrap.TextWrapper(
        max(width, len(hanging) + 20),
        initial_indent=indent,
        subsequent_indent=hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return cut.wrap(line.text) or [""]


def _apart(before: Role, line: Line) -> bool:
    """Whether a blank line goes before: to titles, and between paragraphs."""
    if line.role is Role.TITLE:
        return True
    return (
        line.role in (Role.TEXT, Role.FIELD)
        and not line.level
        and before is Role.TEXT
        and not line.lead.startswith("[")
    )


def lines(section: Section, words: Wording) -> Iterator[Line]:
    """The statements of a section, without its heading."""
    for block in section.blocks:
        yield from drawn(block, words)
    yield from _rest(section.more)


def _rest(more: str) -> Iterator[Line]:
    """What was left out, where anything was."""
    if more:
        yield Line(more, Role.NOTE)


def drawn(block: Block, words: Wording) -> Iterator[Line]:
    """The statements of one block."""
    yield from _DRAWN[type(block)](block, words)


# --- blocks -------------------------------------------------------------------------------------------------------


def _prose(block: Prose, words: Wording) -> Iterator[Line]:  # noqa: ARG001  (all blocks are drawn alike)
    yield Line(block.text, {"note": Role.NOTE, "title": Role.TITLE}.get(block.kind, Role.TEXT))


def _headline(block: Headline, words: Wording) -> Iterator[Line]:  # noqa: ARG001
    yield Line(f"{block.badge.word}. {block.sentence}", Role.HEADING, 0, f"{block.badge.word}.", block.badge.tone)


def _pairs(block: Pairs, words: Wording) -> Iterator[Line]:
    for name, cell in block.rows:
        yield _field(words, name, cell, 0)


def _table(block: Table, words: Wording) -> Iterator[Line]:
    if block.caption:
        yield Line(block.caption, Role.TITLE)
    for row in block.rows:
        yield from _row(words, block.columns, row)
    yield from _rest(block.more)


def _row(words: Wording, columns: Sequence[str], row: Sequence[Cell]) -> Iterator[Line]:
    """A row is known by its first cell, or by the one beside it where the first is a mere number."""
    numbered = str(row[0]).isdigit() and len(row) > 1
    first = f"{row[0]}. {_cell(words, row[1])}" if numbered else f"- {_cell(words, row[0])}"
    yield Line(first, Role.ITEM)
    start = 2 if numbered else 1
    for name, cell in zip(columns[start:], row[start:], strict=False):
        if isinstance(cell, tuple):
            yield from _sources(words, cell, 1)
        elif cell != "":
            yield _field(words, name, cell, 1)


def _steps(block: Steps, words: Wording) -> Iterator[Line]:
    if block.title:
        yield Line(block.title, Role.TITLE)
    for number, task in enumerate(block.tasks, 1):
        yield from _task(words, number, task, brief=block.brief)
    yield from _rest(block.more)


def _task(words: Wording, number: int, task: Task, *, brief: bool) -> Iterator[Line]:
    if brief:
        yield Line(f"{number}. {task.brief} ({task.tags[0].word})", Role.ITEM, 0, f"{number}.")
        return
    yield Line(f"{number}. {task.do}", Role.ITEM, 0, f"{number}.")
    yield Line(f"[{'] ['.join(tag.word for tag in task.tags)}]", Role.NOTE, 1)
    if task.command:
        yield Line(task.command, Role.COMMAND, 1)
    for name, text in task.notes:
        yield _field(words, name, text, 1)
    if task.because:
        yield _field(words, task.why or words("plan.because"), ", ".join(link.text for link in task.because), 1)


def _cautions(block: Cautions, words: Wording) -> Iterator[Line]:  # noqa: ARG001
    yield Line(block.title, Role.TITLE, 0, "", Tone.WARN)
    yield from (Line(f"- {text}", Role.ITEM) for text in block.items)


def _points(block: Points, words: Wording) -> Iterator[Line]:
    yield Line(block.title, Role.TITLE)
    for text, citations in block.items:
        yield Line(f"{block.symbol} {text}", Role.ITEM, 0, block.symbol)
        yield from _sources(words, citations, 1)
    yield from _rest(block.more.text if block.more else "")


def _strip(block: Strip, words: Wording) -> Iterator[Line]:
    yield Line(block.label, Role.TITLE)
    for station in block.stations:
        yield Line(f"{station.symbol} {station.word}", Role.ITEM, 0, station.symbol, station.tone)
    for name, text in block.notes:
        yield _field(words, name, text, 0)
    for moment in block.moments:
        yield Line("- " + " · ".join(filter(None, (moment.at, moment.offset, moment.text))), Role.ITEM)
    yield from _rest(block.more)
    yield from _sources(words, block.citations, 0)


def _card(block: Card, words: Wording) -> Iterator[Line]:
    badge = f"[{block.badge.word}]"
    yield Line(f"{badge} {block.title}", Role.TITLE, 0, badge, block.badge.tone)
    yield Line(block.summary)
    for name, cell in block.about:
        yield _field(words, name, cell, 0)
    yield Line(block.tally, Role.NOTE)
    for ledger in block.ledgers:
        yield Line(ledger.title, Role.TEXT, 0, ledger.title)
        for entry in ledger.entries:
            yield from _entry(words, entry)
        yield from _rest(ledger.more)


def _entry(words: Wording, entry: Entry) -> Iterator[Line]:
    weight = f"[{entry.weight.word}]"
    yield Line(f"{weight} {entry.text}", Role.ITEM, 1, weight, entry.weight.tone)
    yield from (Line(text, Role.NOTE, 2) for text in (entry.note, entry.more) if text)
    yield from _sources(words, entry.citations, 2)
    yield from (Line(f"{words('ledger.unread')} {reason}", Role.NOTE, 2) for reason in entry.unread)


_DRAWN: Mapping[type[Any], Callable[[Any, Wording], Iterator[Line]]] = {
    Prose: _prose,
    Headline: _headline,
    Pairs: _pairs,
    Table: _table,
    Steps: _steps,
    Cautions: _cautions,
    Points: _points,
    Strip: _strip,
    Card: _card,
}

# --- cells --------------------------------------------------------------------------------------------------------


def _field(words: Wording, name: str, cell: Cell, level: int) -> Line:
    text = words("value.pair", name=name, value=_cell(words, cell))
    return Line(text, Role.FIELD, level, text[: len(name) + 1])


def _cell(words: Wording, cell: Cell) -> str:
    match cell:
        case Badge():
            return f"[{cell.word}]"
        case Link() | Code():
            return cell.text
        case tuple():
            return "; ".join(_cited(words, citation) for citation in cell)
        case _:
            return cell


def _sources(words: Wording, citations: Iterable[Citation], level: int) -> Iterator[Line]:
    for citation in citations:
        yield Line(f"→ {_cited(words, citation)}", Role.SOURCE, level, "→")
        if citation.quote:
            yield Line(f"“{citation.quote}”", Role.NOTE, level + 1)


def _cited(words: Wording, citation: Citation) -> str:
    member = f" {words('ledger.record_file')} {citation.member}" if citation.member else ""
    at = f", {citation.at}" if citation.at else ""
    return inert(f"{citation.place}{member}{at}")
