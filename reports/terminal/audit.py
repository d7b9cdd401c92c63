"""What the tool did in this case, and when: an append-only journal beside the notes, ``audit.jsonl``.

A line is ``{"at_utc": "…", "what": "looked", "on": "record 4711 in C/…"}``. It tells the next engineer, and whoever
must account for the evidence, what was opened, looked at, marked and copied. It never holds what was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analyzer.journal import Journal

NAME = "audit.jsonl"


@dataclass(frozen=True, slots=True)
class Deed:
    """One line. ``what`` is a word of ours (``deed.<what>`` in the languages), ``on`` what it was done to."""

    at_utc: str
    what: str
    on: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The journal of one case."""

    folder: Path

    def did(self, what: str, on: str) -> None:
        """Add a line now. Raises ``Refusal`` where the disk does not take it."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        Journal(self.folder / NAME).append({"at_utc": now, "what": what, "on": on})

    def deeds(self) -> tuple[Deed, ...]:
        """All lines, oldest first; what is no such line is left out."""
        told = Journal(self.folder / NAME).fresh()
        return tuple(
            Deed(str(one["at_utc"]), str(one["what"]), str(one["on"]))
            for one in told
            if {"at_utc", "what", "on"} <= one.keys()
        )
