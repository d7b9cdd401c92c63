"""A comparison is drawn by the report's own template; looked at here are its own tables and its first sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.test_report_in_chromium import pages, violations
from tests.unit.reports.comparisons import ALL, CURED, FAILS, HOSTILE_TEXTS, Compared

VIEWS: dict[str, tuple[Compared, dict[str, Any]]] = {
    "french": (CURED, {"at": "#fr", "color_scheme": "dark"}),
    "phone": (HOSTILE_TEXTS, {"viewport": {"width": 360, "height": 740}}),
}


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_it_asks_for_nothing_says_nothing_and_is_no_wider_than_a_phone(opened: Open, one: Compared) -> None:
    sheet = opened(one, viewport={"width": 360, "height": 740})
    assert [url for url in sheet.requests if not url.endswith("/report.html")] == []
    assert sheet.messages == []
    content, window = sheet.size()
    assert content <= window


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_and_a_picture_is_kept_for_whoever_looks(opened: Open, axe: str, view: str) -> None:
    one, options = VIEWS[view]
    sheet = opened(one, **options)
    picture = Path(__file__).parents[2] / "build" / "pictures" / f"comparison-{view}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    sheet.page.screenshot(path=picture)
    assert violations(sheet, axe) == []


def test_the_first_printed_page_is_the_whole_answer(opened: Open, tmp_path: Path) -> None:
    first, second, *_ = pages(opened(FAILS), tmp_path / "report.pdf")
    for wanted in ("Not cured", "Outlook showed its POP/IMAP message again.", "record 4711", "2026-03-02 08:12:00 UTC"):
        assert wanted in first, wanted
    assert second.startswith("Control points after the fix")
