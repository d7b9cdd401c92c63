"""All of one row: every field whole, which statements rest on it, and what was noted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import polars as pl
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from reports.page.inert import inert
from reports.terminal.cells import wrapped
from reports.terminal.fields import flat_json
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style

# So much of a value is read and can be scrolled through; how much there is more is said.
VALUE_CHARS = 20_000
_LINES = 400
_LABEL = 14
_DEPTH = 6

Fields = Mapping[str, Any]
"""A row by the names of its columns. A text is cut; ``<name>#`` is then how long it is."""


def fields_of(row: pl.LazyFrame) -> Fields:
    """The one row of a frame, its texts cut where they are read; nothing where the frame is empty."""
    texts = [name for name, kind in row.collect_schema().items() if kind == pl.String]
    lengths = [pl.col(name).str.len_chars().alias(f"{name}#") for name in texts]
    cut = [pl.col(name).str.head(VALUE_CHARS) for name in texts]
    found = row.with_columns(lengths).with_columns(cut).collect()
    return found.row(0, named=True) if found.height else {}


class RowDetail(VerticalScroll, can_focus=True):
    """The pane."""

    DEFAULT_CSS = """
    RowDetail { display: none; scrollbar-size: 1 1; }
    RowDetail.-open { display: block; }
    RowDetail > Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "key.up", show=False, id="detail.up"),
        Binding("down,j", "scroll_down", "key.down", show=False, id="detail.down"),
        Binding("pageup", "page_up", "key.page_up", show=False, id="detail.page_up"),
        Binding("pagedown,space", "page_down", "key.page_down", show=False, id="detail.page_down"),
        Binding("g,home", "scroll_home", "key.first", show=False, id="detail.first"),
        Binding("G,end", "scroll_end", "key.last", show=False, id="detail.last"),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(id="row-detail")
        self._investigation = investigation
        self._table = ""
        self.fields: Fields = {}

    def compose(self) -> Iterable[Widget]:
        """One text that scrolls."""
        yield Static()

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return self.has_class("-open")

    def show(self, table: str, fields: Fields) -> None:
        """Show a row of a table."""
        if fields != self.fields:
            self.scroll_home(animate=False)
        self._table, self.fields = table, fields
        self.draw()

    def on_resize(self) -> None:
        """Lines are broken to the width."""
        self.draw()

    def draw(self) -> None:
        """Draw it anew: the clock, the notes or the width changed."""
        text = Text(no_wrap=True, overflow="crop", end="")
        for line in self.told():
            text.append_text(line).append("\n")
        self.query_one(Static).update(text)

    def told(self) -> Iterator[Text]:
        """What stands in the pane, line by line."""
        yield from self._cited()
        for name, value in self.fields.items():
            if value is not None and value != "" and not name.endswith("#"):
                yield from self._field(name, value)

    def _cited(self) -> Iterator[Text]:
        case = self._investigation
        row = (self.fields.get("artifact") or "", self.fields.get("place") or "")
        for citing in case.cited.get(row, ()):
            told = f"{inert(citing.verdict.title)}: {inert(citing.observation.text)}"
            yield from self._pair(f"◆ {case.words('view.evidence')}", told, "cited")
        for note in case.notebook.at(*row):
            yield from self._pair(case.words.known("mark", note.kind), inert(note.text), "near")

    def _field(self, name: str, value: Any) -> Iterator[Text]:
        case = self._investigation
        label = case.words.known("field", name)
        if isinstance(value, datetime):
            told = f"{case.moment(value)} {case.mode_label}"
            near = f"  ▌{case.words('table.near')}" if case.near_failure(value) else ""
            yield from self._pair(label, told + near)
            return
        if name == "level" and self._table == "events":
            value = f"{value} {case.words.known('level', str(value))}"
        lines = list(_value_lines(str(value)))
        if (length := self.fields.get(f"{name}#") or 0) > VALUE_CHARS:
            lines.append(case.words("detail.more", n=length - VALUE_CHARS))
        for index, line in enumerate(lines[:_LINES]):
            yield from self._pair(label if index == 0 else "", line)

    def _pair(self, label: str, value: str, meaning: str = "") -> Iterator[Text]:
        """A label and its value beside it, broken to the width."""
        for index, part in enumerate(wrapped(value, self.size.width - _LABEL - 3)):
            line = Text(" ")
            line.append((label if index == 0 else "")[:_LABEL].ljust(_LABEL) + " ", style(self, meaning or "label"))
            yield line.append(part)


def _value_lines(value: str) -> Iterator[str]:
    """A value line by line, harmless; JSON by its names."""
    if value.startswith(("{", "[")):
        try:
            yield from _members(json.loads(value), "", _DEPTH)
            return
        except (ValueError, RecursionError):
            value = flat_json(value)
    for line in value.strip("\r\n").splitlines() or [""]:
        yield inert(line, VALUE_CHARS)


def _members(value: Any, name: str, depth: int) -> Iterator[str]:
    """``name = value`` for each value of a JSON object, names joined by dots."""
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict) and depth:
        inner = value.items()
    elif isinstance(value, list) and depth:
        inner = [("", each) for each in value]
    elif value not in (None, ""):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines = text.strip("\r\n").splitlines() or [""]
        yield (f"{inert(name, 80)} = " if name else "") + inert(lines[0], VALUE_CHARS)
        yield from (f"  {inert(line, VALUE_CHARS)}" for line in lines[1:])
    for key, each in inner:
        # names such as #text are the reader's, not the record's
        full = name if key.startswith("#") or not key else f"{name}.{key}" if name else key
        yield from _members(each, full, depth - 1)
