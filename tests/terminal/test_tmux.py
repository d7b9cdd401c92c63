"""A whole investigation in a real terminal: keys go in by tmux, what is read is what tmux shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer.notes import Kind, load
from tests.contracts.tree import ROOT
from tests.terminal import cases

PATIENCE_S = 60.0


class Terminal:
    """A terminal of 80 × 24 that runs one command."""

    def __init__(self, name: str, command: str) -> None:
        self._tmux = ("tmux", "-L", name)
        # what a session that runs inside another tmux would tell
        self._environment = {key: value for key, value in os.environ.items() if key != "TMUX"} | {
            "TERM": "xterm-256color",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
        }
        self._run("-f", os.devnull, "new-session", "-d", "-s", "case", "-x", "80", "-y", "24", command)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=True, env=self._environment, cwd=ROOT
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Type keys by tmux's names."""
        self._run("send-keys", "-t", "case", *keys)

    def shown(self) -> str:
        """The screen."""
        return self._run("capture-pane", "-p", "-t", "case")

    def wait(self, for_: Callable[[str], bool]) -> str:
        """The screen as soon as it is as wanted."""
        until = time.monotonic() + PATIENCE_S
        while not for_(told := self.shown()):
            assert time.monotonic() < until, told
        return told

    def see(self, text: str) -> str:
        """The screen as soon as it shows a text."""
        return self.wait(lambda told: text in told)

    def end(self) -> None:
        """Close it, whatever runs in it."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False, env=self._environment)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The forged bundle, opened."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = f"'{sys.executable}' -m analyzer open '{cases.forged_bundle()}' --case '{tmp_path / 'case'}'"
    made = Terminal(f"mailscope-{os.getpid()}", f"{command}; echo it ended with $?; read rest")
    try:
        yield made
    finally:
        made.end()


def test_an_engineer_goes_from_the_bundle_to_the_record_notes_it_and_quits(terminal: Terminal, tmp_path: Path) -> None:
    told = terminal.see("record 212")
    assert "A stale Google token keeps the sign-in from starting" in told
    assert "1Diagnosis 2Evidence 3Timeline 4Events 5Registry 6Logs 7Query 8Gaps 9Notes" in told
    terminal.press("Enter")
    terminal.see("━Evidence━")
    terminal.press("Enter")
    terminal.see("━ Record ")
    terminal.press("z")
    told = terminal.see("Records around it")
    assert "We couldn't log on to the incoming (POP/IMAP)" in told
    terminal.press("m")
    terminal.see("★ record 212")
    terminal.press("c")
    terminal.see("Note on this row")
    terminal.press("-l", "no window came")
    terminal.press("Enter")
    terminal.see("Note: no window came")
    terminal.press("z")
    terminal.see("─Causes─")
    terminal.press("f")
    terminal.wait(lambda told: "near the failure" not in told)
    terminal.press("4")
    terminal.see("◆★✎2026-03-02 08:02:00")
    terminal.press("8")
    terminal.see("To collect next")
    terminal.press("9")
    terminal.see("✎ no window came")
    terminal.see("★✎ record 212")
    terminal.press("?")
    terminal.see("─ Keys ─")
    terminal.press("?")
    terminal.wait(lambda told: "─ Keys ─" not in told)
    terminal.press("q")
    terminal.see("it ended with 0")
    assert {(note.kind, note.place) for note in load(tmp_path / "case")} == {
        (Kind.BOOKMARK, "record 212"),
        (Kind.NOTE, "record 212"),
    }
    assert "no window came" in (tmp_path / "case" / "report.html").read_text("utf-8")
