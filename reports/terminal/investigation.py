"""One case as the screens share it: what was found, the evidence, the engineer's notes, and the clock to read by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from analyzer.model import Diagnosis, Observation, Source, Verdict
from analyzer.notes import Kind, Notebook
from analyzer.pipeline import Options, Result
from analyzer.tables import Evidence
from reports import page
from reports.page.blocks import Page
from reports.page.wording import Wording
from reports.terminal import languages
from reports.terminal.clock import Clock, Mode

MARKS: Mapping[Kind, str] = {Kind.BOOKMARK: "★", Kind.NOTE: "✎", Kind.IRRELEVANT: "⊘"}
"""What stands beside a row that the engineer marked."""

Row = tuple[str, str]
"""A row of evidence by its ``artifact`` and ``place``: what a citation and a note name it by."""


@dataclass(frozen=True, slots=True)
class Citing:
    """One statement that rests on a row."""

    verdict: Verdict
    observation: Observation


@dataclass(eq=False)
class Investigation:
    """What every screen is made from. Only ``mode`` and the notebook change while it lasts.

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
