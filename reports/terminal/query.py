"""The screen where the four tables are asked in SQL: an editor, and the result as a table like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import polars as pl
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static, TextArea

from analyzer.model import Refusal
from reports.page.inert import inert
from reports.terminal import sql
from reports.terminal.detail import RowDetail
from reports.terminal.errands import Errands
from reports.terminal.fields import Field, Kind
from reports.terminal.grid import Grid
from reports.terminal.headline import Chips, Headline
from reports.terminal.investigation import Investigation
from reports.terminal.palette import style
from reports.terminal.prompt import Prompt
from reports.terminal.selection import Selection
from reports.terminal.sql import Answer
from reports.terminal.store import Part, Store
from reports.terminal.table_view import TableView

EXPORTS = "exports"
"""Where results are written, in the case."""

_CANDIDATES = 12
_WIDEST = 48
_MEASURED_ROWS = 200
_NAMED: Mapping[str, pl.DataType] = {"artifact": pl.String(), "place": pl.String(), "at": pl.Datetime("us", "UTC")}


class Editor(TextArea, inherit_bindings=True):
    """Where a query is written. Grey letters behind the cursor are what Tab or the right arrow would add."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "key.query.run", id="query.run"),
        Binding("ctrl+j", "newline", "key.query.newline", id="query.newline", show=False),
        Binding("tab", "complete", "key.query.complete", id="query.complete"),
        Binding("ctrl+up", "recall('older')", "key.query.older", id="query.older"),
        Binding("ctrl+down", "recall('newer')", "key.query.newer", id="query.newer", show=False),
    ]

    @dataclass
    class Asked(Message):
        """A query is to be run."""

        query: str

    @dataclass
    class Offered(Message):
        """What the word under the cursor may become."""

        names: list[str]

    def __init__(self, history: sql.History) -> None:
        super().__init__(
            id="editor", soft_wrap=True, compact=True, show_line_numbers=False, highlight_cursor_line=False
        )
        self.cursor_blink = False
        self._history = history

    async def _on_key(self, event: events.Key) -> None:
        """Enter asks, in its turn: a binding would come before what was typed just now."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_run()

    def update_suggestion(self) -> None:
        """Called by the text area after each change: what would complete the word."""
        row, column = self.cursor_location
        before = "\n".join((*self.document.lines[:row], self.document.get_line(row)[:column]))
        behind = self.document.get_line(row)[column:]
        names = sql.completions(before) if not behind[:1].strip() else []
        word = before[len(before.rstrip("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")) :]
        self.suggestion = names[0][len(word) :] if names else ""
        self.post_message(self.Offered(names))

    def action_run(self) -> None:
        """Ask."""
        if self.text.strip():
            self.post_message(self.Asked(self.text))

    def action_newline(self) -> None:
        """Go on in the next line."""
        self.insert("\n")

    def action_complete(self) -> None:
        """Take the suggestion; where there is none, go to the next pane."""
        if self.suggestion:
            self.insert(self.suggestion)
        else:
            self.screen.focus_next()

    def action_recall(self, where: str) -> None:
        """An older query, or a newer one."""
        self.text = self._history.older(self.text) if where == "older" else self._history.newer(self.text)
        self.move_cursor(self.document.end)


@dataclass
class Resulted(Message):
    """A query was run, or could not be."""

    query: str
    answer: Answer | None
    why: str = ""


@dataclass
class Written(Message):
    """A result was written, or could not be."""

    name: str
    why: str = ""


class Query(TableView):
    """The screen."""

    name_ = "query"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("S,ctrl+s", "save", "key.query.save", id="query.save"),
        Binding("i", "edit", "key.query.edit", id="query.edit"),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        self._history = sql.History(investigation.folder)
        self._asked = ""
        self._result: Answer | None = None

    def parts(self) -> tuple[Part, ...]:
        """No rows before the first query."""
        return ()

    def body(self) -> Iterable[Widget]:
        """The editor above the table."""
        yield Editor(self._history)
        yield Static(id="offered")
        yield Headline()
        yield Chips(self.investigation)
        yield Vertical(Grid(self.investigation, (), id="grid"), RowDetail(self.investigation), id="table")
        yield Prompt(self.investigation.words)

    def begin(self) -> None:
        """In the editor."""
        self.query_one(Editor).focus()
        self._offer(Editor.Offered([]))

    @on(Editor.Offered)
    def _offer(self, event: Editor.Offered) -> None:
        words = self.investigation.words
        told = "  ".join(event.names[:_CANDIDATES]) or words("query.tables")
        self.query_one("#offered", Static).update(
            Text(f" {told}", style(self, "label"), no_wrap=True, overflow="ellipsis")
        )

    def count(self) -> None:
        """Before the first query there is nothing to count."""
        if self._result is not None:
            super().count()

    # --- asking ---------------------------------------------------------------------------------------------------

    @on(Editor.Asked)
    def _ask(self, event: Editor.Asked) -> None:
        self._asked = event.query
        self.investigation.did("queried", event.query)
        self.say(told=self.investigation.words("query.runs"))
        self.errands.send(lambda: self._run(event.query), "query")

    def _run(self, query: str) -> Iterator[Message]:
        words = self.investigation.words
        try:
            yield Resulted(query, sql.run(self.investigation.evidence.tables, query))
        except sql.Refused:
            yield Resulted(query, None, words("query.refused"))
        except sql.BadQuery as bad:
            yield Resulted(query, None, str(bad))

    @on(Resulted)
    def _show_result(self, event: Resulted) -> None:
        if event.query != self._asked:
            return
        if event.answer is None:
            self.say(told="")
            self.query_one("#offered", Static).update(Text(f" {event.why}", style(self, "near"), overflow="ellipsis"))
            return
        self._result = event.answer
        self._remember(event.answer.query)
        self.take(event.answer.rows.head(sql.SHOWN_ROWS))
        words = self.investigation.words
        self.say(told=words("query.cut", n=sql.SHOWN_ROWS) if event.answer.cut else "")

    def _remember(self, query: str) -> None:
        try:
            self._history.add(query)
        except Refusal as refusal:
            self.say(told=str(refusal))

    def take(self, rows: pl.DataFrame) -> None:
        """Show these rows as the table."""
        named = [pl.lit(None, kind).alias(name) for name, kind in _NAMED.items() if rows.schema.get(name) != kind]
        part = Part(rows.with_columns(named).lazy() if named else rows.lazy(), rows.lazy(), "query")
        self.errands = Errands(self, Store((part,)))
        self.shown = self.every = fields_of(rows)
        self.grid.column = 0
        self.grid.show_fields(self.shown)
        self.forget()
        self.rearrange(Selection())
        self.grid.focus()

    def action_edit(self) -> None:
        """Back to the query."""
        self.query_one(Editor).focus()

    def go_back(self) -> bool:
        """Close what is open, then from the result to the query."""
        if super().go_back():
            return True
        if self.grid.has_focus:
            self.action_edit()
            return True
        return False

    # --- writing --------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Ask for the name of a file."""
        if self._result is not None:
            self.query_one(Prompt).ask("save", self._free_name())

    def _free_name(self) -> str:
        folder, number = self.investigation.folder / EXPORTS, 1
        while any((folder / f"query-{number}{suffix}").exists() for suffix in (".csv", ".parquet")):
            number += 1
        return f"query-{number}.csv"

    def answer_to(self, purpose: str, text: str) -> str:
        """A name to write to, besides what every table asks."""
        if purpose != "save":
            return super().answer_to(purpose, text)
        answer, name = self._result, text.strip()
        if answer is not None and name:
            self.say(told=self.investigation.words("query.writes"))
            path = self.investigation.folder / EXPORTS / Path(name).expanduser()
            self.errands.send(lambda: self._write(answer, path), "write")
        return ""

    def _write(self, answer: Answer, path: Path) -> Iterator[Message]:
        words = self.investigation.words
        try:
            sql.write(answer, path)
            yield Written(str(path))
        except sql.BadName:
            yield Written("", words("query.ending"))
        except sql.FileTaken as bad:
            yield Written("", words("query.taken", name=str(bad)))
        except sql.BadQuery as bad:
            yield Written("", str(bad))

    @on(Written)
    def _tell_written(self, event: Written) -> None:
        told = event.why or self.investigation.words("query.written", name=event.name)
        if event.name:
            self.investigation.did("saved", event.name)
        self.say(told=told)


def fields_of(rows: pl.DataFrame) -> tuple[Field, ...]:
    """The columns of a result, each as wide as what stands in its first rows; a text that is wider takes the rest."""
    fields = [_field(name, kind, rows) for name, kind in rows.schema.items()]
    return tuple(replace(field, width=0) if field.long and field.width == _WIDEST else field for field in fields)


def _field(name: str, kind: pl.DataType, rows: pl.DataFrame) -> Field:
    value, heading = pl.col(name), inert(name, _WIDEST)
    if kind == _NAMED["at"]:
        return Field(name, value, 23, Kind.TIME, narrow=19, heading=heading)
    if kind.is_nested():
        value = value.map_elements(str, return_dtype=pl.String)
    elif not kind.is_numeric():
        value = value.cast(pl.String)
    told = rows.lazy().head(_MEASURED_ROWS).select(value.cast(pl.String).str.len_chars().max()).collect().item()
    width = max(len(heading) + 2, min(told or 0, _WIDEST), 4)
    if kind.is_numeric():
        return Field(name, value, width, Kind.NUMBER, heading=heading)
    return Field(name, value, width, long=True, heading=heading)
