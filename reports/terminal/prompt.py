"""One line to answer in: what to search for, which time to go to. What is wrong with an answer is said beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from reports.page.inert import inert
from reports.page.wording import Wording
from reports.terminal.palette import style

_TYPED_CHARS = 500


class Prompt(Horizontal):
    """Hidden until it asks. A ``purpose`` says what for: ``prompt.<purpose>`` asks, ``prompt.hint.…`` helps."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; }
    Prompt.-asking { display: block; }
    Prompt > #prompt-question { width: auto; }
    Prompt > #prompt-answer { width: 1fr; }
    Prompt > #prompt-told { width: auto; max-width: 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "key.close", id="prompt.close"),
        Binding("up", "recall(-1)", "key.table.earlier", show=False, id="prompt.earlier"),
        Binding("down", "recall(1)", "key.table.later", show=False, id="prompt.later"),
    ]

    @dataclass
    class Answered(Message):
        """A line was typed and entered."""

        purpose: str
        text: str

    class Closed(Message):
        """Nothing more is asked."""

    def __init__(self, words: Wording) -> None:
        super().__init__(id="prompt")
        self._words = words
        self._purpose = ""
        self._given: dict[str, list[str]] = {}
        self._back = 0

    def compose(self) -> Iterable[Widget]:
        """Question, answer, and room for a word on it."""
        yield Static(id="prompt-question")
        answer = Input(id="prompt-answer", compact=True, max_length=_TYPED_CHARS)
        answer.cursor_blink = False
        yield answer
        yield Static(id="prompt-told")

    def ask(self, purpose: str, value: str = "", suggester: Suggester | None = None) -> None:
        """Show the line and wait."""
        self._purpose, self._back = purpose, 0
        self.query_one("#prompt-question", Static).update(
            Text(f" {self._words(f'prompt.{purpose}')} ", style(self, "key"))
        )
        answer = self.query_one(Input)
        answer.suggester = suggester
        answer.placeholder = self._words(f"prompt.hint.{purpose}")
        answer.value = value
        self.tell("")
        self.add_class("-asking")
        answer.focus()

    def tell(self, what: str) -> None:
        """Say what is wrong; the line stays open."""
        self.query_one("#prompt-told", Static).update(Text(f" {inert(what, 80)} " if what else "", style(self, "near")))

    def action_close(self) -> None:
        """Ask no more."""
        self.remove_class("-asking")
        self.post_message(self.Closed())

    def action_recall(self, step: int) -> None:
        """What was answered before to the same question."""
        given = self._given.get(self._purpose, [])
        self._back = max(0, min(len(given), self._back - step))
        answer = self.query_one(Input)
        answer.value = given[-self._back] if self._back else ""
        answer.cursor_position = len(answer.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A word on the last answer does not hold for the next."""
        event.stop()
        self.tell("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the answer on."""
        event.stop()
        given = self._given.setdefault(self._purpose, [])
        if event.value and event.value not in given[-1:]:
            given.append(event.value)
        self.post_message(self.Answered(self._purpose, event.value))
