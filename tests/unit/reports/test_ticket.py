from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from analyzer.pipeline import Result
from reports import page
from reports.export import ticket
from reports.export.ticket import DIALECTS, MOST_CHARS
from reports.page.wording import load
from tests.unit.reports import samples
from tests.unit.reports.samples import PINPOINTED, with_diagnosis

ALL = {
    "pinpointed": PINPOINTED,
    "several": samples.SEVERAL,
    "undetermined": samples.UNDETERMINED,
    "no_fault": samples.NO_FAULT,
    "hostile": samples.hostile(),
}
BAIT = [
    "[click](javascript:alert(1))",
    "![x](data:image/png;base64,AAAA)",
    "<https://evil.example/>",
    "https://evil.example/x",
    "www.evil.example",
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "**bold** __bold__ *soft* _soft_ ~~gone~~",
    "`code` ``code``",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "10) item",
    "===",
    "| a | b |",
    "&lt;script&gt; &#60;b&#62;",
    "[link]: https://evil.example",
    "$x$",
]


def drawn(result: Result, dialect: str, lang: str = "en") -> str:
    return ticket.render(page.build(result, lang), dialect)


def markdown(text: str) -> str:
    """The HTML that a strict reader of Markdown makes, bare addresses linked as GitHub links them."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    assert reader.linkify
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    return str(reader.render(text))


def shown(text: str) -> str:
    return re.sub(r"&(lt|gt|amp|quot);", lambda m: {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[m[1]], text)


@pytest.mark.parametrize("bait", BAIT)
def test_in_markdown_a_text_is_shown_as_it_is_and_nothing_else(bait: str) -> None:
    to = DIALECTS["md"]
    html = markdown(to.plain(bait))
    assert shown(html) == f"<p>{bait}</p>\n"
    assert shown(markdown(to.item(to.plain(bait)))) == f"<ul>\n<li>{bait}</li>\n</ul>\n"


@pytest.mark.parametrize("bait", [*BAIT, "```", "a`b", "`", "a ``` b ```` c"])
def test_in_markdown_code_shows_every_letter(bait: str) -> None:
    to = DIALECTS["md"]
    assert shown(markdown(to.mono(bait))) == f"<p><code>{bait}</code></p>\n"
    assert shown(markdown(to.command(bait))) == f"<pre><code>{bait}\n</code></pre>\n"


@pytest.mark.parametrize(
    ("bait", "written"),
    [
        ("[click|javascript:alert(1)]", r"\[click\|javascript:alert(1)\]"),
        ("{html}<b>{html}", r"\{html\}<b>\{html\}"),
        ("!x.png!", r"\!x.png\!"),
        ("[~admin] look", r"\[\~admin\] look"),
        (r"\\server\share", "&#92;&#92;server&#92;share"),
        ("https://evil.example", "https&#58;//evil.example"),
        ("*b* _i_ -s- +u+ ^h^ ~l~ ??c??", r"\*b\* \_i\_ \-s\- \+u\+ \^h\^ \~l\~ \?\?c\?\?"),
        ("&#123;x", "&#38;#123;x"),
        ("(x) :) ;) off (off)", r"\(x) :\) ;\) off \(off)"),
        ("# item", r"\# item"),
        ("sign-in of a_b_c", "sign-in of a_b_c"),
    ],
)
def test_in_jira_markup_in_a_text_is_escaped(bait: str, written: str) -> None:
    assert DIALECTS["jira"].plain(bait) == written


def test_in_jira_a_command_stands_in_a_block_that_it_cannot_close() -> None:
    to = DIALECTS["jira"]
    assert to.command("cmdkey /list") == "{noformat}\ncmdkey /list\n{noformat}"
    assert to.command("a{noformat}b") == r"{{a\{noformat\}b}}"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", ALL)
def test_a_comment_in_markdown_holds_no_link_no_picture_and_no_element(name: str, lang: str) -> None:
    html = markdown(drawn(ALL[name], "md", lang))
    assert re.findall(r"<(?:a|img|script|b|table)\b", html) == []
    assert set(re.findall(r"<(\w+)", html)) <= {"h3", "p", "strong", "ul", "li", "code", "pre"}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ALL)
def test_a_comment_is_plain_lines_that_a_ticket_has_room_for(name: str, dialect: str) -> None:
    text = drawn(ALL[name], dialect)
    assert len(text) <= MOST_CHARS + 1
    assert text.encode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert text.endswith("\n")
    assert "\n\n\n" not in text


def test_a_comment_tells_verdict_proof_place_steps_and_command() -> None:
    text = drawn(PINPOINTED, "md")
    for wanted in (
        "**Pinpointed** A stored Google token is stale: this is the most likely cause.",
        "- Ticket: INC0012345",
        "**Speaks for it**\n\n- **Strong** The sign-in failed",
        f"  - `record 4711` in `{samples.ALERTS}`, 2026-03-02 08:02:00 UTC",
        "**Speaks against it**\n\n- Nothing that was read.",
        "**3** Delete the stored Google credential. `stale_token.2` (Desktop IT · Medium risk)",
        f'```\ncmdkey /delete:"{samples.TARGET}"\n```',
        "- Do not delete identities at random.",
        "### What to collect next",
        "f" * 64,
    ):
        assert wanted in text, wanted


def test_a_comment_in_jiras_markup_says_the_same() -> None:
    text = drawn(PINPOINTED, "jira")
    assert text.startswith("h3. Outlook's sign-in to Gmail on PC-042\n\n*Pinpointed* A stored")
    assert f"** {{{{record 4711}}}} in {{{{{samples.ALERTS}}}}}, 2026-03-02 08:02:00 UTC" in text
    assert f'{{noformat}}\ncmdkey /delete:"{samples.TARGET}"\n{{noformat}}' in text


def test_without_an_accused_cause_a_comment_lists_how_the_causes_stand() -> None:
    text = drawn(samples.UNDETERMINED, "md")
    assert (
        "- **Undetermined** A stored Google token is stale · alice@gmail.com (2 for, 2 not judged, 1 context)" in text
    )
    assert "Nothing is to be changed yet" in text


def test_what_a_comment_has_no_room_for_is_counted() -> None:
    verdicts = tuple(
        replace(samples.STALE, account=f"{n}@gmail.com", summary="x" * 900, do_not=("y" * 900,)) for n in range(200)
    )
    text = drawn(with_diagnosis(verdicts=verdicts), "md")
    assert len(text) <= MOST_CHARS
    assert re.search(r"\d+ more are left out here to keep the file small; findings.json holds them.", text)


def test_a_comment_that_is_still_too_long_ends_with_the_number_of_parts_left_out() -> None:
    whole = "\n\n".join(["x" * 100] * 1000)
    cut = ticket.shortened(whole, load("en"))
    assert len(cut) <= MOST_CHARS + 100
    kept = cut.count("x" * 100)
    assert cut.endswith(f"(and {1000 - kept} more, see the report)")
