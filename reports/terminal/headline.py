"""The two lines above a table: how much of it is shown, and by which filters."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from reports.terminal.chrome import Line, Piece
from reports.terminal.filters import Filter
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style


class Headline(Widget):
    """At the left how many rows are shown; at the right what was done last, else where the cursor stands."""

    DEFAULT_CSS = "Headline { height: 1; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.left = ""
        self.place = ""
        self.told = ""

    def say(self, *, left: str | None = None, place: str | None = None, told: str | None = None) -> None:
        """Change some of it."""
        self.left = self.left if left is None else left
        self.place = self.place if place is None else place
        self.told = self.told if told is None else told
        self.refresh()

    def render(self) -> Text:
        """The left part gives way."""
        right = f"{self.told or self.place} "
        room = max(0, self.size.width - cell_len(right) - 1)
        line = Text(f" {self.left}", style(self, "heading"), no_wrap=True, end="")
        line.truncate(room, overflow="ellipsis", pad=True)
        line.append(" ")
        line.append(right, style(self, "near" if self.told else "label"))
        return line


class Chips(Line):
    """The filters, each of which a click takes away; hidden where there is none."""

    DEFAULT_CSS = "Chips { display: none; } Chips.-some { display: block; }"

    def __init__(self, investigation: Investigation) -> None:
        super().__init__()
        self._words = investigation.words
        self._filters: tuple[Filter, ...] = ()

    def show(self, filters: tuple[Filter, ...]) -> None:
        """Show these."""
        self._filters = filters
        self.set_class(bool(filters), "-some")
        self.refresh()

    def pieces(self) -> Iterable[Piece]:
        """One a filter; where they do not all fit, how many there are comes first."""
        chip = style(self, "cursor-blurred")
        yield Piece(f" {self._words('filter.only')} ", style(self, "label"))
        labels = [f" {one.label(self._words)} ✕ " for one in self._filters]
        if sum(cell_len(label) + 1 for label in labels) > self.size.width - 12:
            yield Piece(f"{len(labels)}: ", style(self, "label"))
        for index, label in enumerate(labels):
            yield Piece(label, chip, f"screen.remove_filter({index})")
            yield Piece(" ")
