"""A diagnosis as a person retells it: the verdict, what happened, what to do, what to ask next, each in plain lines."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.pipeline import Result
from reports import page
from reports.page import badges
from reports.page.blocks import (
    Badge,
    Block,
    Cell,
    Code,
    Headline,
    Link,
    Page,
    Points,
    Prose,
    Side,
    Steps,
    Strip,
    Table,
    Task,
)

_NEXT = 3


def tell(result: Result, lang: str = "en") -> str:
    """Verdict, story, plan and the first questions, in the words of the report."""
    drawn = page.build(result, lang)
    parts = (_verdict(drawn), _story(drawn), _plan(drawn), _checks(drawn), _next(drawn))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _verdict(drawn: Page) -> Iterator[str]:
    for block in drawn.section("verdict").blocks:
        if isinstance(block, Headline):
            yield f"# {block.badge.word}: {block.sentence}"
        # what could not be judged grows with every signal that is added, and is no part of the story
        if isinstance(block, Points) and block.symbol != badges.SIDES[Side.BLIND]:
            yield block.title
            yield from (f"  - {text}" for text, _ in block.items)


def _story(drawn: Page) -> Iterator[str]:
    yield f"## {drawn.section('attempts').title}"
    for block in drawn.section("attempts").blocks:
        if isinstance(block, Strip):
            yield f"{block.label}: {' | '.join(station.word for station in block.stations)}"
            yield from (f"  {name}: {text}" for name, text in block.notes)
            yield from (f"  {one.at} {one.offset} {one.text}" for one in block.moments)
        elif isinstance(block, Prose):
            yield block.text


def _plan(drawn: Page) -> Iterator[str]:
    yield f"## {drawn.section('plan').title}"
    for block in drawn.section("plan").blocks:
        yield from _planned(block)


def _planned(block: Block) -> Iterator[str]:
    if isinstance(block, Steps):
        yield block.title
        for task in block.tasks:
            yield from _task(task)
    elif isinstance(block, Prose):
        yield block.text
    elif isinstance(block, Points):
        yield block.title
        yield from (f"  - {text}" for text, _ in block.items)


def _task(task: Task) -> Iterator[str]:
    yield f"{task.id} [{', '.join(tag.word for tag in task.tags)}] {task.do}"
    if task.command:
        yield f"    > {task.command}"
    yield from (f"    {name}: {text}" for name, text in task.notes)


def _checks(drawn: Page) -> Iterator[str]:
    """Only the quick list: the others are the same for every machine until somebody answers."""
    yield f"## {drawn.section('checklist').title}"
    tables = [block for block in drawn.section("checklist").blocks if isinstance(block, Table)]
    yield from (f"{_cell(row[1])}{_whom(row)}: {_cell(row[0])}" for row in tables[0].rows)


def _whom(row: tuple[Cell, ...]) -> str:
    return f" ({_cell(row[2])})" if row[2] else ""


def _next(drawn: Page) -> Iterator[str]:
    yield f"## {drawn.section('next').title}"
    for block in drawn.section("next").blocks:
        if isinstance(block, Table):
            yield block.caption
            yield from (f"  - {' | '.join(filter(None, map(_cell, row)))}" for row in block.rows[:_NEXT])
        elif isinstance(block, Steps):
            yield from (line for task in block.tasks[:_NEXT] for line in _asked(task))
        elif isinstance(block, Prose):
            yield block.text


def _asked(task: Task) -> Iterator[str]:
    yield f"{task.id}: {task.do}"
    if task.command:
        yield f"    > {task.command}"
    yield f"    {task.why}: {next((link.text for link in task.because), '')} …"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Badge):
        return cell.word
    if isinstance(cell, Code | Link):
        return cell.text
    return cell if isinstance(cell, str) else ""
