from __future__ import annotations

import re
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
    assert sheet.page.evaluate("document.querySelectorAll('img, iframe, object, embed, form').length") == 0
    assert sheet.page.evaluate("document.scripts.length") == 1


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
    assert plain.page.locator("button, input").count() == 0


# --- the language -----------------------------------------------------------------------------------------------------


def shown(sheet: Sheet) -> list[str]:
    """The languages that a reader sees."""
    return [lang for lang in ("en", "fr") if sheet.page.locator(f"#{lang}").is_visible()]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_one_language_is_shown_and_a_link_leads_to_the_other_and_back(opened: Open, *, script: bool) -> None:
    sheet = opened(PINPOINTED, java_script_enabled=script)
    assert shown(sheet) == ["en"]
    sheet.page.get_by_role("link", name="Français").click()
    assert shown(sheet) == ["fr"]
    sheet.page.locator("#fr .contents a").nth(2).click()
    assert shown(sheet) == ["fr"]
    sheet.page.get_by_role("link", name="English").click()
    assert shown(sheet) == ["en"]


def test_the_file_begins_in_the_language_it_was_made_in(opened: Open) -> None:
    assert shown(opened(PINPOINTED, "fr", "en")) == ["fr"]


def test_a_deep_link_opens_its_own_language_and_the_fold_it_lies_in(opened: Open) -> None:
    sheet = opened(PINPOINTED, at="#fr-ev-clock_skew-clock_right")
    assert shown(sheet) == ["fr"]
    assert sheet.page.locator("#fr-ev-clock_skew-clock_right").is_visible()
    assert sheet.page.evaluate("document.documentElement.lang") == "fr"
    assert sheet.page.title().startswith("Connexion d’Outlook")


def test_the_place_is_kept_when_the_language_changes(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.locator("#timeline").scroll_into_view_if_needed()
    sheet.page.evaluate("document.querySelector('#timeline').scrollIntoView()")
    sheet.page.evaluate("document.querySelector('#en .tongues a').click()")
    assert sheet.page.evaluate("location.hash") == "#fr-timeline"
    assert shown(sheet) == ["fr"]


def test_without_a_style_sheet_both_languages_follow_each_other_and_links_lead_to_each(opened: Open) -> None:
    sheet = opened(PINPOINTED, java_script_enabled=False)
    file = Path(sheet.page.url.removeprefix("file://"))
    file.write_text(re.sub(r"<style>.*</style>", "", file.read_text("utf-8"), flags=re.DOTALL), "utf-8")
    sheet.page.reload()
    assert shown(sheet) == ["en", "fr"]
    text = sheet.page.locator("body").inner_text()
    assert text.index("this is the most likely cause") < text.index("c’est la cause la plus probable")
    assert sheet.page.locator(".strip").first.inner_text().splitlines()[1].endswith("Google page: broke here")
    sheet.page.get_by_role("link", name="Français").click()
    assert sheet.page.evaluate("location.hash") == "#fr"


def test_a_language_is_printed_alone(opened: Open, tmp_path: Path) -> None:
    paper = " ".join(pages(opened(PINPOINTED, at="#fr"), tmp_path / "report.pdf"))
    assert "Plan de correction" in paper
    assert "Fix plan" not in paper


# --- what script adds -------------------------------------------------------------------------------------------------


def test_a_button_copies_the_command_whole(opened: Open) -> None:
    sheet = opened(PINPOINTED, permissions=["clipboard-read", "clipboard-write"])
    sheet.page.locator("#step-stale_token-2 button").click()
    sheet.page.get_by_role("button", name="Copied").wait_for()
    assert sheet.page.evaluate("navigator.clipboard.readText()") == f'cmdkey /delete:"{samples.TARGET}"'


def test_the_filter_leaves_what_holds_all_the_words_and_gives_everything_back(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    field = sheet.page.locator("#en input")
    field.fill("clock ACCOUNTS.google.com")
    assert sheet.page.locator("#ev-clock_skew-clock_right").is_visible()
    assert not sheet.page.locator("#ev-clock_skew-clock_changed").is_visible()
    assert not sheet.page.locator("#cause-stale_token").is_visible()
    # the entry of the ledger and its row of the timeline
    assert sheet.page.locator("#en output").inner_text().startswith("2 of ")
    field.fill("")
    assert not sheet.page.locator("#ev-clock_skew-clock_right").is_visible()
    assert sheet.page.locator("#cause-stale_token").is_visible()


def test_a_link_to_what_the_filter_hides_shows_it_again(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.locator("#en input").fill("clock")
    sheet.page.evaluate("location.hash = '#cause-stale_token'")
    sheet.page.locator("#cause-stale_token").wait_for(state="visible")
    assert sheet.page.locator("#en input").input_value() == ""


def test_everything_unfolds_and_folds_by_one_button(opened: Open) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.get_by_role("button", name="Unfold all").click()
    assert sheet.page.locator("#en details:not([open])").count() == 0
    sheet.page.get_by_role("button", name="Fold all", exact=True).click()
    assert sheet.page.locator("#en details[open]").count() == 0


@pytest.mark.parametrize("result", [PINPOINTED, ALL["hostile"]], ids=["pinpointed", "hostile"])
def test_axe_finds_nothing_whatever_the_evidence(opened: Open, axe: str, result: Result) -> None:
    assert violations(opened(result), axe) == []


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_french_however_it_is_shown(opened: Open, axe: str, view: str) -> None:
    # the second language of the file
    assert violations(opened(samples.SEVERAL, at="#fr", **VIEWS[view]), axe) == []


def test_axe_finds_nothing_in_print(opened: Open, axe: str) -> None:
    sheet = opened(PINPOINTED)
    sheet.page.emulate_media(media="print")
    assert violations(sheet, axe) == []


def violations(sheet: Sheet, axe: str) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own best practices: rule and element."""
    # a policy that forbids scripts does not bind the debugger
    sheet.page.evaluate(axe)
    sheet.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = sheet.page.evaluate("axe.run({resultTypes: ['violations']})")
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


# --- to be looked at --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "result", "options"),
    [
        ("light", PINPOINTED, {}),
        ("dark", samples.SEVERAL, {"color_scheme": "dark"}),
        ("french", samples.UNDETERMINED, {"at": "#fr"}),
        ("phone", PINPOINTED, {"viewport": {"width": 360, "height": 1600}}),
    ],
)
def test_pictures_are_kept_for_whoever_looks(opened: Open, name: str, result: Result, options: dict[str, Any]) -> None:
    picture = Path(__file__).parents[2] / "build" / "pictures" / f"report-{name}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    opened(result, **options).page.screenshot(path=picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
