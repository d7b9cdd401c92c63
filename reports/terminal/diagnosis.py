"""The first screen: the verdict, then cause → evidence → raw record, each step one key.

The last pane also shows the rest of the report, section by section, with ``[`` and ``]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import ContentSwitcher, OptionList, Static

from analyzer.model import Observation, Sight, Source, Verdict
from analyzer.what_if import Answer
from reports.page.draft import sentence
from reports.page.inert import inert, moment
from reports.terminal import prose, statements
from reports.terminal.chrome import Line, Piece
from reports.terminal.investigation import Investigation
from reports.terminal.listing import Listing
from reports.terminal.palette import style
from reports.terminal.pane import Pane
from reports.terminal.raw import READING, Raw
from reports.terminal.view import View

PARTS = ("raw", "verdict", "plan", "attempts", "accounts", "checklist", "provenance")
"""What the last pane can show: the raw record, or a section of the report by its id."""


class Parts(Line):
    """The names of what the last pane can show; the chosen one is reversed."""

    def __init__(self, case: Investigation) -> None:
        super().__init__(id="parts")
        self._case = case
        self.chosen = PARTS[0]

    def on_mount(self) -> None:
        """Follow the focus."""
        self.watch(self.screen, "focused", self._redraw, init=False)

    def _redraw(self) -> None:
        self.refresh()

    def pieces(self) -> Iterable[Piece]:
        """One name after the other on a rule, which is heavy while the pane has the focus."""
        focused = self.parent is not None and self.screen.focused in self.parent.walk_children()
        rule, colour = ("━", "key") if focused else ("─", "rule")
        yield Piece(rule, style(self, colour))
        room = self.size.width - 1
        for name in PARTS:
            text = f" {self._case.words(f'part.{name}')} "
            room -= cell_len(text)
            look = "bold reverse" if name == self.chosen else style(self, "label")
            yield Piece(text, look, f"screen.part('{name}')")
        yield Piece(rule * max(0, room), style(self, colour))


class Section(VerticalScroll, inherit_bindings=False):
    """A section of the report to scroll through."""

    BINDINGS: ClassVar[list[BindingType]] = READING


class Diagnosis(View):
    """Three panes: causes, the evidence on the chosen one, and where it can be looked up."""

    name_ = "diagnosis"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "turn(1)", "key.part", id="diagnosis.next_part", show=False),
        Binding("left_square_bracket", "turn(-1)", "key.part_back", id="diagnosis.previous_part", show=False),
        Binding("f", "part('plan')", "key.plan", id="diagnosis.plan"),
        Binding("w", "suppose", "key.suppose", id="diagnosis.suppose"),
        Binding("W", "diagnose", "key.diagnose", id="diagnosis.stop_supposing", show=False),
        Binding("o", "open_row", "key.open", id="row.open", show=False),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        self._verdict: Verdict | None = None
        self._observation: Observation | None = None
        self._nth = 0

    def body(self) -> Iterable[Widget]:
        """The sentence, then the panes."""
        words = self.investigation.words
        yield Static(id="sentence")
        yield Vertical(
            Horizontal(
                Pane(words("pane.causes"), Listing(id="causes"), id="pane-causes"),
                Pane(words("pane.evidence"), Listing(id="statements"), id="pane-statements"),
                id="upper",
                classes="panes",
            ),
            Vertical(
                Parts(self.investigation),
                ContentSwitcher(
                    Raw(self.investigation), Section(Static(id="section-text"), id="section"), initial="raw", id="shown"
                ),
                id="lower",
                classes="pane",
            ),
            id="panes",
        )

    def on_mount(self) -> None:
        """Begin at the first cause, with its first statement and the record behind it."""
        self._say()
        self._fill()
        self.query_one("#causes").focus()

    # --- what is shown --------------------------------------------------------------------------------------------

    def _say(self) -> None:
        case = self.investigation
        supposed = case.supposition
        head = supposed.head if supposed else case.diagnosis.head
        verdicts = supposed.verdicts if supposed else case.diagnosis.verdicts
        text = Text(no_wrap=False, overflow="ellipsis")
        if supposed:
            text.append(f" {case.words('suppose.banner', n=len(supposed.left_out))} ", style(self, "hit"))
            text.append(" ")
        text.append(sentence(case.words, verdicts, head), style(self, "heading"))
        text.append(f"\n{self._about()}", style(self, "label"))
        self.query_one("#sentence", Static).update(text)

    def _about(self) -> str:
        """When and to whom it happened, on one line."""
        case, found = self.investigation, self.investigation.diagnosis
        failed = moment(found.failure.times[-1]) if found.failure.times else case.words("value.unknown")
        if found.failure.times:
            failed = f"{case.moment(found.failure.times[-1])[:19]} {case.mode_label}"
        parts = [case.words("value.pair", name=case.words("fact.failed"), value=failed)]
        parts += [inert(account.address, 60) for account in found.accounts[:2]]
        parts += [inert(name, 40) for name in (found.person.name or found.person.sid,) if name]
        return " · ".join(parts)

    def _fill(self) -> None:
        self.query_one("#causes", Listing).show(tuple(statements.causes(self, self.investigation)))

    @on(OptionList.OptionHighlighted, "#causes")
    def _cause_chosen(self) -> None:
        verdicts = self.investigation.diagnosis.verdicts
        verdict = statements.find(verdicts, self.query_one("#causes", Listing).chosen)
        if verdict is not None:
            self._verdict = verdict
            self._list_statements()

    def _list_statements(self) -> None:
        if self._verdict is not None:
            items = tuple(statements.statements(self, self.investigation, self._verdict))
            self.query_one("#statements", Listing).show(items)
            if not items:
                self._observation = None
                self.query_one(Raw).show_nothing()

    @on(OptionList.OptionHighlighted, "#statements")
    def _statement_chosen(self) -> None:
        self._observation = statements.observation(self._verdict, self.query_one("#statements", Listing).chosen)
        self._nth = 0
        self._look()

    def _look(self) -> None:
        raw, seen = self.query_one(Raw), self._observation
        if seen is not None and seen.sources:
            words = self.investigation.words
            raw.show(seen.sources[self._nth], words("raw.count", n=self._nth + 1, total=len(seen.sources)))
        elif seen is not None and seen.gaps:
            raw.show_gaps(seen.gaps)
        else:
            raw.show_nothing()

    # --- steps from pane to pane ----------------------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#causes")
    def _to_statements(self) -> None:
        self.query_one("#statements").focus()

    @on(OptionList.OptionSelected, "#statements")
    def _to_raw(self) -> None:
        self.action_part("raw")
        self.query_one(Raw).focus()
        self.looked()

    def go_back(self) -> bool:
        """One pane to the left; whether there was one."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        elif self.focused is not None and self.focused.id == "statements":
            self.query_one("#causes").focus()
        elif isinstance(self.focused, Raw | Section):
            self.query_one("#statements").focus()
        else:
            return False
        return True

    def action_turn(self, step: int) -> None:
        """Show the next part of the report in the last pane."""
        chosen = PARTS.index(self.query_one(Parts).chosen)
        self.action_part(PARTS[(chosen + step) % len(PARTS)])

    def action_part(self, name: str) -> None:
        """Show one part of the report in the last pane."""
        parts = self.query_one(Parts)
        parts.chosen = name
        parts.refresh()
        switcher = self.query_one("#shown", ContentSwitcher)
        held = self.focused is not None and switcher in self.focused.ancestors
        switcher.current = "raw" if name == "raw" else "section"
        if name != "raw":
            section = self.investigation.page.section(name)
            self.query_one("#section-text", Static).update(prose.section(self, section, self.investigation.words))
            self.query_one("#section", Section).scroll_home(animate=False)
        if held or name != "raw":
            self.query_one(f"#{switcher.current}").focus()

    def action_evidence(self, step: int) -> None:
        """The next source of the statement, and after the last the next statement."""
        seen, rows = self._observation, self.query_one("#statements", Listing)
        if seen is not None and 0 <= self._nth + step < len(seen.sources):
            self._nth += step
            self._look()
        elif step > 0:
            rows.action_cursor_down()
        else:
            rows.action_cursor_up()

    def action_open_row(self) -> None:
        """Go to the row in the screen of its table."""
        row = self.current_row()
        if row is not None:
            self.app.show_row(row)  # type: ignore[attr-defined]

    def current_row(self) -> Source | None:
        """The cited row in the last pane."""
        return self.query_one(Raw).source

    # --- changes --------------------------------------------------------------------------------------------------

    def clock_changed(self) -> None:
        """Times stand in the sentence and in the raw pane."""
        self._say()
        self.query_one(Raw).redraw()

    def notes_changed(self) -> None:
        """Marks stand in the raw pane."""
        self.query_one(Raw).redraw()

    def supposed(self) -> None:
        """The causes may stand elsewhere."""
        self._say()
        self._fill()
        self._list_statements()

    def action_suppose(self) -> None:
        """Leave the statement out, or take it in again, and see the verdicts move."""
        verdict, seen = self._verdict, self._observation
        if verdict is not None and seen is not None and seen.sight is Sight.SEEN:
            self.suppose(self.investigation.left_out ^ {Answer.of(verdict, seen)})

    def action_diagnose(self) -> None:
        """Back to the diagnosis."""
        self.suppose(frozenset())
