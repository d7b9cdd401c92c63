"""What every screen shares: the frame, the marks on a row of evidence, and how it hears of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import get_current_worker

from analyzer.model import Refusal, Source
from analyzer.notes import Kind
from analyzer.what_if import Answer, Supposition
from reports.page.inert import inert
from reports.terminal.chrome import Footer, Masthead
from reports.terminal.dialogs import Question
from reports.terminal.investigation import Investigation

# What a screen must have of its own for an action to mean anything there.
_ANSWERED_BY = {
    "bookmark": "current_row",
    "comment": "current_row",
    "irrelevant": "current_row",
    "evidence": "action_evidence",
}


class NotesChanged(Message):
    """A mark was made or taken back here."""


class View(Screen[None]):
    """A screen of the investigation. A subclass names itself and composes its ``body``; the frame is the same for all.

    The app calls ``clock_changed``, ``notes_changed`` and ``supposed`` on every screen that was made, whether it is
    shown or not. ``current_row`` is what the marks and the citation are for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "key.pane", id="screen.next_pane", show=False),
        Binding("shift+tab", "app.focus_previous", "key.pane_back", id="screen.previous_pane", show=False),
        Binding("e", "evidence(1)", "key.evidence", id="row.next_evidence"),
        Binding("E", "evidence(-1)", "key.evidence_back", id="row.previous_evidence", show=False),
        Binding("m", "bookmark", "key.bookmark", id="row.bookmark"),
        Binding("c", "comment", "key.comment", id="row.comment"),
        Binding("x", "irrelevant", "key.irrelevant", id="row.irrelevant", show=False),
        Binding("y", "cite", "key.cite", id="row.cite"),
        Binding("z", "zoom", "key.zoom", id="screen.zoom", show=False),
    ]

    name_: ClassVar[str] = ""
    """Its word: ``view.<name_>`` is its title in the languages."""

    def __init__(self, investigation: Investigation) -> None:
        super().__init__()
        self.investigation = investigation

    def compose(self) -> ComposeResult:
        """The bar, the body, the footer."""
        yield Masthead(self.investigation, self.name_)
        yield from self.body()
        yield Footer(self.investigation.words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """A screen without rows of evidence offers no keys for them."""
        asked = _ANSWERED_BY.get(action)
        return asked is None or getattr(type(self), asked) is not getattr(View, asked)

    # --- what a screen may answer ---------------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The widgets between bar and footer."""
        return ()

    def current_row(self) -> Source | None:
        """The row of evidence under the cursor; None where there is none."""
        return None

    def clock_changed(self) -> None:
        """Times are to be read by another clock from now on."""

    def notes_changed(self) -> None:
        """A bookmark, a note or a mark was made or taken back, perhaps by another process."""

    def supposed(self) -> None:
        """What-if was begun, changed or ended."""

    def theme_changed(self) -> None:
        """The colours are others: draw all again that holds any."""
        self.clock_changed()
        self.supposed()

    def redraw_frame(self) -> None:
        """Draw the bar again: it tells the clock, the number of notes, and whether something is supposed."""
        for line in self.query("Title, Tabs, Footer"):
            line.refresh()

    def go_back(self) -> bool:
        """One pane back, if there is one; else the app goes back a screen."""
        if self.has_class("-zoomed"):
            self.action_zoom()
            return True
        return False

    def show_place(self, artifact: str, place: str) -> bool:  # noqa: ARG002  (a screen of tables overrides it)
        """Go to a row of evidence; whether this screen has it."""
        return False

    def action_evidence(self, step: int) -> None:
        """Go to the next (1) or previous (-1) row that a statement cites."""

    def action_zoom(self) -> None:
        """Give the pane with the focus the whole screen, or give it back."""
        around = self.focused.ancestors if self.focused else []
        pane = next((node for node in around if isinstance(node, Widget) and node.has_class("pane")), None)
        begin = pane is not None and not self.has_class("-zoomed")
        for other in self.query(".pane, .panes"):
            other.set_class(begin and (other is pane or other in around), "-zoomed")
        self.set_class(begin, "-zoomed")

    def looked(self) -> None:
        """Put it on record that the row was looked at."""
        row = self.current_row()
        if row is not None:
            self.investigation.did("looked", f"{row.place} in {row.artifact}")

    # --- what-if --------------------------------------------------------------------------------------------------

    def suppose(self, left_out: frozenset[Answer]) -> None:
        """Weigh again without these answers, in a thread; every screen hears of it."""
        self.investigation.left_out = left_out
        self.investigation.did("supposed", ", ".join(f"{one.cause}.{one.signal}" for one in sorted(left_out)))
        self._weigh()

    @work(thread=True, exclusive=True, group="suppose")
    def _weigh(self) -> None:
        supposition = self.investigation.suppose()
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._supposed, supposition)

    def _supposed(self, supposition: Supposition | None) -> None:
        self.investigation.supposition = supposition
        self.app.tell_views("supposed")  # type: ignore[attr-defined]

    # --- marks ----------------------------------------------------------------------------------------------------

    def action_bookmark(self) -> None:
        """Set a bookmark on the row, or take it back."""
        row = self.current_row()
        if row is None:
            return
        book = self.investigation.notebook
        held = [note for note in book.at(row.artifact, row.place) if note.kind is Kind.BOOKMARK]
        try:
            for note in held:
                book.remove(note)
            if not held:
                book.write(Kind.BOOKMARK, inert(row.quote, 300), artifact=row.artifact, place=row.place)
        except Refusal as refusal:
            self.tell(str(refusal), bad=True)
            return
        self.investigation.did("unmarked" if held else "bookmarked", f"{row.place} in {row.artifact}")
        self.changed()

    def action_comment(self) -> None:
        """Write a note on the row, or change the one that is there."""
        self._mark(Kind.NOTE)

    def action_irrelevant(self) -> None:
        """Say why the row does not matter here; the diagnosis is not changed by it."""
        self._mark(Kind.IRRELEVANT)

    @work(group="ask")
    async def _mark(self, kind: Kind) -> None:
        row = self.current_row()
        if row is None:
            return
        book, words = self.investigation.notebook, self.investigation.words
        held = next((note for note in book.at(row.artifact, row.place) if note.kind is kind), None)
        question = Question(words(f"ask.{kind}"), words("ask.hint"), held.text if held else "")
        text = await self.app.push_screen_wait(question)
        if text is None:
            return
        try:
            if text:
                book.write(kind, text, artifact=row.artifact, place=row.place, id_=held.id if held else "")
            elif held:
                book.remove(held)
        except Refusal as refusal:
            self.tell(str(refusal), bad=True)
            return
        self.investigation.did("noted" if text else "unmarked", f"{row.place} in {row.artifact}")
        self.changed()

    def action_cite(self) -> None:
        """Copy the row as a citation."""
        row = self.current_row()
        if row is not None:
            self.copy(self.investigation.citation(row), row.place)

    def copy(self, text: str, what: str) -> None:
        """Hand a text to the terminal's clipboard (OSC 52), and keep it in the case for terminals that take none."""
        case = self.investigation
        self.app.copy_to_clipboard(text)
        try:
            case.keep_copy(text)
            self.tell(case.words("told.copied", what=inert(what, 60)))
        except Refusal as refusal:
            self.tell(str(refusal), bad=True)
        case.did("copied", what)

    def changed(self) -> None:
        """Let every screen know that the notes are others now."""
        self.post_message(NotesChanged())

    def tell(self, text: str, *, bad: bool = False) -> None:
        """A line that goes away by itself; never markup."""
        self.app.notify(inert(text, 300), severity="error" if bad else "information", markup=False)
