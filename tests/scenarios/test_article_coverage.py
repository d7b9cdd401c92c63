"""Every item of the support article is covered by something that a scenario's report really shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from analyzer import knowledge
from analyzer.model import Diagnosis, Sight
from reports import page
from reports.page.blocks import Cautions, Page, Points, Prose, Steps
from reports.page.wording import load
from tests.contracts.tree import ROOT
from tests.scenarios.conftest import Judging

_ROW = re.compile(r"^\| (S\d+) \| (.+) \| (.+) \| (\w+) \|$", re.MULTILINE)
_PART = re.compile(r"`([a-z ]+) ([a-z0-9_.]+)`")


@dataclass(frozen=True)
class Item:
    """One row of the paper: what covers an item of the article, and which machine shows it."""

    id: str
    parts: tuple[tuple[str, str], ...]
    scenario: str


def items() -> tuple[Item, ...]:
    text = (ROOT / "docs" / "article-coverage.md").read_text("utf-8")
    return tuple(Item(row[1], tuple(_PART.findall(row[3])), row[4]) for row in _ROW.finditer(text))


ITEMS = items()
SCENARIOS = sorted({item.scenario for item in ITEMS})


def test_the_paper_holds_each_item_of_the_article_once_and_covers_it() -> None:
    assert [item.id for item in ITEMS] == [f"S{n}" for n in range(1, 88)]
    assert [item.id for item in ITEMS if not item.parts] == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_report_of_the_machine_shows_what_the_paper_says(scenario: str, judging: Judging) -> None:
    result = judging(scenario, "en").result
    shown = set(_shown(result.diagnosis)) | set(_drawn(page.build(result, "en")))
    wanted = {(item.id, part) for item in ITEMS if item.scenario == scenario for part in item.parts}
    assert sorted(f"{name}: {' '.join(part)}" for name, part in wanted if part not in shown) == []


def _shown(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    for verdict in diagnosis.verdicts:
        yield from (("signal", f"{verdict.cause}.{o.signal}") for o in verdict.observations if o.sight is Sight.SEEN)
    yield from (("check", check.id) for check in diagnosis.checklist)
    for attempt in diagnosis.attempts:
        yield "station", attempt.broke_at
        yield from (("attempt", trace.kind) for trace in attempt.traces)


def _drawn(drawn: Page) -> Iterator[tuple[str, str]]:
    """Steps, boxes and sentences as they stand on the page."""
    plan = drawn.section("plan").blocks
    planned = [task.do for block in plan if isinstance(block, Steps) for task in block.tasks]
    boxes = [block.items for block in plan if isinstance(block, Cautions)]
    for cause in knowledge.load().causes:
        yield from (("fix", f"{cause.id}.{step.id}") for step in cause.fix if _stands(step.do, planned))
        if cause.do_not and cause.do_not in boxes:
            yield "do not", cause.id
    said = set(_sentences(drawn))
    yield from (("text", name) for name, text in load("en").texts.items() if text in said)


def _stands(template: str, planned: list[str]) -> bool:
    pattern = re.compile(r".+".join(re.escape(part) for part in re.split(r"\{\w+\}", template)))
    return any(pattern.fullmatch(text) for text in planned)


def _sentences(drawn: Page) -> Iterator[str]:
    for section in drawn.sections:
        for block in section.blocks:
            if isinstance(block, Prose):
                yield block.text
            elif isinstance(block, Points):
                yield from (text for text, _ in block.items)
