"""An investigation by keys, from the verdict down to the bytes, held against readers that are not ours."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pyevtx
import pyregf
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from analyzer import shelf
from analyzer.model import Source
from analyzer.notes import Kind, load
from reports.terminal.app import Mailscope
from reports.terminal.diagnosis import Diagnosis
from reports.terminal.listing import Listing
from reports.terminal.raw import Raw
from reports.terminal.view import View
from tests.terminal import cases

MODIFIED = "C/Users/alice/NTUSER.DAT"


def raw(pilot: Pilot[None]) -> Raw:
    return pilot.app.screen.query_one(Raw)


def field(pilot: Pilot[None], name: str) -> str:
    """A field of the record in the last pane."""
    found = raw(pilot).found
    assert found is not None
    return dict(found.fields)[name]


def member(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(cases.forged_bundle()) as bundle:
        return Path(bundle.extract(name, folder))


def strings_by_libevtx(log: Path, record_id: int) -> list[str]:
    """The strings of one record, by libevtx."""
    file = pyevtx.file()
    file.open(str(log))
    records = (file.get_record(n) for n in range(file.number_of_records))
    (record,) = [record for record in records if record.identifier == record_id]
    texts = [record.get_string(n) or "" for n in range(record.number_of_strings)]
    file.close()
    return texts


def value_by_libregf(hive: Path, place: str) -> str:
    """One value below the root of a hive, by libregf."""
    key, _, name = place.partition("\\")[2].partition("!")
    file = pyregf.file()
    file.open(str(hive))
    found = file.get_key_by_path("\\" + key).get_value_by_name(name)
    text = str(found.data_as_integer) if found.type == 4 else found.data_as_string
    file.close()
    return text


def test_enter_leads_from_the_cause_to_the_record_whose_text_is_what_libevtx_reads(tmp_path: Path) -> None:
    case = cases.reopened(cases.forged_case(tmp_path))

    async def steps(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        assert screen.focused is screen.query_one("#causes")
        await cases.press(pilot, "enter")
        assert screen.focused is screen.query_one("#statements")
        await cases.press(pilot, "enter")
        assert screen.focused is raw(pilot)
        source = raw(pilot).source
        assert source is not None
        read = strings_by_libevtx(member(source.artifact, tmp_path), int(source.place.removeprefix("record ")))
        told = [line.strip() for line in field(pilot, "text").splitlines() if line.strip()]
        assert told == [line.strip() for text in read for line in text.splitlines() if line.strip()]
        assert "We couldn't log on to the incoming (POP/IMAP) server." in cases.shown(pilot)

    cases.play(case, steps)


def test_a_value_in_the_last_pane_is_what_libregf_reads(tmp_path: Path) -> None:
    case = cases.reopened(cases.forged_case(tmp_path))
    values = [s for s in case.sources if s.artifact == MODIFIED and "!" in s.place]
    assert len(values) > 2

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "2")
        hive = member(MODIFIED, tmp_path)
        for value in values:
            pilot.app.screen.query_one("#rows", Listing).choose(f"{value.artifact}\t{value.place}")
            await cases.settle(pilot)
            assert field(pilot, "value") == value_by_libregf(hive, value.place)

    cases.play(case, steps)


def test_a_line_of_a_command_stands_in_the_file_at_that_number(tmp_path: Path) -> None:
    case = cases.reopened(cases.forged_case(tmp_path))
    (line,) = [s for s in case.sources if s.artifact == "live/cmdkey_list.txt" and s.place == "line 9"]

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "2")
        pilot.app.screen.query_one("#rows", Listing).choose(f"{line.artifact}\t{line.place}")
        await cases.settle(pilot)
        text = member(line.artifact, tmp_path).read_bytes().decode("cp850").splitlines()[9 - 1]
        assert field(pilot, "credentials.target") in text

    cases.play(case, steps)


def test_escape_goes_back_pane_by_pane_and_then_screen_by_screen(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "8", "1", "enter", "enter")
        names = []
        for _ in range(4):
            focused = pilot.app.screen.focused
            names.append((type(pilot.app.screen).__name__, focused.id if focused else None))
            await cases.press(pilot, "escape")
        assert names == [("Diagnosis", "raw"), ("Diagnosis", "statements"), ("Diagnosis", "causes"), ("Gaps", "gaps")]
        assert isinstance(pilot.app.screen, Diagnosis)

    cases.play(cases.by_hand(tmp_path), steps)


def test_every_digit_shows_its_screen_and_tab_walks_through_its_panes(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        for key, name in (("2", "Evidence"), ("8", "Gaps"), ("9", "Notes"), ("1", "Diagnosis")):
            await cases.press(pilot, key)
            assert type(pilot.app.screen).__name__ == name
        walked = []
        for _ in range(3):
            focused = pilot.app.screen.focused
            walked.append(focused.id if focused else None)
            await cases.press(pilot, "tab")
        assert walked == ["causes", "statements", "raw"]

    cases.play(cases.by_hand(tmp_path), steps)


def test_the_overlay_titled_keys_is_closed_by_its_key_and_by_escape(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        for close in ("question_mark", "escape"):
            await cases.press(pilot, "question_mark")
            assert "─ Keys ─" in cases.shown(pilot)
            assert "Next evidence" in cases.shown(pilot)
            await cases.press(pilot, close)
            assert "─ Keys ─" not in cases.shown(pilot)
            assert isinstance(pilot.app.screen, Diagnosis)

    cases.play(cases.by_hand(tmp_path), steps)


def test_q_quits_without_a_question(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("q")

    app = cases.play(cases.by_hand(tmp_path), steps)
    assert (app.return_code, app.is_running) == (0, False)


def test_e_walks_through_the_sources_of_a_statement_and_on_to_the_next(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        places = []
        for key in ("e", "e", "E"):
            source = raw(pilot).source
            places.append(source.place if source else None)
            await cases.press(pilot, key)
        assert places == ["record 4711", "line 12", "line 12"]
        assert pilot.app.screen.query_one("#statements", Listing).chosen == "silent_failure_with_token"

    cases.play(cases.by_hand(tmp_path), steps)


def test_a_bookmark_a_note_and_a_reason_are_in_the_case_before_the_next_key(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "m")
        assert [note.kind for note in load(tmp_path)] == [Kind.BOOKMARK]
        await cases.press(pilot, "c", *"seen", "enter")
        await cases.press(pilot, "x", "o", "l", "d", "enter")
        assert [(note.kind, note.text) for note in load(tmp_path)][1:] == [
            (Kind.NOTE, "seen"),
            (Kind.IRRELEVANT, "old"),
        ]
        assert all(note.row == (note.artifact, "record 4711") for note in load(tmp_path))
        assert "★✎⊘ record 4711" in cases.shown(pilot)
        await cases.press(pilot, "m", "c", "backspace", "backspace", "backspace", "backspace", "enter")
        assert [note.kind for note in load(tmp_path)] == [Kind.IRRELEVANT]

    cases.play(cases.by_hand(tmp_path), steps)


def test_what_another_process_notes_appears_here(tmp_path: Path) -> None:
    case, other = cases.by_hand(tmp_path), cases.by_hand(tmp_path)

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "9")
        assert "from the other side" not in cases.shown(pilot)
        other.notebook.write(Kind.NOTE, "from the other side")
        assert isinstance(pilot.app, Mailscope)
        pilot.app.look_for_notes()
        await cases.settle(pilot)
        assert "from the other side" in cases.shown(pilot)
        await cases.press(pilot, "a", "h", "i", "enter")

    cases.play(case, steps)
    assert {note.text for note in load(tmp_path)} == {"from the other side", "hi"}


def test_a_copy_is_a_citation_for_the_clipboard_and_for_the_file_beside(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "t", "y")

    app = cases.play(cases.by_hand(tmp_path), steps)
    expected = (
        "record 4711 in C/Windows/System32/winevt/Logs/OAlerts.evtx · 2026-03-02 08:02:00 UTC · "
        "“Microsoft Outlook ⏎ We couldn't log on to the incoming (POP/IMAP) server.” · "
        f"SHA-256 {'a' * 64} · INC0012345.zip SHA-256 {'f' * 64}"
    )
    assert app.clipboard == expected
    assert (tmp_path / "citations.txt").read_text("utf-8") == expected + "\n"


def test_one_key_walks_through_the_clocks(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        for said in ("08:02:00.000 UTC", "09:02:00.000 Local", "08:01:58.900 True UTC", "08:02:00.000 UTC"):
            assert f"record 4711  2026-03-02 {said}" in cases.shown(pilot)
            await cases.press(pilot, "t")

    cases.play(cases.by_hand(tmp_path), steps)


def test_what_if_moves_verdicts_says_so_everywhere_and_leaves_the_case_as_it_is(tmp_path: Path) -> None:
    folder = cases.forged_case(tmp_path)
    case = cases.reopened(folder)
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    first = case.diagnosis.verdicts[0]

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "enter", "w", "e", "e", "w", "w")
        assert case.supposition is not None
        assert "WHAT IF, without 1: not the diagnosis" in cases.shown(pilot)
        assert "[left out]" in cases.shown(pilot)
        await cases.press(pilot, "8")
        assert " mailscope  WHAT IF  PC-042" in cases.shown(pilot)
        await cases.press(pilot, "1", "W")
        assert case.supposition is None
        assert "WHAT IF" not in cases.shown(pilot)

    cases.play(case, steps)
    after = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    assert {path.name for path in after if after[path] != before.get(path)} == {"audit.jsonl"}
    assert case.diagnosis.verdicts[0] == first


def test_the_journal_tells_what_was_done_and_never_what_was_found(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "m", "y", "enter", "enter", "at")
        told = cases.shown(pilot)
        assert "opened  INC0012345.zip" in told
        assert "copied  record 4711" in told

    case = cases.by_hand(tmp_path)
    cases.play(case, steps)
    assert [deed.what for deed in case.audit.deeds()] == ["opened", "bookmarked", "copied", "looked"]
    assert "incoming" not in (tmp_path / "audit.jsonl").read_text()


def test_a_statement_that_was_not_judged_tells_what_was_not_read(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        pilot.app.screen.query_one("#statements", Listing).choose("google_refused_token")
        await cases.settle(pilot)
        assert "Not judged, because this was not read:" in cases.shown(pilot)
        assert "missing: logging is off by default" in cases.shown(pilot)
        assert raw(pilot).source is None
        await cases.press(pilot, "m", "c", "y")
        assert load(tmp_path) == ()

    cases.play(cases.by_hand(tmp_path), steps)


def test_brackets_turn_to_every_section_of_the_report(tmp_path: Path) -> None:
    case = cases.by_hand(tmp_path)

    async def steps(pilot: Pilot[None]) -> None:
        for name in ("verdict", "plan", "attempts", "accounts", "checklist", "provenance"):
            await cases.press(pilot, "right_square_bracket")
            assert pilot.app.screen.query_one("#section-text", Static).display
            assert case.page.section(name).blocks
        assert "SHA-256" in cases.shown(pilot)
        await cases.press(pilot, "right_square_bracket")
        assert "Records around it" in cases.shown(pilot)

    cases.play(case, steps)


def test_the_palette_finds_a_screen_by_a_part_of_its_name(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p", *"gap")
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.press("enter")
        await cases.settle(pilot)
        assert type(pilot.app.screen).__name__ == "Gaps"

    cases.play(cases.by_hand(tmp_path), steps)


def test_a_click_on_a_tab_shows_its_screen_and_on_a_cause_its_evidence(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await pilot.click("#causes", offset=(6, 3))
        await cases.settle(pilot)
        assert "The build is 16.0.17126.20132." in cases.shown(pilot)
        await pilot.click("Tabs", offset=(20, 0))
        await cases.settle(pilot)
        assert type(pilot.app.screen).__name__ == "Evidence"

    cases.play(cases.by_hand(tmp_path), steps)


def test_a_row_without_a_table_row_still_shows_what_was_cited(tmp_path: Path) -> None:
    case = cases.by_hand(tmp_path)

    async def steps(pilot: Pilot[None]) -> None:
        raw(pilot).show(Source("gone.log", "line 7", None, "what the diagnosis saw"))
        await cases.settle(pilot)
        assert "what the diagnosis saw" in cases.shown(pilot)

    cases.play(case, steps)


def test_a_table_that_went_missing_leaves_what_was_cited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_HELD_BYTES", 0)
    folder = cases.forged_case(tmp_path)
    case = cases.reopened(folder)
    shutil.rmtree(folder / "tables" / "events")

    async def steps(pilot: Pilot[None]) -> None:
        raw(pilot).show(Source("C/Windows/System32/winevt/Logs/OAlerts.evtx", "record 212", None, "what was seen"))
        await cases.settle(pilot)
        assert "what was seen" in cases.shown(pilot)
        assert "a file of its tables is gone or damaged" in cases.shown(pilot)

    cases.play(case, steps)


def test_enter_on_the_record_leads_into_its_table_at_that_row(tmp_path: Path) -> None:
    case = cases.reopened(cases.forged_case(tmp_path))

    async def steps(pilot: Pilot[None]) -> None:
        await cases.press(pilot, "enter", "enter")
        source = raw(pilot).source
        await cases.press(pilot, "enter")
        screen = pilot.app.screen
        assert type(screen).__name__ == "Events"
        assert isinstance(screen, View)
        row = screen.current_row()
        assert source is not None
        assert row is not None
        assert (row.artifact, row.place) == (source.artifact, source.place)

    cases.play(case, steps)
