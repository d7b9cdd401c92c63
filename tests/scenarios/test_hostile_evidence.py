"""A bundle and a folder of knowledge that mean harm: whatever they say is text in every file that is made of them."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario
from reports.cli import run
from tests.scenarios.judgement import FIXTURES

BAIT = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>[a](javascript:alert(1))[b|javascript:alert(1)]"
    "{html}<b>{html}![c](data:text/html,x) https://evil.example \x1b[31mred\x1b[0m \u202efdp.exe\u2066 "
    "``` {{7*7}} =cmd|'/c calc'!A0"
)
# a name of a file holds no slash and no colon, and a bundle with steering letters in one is refused
FILE = "IMAP-[a](javascript) `x` {html} ='cmd' &lt;b&gt; 1.log"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
TAGS = set(
    "a article body caption circle code dd details div dl dt footer g h1 h2 h3 h4 head header html li main meta nav "
    "ol p path pre q script section span style summary svg table tbody td th thead title tr ul".split()
)


def toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def hostile_machine(folder: Path, day: int = 2) -> bytes:
    """The field bundle, in which ticket, machine, names, events and a log of one endless line mean harm.

    ``day`` is that of its collection; what was collected later holds a credential and a setting more, and a short line.
    """
    told = (FIXTURES / "scenarios" / "field_bundle" / "scenario.toml").read_text("utf-8")
    for old, new in {
        '"INC0012345"': toml(BAIT),
        '"PC-042"': toml(f"PC{BAIT}"),
        '"Alice"': toml(BAIT),
        "Please check your email address": f"{toml(BAIT)[1:-1]} Please check",
        "Domain:target=nas.example.org": "Domain:target=<script>alert(1)</script>tp_google_imap_oauth2",
    }.items():
        assert old in told
        told = told.replace(old, new)
    member = toml(f"C/Users/alice/AppData/Local/Temp/Outlook Logging/{FILE}")
    line = toml(f"2026-03-02 09:02:00 imap.gmail.com XOAUTH2 {BAIT * (6000 if day == 2 else 1)}")
    told = told.replace("2026-03-02T08:11", f"2026-03-0{day}T08:11")
    if day > 2:
        told = told.replace("ProxyEnable = 0", f"ProxyEnable = 1\nProxyServer = {toml(BAIT)}")
        told = told.replace("OneDrive Cached Credential", "OAUTH2:<img src=x onerror=alert(1)>_tp_google_smtp_oauth2")
    (folder / "scenario.toml").write_text(f"{told}\n[[text]]\nmember = {member}\nbody = {line}\n", "utf-8")
    return build_bundle(load_scenario(folder))


def hostile_knowledge(folder: Path) -> Path:
    """Our pages, but the one on the stored token says what harms. An address that is none of the web is refused."""
    home = folder / "knowledge"
    with resources.as_file(resources.files("analyzer").joinpath("knowledge")) as ours:
        shutil.copytree(ours, home, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    page = home / "causes" / "stale_token.toml"
    told = page.read_text("utf-8")
    told = re.sub(r'^title = ".*"$', lambda _: f"title = {toml(f'{BAIT} token')}", told, count=1, flags=re.MULTILINE)
    told = re.sub(r'^    "Do not use[^"]*"', lambda _: f"    {toml(BAIT)}", told, count=1, flags=re.MULTILINE)
    page.write_text(told, "utf-8")
    return home


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case folder with notes in every form."""
    room = tmp_path_factory.mktemp("hostile")
    bundle, case = room / "bundle.zip", room / "case"
    bundle.write_bytes(hostile_machine(room))
    options = ["--out", str(case), "--knowledge", str(hostile_knowledge(room))]
    for form in ("jira", "md"):
        assert run(["-q", "analyze", str(bundle), *options, "--notes", form]) == 0
        shutil.copytree(case, room / form)
    shutil.copy(room / "jira" / "case-notes.jira.txt", case)
    later = room / "later.zip"
    later.write_bytes(hostile_machine(room, day=3))
    assert run(["-q", "compare", str(case), str(later), "--out", str(room / "compared")]) == 0
    for name in ("comparison.html", "comparison.json"):
        shutil.copy(room / "compared" / name, case)
    return case


PAGES = ["report.html", "comparison.html"]


@pytest.mark.parametrize("name", [*PAGES, "case-notes.txt", "case-notes.md", "case-notes.jira.txt"])
def test_the_bait_is_there_and_steers_nothing(made: Path, name: str) -> None:
    text = (made / name).read_text("utf-8")
    assert "alert(1)" in text
    assert CONTROLS.findall(text) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_our_elements_and_nothing_that_acts(made: Path, name: str) -> None:
    text = (made / name).read_text("utf-8")
    elements = Elements(text).found
    assert {tag for tag, _ in elements} <= TAGS
    assert [tag for tag, _ in elements].count("script") == 1
    names = {name for _, attributes in elements for name in attributes}
    assert [name for name in names if name.startswith("on") or name in {"src", "srcset", "style", "action"}] == []
    links = {attributes["href"] or "" for tag, attributes in elements if tag == "a"}
    assert [href for href in links if not href.startswith(("#", "https://"))] == []
    assert [href for href in links if "evil" in href] == []
    assert len(text.encode()) < 1_000_000


def test_markdown_becomes_no_link_no_picture_and_no_element(made: Path) -> None:
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    assert reader.linkify
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    html = reader.render((made / "case-notes.md").read_text("utf-8"))
    assert set(re.findall(r"<(\w+)", html)) <= {"h3", "p", "strong", "ul", "li", "code", "pre"}


def test_in_jiras_markup_no_macro_link_or_picture_is_left_open(made: Path) -> None:
    text = (made / "case-notes.jira.txt").read_text("utf-8")
    outside = re.sub(r"\{noformat\}\n.*?\n\{noformat\}", "", text, flags=re.DOTALL).replace("{{", "").replace("}}", "")
    assert re.findall(r"(?<!\\)[\[\]{}|!]", outside) == []
    assert "://" not in outside


@pytest.mark.parametrize("name", ["findings.json", "comparison.json"])
def test_the_json_files_hold_texts_that_steer_nothing(made: Path, name: str) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for key, each in value.items() for text in (key, *texts(each))]
        if isinstance(value, list):
            return [text for each in value for text in texts(each)]
        return [value] if isinstance(value, str) else []

    told = texts(json.loads((made / name).read_bytes()))
    assert any("alert(1)" in text for text in told)
    assert [text for text in told if CONTROLS.search(text) or len(text) > 2000] == []
