"""No output holds a secret that lay about on the machine; and the search would see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer import secrets
from analyzer.parsers.evtx import records
from reports.cli import run
from tests.scenarios.judgement import FIXTURES
from tests.scenarios.leak_scan import told
from tests.scenarios.planting import SECRETS, leaks

RICH = "field_bundle"
BEFORE = FIXTURES / "scenarios" / "token_live_list"
AFTER = FIXTURES / "comparisons" / "cured_signed_in_anew"


def test_no_output_of_a_rich_machine_holds_a_secret(tmp_path: Path) -> None:
    out = told(FIXTURES / "scenarios" / RICH, tmp_path)
    written = {path.name for path in out.rglob("*") if path.is_file() and path.stat().st_size}
    assert written >= {"report.html", "findings.json", "case-notes.txt", "case-notes.md", "timesketch", "ecs"}
    assert leaks(out) == []


def test_no_comparison_holds_a_secret(tmp_path: Path) -> None:
    cases = []
    for folder in (BEFORE, AFTER):
        room = tmp_path / folder.name
        room.mkdir()
        cases.append(str(told(folder, room) / "case"))
    assert run(["-q", "compare", *cases, "--out", str(tmp_path / "compared")]) == 0
    assert (tmp_path / "compared" / "comparison.json").stat().st_size > 0
    assert leaks(tmp_path / "compared") == []


@pytest.fixture
def maskless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is masked, nor remembered as clean once it is again."""
    monkeypatch.setattr(secrets, "_RULES", ())
    records.clean.cache_clear()
    yield
    records.clean.cache_clear()


@pytest.mark.usefixtures("maskless")
def test_without_the_masks_every_secret_is_found(tmp_path: Path) -> None:
    out = told(FIXTURES / "scenarios" / RICH, tmp_path)
    found = {leak.partition(" in ")[0] for leak in leaks(out)}
    assert found == {*SECRETS, "protected data"}
    assert {"report.html", "findings.json"} <= {Path(leak.partition(" in ")[2]).name for leak in leaks(out)}
