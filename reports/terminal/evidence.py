"""The evidence the other way round: every row that is cited → what rests on it → the row itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.cells import set_cell_size
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import OptionList

from analyzer.model import Sight, Source
from analyzer.what_if import Answer
from reports.page import badges
from reports.page.blocks import Side, Tone
from reports.page.inert import inert
from reports.page.ledger import side
from reports.page.why import titled
from reports.terminal import statements
from reports.terminal.investigation import Citing, Investigation
from reports.terminal.listing import Item, Listing
from reports.terminal.palette import style
from reports.terminal.pane import Pane
from reports.terminal.raw import Raw
from reports.terminal.view import View

_LEAF, _PLACE, _WIDE = 16, 20, 112


class Evidence(View):
    """Three panes: cited rows in the order of time, the statements on the chosen one, and the row."""

    name_ = "evidence"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "suppose", "key.suppose_row", id="evidence.suppose"),
        Binding("W", "diagnose", "key.diagnose", id="evidence.stop_supposing", show=False),
        Binding("o", "open_row", "key.open", id="row.open", show=False),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        self._rows = {f"{s.artifact}\t{s.place}": s for s in investigation.sources}

    def body(self) -> Iterable[Widget]:
        """The panes."""
        words = self.investigation.words
        yield Vertical(
            Pane(words("pane.rows", n=len(self._rows)), Listing(id="rows"), id="pane-rows"),
            Horizontal(
                Pane(words("pane.resting"), Listing(id="resting"), id="pane-resting"),
                Pane(words("pane.raw"), Raw(self.investigation), id="pane-raw"),
                id="beneath",
                classes="panes",
            ),
            id="panes",
        )

    def on_mount(self) -> None:
        """Begin at the row next to the failure."""
        self._fill()
        near = [name for name, row in self._rows.items() if self.investigation.near_failure(row.at)]
        if near:
            self.query_one("#rows", Listing).choose(near[0])
        self.query_one("#rows").focus()

    # --- what is shown --------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self.query_one("#rows", Listing).show(tuple(self._item(name, row) for name, row in self._rows.items()))

    def _item(self, name: str, row: Source) -> Item:
        """Time, the file's own name, the place, what stands there."""
        case = self.investigation
        near = case.near_failure(row.at)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append((case.moment(row.at)[:19] or case.words("row.no_time")).ljust(19), style(self, "label"))
        text.append("◀ " if near else "  ", style(self, "near"))
        text.append(_padded(_ending(row.artifact.rpartition("/")[2], _LEAF), _LEAF), style(self, "label"))
        text.append(_padded(_tail(row.place), _PLACE if self.size.width < _WIDE else 2 * _PLACE))
        text.append(inert(row.quote, 200), style(self, Tone.QUIET))
        marks = case.marks(row.artifact, row.place)
        return Item(text, name, marks or _force(case.cited.get((row.artifact, row.place), ())), style(self, "near"))

    @on(OptionList.OptionHighlighted, "#rows")
    def _row_chosen(self) -> None:
        row = self.current_row()
        if row is not None:
            self._list_statements()
            self.query_one(Raw).show(row)

    def _list_statements(self) -> None:
        self.query_one("#resting", Listing).show(tuple(self._resting()))

    def _resting(self) -> Iterator[Item]:
        """What rests on the row, each below the cause it is about."""
        case = self.investigation
        for citing in self._citing():
            badge = badges.status(case.words, citing.verdict.status)
            yield Item(Text(f"{badge.word}: {titled(case.draft, citing.verdict)}"))
            made = statements.statement(self, case, citing.verdict, citing.observation)
            where = side(citing.observation) or Side.CONTEXT
            about = statements.weight(case, citing.observation).word
            about = about if where is Side.CONTEXT else f"{badges.SIDES[where]} {about}"
            text = Text.assemble((f"{about}  ", style(self, Tone.QUIET)), made.text)
            yield Item(text, f"{statements.key(citing.verdict)}\t{made.id}", made.symbol, made.symbol_style)

    def _citing(self) -> tuple[Citing, ...]:
        row = self.current_row()
        return self.investigation.cited.get((row.artifact, row.place), ()) if row else ()

    def current_row(self) -> Source | None:
        """The row under the cursor of the first pane."""
        return self._rows.get(self.query_one("#rows", Listing).chosen)

    # --- steps ----------------------------------------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#rows")
    def _to_statements(self) -> None:
        self.query_one("#resting").focus()

    @on(OptionList.OptionSelected, "#resting")
    def _to_raw(self) -> None:
        self.query_one(Raw).focus()
        self.looked()

    def go_back(self) -> bool:
        """One pane back."""
        if super().go_back():
            return True
        focused = self.focused
        if isinstance(focused, Raw):
            self.query_one("#resting").focus()
        elif focused is not None and focused.id == "resting":
            self.query_one("#rows").focus()
        else:
            return False
        return True

    def action_evidence(self, step: int) -> None:
        """The next or previous cited row."""
        rows = self.query_one("#rows", Listing)
        if step > 0:
            rows.action_cursor_down()
        else:
            rows.action_cursor_up()

    def action_open_row(self) -> None:
        """Go to the row in the screen of its table."""
        row = self.current_row()
        if row is not None:
            self.app.show_row(row)  # type: ignore[attr-defined]

    # --- changes --------------------------------------------------------------------------------------------------

    def clock_changed(self) -> None:
        """Times stand in two panes."""
        self._fill()
        self.query_one(Raw).redraw()

    def notes_changed(self) -> None:
        """Marks stand in two panes."""
        self._fill()
        self.query_one(Raw).redraw()

    def supposed(self) -> None:
        """Statements may be left out."""
        self._list_statements()

    def action_suppose(self) -> None:
        """Leave out all that rests on the row, or take it in again."""
        answers = frozenset(
            Answer.of(one.verdict, one.observation) for one in self._citing() if one.observation.sight is Sight.SEEN
        )
        left_out = self.investigation.left_out
        self.suppose(left_out - answers if answers <= left_out else left_out | answers)

    def action_diagnose(self) -> None:
        """Back to the diagnosis."""
        self.suppose(frozenset())


def _tail(place: str) -> str:
    """The end of a key, which tells it from the others; any other place as it is."""
    if not place.startswith("HK"):
        return place
    return "…\\" + place.rpartition("\\")[2]


def _ending(text: str, width: int) -> str:
    """The end of a name that is too long: logs begin alike."""
    shown = inert(text)
    return shown if len(shown) <= width else f"…{shown[1 - width :]}"


def _padded(text: str, width: int) -> str:
    """As wide as a column, with a blank after it."""
    shown = set_cell_size(inert(text, width), width)
    return f"{shown} "


def _force(citing: tuple[Citing, ...]) -> str:
    """The side of the strongest statement on a row."""
    order = (Side.FOR, Side.AGAINST, Side.CONTEXT)
    sides = {side(one.observation) for one in citing}
    return next((badges.SIDES[one] for one in order if one in sides), "")
