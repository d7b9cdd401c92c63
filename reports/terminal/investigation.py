"""One case as the screens share it: what was found, the evidence, the engineer's notes, and the clock to read by."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from analyzer import knowledge
from analyzer.measures import Inquiry
from analyzer.model import Diagnosis, Observation, Refusal, Source, Verdict
from analyzer.notes import Kind, Notebook
from analyzer.pipeline import Options, Reopened, Result
from analyzer.tables import Evidence
from analyzer.what_if import Answer, Bench, Supposition
from reports import page
from reports.page.blocks import Page
from reports.page.draft import Draft
from reports.page.inert import inert, moment, quoted
from reports.page.wording import Wording
from reports.terminal import languages
from reports.terminal.audit import Audit
from reports.terminal.clock import Clock, Mode

MARKS: Mapping[Kind, str] = {Kind.BOOKMARK: "★", Kind.NOTE: "✎", Kind.IRRELEVANT: "⊘"}
"""What stands beside a row that the engineer marked."""

COPIES = "citations.txt"
"""Where everything copied is kept too, for terminals that take nothing into their clipboard."""

Row = tuple[str, str]
"""A row of evidence by its ``artifact`` and ``place``: what a citation and a note name it by."""


@dataclass(frozen=True, slots=True)
class Citing:
    """One statement that rests on a row."""

    verdict: Verdict
    observation: Observation


@dataclass(eq=False)
class Investigation:
    """What every screen is made from. Only ``mode``, the notebook and what is supposed change while it lasts.

    ``folder`` is the case; ``evidence`` are its tables, lazy over Parquet. ``bundle`` is where the bundle lies on
    this machine, None where it is no longer known. Screens hear of changes by ``View.clock_changed`` and
    ``View.notes_changed``.
    """

    result: Result
    evidence: Evidence
    folder: Path
    options: Options = field(default_factory=Options)
    bundle: Path | None = None
    mode: Mode = Mode.UTC
    left_out: frozenset[Answer] = frozenset()
    supposition: Supposition | None = None

    @classmethod
    def of(cls, reopened: Reopened, bundle: Path | None = None) -> Investigation:
        """The investigation of a case that was reopened."""
        return cls(reopened.result, reopened.evidence, reopened.folder, reopened.options, bundle)

    @property
    def diagnosis(self) -> Diagnosis:
        """What was found; what-if never changes it."""
        return self.result.diagnosis

    @cached_property
    def words(self) -> Wording:
        """The terminal's own texts in the language that was asked for."""
        return languages.load(self.options.lang)

    @cached_property
    def page(self) -> Page:
        """The report that HTML and text draw too."""
        return page.build(self.result, self.options.lang)

    @cached_property
    def draft(self) -> Draft:
        """What the report's sections are written from."""
        return Draft.of(self.result, self.options.lang)

    @cached_property
    def clock(self) -> Clock:
        """What is known of the machine's clock."""
        return Clock.of(self.evidence)

    @cached_property
    def notebook(self) -> Notebook:
        """The engineer's notes on this case."""
        return Notebook(self.folder)

    # --- time ---------------------------------------------------------------------------------------------------------

    def next_mode(self) -> Mode:
        """Walk on to the next clock that this machine can be read by."""
        modes = self.clock.modes()
        self.mode = modes[(modes.index(self.mode) + 1) % len(modes)]
        return self.mode

    def moment(self, at: datetime | None) -> str:
        """An instant by the clock that is chosen: always 23 characters, empty where there is none."""
        if at is None:
            return ""
        shown = self.clock.read(at, self.mode)
        return f"{shown:%Y-%m-%d %H:%M:%S}.{shown.microsecond // 1000:03d}".rjust(23, "0")

    @property
    def mode_label(self) -> str:
        """The chosen clock in one word, for headings and the bar."""
        return self.words(f"clock.{self.mode}")

    def near_failure(self, at: datetime | None) -> bool:
        """Whether an instant lies in a window of the failure, by the machine's own clock."""
        return at is not None and any(start <= at <= end for start, end in self.diagnosis.failure.windows)

    # --- what rests on a row, and what was said of it -----------------------------------------------------------------

    @cached_property
    def cited(self) -> Mapping[Row, tuple[Citing, ...]]:
        """Every row that a statement cites, in the order of the verdicts."""
        found: dict[Row, list[Citing]] = {}
        for verdict in self.diagnosis.verdicts:
            for observation in verdict.observations:
                for source in observation.sources:
                    found.setdefault((source.artifact, source.place), []).append(Citing(verdict, observation))
        return {row: tuple(citing) for row, citing in found.items()}

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every cited place once, oldest first, those without a time last: what ``e`` and ``E`` walk through."""
        once = {(s.artifact, s.place): s for v in self.diagnosis.verdicts for o in v.observations for s in o.sources}
        return tuple(sorted(once.values(), key=lambda s: (s.at is None, s.at, s.artifact, len(s.place), s.place)))

    def marks(self, artifact: str, place: str) -> str:
        """The symbols of the notes on a row: up to three characters."""
        kinds = {note.kind for note in self.notebook.at(artifact, place)}
        return "".join(MARKS[kind] for kind in Kind if kind in kinds)

    def citation(self, source: Source) -> str:
        """A row as one line to paste: what it is, where it lies, by which hashes it can be found again.

        Times are UTC whatever clock is chosen: who reads it may have chosen another.
        """
        bundle = self.result.bundle
        parts = [
            f"{inert(source.place)} {self.words('ledger.record_file')} {inert(source.artifact)}",
            moment(source.at) if source.at else "",
            f"“{quoted(source.quote)}”" if source.quote else "",
            f"SHA-256 {self.draft.hashes[source.artifact]}" if source.artifact in self.draft.hashes else "",
            f"{inert(bundle.name)} SHA-256 {bundle.sha256}",
        ]
        return " · ".join(part for part in parts if part)

    def keep_copy(self, text: str) -> None:
        """Add what was copied to ``citations.txt`` of the case. Raises ``Refusal`` where the disk does not take it."""
        try:
            with (self.folder / COPIES).open("a", encoding="utf-8") as stream:
                stream.write(text + "\n")
        except OSError as error:
            raise Refusal(f"cannot write {self.folder / COPIES}: {error.strerror or error}") from error

    # --- what the tool did, and what is only supposed -----------------------------------------------------------------

    @cached_property
    def audit(self) -> Audit:
        """The journal of what was done in this case."""
        return Audit(self.folder)

    def did(self, what: str, on: str = "") -> None:
        """Add to the journal (``deed.<what>`` in the languages). A case that cannot be written to is still read."""
        with suppress(Refusal):
            self.audit.did(what, inert(on, 300))

    @cached_property
    def bench(self) -> Bench:
        """All that was observed, to be weighed again. Takes as long as the diagnosis: ask for it in a thread."""
        pages = knowledge.load(self.options.knowledge, self.options.lang)
        return Bench.of(self.evidence, pages, Inquiry(self.options.user, self.options.failure_at))

    def suppose(self) -> Supposition | None:
        """What follows from ``left_out``; None where nothing is left out. The diagnosis stays what it is."""
        return self.bench.without(self.left_out) if self.left_out else None
