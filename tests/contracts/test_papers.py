from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer import knowledge
from reports.export.cause_list import document
from tests.contracts.tree import ROOT

PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


@pytest.mark.parametrize("paper", PAPERS, ids=[path.stem for path in PAPERS])
def test_a_link_to_a_file_leads_to_one(paper: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", paper.read_text("utf-8"))
    assert [link for link in links if not (paper.parent / link).exists()] == []


def test_decisions_are_numbered_without_holes() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("name", [path.name for path in DECISIONS])
def test_a_decision_tells_context_decision_and_consequences_on_half_a_page(name: str) -> None:
    text = (ROOT / "docs" / "adr" / name).read_text("utf-8")
    assert text.startswith(f"# {name[:4]} ")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 35


def test_the_list_of_causes_is_what_the_pages_say() -> None:
    assert (ROOT / "docs" / "causes.md").read_text("utf-8") == document(knowledge.load()), "run: make causes"


def test_a_decision_that_is_cited_exists() -> None:
    numbers = {path.name[:4] for path in DECISIONS}
    sources = [path for folder in ("analyzer", "collectors", "reports") for path in (ROOT / folder).rglob("*.py")]
    cited = {number for path in (*PAPERS, *sources) for number in re.findall(r"ADR (\d{4})", path.read_text("utf-8"))}
    assert cited <= numbers
