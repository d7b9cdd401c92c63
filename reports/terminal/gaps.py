"""What could not be read, what that leaves open, and what to collect next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import OptionList, Static

from analyzer.model import Gap, Need
from reports.page.blocks import Tone
from reports.page.inert import inert
from reports.page.loss import why
from reports.terminal.investigation import Investigation
from reports.terminal.listing import Item, Listing
from reports.terminal.palette import style
from reports.terminal.pane import Pane
from reports.terminal.raw import READING
from reports.terminal.view import View


class Detail(VerticalScroll, inherit_bindings=False):
    """The chosen entry in full."""

    BINDINGS: ClassVar[list[BindingType]] = READING


class Gaps(View):
    """Two panes: what to collect next and what is missing, and the chosen entry in full."""

    name_ = "gaps"

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        found = investigation.diagnosis
        self._needs = {f"need {n}": need for n, need in enumerate(found.needs)}
        blinding = sorted(found.gaps, key=lambda gap: not found.blinds.get(gap))
        self._gaps = {f"gap {n}": gap for n, gap in enumerate(blinding)}

    def body(self) -> Iterable[Widget]:
        """The panes."""
        words = self.investigation.words
        yield Vertical(
            Pane(words("pane.gaps"), Listing(id="gaps"), id="pane-gaps"),
            Pane(words("pane.detail"), Detail(Static(id="detail")), id="pane-detail"),
            id="panes",
        )

    def on_mount(self) -> None:
        """Begin at what would decide most."""
        self._fill()
        self.query_one("#gaps").focus()

    def _fill(self) -> None:
        self.query_one("#gaps", Listing).show(tuple(self._items()))

    def _items(self) -> Iterator[Item]:
        words = self.investigation.words
        yield Item(Text(words("gaps.next", n=len(self._needs))))
        if not self._needs:
            yield Item(Text(words("next.none"), style(self, Tone.QUIET)), "none")
        for name, need in self._needs.items():
            text = Text(f"{inert(need.item, 60)}  ", no_wrap=True, overflow="ellipsis")
            text.append(self._titles(need), style(self, Tone.QUIET))
            yield Item(text, name, "→", style(self, "key"))
        for heading, wanted in (("gaps.blinding", True), ("gaps.others", False)):
            held = {name: gap for name, gap in self._gaps.items() if bool(self._blinds(gap)) is wanted}
            if held:
                yield Item(Text(words(heading, n=len(held))))
            yield from (self._gap(name, gap) for name, gap in held.items())

    def _gap(self, name: str, gap: Gap) -> Item:
        words = self.investigation.words
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"{inert(gap.artifact or gap.item or gap.place, 60)}  ")
        text.append(inert(why(words, gap), 200), style(self, Tone.QUIET))
        if gap.lost_at_least:
            text.append(f"  ≥{gap.lost_at_least}", style(self, Tone.WARN))
        return Item(text, name, "?" if self._blinds(gap) else "·", style(self, Tone.UNSURE))

    def _blinds(self, gap: Gap) -> tuple[str, ...]:
        return self.investigation.diagnosis.blinds.get(gap, ())

    def _titles(self, need: Need) -> str:
        titles = {verdict.cause: verdict.title for verdict in self.investigation.diagnosis.verdicts}
        return " · ".join(inert(titles.get(cause, cause), 60) for cause in need.would_decide)

    # --- the chosen entry -----------------------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted, "#gaps")
    def _chosen(self) -> None:
        chosen = self.query_one("#gaps", Listing).chosen
        need, gap = self._needs.get(chosen), self._gaps.get(chosen)
        drawn = self._of_need(need) if need else self._of_gap(gap) if gap else Text("")
        self.query_one("#detail", Static).update(drawn)

    @on(OptionList.OptionSelected, "#gaps")
    def _to_detail(self) -> None:
        self.query_one(Detail).focus()

    def _of_need(self, need: Need) -> RenderableType:
        words = self.investigation.words
        parts = [Text(inert(need.item), style(self, "cited")), Text(inert(need.ask))]
        if need.command:
            parts += [Text(words("next.command"), style(self, "label")), Text(inert(need.command), style(self, "key"))]
        parts.append(Text(words("next.would_decide"), style(self, "label")))
        titles = {verdict.cause: verdict.title for verdict in self.investigation.diagnosis.verdicts}
        parts += [Text(f"- {inert(titles.get(cause, cause))}") for cause in need.would_decide]
        return Group(*parts)

    def _of_gap(self, gap: Gap) -> RenderableType:
        words = self.investigation.words
        parts = [Text(inert(gap.artifact or gap.item or ""), style(self, "cited"))]
        told = (
            ("gaps.place", gap.place),
            ("gaps.reason", why(words, gap)),
            ("gaps.lost", str(gap.lost_at_least) if gap.lost_at_least else ""),
            ("gaps.item", gap.item or ""),
        )
        for name, value in told:
            if value:
                parts.append(Text.assemble((f"{words(name)}  ", style(self, "label")), inert(value)))
        blinds = self._blinds(gap)
        if blinds:
            parts.append(Text(words("gaps.blinds"), style(self, "label")))
            parts += [Text(f"- {inert(name)}") for name in blinds]
        return Group(*parts)

    # --- what it shares with every screen -------------------------------------------------------------------------

    def action_cite(self) -> None:
        """Copy what to ask the customer for, or the gap in one line."""
        chosen, words = self.query_one("#gaps", Listing).chosen, self.investigation.words
        need, gap = self._needs.get(chosen), self._gaps.get(chosen)
        if need:
            self.copy("\n".join(filter(None, (inert(need.ask), inert(need.command or "")))), need.item)
        elif gap:
            what = gap.artifact or gap.item or ""
            self.copy(f"{inert(what)} {inert(gap.place)}: {inert(words.reason(gap.reason))}", what)

    def go_back(self) -> bool:
        """From the detail to the list."""
        if super().go_back():
            return True
        if isinstance(self.focused, Detail):
            self.query_one("#gaps").focus()
            return True
        return False

    def supposed(self) -> None:
        """Nothing here is supposed; only colours may have changed."""
        self._fill()
