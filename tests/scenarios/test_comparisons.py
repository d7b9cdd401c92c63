"""Two bundles of one machine are compared as the papers say; what is missing is named, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from analyzer import knowledge, shelf
from analyzer.case import TABLES
from analyzer.compare import Comparison, Side, compare, side_of
from analyzer.measures import Inquiry
from analyzer.pipeline import Options, Result, analyze
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from tests.scenarios.judgement import FIXTURES, machines

FOLDERS = machines("comparisons")
FIELDS = {"before", "answer", "reason", "machines", "missing", "contrary", "steps", "accounts"}
Sides = Callable[[Path], tuple[Side, Result]]


@pytest.fixture(scope="session")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """Each machine as a side of a comparison; once, however many comparisons it stands in."""

    @cache
    def judged(folder: Path) -> tuple[Side, Result]:
        room = tmp_path_factory.mktemp(folder.name)
        bundle = room / f"{folder.name}.zip"
        bundle.write_bytes(build_bundle(load_scenario(folder)))
        result = analyze(bundle, room, Options(), lambda _name, _done, _all: None)
        _, evidence = shelf.recall(room / TABLES)
        return side_of(result.bundle, result.diagnosis, evidence, Inquiry()), result

    return judged


def compared(folder: Path, sides: Sides) -> Comparison:
    before = FIXTURES / load_scenario(folder).expect["before"]
    return compare(sides(before)[0], sides(folder)[0], knowledge.load())


def keys(found: Comparison, name: str) -> list[str]:
    return [statement.key for judgement in found.judgements for statement in getattr(judgement, name)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_comparison_answers_as_the_papers_say(folder: Path, sides: Sides) -> None:
    expect, found = load_scenario(folder).expect, compared(folder, sides)
    assert not set(expect) - FIELDS
    answers = {"answer": found.answer, "reason": found.reason, "machines": found.machines}
    assert answers == {"machines": "same"} | {name: expect[name] for name in answers if name in expect}
    for name in ("missing", "contrary"):
        assert keys(found, name) == expect.get(name, keys(found, name)), name
    states = {check.step: str(check.state) for check in found.steps}
    assert states | expect.get("steps", {}) == states
    accounts = {str(judgement.account): str(judgement.answer) for judgement in found.judgements}
    assert accounts | expect.get("accounts", {}) == accounts
