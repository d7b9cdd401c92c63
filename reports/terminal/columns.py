"""Which columns a table shows: a list to tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from reports.page.wording import Wording
from reports.terminal.fields import Field


class Columns(ModalScreen[tuple[Field, ...]]):
    """Answers with the fields that are ticked, in the order of the table; with none when nothing was ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,C", "close", "key.close", id="columns.close", priority=True),
        Binding("space", "tick", "key.table.tick", id="columns.tick", priority=True),
        Binding("j", "move('down')", "key.down", show=False, id="columns.down"),
        Binding("k", "move('up')", "key.up", show=False, id="columns.up"),
    ]

    def __init__(self, words: Wording, fields: tuple[Field, ...], shown: tuple[Field, ...]) -> None:
        super().__init__()
        self._words = words
        self._fields = fields
        self._ticked = {index for index, field in enumerate(fields) if field in shown}

    def compose(self) -> Iterable[Widget]:
        """One line a field."""
        lines = OptionList(*(Option(self._line(index)) for index in range(len(self._fields))), id="columns")
        lines.border_title = self._words("columns.title")
        lines.border_subtitle = self._words("columns.hint")
        yield lines

    def _line(self, index: int) -> Text:
        field = self._fields[index]
        name = field.heading or self._words(f"field.{field.name}")
        return Text(f"[{'✕' if index in self._ticked else ' '}] {name}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click ticks."""
        self._tick(event.option_index)

    def action_tick(self) -> None:
        """Tick, or take the tick away."""
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self._tick(highlighted)

    def _tick(self, index: int) -> None:
        self._ticked ^= {index}
        self.query_one(OptionList).replace_option_prompt_at_index(index, self._line(index))

    def action_move(self, where: str) -> None:
        """Up or down."""
        lines = self.query_one(OptionList)
        if where == "down":
            lines.action_cursor_down()
        else:
            lines.action_cursor_up()

    def action_close(self) -> None:
        """Answer."""
        self.dismiss(tuple(field for index, field in enumerate(self._fields) if index in self._ticked))
