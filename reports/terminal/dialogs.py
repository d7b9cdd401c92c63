"""What lies over a screen for a moment: the keys, a question, a list to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from reports.page.wording import Wording
from reports.terminal.palette import style

_TWO_COLUMNS = 76


class Overlay(ModalScreen[None]):
    """A titled text over the screen, closed by Escape or by the key that opened it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,at,q", "dismiss", "key.close", id="overlay.close"),
        Binding("down,j", "scroll('down')", "key.down", id="overlay.down", show=False),
        Binding("up,k", "scroll('up')", "key.up", id="overlay.up", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """The frame and the text in it."""
        frame = VerticalScroll(Static(id="overlay-text"), id="overlay")
        frame.border_title = self._title
        yield frame

    def on_mount(self) -> None:
        """Draw once the theme is known."""
        self.query_one("#overlay-text", Static).update(self.content())

    def content(self) -> RenderableType:
        """The text."""
        return Text("")

    def action_scroll(self, where: str) -> None:
        """Move the text by a line."""
        frame = self.query_one("#overlay")
        frame.scroll_relative(y=1 if where == "down" else -1, animate=False)


class Keys(Overlay):
    """Every key that acts where the focus is, the nearest first."""

    def __init__(self, under: Screen[object], words: Wording) -> None:
        super().__init__(words("keys.title"))
        self._words = words
        groups: dict[str, dict[str, list[Binding]]] = {}
        for active in under.active_bindings.values():
            home = "pane" if active.node not in (under, under.app) else "screen" if active.node is under else "app"
            groups.setdefault(home, {}).setdefault(active.binding.action, []).append(active.binding)
        self._groups = groups
        self._display = under.app.get_key_display

    def content(self) -> RenderableType:
        """A table a group, what acts here beside what acts everywhere where there is room."""
        here = Group(*(part for home in ("pane", "screen") if home in self._groups for part in self._group(home)))
        everywhere = Group(*(self._group("app") if "app" in self._groups else ()))
        config = Text(self._words("keys.config"), style(self, "label"))
        if self.app.size.width < _TWO_COLUMNS:
            return Group(here, everywhere, config)
        grid = Table.grid(padding=(0, 3))
        grid.add_row(here, everywhere)
        return Group(grid, config)

    def _group(self, home: str) -> tuple[RenderableType, ...]:
        return Text(self._words(f"keys.{home}"), style(self, "heading")), self._table(home), Text("")

    def _table(self, home: str) -> Table:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=12)
        grid.add_column()
        for bindings in self._groups[home].values():
            keys = " ".join(dict.fromkeys(self._display(binding) for binding in bindings))
            told = self._words.texts.get(bindings[0].description, "")
            if told:
                grid.add_row(Text(keys, style(self, "key")), Text(told))
        return grid


class Listed(Overlay):
    """Lines to read, the newest at the end."""

    def __init__(self, title: str, lines: Iterable[Text]) -> None:
        super().__init__(title)
        self._lines = tuple(lines)

    def content(self) -> RenderableType:
        """The lines."""
        return Group(*self._lines)


class Question(ModalScreen[str | None]):
    """Asks for one line of text. Enter answers, Escape gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "key.cancel", id="question.cancel")]

    def __init__(self, title: str, hint: str, value: str = "") -> None:
        super().__init__()
        self._title, self._hint, self._value = title, hint, value

    def compose(self) -> ComposeResult:
        """The question and the line for the answer."""
        frame = Vertical(Input(self._value, id="answer"), Static(Text(self._hint), id="hint"), id="question")
        frame.border_title = self._title
        yield frame

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        self.dismiss(event.value.strip())

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
