"""docs/how-to/read-a-report.md speaks the report's own words, and its examples are addresses that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer import knowledge
from reports.page.wording import load

PAPER = (Path(__file__).parents[2] / "docs" / "how-to" / "read-a-report.md").read_text("utf-8")
WORDS = load("en").texts


@pytest.mark.parametrize("prefix", ["status", "outcome"])
def test_every_word_of_a_verdict_is_explained(prefix: str) -> None:
    table = re.findall(r"^\| ([^|]+) \| (?:the bundle|a cause) \|", PAPER, re.MULTILINE)
    assert {text for name, text in WORDS.items() if name.startswith(f"{prefix}.")} <= set(table)


def test_every_part_is_told_of_under_its_own_name() -> None:
    told = " ".join(re.findall(r"\*\*(.+?)\*\*", PAPER, re.DOTALL)).lower().replace("\n", " ")
    titles = {text for name, text in WORDS.items() if re.fullmatch(r"section\.\w+", name)}
    assert [title for title in titles if title.lower() not in told] == []


def test_the_links_of_its_examples_lead_to_a_cause_and_a_signal() -> None:
    causes = {cause.id: {signal.id for signal in cause.signals} for cause in knowledge.load().causes}
    assert [cause for cause in re.findall(r"#cause-(\w+)", PAPER) if cause not in causes] == []
    assert [(c, s) for c, s in re.findall(r"#ev-(\w+)-(\w+)", PAPER) if s not in causes[c]] == []
