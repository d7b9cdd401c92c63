"""What every screen shares: the bar with the case and the clock, the tabs, the footer, and how it hears of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from reports.terminal.chrome import Bar, Footer
from reports.terminal.investigation import Investigation


class View(Screen[None]):
    """A screen of the investigation. A subclass names itself and composes its ``body``; the frame is the same for all.

    The app calls ``clock_changed`` and ``notes_changed`` on every screen that was made, whether it is shown or not.
    """

    name_: ClassVar[str] = ""
    """Its word: ``view.<name_>`` is its title in the languages."""

    def __init__(self, investigation: Investigation) -> None:
        super().__init__()
        self.investigation = investigation

    def compose(self) -> ComposeResult:
        """The bar, the body, the footer."""
        yield Bar(self.investigation, self.name_)
        yield from self.body()
        yield Footer(self.investigation.words)

    def body(self) -> Iterable[Widget]:
        """The widgets between bar and footer."""
        return ()

    def clock_changed(self) -> None:
        """Times are to be read by another clock from now on."""

    def notes_changed(self) -> None:
        """A bookmark, a note or a mark was made or taken back, perhaps by another process."""

    def show_place(self, artifact: str, place: str) -> bool:  # noqa: ARG002  (a screen of tables overrides it)
        """Go to a row of evidence; whether this screen has it."""
        return False
