"""A screen over a table: on top of showing rows it searches them, and goes to a time, the failure, the evidence."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from reports.terminal import errands as answers
from reports.terminal.fields import Field
from reports.terminal.filters import BadPattern, Holds, Pattern
from reports.terminal.instants import instant
from reports.terminal.investigation import Investigation
from reports.terminal.prompt import Prompt
from reports.terminal.rows_view import RowsView
from reports.terminal.selection import Places


class TableView(RowsView):
    """The screen. A subclass says which table and which fields."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "hit(1)", "key.table.hit", id="table.next_hit", show=False),
        Binding("N", "hit(-1)", "key.table.hit_back", id="table.previous_hit", show=False),
        Binding("w", "failure", "key.table.failure", id="table.failure", show=False),
        Binding("ampersand", "hits_only", "key.table.hits_only", id="table.hits_only", show=False),
        Binding("colon", "time", "key.table.time", id="table.time", show=False),
    ]

    def __init__(self, investigation: Investigation) -> None:
        super().__init__(investigation)
        self._pattern: Pattern | None = None
        self._hits: Places | None = None
        self._from: int | None = None
        self._failure = -1
        self._step = 0

    # --- searching ------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Ask what to search for."""
        self.query_one(Prompt).ask("search")

    def action_time(self) -> None:
        """Ask for a time to go to."""
        self.query_one(Prompt).ask("time")

    @on(Prompt.Closed)
    def _to_table(self) -> None:
        self.grid.focus()

    @on(Prompt.Answered)
    def _answer(self, event: Prompt.Answered) -> None:
        told = self.answer_to(event.purpose, event.text)
        prompt = self.query_one(Prompt)
        if told:
            prompt.tell(told)
        else:
            prompt.action_close()

    def answer_to(self, purpose: str, text: str) -> str:
        """Do what was asked for; what is wrong with the answer, if anything is."""
        return self._start_search(text) if purpose == "search" else self._start_jump(text)

    def _start_search(self, text: str) -> str:
        """Begin; what is wrong with the pattern, if anything is. An empty one ends the search."""
        if not text:
            self._end_search()
            return ""
        pattern = Pattern(text)
        try:
            pattern.check()
        except BadPattern as bad:
            return self.investigation.words("search.bad", why=str(bad))
        self._search(pattern, start=self.grid.row)
        return ""

    def _search(self, pattern: Pattern, start: int | None) -> None:
        """Search from a row on and go to the first hit; with no row, stay where the cursor is."""
        self._pattern, self._hits, self._from = pattern, None, start
        self.grid.pattern = pattern
        self.grid.refresh()
        self.say(told=self.investigation.words("search.runs"))
        self.errands.search(Holds(pattern, self._searched()), self.selection, self.grid.order, max(0, self.grid.row))

    def _searched(self) -> tuple[Field, ...]:
        return tuple(field for field in self.every if field.searchable)

    def settled(self) -> None:
        """Other rows have other hits."""
        if self._pattern is not None:
            self._search(self._pattern, start=None)

    def _end_search(self) -> None:
        self._pattern = self._hits = self.grid.pattern = None
        self.grid.refresh()
        self.say(told="")

    @on(answers.Found)
    def _found(self, event: answers.Found) -> None:
        if event.pattern is not self._pattern or event.order is not self.grid.order:
            return
        self._hits = event.places
        if self._from is not None and (hit := event.places.after(self._from - 1)) is not None:
            self._from = None
            self.grid.go(hit)
        self._tell_hits(whole=event.whole)

    def _tell_hits(self, *, whole: bool = True) -> None:
        words, hits = self.investigation.words, self._hits
        if hits is None or not len(hits):
            self.say(told=words("search.none" if whole else "search.runs"))
            return
        rank = hits.rank(self.grid.row)
        total = f"{len(hits)}{'' if whole else '…'}"
        self.say(told=words("search.hit", n=rank, total=total) if rank else words("search.hits", total=total))

    def action_hit(self, step: int) -> None:
        """To the next or previous hit; behind the last comes the first."""
        if self._hits is None or not len(self._hits):
            self.say(told=self.investigation.words("search.none"))
            return
        row = self.grid.row
        hit = self._hits.after(row) if step > 0 else self._hits.before(row)
        if hit is not None:
            self.grid.go(hit)
            self._tell_hits()

    def action_hits_only(self) -> None:
        """Make a filter of the search."""
        if self._pattern is not None:
            self.narrow(Holds(self._pattern, self._searched()))

    # --- going somewhere ------------------------------------------------------------------------------------------

    def _start_jump(self, text: str) -> str:
        """Begin; what is wrong with the time, if anything is."""
        record = self.grid.record()
        at = instant(text, self.investigation, record.at if record else None)
        if at is None:
            return self.investigation.words("time.bad")
        self.errands.reach(self.grid.order, at)
        return ""

    def action_failure(self) -> None:
        """To the rows nearest to the failure, and after that to the next one."""
        windows = self.investigation.diagnosis.failure.windows
        if not windows:
            self.say(told=self.investigation.words("table.no_failure"))
            return
        self._failure = (self._failure + 1) % len(windows)
        start, end = windows[self._failure]
        self.errands.reach(self.grid.order, start + (end - start) / 2)

    @on(answers.Reached)
    def _go_to(self, event: answers.Reached) -> None:
        if event.number is None:
            self.say(told=self.investigation.words("table.no_row"))
        else:
            self.seek(event.number)

    def action_evidence(self, step: int) -> None:
        """To the next or previous row that the diagnosis cites."""
        places, self._step = self.evidence, step
        if places is None:
            self.ask_evidence()
            return
        self._step = 0
        row = (places.after(self.grid.row) if step > 0 else places.before(self.grid.row)) if places else None
        if row is None:
            self.say(told=self.investigation.words("table.no_evidence"))
            return
        self.grid.go(row)
        self.say(told=self.investigation.words("table.evidence", n=places.rank(row), total=len(places)))

    def learned(self) -> None:
        """A step that was asked for too early is taken now."""
        if self._step:
            self.action_evidence(self._step)

    def show_place(self, artifact: str, place: str) -> bool:
        """Go to a row of evidence, as soon as it is found."""
        self.errands.find((artifact, place))
        return True

    def go_back(self) -> bool:
        """Close what is open, then end the search; whether there was anything."""
        if super().go_back():
            return True
        if self._pattern is not None:
            self._end_search()
            return True
        return False
