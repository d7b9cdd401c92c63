"""``mailscope open``: what is opened, what is told meanwhile, and what comes out where there is no screen."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from textual.pilot import Pilot

from analyzer.model import Refusal
from analyzer.notes import Kind, Notebook
from analyzer.tables import Evidence
from reports import cli
from reports.cli.open import is_behind, retell, stand
from reports.terminal import keymap, languages
from reports.terminal.app import Mailscope
from reports.terminal.chrome import VIEWS
from reports.terminal.investigation import Investigation
from reports.terminal.opening import Listener, Opening
from reports.terminal.raw import Raw
from tests.contracts.tree import ROOT
from tests.terminal import cases
from tests.unit.reports import samples


class Silent:
    """A listener that remembers what it was told."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.verdicts: list[str] = []

    def artifact(self, name: str, done: int, total: int, /) -> None:  # noqa: ARG002  (the listener's signature)
        self.names.append(name)

    def verdict(self, result: object, /) -> None:
        self.verdicts.append(type(result).__name__)


def test_progress_and_the_verdict_are_on_the_screen_before_the_case_is_open(tmp_path: Path) -> None:
    go_on, seen = threading.Event(), threading.Event()

    def opener(listener: Listener) -> Investigation:
        listener.artifact("live/\x1b[31mstate.json", 3, 31)
        listener.verdict(samples.PINPOINTED)
        seen.set()
        go_on.wait()
        return cases.by_hand(tmp_path)

    async def run() -> None:
        app = Mailscope(opener)
        async with app.run_test(size=cases.SMALL) as pilot:
            await asyncio.to_thread(seen.wait)
            await pilot.pause()
            told = cases.shown(pilot)
            go_on.set()
            await cases.opened(pilot)
            assert "Writing the case …" in told
            assert "live/⟨U+001B⟩[31mstate.json" in told
            assert "● Pinpointed. A stored Google token is stale: this is the most" in told
            assert not isinstance(app.screen, Opening)

    asyncio.run(run())


def test_what_cannot_be_opened_ends_the_app_with_the_reason() -> None:
    def opener(_: Listener) -> Investigation:
        raise Refusal("nothing.zip is no bundle")

    async def run() -> str:
        app = Mailscope(opener)
        async with app.run_test() as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
        return str(app.refusal)

    assert asyncio.run(run()) == "nothing.zip is no bundle"


def test_who_quits_while_a_bundle_is_read_leaves_no_half_case(tmp_path: Path) -> None:
    folder, begun, quit_ = tmp_path / "case", threading.Event(), threading.Event()

    def opener(listener: Listener) -> Investigation:
        class Slow(Silent):
            def artifact(self, name: str, done: int, total: int, /) -> None:
                begun.set()
                quit_.wait()
                listener.artifact(name, done, total)

        return Investigation.of(stand(cases.forged_bundle(), folder, None, Slow()))

    async def run() -> None:
        app = Mailscope(opener)
        async with app.run_test() as pilot:
            await asyncio.to_thread(begun.wait)
            await pilot.press("q")
        quit_.set()

    asyncio.run(run())
    assert not folder.exists()


def test_a_bundle_is_analyzed_once_and_its_case_is_reopened_after_that(tmp_path: Path) -> None:
    first, second, third = Silent(), Silent(), Silent()
    folder = tmp_path / "case"
    one = stand(cases.forged_bundle(), folder, None, first)
    two = stand(cases.forged_bundle(), folder, None, second)
    three = stand(folder, None, "fr", third)
    assert ("live/state.json" in first.names, first.verdicts) == (True, ["Result"])
    assert (second.names, third.names) == ([], [])
    assert one.result.diagnosis == two.result.diagnosis
    assert three.options.lang == "fr"
    assert three.result.diagnosis.head == one.result.diagnosis.head


def test_a_case_takes_no_other_case(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is a case already"):
        stand(cases.forged_case(tmp_path), tmp_path / "other", None, Silent())


def test_plain_is_the_page_as_lines_and_so_is_a_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cases.forged_case(tmp_path)
    assert cli.run(["-q", "open", str(folder), "--plain"]) == 0
    plain = capsys.readouterr().out
    assert cli.run(["-q", "open", str(folder)]) == 0
    assert capsys.readouterr().out == plain
    lines = plain.splitlines()
    assert lines[:2] == ["Outlook's sign-in to Gmail on PC-042", "=" * 36]
    assert [after for line, after in pairwise(lines) if line == "Verdict"] == ["-------"]
    assert "Pinpointed. A stale Google token keeps the sign-in from starting" in plain
    assert not any(ord(letter) < 32 for letter in plain.replace("\n", ""))
    assert not set(plain) & set("─━│┃█\x1b")


def test_plain_speaks_french(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["-q", "open", str(cases.forged_case(tmp_path)), "--plain", "--lang", "fr"]) == 0
    assert "Cause identifiée." in capsys.readouterr().out


def test_plain_text_needs_no_terminal_library() -> None:
    script = "import sys, reports.cli.open; print('textual' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_what_is_neither_bundle_nor_case_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("no bundle")
    assert cli.run(["-q", "open", str(tmp_path / "letter.txt"), "--case", str(tmp_path / "case")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "case").exists()


def test_the_report_shows_what_was_noted_since(tmp_path: Path) -> None:
    folder = cases.forged_case(tmp_path)
    assert not is_behind(folder)
    Notebook(folder).write(Kind.NOTE, "Alice has <two> profiles.")
    assert is_behind(folder)
    retell(folder)
    os.utime(folder / "notes.jsonl", ns=(0, 0))
    assert not is_behind(folder)
    report = (folder / "report.html").read_text("utf-8")
    assert "Alice has &lt;two&gt; profiles." in report


def test_keys_can_be_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\n"row.cite" = "ctrl+y"\n"view.gaps" = "f8,8"\n')
    monkeypatch.setenv("MAILSCOPE_KEYS", str(tmp_path / "keys.toml"))

    async def run() -> Mailscope:
        app = Mailscope(lambda _: cases.by_hand(tmp_path), "en", keymap.load())
        async with app.run_test(size=cases.SMALL) as pilot:
            await cases.opened(pilot)
            await cases.press(pilot, "y")
            assert app.clipboard == ""
            await cases.press(pilot, "ctrl+y", "f8")
            assert type(app.screen).__name__ == "Gaps"
        return app

    assert asyncio.run(run()).clipboard.startswith("record 4711 in ")


@pytest.mark.parametrize("text", ['[keys]\n"row.sing" = "y"\n', "[keys]\nx = 3\n", "no toml"])
def test_keys_that_name_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "keys.toml").write_text(text)
    monkeypatch.setenv("MAILSCOPE_KEYS", str(tmp_path / "keys.toml"))
    with pytest.raises(Refusal, match=r"keys\.toml"):
        keymap.load()


def test_without_a_file_the_keys_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILSCOPE_KEYS", str(tmp_path / "keys.toml"))
    assert keymap.load() == {}


def test_hostile_evidence_is_inert_and_cut_on_every_screen(tmp_path: Path) -> None:
    case = cases.by_hand(tmp_path, samples.hostile())
    case.notebook.write(Kind.NOTE, samples.HOSTILE, artifact=samples.HOSTILE, place=samples.HOSTILE)
    case.notebook.write(Kind.IRRELEVANT, "[bold red]markup[/] [@click=app.quit]x[/]")

    async def steps(pilot: Pilot[None]) -> None:
        for key in ("1", "2", "8", "9", "f", "at"):
            await cases.press(pilot, *(("1", "f") if key == "f" else (key,)))
            told = cases.shown(pilot)
            assert not set(told) & set("\x1b\u202e\u2066\ud800")
            assert len(max(told.splitlines(), key=len)) <= cases.LARGE[0] + 2
        await cases.press(pilot, "escape", "9")
        assert "[bold red]markup[/] [@click=app.quit]x[/]" in cases.shown(pilot)

    assert cases.play(case, steps).return_code in (0, None)


def test_the_how_to_names_every_key_that_can_be_another() -> None:
    told = (ROOT / "docs" / "how-to" / "terminal.md").read_text("utf-8")
    table = told.partition("| name | key |")[2]
    assert set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)) == keymap.names()


def test_every_key_can_be_another_and_is_told_in_every_language() -> None:
    keymap.names()
    ours = [binding for kind in keymap.kinds() for binding in keymap.bindings(kind)]
    assert [binding.key for binding in ours if not binding.id] == []
    for lang in ("en", "fr"):
        texts = languages.load(lang).texts
        assert sorted({b.description for b in ours if b.description not in texts}) == []


def test_both_languages_say_the_same_things() -> None:
    assert sorted(languages.load("fr").texts) == sorted(languages.load("en").texts)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_tabs_fit_into_80_columns(lang: str) -> None:
    words = languages.load(lang)
    assert sum(len(words(f"tab.{name}")) + 2 for name in VIEWS) <= 80


def test_a_record_of_a_megabyte_is_cut_where_it_is_shown(tmp_path: Path) -> None:
    case = cases.by_hand(tmp_path)
    huge = "[red]\x1b[2J\u202e" + "A" * 1_000_000 + " the end"
    event = pl.col("place") == samples.DIALOG.place
    text = pl.when(event).then(pl.lit(huge)).otherwise(pl.col("text")).alias("text")
    case.evidence = Evidence({**case.evidence.tables, "events": case.evidence.events.with_columns(text)})

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "enter", "enter", "z")
        told = cases.shown(pilot)
        assert "[red]⟨U+001B⟩[2J⟨U+202E⟩AAAA" in told
        found = pilot.app.screen.query_one(Raw).found
        assert found is not None
        assert dict(found.fields)["text"] == huge
        await cases.press(pilot, "G")
        assert "the end" not in cases.shown(pilot)
        assert "record 4712" in cases.shown(pilot)

    cases.play(case, steps)
