from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.pipeline import Result
from tests.browser.conftest import Open, Sheet
from tests.unit.reports import samples
from tests.unit.reports.samples import PINPOINTED

ALL = {
    "pinpointed": PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
    "hostile": samples.hostile(),
}
every_result = pytest.mark.parametrize("result", ALL.values(), ids=ALL)
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


@every_result
def test_the_report_asks_for_nothing_and_says_nothing_on_the_console(opened: Open, result: Result) -> None:
    sheet = opened(result)
    assert [url for url in sheet.requests if not url.endswith("/report.html")] == []
    assert sheet.messages == []


@every_result
def test_hostile_or_not_no_evidence_becomes_an_element_that_acts(opened: Open, result: Result) -> None:
    sheet = opened(result)
    assert sheet.page.evaluate("document.querySelectorAll('script, img, iframe, object, embed, form').length") == 0


@pytest.mark.parametrize(
    ("result", "width"),
    [*((result, 360) for result in ALL.values()), *((ALL["hostile"], width) for width in (640, 1024, 1600))],
)
def test_nothing_makes_the_page_wider_than_its_window(opened: Open, result: Result, width: int) -> None:
    content, window = opened(result, viewport={"width": width, "height": 800}).size()
    assert content <= window


def test_at_200_percent_the_page_reflows(opened: Open) -> None:
    # zooming to 200 % halves the width that a layout has
    content, window = opened(PINPOINTED, viewport={"width": 640, "height": 450}, device_scale_factor=2).size()
    assert content <= window


def test_larger_letters_alone_hold_too(opened: Open) -> None:
    sheet = opened(PINPOINTED, viewport={"width": 800, "height": 800})
    sheet.page.evaluate("document.documentElement.style.fontSize = '200%'")
    content, window = sheet.size()
    assert content <= window


def background(sheet: Sheet) -> str:
    return str(sheet.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_style_sheet_passes_its_own_policy_in_light_and_dark(opened: Open) -> None:
    light, dark = (background(opened(PINPOINTED, color_scheme=scheme)) for scheme in ("light", "dark"))
    assert (light, dark) == ("rgb(246, 247, 248)", "rgb(17, 20, 23)")


def test_a_deep_link_into_a_folded_cause_shows_the_evidence(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    entry = sheet.page.locator("#ev-clock_skew-clock_right")
    assert not entry.is_visible()
    sheet.page.evaluate("location.hash = '#ev-clock_skew-clock_right'")
    entry.wait_for(state="visible")
    assert entry.is_visible()


def test_the_keyboard_reaches_everything_that_can_be_followed_or_unfolded(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    reachable = sheet.page.locator("a[href], summary, [tabindex='0']")
    wanted = sum(reachable.nth(n).is_visible() for n in range(reachable.count()))
    reached = set()
    for _ in range(wanted + 5):
        sheet.page.keyboard.press("Tab")
        where = "(e => [...document.querySelectorAll('*')].indexOf(e))(document.activeElement)"
        reached.add(sheet.page.evaluate(where))
    assert len(reached - {sheet.page.evaluate("[...document.querySelectorAll('*')].indexOf(document.body)")}) >= wanted


def test_the_first_stop_of_the_keyboard_skips_the_contents(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.keyboard.press("Tab")
    assert sheet.page.evaluate("document.activeElement.getAttribute('href')") == "#verdict"
    assert sheet.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_without_script_the_report_is_the_same(opened: Open) -> None:
    plain = opened(PINPOINTED, java_script_enabled=False)
    assert plain.page.locator("#verdict .sentence").inner_text() == (
        "A stored Google token is stale: this is the most likely cause."
    )


@every_result
def test_axe_finds_nothing_whatever_the_verdict(opened: Open, axe: str, result: Result) -> None:
    assert violations(opened(result), axe) == []


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_french_however_it_is_shown(opened: Open, axe: str, view: str) -> None:
    assert violations(opened(PINPOINTED, "fr", **VIEWS[view]), axe) == []


def test_axe_finds_nothing_in_print(opened: Open, axe: str) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.emulate_media(media="print")
    assert violations(sheet, axe) == []


def violations(sheet: Sheet, axe: str) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own best practices: rule and element."""
    # a policy that forbids scripts does not bind the debugger
    sheet.page.evaluate(axe)
    sheet.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = sheet.page.evaluate("axe.run()")
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]


# --- on paper ---------------------------------------------------------------------------------------------------------


def pages(sheet: Sheet, file: Path) -> list[str]:
    """The words of each printed page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext on this machine")
    sheet.page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True)
    return [" ".join(one.split()) for one in done.stdout.split("\f")[:-1]]


def test_the_first_printed_page_is_a_complete_summary(opened: Open, tmp_path: Path) -> None:
    first, second, *_ = pages(opened(PINPOINTED), tmp_path / "report.pdf")
    for wanted in (
        "A stored Google token is stale: this is the most likely cause.",
        "Outlook's message names the POP/IMAP server, and misleads.",
        "INC0012345",
        "2026-03-02 08:02:00 UTC",
        "record 4711",
        "Nothing that was read.",
        "Google answered XOAUTH2 with status 400.",
        "Delete the stored Google credential.",
        "Update Office.",
    ):
        assert wanted in first, wanted
    assert second.startswith("Why: the evidence")


def test_a_long_plan_still_leaves_the_summary_on_one_page(opened: Open, tmp_path: Path) -> None:
    do = f"Remove the Google token {samples.TARGET} from Credential Manager. " + "This cannot be undone. " * 10
    steps = tuple(replace(samples.STALE.fix[0], id=f"stale_token.{n}", do=do) for n in range(1, 13))
    result = samples.with_diagnosis(verdicts=(replace(samples.STALE, fix=steps),))
    first, second, *_ = pages(opened(result), tmp_path / "report.pdf")
    assert "and 4 more, below" in first
    assert second.startswith("Why: the evidence")


def test_what_is_folded_on_the_screen_is_printed(opened: Open, tmp_path: Path) -> None:
    paper = " ".join(pages(opened(PINPOINTED), tmp_path / "report.pdf"))
    assert "Not known: “The clock was set since the failure.”" in paper


def test_paper_is_white_even_when_the_screen_is_dark(opened: Open) -> None:
    sheet = opened(PINPOINTED, color_scheme="dark")
    sheet.page.emulate_media(media="print")
    assert background(sheet) == "rgb(255, 255, 255)"
