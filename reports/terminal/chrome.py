"""The frame around every screen: a bar that says which case and which clock, the tabs, and a footer of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.widget import Widget

from reports.page import badges
from reports.page.inert import inert
from reports.page.wording import Wording
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style

VIEWS = ("diagnosis", "evidence", "timeline", "events", "registry", "logs", "query", "gaps", "notes")
"""Every screen in the order of its key, from 1."""

_WIDE = 112


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; ``action`` is what a click on it does."""

    text: str
    style: str | Style = ""
    action: str = ""


class Line(Widget):
    """One line of pieces that can be clicked, cut at its width by whole pieces."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def pieces(self) -> Iterable[Piece]:
        """What stands in the line, from the left."""
        return ()

    def render(self) -> Text:
        """The pieces that fit."""
        line = Text(no_wrap=True, end="")
        for piece in self._fitting():
            line.append(piece.text, piece.style)
        return line

    def _fitting(self) -> Iterator[Piece]:
        room = self.size.width
        for piece in self.pieces():
            room -= cell_len(piece.text)
            if room < 0:
                return
            yield piece

    async def on_click(self, event: events.Click) -> None:
        """Do what the piece under the pointer stands for."""
        x = 0
        for piece in self._fitting():
            x += cell_len(piece.text)
            if event.x < x:
                if piece.action:
                    await self.run_action(piece.action)
                return


class Masthead(Widget):
    """Which case, which verdict, which clock; below it the tabs."""

    DEFAULT_CSS = "Masthead { height: 2; layout: vertical; }"

    def __init__(self, investigation: Investigation, active: str) -> None:
        super().__init__()
        self._investigation = investigation
        self._active = active

    def compose(self) -> Iterator[Widget]:
        """Two lines."""
        yield Title(self._investigation)
        yield Tabs(self._investigation.words, self._active)


class Title(Widget):
    """The machine, the ticket, the verdict; at the right the clock and how many notes there are."""

    DEFAULT_CSS = "Title { height: 1; }"

    def __init__(self, investigation: Investigation) -> None:
        super().__init__()
        self._investigation = investigation

    def render(self) -> Text:
        """The left part, cut where it would touch the right one."""
        right = self._right()
        left = self._left()
        left.truncate(max(0, self.size.width - right.cell_len - 1), overflow="ellipsis", pad=True)
        return Text.assemble(left, " ", right, no_wrap=True, end="")

    def _left(self) -> Text:
        result, words = self._investigation.result, self._investigation.words
        named = filter(None, (result.machine or result.bundle.name, result.bundle.ticket))
        badge = badges.outcome(words, result.diagnosis.head.status)
        line = Text(" mailscope ", style="bold", no_wrap=True)
        if self._investigation.supposition:
            line.append(f" {words('suppose.badge')} ", style(self, "hit"))
            line.append(" ")
        line.append(" · ".join(inert(name, 40) for name in named) + "  ")
        line.append(f"{badge.symbol} {badge.word}", style(self, badge.tone))
        return line

    def _right(self) -> Text:
        line = Text(no_wrap=True)
        if count := len(self._investigation.notebook.notes()):
            line.append(f"✎ {count}  ")
        line.append(f"{self._investigation.mode_label} ", "bold")
        return line


class Tabs(Line):
    """The screens with the key of each; short names where there is little room."""

    def __init__(self, words: Wording, active: str) -> None:
        super().__init__()
        self._words = words
        self._active = active

    def pieces(self) -> Iterable[Piece]:
        """One a screen; the active one is bold, reversed and bracketed by spaces."""
        wide = self.size.width >= _WIDE
        for number, name in enumerate(VIEWS, 1):
            title = self._words(f"view.{name}" if wide else f"tab.{name}")
            style = "bold reverse" if name == self._active else ""
            text = f" {number} {title} " if wide else f"{number}{title}"
            yield Piece(text, style, f"app.view('{name}')")
            yield Piece(" ")


class Footer(Line):
    """The keys that act here, as far as there is room."""

    def __init__(self, words: Wording) -> None:
        super().__init__()
        self._words = words

    def on_mount(self) -> None:
        """Follow the focus: each pane has keys of its own."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def pieces(self) -> Iterable[Piece]:
        """Keys of the pane and the screen while there is room, then those that act everywhere, at the right."""
        near: list[tuple[Piece, Piece]] = []
        everywhere: list[tuple[Piece, Piece]] = []
        for binding, enabled in self._shown():
            if enabled:
                (everywhere if (binding.id or "").startswith("app.") else near).append(self._pair(binding))
        room = self.size.width - sum(map(_width, everywhere))
        for pair in near:
            room -= _width(pair)
            if room < 0:
                room += _width(pair)
                break
            yield from pair
        yield Piece(" " * room)
        for pair in everywhere:
            yield from pair

    def _pair(self, binding: Binding) -> tuple[Piece, Piece]:
        """A key and what it does, in one word where the languages have one for here."""
        texts = self._words.texts
        name = binding.description.removeprefix("key.")
        told = texts.get(f"foot.{name}", texts.get(binding.description, binding.description))
        key = self.app.get_key_display(binding)
        return Piece(f" {key}", style(self, "key"), binding.action), Piece(f" {told} ", "", binding.action)

    def _shown(self) -> Iterator[tuple[Binding, bool]]:
        actions = set()
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.binding.action not in actions:
                actions.add(active.binding.action)
                yield active.binding, active.enabled


def _width(pieces: Iterable[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in pieces)
