from __future__ import annotations

import textwrap
from typing import get_args

import pytest

from reports import page
from reports.page import linear
from reports.page.blocks import (
    Block,
    Card,
    Cautions,
    Code,
    Pairs,
    Points,
    Prose,
    Section,
    Steps,
    Strip,
    Table,
)
from reports.page.linear import Line, Role
from reports.page.wording import languages, load
from tests.unit.reports import samples

WORDS = load("en")


def told(block: Block) -> list[str]:
    return [" " * 2 * line.level + line.text for line in linear.drawn(block, WORDS)]


def test_a_row_of_a_table_is_known_by_its_first_cell_and_each_other_by_its_column() -> None:
    table = Table(
        "Files", ("File", "Bytes", "Lost"), ((Code("a.evtx"), "12", ""), (Code("b.evtx"), "7", "3")), "and more"
    )
    assert told(table) == ["Files", "- a.evtx", "  Bytes: 12", "- b.evtx", "  Bytes: 7", "  Lost: 3", "and more"]


def test_a_row_that_begins_with_its_number_is_known_by_the_cell_beside_it() -> None:
    assert told(Table("", ("Rank", "Cause", "For"), (("1", "The clock", "2"),))) == ["1. The clock", "  For: 2"]


def test_names_stand_before_their_values() -> None:
    assert told(Pairs((("Ticket", "INC1"), ("SHA-256", Code("ff"))))) == ["Ticket: INC1", "SHA-256: ff"]


def test_a_long_line_is_wrapped_beside_its_beginning_and_a_command_never() -> None:
    item = Line("- " + "word " * 30, Role.ITEM, 1)
    assert linear.wrapped(item, 40) == textwrap.wrap(
        "- " + "word " * 30, 40, initial_indent="  ", subsequent_indent="    "
    )
    command = "reg delete " + "x" * 200
    assert linear.wrapped(Line(command, Role.COMMAND, 1), 40) == ["  " + command]


def test_every_kind_of_block_can_be_told() -> None:
    for kind in get_args(Block.__value__) if hasattr(Block, "__value__") else get_args(Block):
        assert kind in linear._DRAWN  # noqa: SLF001  (a block without a teller would stop the reader of the page)


def test_a_note_is_told_apart_from_what_it_stands_beside() -> None:
    blocks = (Prose("Read this.", "note"), Prose("That.", "title"), Prose("It."))
    section = Section("x", "X", blocks, more="Two more.")
    assert [(line.text, line.role) for line in linear.lines(section, WORDS)] == [
        ("Read this.", Role.NOTE),
        ("That.", Role.TITLE),
        ("It.", Role.TEXT),
        ("Two more.", Role.NOTE),
    ]


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("result", ["PINPOINTED", "SEVERAL", "UNDETERMINED", "NO_FAULT"])
def test_the_whole_page_is_told_and_every_section_by_its_heading(result: str, lang: str) -> None:
    made = page.build(getattr(samples, result), lang)
    lines = linear.render(made).splitlines()
    headings = [lines[number - 1] for number, line in enumerate(lines) if line and set(line) == {"-"}]
    assert headings == [section.title for section in made.sections]
    assert made.colophon.split()[0] in " ".join(lines[-3:])


def test_nothing_that_the_page_says_is_left_out() -> None:
    made = page.build(samples.PINPOINTED, "en")
    text = " ".join(linear.render(made).split())
    for section in made.sections:
        for block in section.blocks:
            for said in _said(block):
                assert " ".join(said.split()) in text


def _said(block: Block) -> list[str]:
    """Texts of a block that a reader must come to know."""
    match block:
        case Prose():
            return [block.text]
        case Card():
            entries = [entry for ledger in block.ledgers for entry in ledger.entries]
            return [
                block.title,
                block.summary,
                *(e.text for e in entries),
                *(c.place for e in entries for c in e.citations),
            ]
        case Steps() if not block.brief:
            return [text for task in block.tasks for text in (task.do, task.command, *(note for _, note in task.notes))]
        case Points() | Cautions():
            return [item if isinstance(item, str) else item[0] for item in block.items]
        case Strip():
            return [block.label, *(station.word for station in block.stations)]
        case _:
            return []


def test_hostile_evidence_steers_no_terminal() -> None:
    text = linear.render(page.build(samples.hostile(), "en"))
    assert not set(text) & set("\x1b\u202e\u2066\ud800\x07")
    assert text.encode("utf-8")
