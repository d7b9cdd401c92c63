"""The engineer's own: bookmarks, notes, and what was found not relevant, with the row each is on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import OptionList

from analyzer.model import Refusal, Source
from analyzer.notes import Kind, Note
from reports.page.blocks import Tone
from reports.page.inert import inert
from reports.terminal.dialogs import Question
from reports.terminal.investigation import MARKS
from reports.terminal.listing import Item, Listing
from reports.terminal.palette import style
from reports.terminal.pane import Pane
from reports.terminal.raw import Raw
from reports.terminal.view import View

_ORDER = (Kind.NOTE, Kind.IRRELEVANT, Kind.BOOKMARK)


class Notes(View):
    """Two panes: all notes by kind, and the row that the chosen one is on."""

    name_ = "notes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "key.add", id="notes.add"),
        Binding("d", "remove", "key.remove", id="notes.remove"),
        Binding("o", "open_row", "key.open", id="row.open", show=False),
    ]

    def body(self) -> Iterable[Widget]:
        """The panes."""
        words = self.investigation.words
        yield Vertical(
            Pane(words("pane.notes"), Listing(id="notes"), id="pane-notes"),
            Pane(words("pane.raw"), Raw(self.investigation), id="pane-raw"),
            id="panes",
        )

    def on_mount(self) -> None:
        """Begin at the first."""
        self._fill()
        self.query_one("#notes").focus()

    def _fill(self) -> None:
        self.query_one("#notes", Listing).show(tuple(self._items()))
        if self._note() is None:
            self.query_one(Raw).show_nothing()

    def _items(self) -> Iterator[Item]:
        case = self.investigation
        notes = case.notebook.notes()
        if case.notebook.malformed:
            yield Item(Text(case.words("notes.malformed", n=case.notebook.malformed)))
        if not notes:
            yield Item(Text(case.words("notes.none")))
        for kind in _ORDER:
            held = tuple(note for note in notes if note.kind is kind)
            if held:
                yield Item(Text(f"{case.words(f'mark.many.{kind}')} · {len(held)}"))
            yield from (self._item(note) for note in held)

    def _item(self, note: Note) -> Item:
        case = self.investigation
        text = Text(inert(note.text, 500))
        where = f"{note.place}  {note.artifact}" if note.place else case.words("notes.case")
        text.append(f"{'  ' if note.text else ''}{inert(where, 200)}", style(self, Tone.QUIET))
        return Item(text, note.id, MARKS[note.kind], style(self, "near"))

    def _note(self) -> Note | None:
        chosen = self.query_one("#notes", Listing).chosen
        return next((note for note in self.investigation.notebook.notes() if note.id == chosen), None)

    def current_row(self) -> Source | None:
        """The row that the chosen note is on, as it is cited where it is."""
        note = self._note()
        if note is None or not note.place:
            return None
        known = {(source.artifact, source.place): source for source in self.investigation.sources}
        return known.get(note.row, Source(note.artifact, note.place))

    @on(OptionList.OptionHighlighted, "#notes")
    def _chosen(self) -> None:
        row = self.current_row()
        if row is None:
            self.query_one(Raw).show_nothing()
        else:
            self.query_one(Raw).show(row)

    @on(OptionList.OptionSelected, "#notes")
    def _to_raw(self) -> None:
        self.query_one(Raw).focus()

    def go_back(self) -> bool:
        """From the row to the list."""
        if super().go_back():
            return True
        if isinstance(self.focused, Raw):
            self.query_one("#notes").focus()
            return True
        return False

    def action_open_row(self) -> None:
        """Go to the row in the screen of its table."""
        row = self.current_row()
        if row is not None:
            self.app.show_row(row)  # type: ignore[attr-defined]

    @work(group="ask")
    async def action_add(self) -> None:
        """Write a note on the whole case."""
        words = self.investigation.words
        text = await self.app.push_screen_wait(Question(words("ask.case"), words("ask.hint")))
        if text:
            try:
                self.investigation.notebook.write(Kind.NOTE, text)
            except Refusal as refusal:
                self.tell(str(refusal), bad=True)
                return
            self.investigation.did("noted", words("notes.case"))
            self.changed()

    def action_remove(self) -> None:
        """Take the chosen mark back; its lines stay in the file."""
        note = self._note()
        if note is not None:
            try:
                self.investigation.notebook.remove(note)
            except Refusal as refusal:
                self.tell(str(refusal), bad=True)
                return
            self.investigation.did("unmarked", f"{note.place} in {note.artifact}" if note.place else "")
            self.changed()

    def clock_changed(self) -> None:
        """Times stand in the row."""
        self.query_one(Raw).redraw()

    def notes_changed(self) -> None:
        """The list is others'."""
        self._fill()
        self.query_one(Raw).redraw()

    def supposed(self) -> None:
        """Nothing here is supposed; only colours may have changed."""
        self._fill()
