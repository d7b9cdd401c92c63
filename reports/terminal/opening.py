"""What is shown while a bundle is read: which artifact, how many are done, and the verdict as soon as there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ProgressBar, Static
from textual.worker import get_current_worker

from analyzer.model import Refusal
from analyzer.pipeline import Result
from reports.page import badges
from reports.page.blocks import Tone
from reports.page.draft import sentence
from reports.page.inert import inert
from reports.page.wording import Wording
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style

_SHOWN = 10


class Left(Exception):
    """The person quit while the bundle was being read: the work unwinds, and no half case is left."""


class Listener(Protocol):
    """Told how far the work is; called from the thread that works."""

    def artifact(self, name: str, done: int, total: int, /) -> None:
        """An artifact is being read; with an empty name all are done."""

    def verdict(self, result: Result, /) -> None:
        """The diagnosis is known; the case is still being written."""


Opener = Callable[[Listener], Investigation]
"""Makes the investigation. Raises ``Refusal`` for what cannot be used."""


@dataclass
class Opened(Message):
    """The case is open, or cannot be opened."""

    investigation: Investigation | None = None
    refusal: Refusal | None = None


class Opening(Screen[None]):
    """The progress of opening. It is also the listener that the work reports to."""

    def __init__(self, opener: Opener, words: Wording) -> None:
        super().__init__()
        self._opener = opener
        self._words = words
        self._names: list[str] = []

    def compose(self) -> ComposeResult:
        """A title, a bar, the last artifacts, and room for the verdict."""
        frame = Vertical(
            Static(id="doing"),
            ProgressBar(total=None, show_eta=False, id="progress"),
            Static(id="artifacts"),
            Static(id="first-verdict"),
            id="opening",
        )
        frame.border_title = "mailscope"
        yield frame

    def on_mount(self) -> None:
        """Begin to work."""
        self.query_one("#doing", Static).update(Text(self._words("opening.begin")))
        self._work()

    @work(thread=True)
    def _work(self) -> None:
        try:
            opened = Opened(investigation=self._opener(self))
        except Refusal as refusal:
            opened = Opened(refusal=refusal)
        except Left:
            return
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self.app.post_message, opened)

    def artifact(self, name: str, done: int, total: int, /) -> None:
        """Hear of an artifact, from the other thread. Raises ``Left`` once nobody waits for it any more."""
        self._hear(self._tell, name, done, total)

    def verdict(self, result: Result, /) -> None:
        """Hear of the verdict, from the other thread. Raises ``Left`` as ``artifact`` does."""
        self._hear(self._say, result)

    def _hear(self, told: Callable[..., None], *what: object) -> None:
        if get_current_worker().is_cancelled:
            raise Left
        self.app.call_from_thread(told, *what)

    def _tell(self, name: str, done: int, total: int) -> None:
        self.query_one(ProgressBar).update(total=total, progress=done)
        told = self._words("opening.reading", n=done + 1, total=total) if name else self._words("opening.judging")
        self.query_one("#doing", Static).update(Text(told))
        self._names = [*self._names, name][-_SHOWN:] if name else self._names
        shown = Text("\n", no_wrap=True, overflow="ellipsis").join(
            Text(inert(one, 200), style(self, Tone.QUIET)) for one in self._names
        )
        self.query_one("#artifacts", Static).update(shown)

    def _say(self, result: Result) -> None:
        found = result.diagnosis
        badge = badges.outcome(self._words, found.head.status)
        text = Text(f"{badge.symbol} {badge.word}. ", style(self, badge.tone))
        text.append(sentence(self._words, found.verdicts, found.head), style(self, "heading"))
        self.query_one("#first-verdict", Static).update(text)
        self.query_one("#doing", Static).update(Text(self._words("opening.writing")))
