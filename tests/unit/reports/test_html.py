from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from analyzer.pipeline import Result
from reports import html, page
from reports.page.blocks import Page
from tests.unit.reports import samples
from tests.unit.reports.samples import PINPOINTED

ALL = {
    "pinpointed": PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
    "hostile": samples.hostile(),
}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Document(HTMLParser):
    """Tags with their attributes, and the text a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self.script = ""
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            setattr(self, self.open[-1], getattr(self, self.open[-1]) + data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All visible words, white space collapsed."""
        return " ".join("".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


def drawn(result: Result, lang: str = "en") -> str:
    return html.render(page.build(result, lang))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", ALL)
def test_every_tag_is_closed_in_its_turn(name: str, lang: str) -> None:
    document = Document(drawn(ALL[name], lang))
    assert (document.unbalanced, document.open) == ([], [])


@pytest.mark.parametrize("name", ALL)
def test_every_id_is_there_once_and_every_link_within_the_page_leads_to_one(name: str) -> None:
    document = Document(drawn(ALL[name]))
    ids = document.values("id")
    assert sorted(ids) == sorted(set(ids))
    inner = [href[1:] for href in document.values("href") if href.startswith("#")]
    assert inner
    assert [target for target in inner if target not in ids] == []


def test_the_deep_links_of_the_contract_exist() -> None:
    ids = Document(drawn(PINPOINTED)).values("id")
    assert {"verdict", "why", "plan", "gaps", "cause-stale_token", "ev-stale_token-silent_failure_with_token"} <= set(
        ids
    )


@pytest.mark.parametrize("name", ALL)
def test_the_file_loads_nothing_and_runs_nothing(name: str) -> None:
    document = Document(drawn(ALL[name]))
    assert {tag for tag, _ in document.tags} & {
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
    } == set()
    for _, attributes in document.tags:
        assert [
            name for name in attributes if name.startswith("on") or name in {"src", "srcset", "style", "action"}
        ] == []
    assert re.findall(r"url\(|@import|expression\(", document.style) == []


def test_the_policy_allows_exactly_the_style_sheet_and_the_script_of_the_file() -> None:
    document = Document(drawn(PINPOINTED))
    (policy,) = [a["content"] for tag, a in document.tags if tag == "meta" and "http-equiv" in a]
    style, script = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (document.style, document.script)
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("name", ALL)
def test_the_only_script_is_ours_whatever_the_evidence_says(name: str) -> None:
    document = Document(drawn(ALL[name]))
    assert [tag for tag, _ in document.tags].count("script") == 1
    assert document.script == Path("reports/page.js").read_text("utf-8")


def test_the_script_makes_text_of_text_and_asks_nothing_of_the_network() -> None:
    script = Document(drawn(PINPOINTED)).script
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|XMLHttp|import", script)
        == []
    )
    assert re.findall(r"localStorage|sessionStorage|cookie|https?:", script) == []


def test_the_policy_comes_before_the_style_it_allows() -> None:
    tags = [tag for tag, _ in Document(drawn(PINPOINTED)).tags]
    assert tags.index("meta") < tags.index("style")


# --- two languages in one file ------------------------------------------------------------------------------------


def both(result: Result, *langs: str) -> str:
    return html.render(*(page.build(result, lang) for lang in langs or ("en", "fr")))


@pytest.mark.parametrize("name", ALL)
def test_in_two_languages_every_id_is_there_once_and_links_stay_in_their_language(name: str) -> None:
    english, french = Document(both(ALL[name])), Document(both(ALL[name]).split('<article class="report other"')[1])
    ids = english.values("id")
    assert sorted(ids) == sorted(set(ids))
    assert {href[1:] for href in english.values("href") if href.startswith("#")} <= set(ids)
    inner = {href for href in french.values("href") if href.startswith("#")}
    assert inner
    assert all(href.startswith("#fr-") or href == "#en" for href in inner)


def test_the_first_language_keeps_the_plain_anchors_and_the_other_has_its_own() -> None:
    ids = Document(both(PINPOINTED)).values("id")
    assert {"cause-stale_token", "fr-cause-stale_token", "en", "fr"} <= set(ids)
    ids = Document(both(PINPOINTED, "fr", "en")).values("id")
    assert {"cause-stale_token", "en-cause-stale_token"} <= set(ids)


def test_each_language_is_marked_as_what_it_is_and_named_in_itself() -> None:
    document = Document(both(PINPOINTED))
    articles = [a["lang"] for tag, a in document.tags if tag == "article" and "lang" in a]
    assert articles == ["en", "fr"]
    links = [(a["href"], a["hreflang"]) for tag, a in document.tags if tag == "a" and "hreflang" in a]
    assert links == [("#fr", "fr"), ("#en", "en")]
    assert document.text.count("English Français") == 2


def test_a_file_in_one_language_offers_no_other() -> None:
    assert "hreflang" not in drawn(PINPOINTED)


def test_a_file_is_html_from_its_first_byte() -> None:
    assert drawn(PINPOINTED).startswith('<!doctype html>\n<html lang="en">\n')
    assert drawn(PINPOINTED, "fr").startswith('<!doctype html>\n<html lang="fr">\n')


def test_the_page_has_landmarks_one_title_and_a_way_past_the_contents() -> None:
    tags = [tag for tag, _ in Document(drawn(PINPOINTED)).tags]
    assert [tags.count(name) for name in ("main", "nav", "h1", "footer")] == [1, 1, 1, 1]
    tags = [tag for tag, _ in Document(both(PINPOINTED)).tags]
    assert [tags.count(name) for name in ("main", "nav", "h1", "footer")] == [1, 4, 2, 2]
    assert "skip" in Document(drawn(PINPOINTED)).values("class")


def test_headings_never_skip_a_level() -> None:
    levels = [int(tag[1]) for tag, _ in Document(drawn(PINPOINTED)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_reader_without_style_sheet_finds_verdict_proof_place_fix_and_gaps_as_words() -> None:
    text = Document(drawn(PINPOINTED)).text
    for wanted in (
        "Pinpointed A stored Google token is stale: this is the most likely cause.",
        "record 4711",
        "C/Windows/System32/winevt/Logs/OAlerts.evtx",
        "Likely",
        "Strong",
        "Speaks against it Nothing that was read.",
        f'cmdkey /delete:"{samples.TARGET}"',
        "Do not delete identities at random.",
        "Google page: broke here",
        "at least 17",
        "f" * 64,
    ):
        assert wanted in text, wanted


def test_a_reference_becomes_a_link_only_when_it_leads_to_the_web() -> None:
    document = Document(drawn(PINPOINTED))
    outer = [href for href in document.values("href") if not href.startswith("#")]
    assert outer == ["https://learn.microsoft.com/office/"]
    assert "javascript:alert(1)" in document.text


def test_hostile_evidence_is_text_and_nothing_else() -> None:
    text = drawn(samples.hostile())
    assert text.count("<script") == 1
    assert "<img" not in text
    assert not any(letter in text for letter in "\x1b\u202e\u2066\ud800\x00")
    assert "{{7*7}}" in Document(text).text
    assert "⟨U+202E⟩fdp.exe" in Document(text).text
    assert all(href.startswith("#") for href in Document(text).values("href"))
    assert text.encode()


def test_hostile_texts_of_megabytes_leave_a_small_file() -> None:
    assert len(drawn(samples.hostile()).encode()) < 200_000


def test_a_quote_that_reaches_the_page_unguarded_is_made_inert_by_the_view_as_well() -> None:
    raw = Page("en", "title \x1b[31m\u202e<b>", page.build(PINPOINTED, "en").sections, "")
    assert "<title>title ⟨U+001B⟩[31m⟨U+202E⟩&lt;b&gt;</title>" in html.render(raw)


def test_the_same_result_is_drawn_to_the_same_bytes() -> None:
    assert drawn(PINPOINTED) == drawn(PINPOINTED)


# --- colours ----------------------------------------------------------------------------------------------------------


def palettes(style: str) -> list[dict[str, str]]:
    """The colours by name, light and then dark."""
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    named = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in (light, dark)]
    return [named[0], {**named[0], **named[1]}]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ("paper", "sheet", "well", "warn-wash")
PAIRS = [(ink, ground) for ink in ("ink", "soft", "link") for ground in GROUNDS]
PAIRS += [(tone, f"{tone}-wash") for tone in ("bad", "warn", "unsure", "good", "quiet")]
PAIRS += [(tone, "sheet") for tone in ("bad", "warn", "unsure", "good", "quiet")] + [
    ("ink", "bad-wash"),
    ("sheet", "bad"),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS, ids="-on-".join)
def test_words_stand_out_from_their_ground_as_wcag_aa_asks(ink: str, ground: str, *, dark: bool) -> None:
    palette = palettes(Document(drawn(PINPOINTED)).style)[dark]
    assert contrast(palette[ink], palette[ground]) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "sheet"])
def test_the_edge_of_a_button_stands_out_as_wcag_aa_asks(ground: str, *, dark: bool) -> None:
    palette = palettes(Document(drawn(PINPOINTED)).style)[dark]
    assert contrast(palette["edge"], palette[ground]) >= 3
