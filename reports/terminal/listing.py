"""A list to walk through: arrows or j and k, g and G to its ends, headings that are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from reports.terminal.palette import style


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: a symbol with its style, then the text, which wraps beside it. Without ``id`` it is a heading."""

    text: Text
    id: str = ""
    symbol: str = ""
    symbol_style: str = ""


class Listing(OptionList, inherit_bindings=False):
    """Items of one kind. Enter chooses, which leads to the next pane; a click does both."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", "key.down", id="list.down", show=False),
        Binding("up,k", "cursor_up", "key.up", id="list.up", show=False),
        Binding("pagedown,space", "page_down", "key.page_down", id="list.page_down", show=False),
        Binding("pageup", "page_up", "key.page_up", id="list.page_up", show=False),
        Binding("home,g", "first", "key.first", id="list.first", show=False),
        Binding("end,G", "last", "key.last", id="list.last", show=False),
        Binding("enter,right,l", "select", "key.choose", id="list.choose"),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002  (textual's name)
        super().__init__(id=id)
        # ours, as textual's must be unique: two entries of hostile evidence may share theirs
        self._ids: list[str] = []

    def show(self, items: Sequence[Item]) -> None:
        """Put these items in, keeping the cursor on the entry of the same id."""
        held = self.chosen
        self._ids = [item.id for item in items]
        self.clear_options()
        self.add_options(Option(self._prompt(item), disabled=not item.id) for item in items)
        self.choose(held)

    def choose(self, wanted: str) -> None:
        """Move the cursor to an id; to the first entry where there is no such."""
        entries = [index for index, name in enumerate(self._ids) if name]
        named = [index for index in entries if self._ids[index] == wanted]
        self.highlighted = next(iter((*named, *entries)), None)

    @property
    def chosen(self) -> str:
        """The id under the cursor; empty where the list is."""
        return self._ids[self.highlighted] if self.highlighted is not None else ""

    def _prompt(self, item: Item) -> Table:
        grid = Table.grid(padding=0, expand=True)
        if not item.id:
            grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
            grid.add_row(Text(item.text.plain, style(self, "label")))
            return grid
        grid.add_column(width=2, no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(Text(item.symbol, item.symbol_style), item.text)
        return grid
