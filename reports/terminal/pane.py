"""A part of a screen with a title; which one has the focus shows in the rule above it, by its weight too."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget


class Pane(Vertical):
    """A titled frame around one widget."""

    def __init__(self, title: str, body: Widget, *, id: str) -> None:  # noqa: A002  (textual's name)
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """The one widget."""
        yield self._body
