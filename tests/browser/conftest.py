"""Debian's chromium, driven by Playwright, and reports drawn from diagnoses built by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from analyzer.pipeline import Result
from reports import html, page
from reports.page import blocks, comparison
from tests.unit.reports.comparisons import Compared

CHROMIUM = Path("/usr/bin/chromium")
NO_CHROMIUM = "there is no chromium on this machine"
NO_AXE = "axe-core is not here: npm install axe-core, or set MAILSCOPE_AXE to its axe.min.js"
AXE = Path(os.environ.get("MAILSCOPE_AXE") or Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Sheet:
    """A report that lies open in the browser, with everything it asked the network for and said on the console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def size(self) -> tuple[int, int]:
        """Width of the content and of the window."""
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return int(width), int(window)


Open = Callable[..., Sheet]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module: while it is there, no other test can have an event loop of its own."""
    if not CHROMIUM.exists():
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report as a file, as a customer would."""
    contexts = []

    def open_it(result: Result | Compared, *langs: str, at: str = "", **options: Any) -> Sheet:
        file = tmp_path / "report.html"
        drawn = html.render(*(_page(result, lang) for lang in langs or ("en", "fr")))
        file.write_text(drawn, "utf-8", newline="\n")
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(**options)
        contexts.append(context)
        sheet = Sheet(context.new_page())
        sheet.page.on("request", lambda request: sheet.requests.append(request.url))
        sheet.page.on("console", lambda message: sheet.messages.append(message.text))
        sheet.page.on("pageerror", lambda error: sheet.messages.append(str(error)))
        sheet.page.goto(f"{file.as_uri()}{at}")
        return sheet

    yield open_it
    for context in contexts:
        context.close()


def _page(result: Result | Compared, lang: str) -> blocks.Page:
    if isinstance(result, Compared):
        return comparison.build(result.found, result.before, result.after, lang)
    return page.build(result, lang)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        pytest.skip(NO_AXE)
    return AXE.read_text("utf-8")
