from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.model import Refusal
from analyzer.notes import Kind, Notebook, load
from tests.contracts.tree import ROOT

ROW = ("C/Windows/System32/winevt/Logs/OAlerts.evtx", "record 4711")

WRITER = """
import sys
from pathlib import Path
from analyzer.notes import Kind, Notebook
book = Notebook(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    book.write(Kind.NOTE, f"{sys.argv[2]} {number}")
print("written", flush=True)
sys.stdin.read()
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Another process that writes ``count`` notes into the case and then waits."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_was_noted_is_there_when_the_case_is_opened_again(tmp_path: Path) -> None:
    book = Notebook(tmp_path)
    book.write(Kind.BOOKMARK, artifact=ROW[0], place=ROW[1])
    book.write(Kind.IRRELEVANT, "a test of last year", artifact=ROW[0], place=ROW[1])
    book.write(Kind.NOTE, "le client rappelle à 14 h")
    assert [(note.kind, note.row, note.text) for note in load(tmp_path)] == [
        (Kind.BOOKMARK, ROW, ""),
        (Kind.IRRELEVANT, ROW, "a test of last year"),
        (Kind.NOTE, ("", ""), "le client rappelle à 14 h"),
    ]
    assert [note.kind for note in Notebook(tmp_path).at(*ROW)] == [Kind.BOOKMARK, Kind.IRRELEVANT]


def test_a_note_is_changed_and_taken_back_by_lines_that_are_added(tmp_path: Path) -> None:
    book = Notebook(tmp_path)
    note = book.write(Kind.NOTE, "first", artifact=ROW[0], place=ROW[1])
    book.write(Kind.NOTE, "second", artifact=ROW[0], place=ROW[1], id_=note.id)
    assert [held.text for held in book.at(*ROW)] == ["second"]
    book.remove(note)
    assert book.notes() == () == load(tmp_path)
    assert book.at(*ROW) == ()
    assert len((tmp_path / "notes.jsonl").read_text().splitlines()) == 3


def test_a_process_that_is_killed_loses_no_note(tmp_path: Path) -> None:
    process = writer(tmp_path, "note", 3)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert [note.text for note in load(tmp_path)] == ["note 0", "note 1", "note 2"]


def test_two_processes_at_once_lose_none_of_each_others_notes(tmp_path: Path) -> None:
    here = Notebook(tmp_path)
    others = [writer(tmp_path, name, 25) for name in ("left", "right")]
    for number in range(25):
        here.write(Kind.NOTE, f"here {number}")
    for process in others:
        process.communicate(input="")
    expected = {f"{name} {number}" for name in ("left", "right", "here") for number in range(25)}
    assert here.refresh() in (True, False)
    assert {note.text for note in here.notes()} == expected
    assert {note.text for note in load(tmp_path)} == expected


@pytest.mark.parametrize("torn", [b'{"op": "set", "id": "ab', b"\xff\xfe\x00", b'["no", "object"]', b'{"id": 7}'])
def test_a_last_line_that_is_no_note_is_counted_and_swallows_nothing(tmp_path: Path, torn: bytes) -> None:
    book = Notebook(tmp_path)
    book.write(Kind.NOTE, "before")
    with (tmp_path / "notes.jsonl").open("ab") as stream:
        stream.write(torn)
    reopened = Notebook(tmp_path)
    assert ([note.text for note in reopened.notes()], reopened.malformed) == (["before"], 1)
    reopened.write(Kind.NOTE, "after")
    assert ([note.text for note in reopened.notes()], reopened.malformed) == (["before", "after"], 1)
    again = Notebook(tmp_path)
    assert ([note.text for note in again.notes()], again.malformed) == (["before", "after"], 1)


def test_each_line_is_json_that_names_the_row(tmp_path: Path) -> None:
    Notebook(tmp_path).write(Kind.NOTE, "half a \ud800 letter\nand a second line", artifact=ROW[0], place=ROW[1])
    (line,) = (tmp_path / "notes.jsonl").read_bytes().splitlines()
    told = json.loads(line)
    assert {name: told[name] for name in ("op", "kind", "artifact", "place", "text")} == {
        "op": "set",
        "kind": "note",
        "artifact": ROW[0],
        "place": ROW[1],
        "text": "half a \ud800 letter\nand a second line",
    }


def test_a_file_that_cannot_be_read_or_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "case").write_text("no folder")
    with pytest.raises(Refusal, match=r"cannot (read|write) .*notes\.jsonl"):
        Notebook(tmp_path / "case").write(Kind.NOTE, "lost")
