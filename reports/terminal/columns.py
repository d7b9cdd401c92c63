"""Which columns a table shows: a list to tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import SelectionList

from reports.page.wording import Wording
from reports.terminal.fields import Field


class Columns(ModalScreen[tuple[Field, ...]]):
    """Answers with the fields that are ticked, in the order of the table; with none when nothing was ticked."""

    DEFAULT_CSS = """
    Columns { align: center middle; background: $background 40%; }
    Columns SelectionList { width: 38; height: auto; max-height: 80%; border: round $primary; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,C", "close", "key.close", id="columns.close", priority=True),
    ]

    def __init__(self, words: Wording, fields: tuple[Field, ...], shown: tuple[Field, ...]) -> None:
        super().__init__()
        self._words = words
        self._fields = fields
        self._shown = shown

    def compose(self) -> Iterable[Widget]:
        """One line a field."""
        lines = [
            (Text(field.heading or self._words(f"field.{field.name}")), index, field in self._shown)
            for index, field in enumerate(self._fields)
        ]
        ticks: SelectionList[int] = SelectionList(*lines)
        ticks.border_title = self._words("columns.title")
        ticks.border_subtitle = self._words("columns.hint")
        yield ticks

    def action_close(self) -> None:
        """Answer."""
        ticked = set(self.query_one(SelectionList).selected)
        self.dismiss(tuple(field for index, field in enumerate(self._fields) if index in ticked))
