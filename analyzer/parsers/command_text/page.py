"""The output of a command as lines and paragraphs, and what a reader makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.tables import Fact

BLANKS = " \t\u00a0\u202f"


class Line(NamedTuple):
    """A line that is not blank: its number from 1, and its text without the end."""

    number: int
    text: str

    @property
    def place(self) -> str:
        """What a person looks up."""
        return f"line {self.number}"

    @property
    def indented(self) -> bool:
        """Whether it belongs to a header above."""
        return self.text[0] in BLANKS

    @property
    def value(self) -> str | None:
        """What follows the label's colon; None for a line without a label."""
        label, colon, value = self.text.replace("：", ":", 1).partition(":")
        return value.strip(BLANKS) if colon and label.strip(BLANKS) else None


@dataclass(frozen=True, slots=True)
class Page:
    """A command's whole output in paragraphs, as blank lines part it; a last line that does not end is left out."""

    paragraphs: tuple[tuple[Line, ...], ...]
    ended: bool

    @classmethod
    def of(cls, text: str) -> Page:
        """The output as text; ends of lines may be LF, CRLF or CRCRLF."""
        *whole, rest = text.split("\n")
        paragraphs: list[tuple[Line, ...]] = []
        lines: list[Line] = []
        for number, line in enumerate([*whole, ""], 1):
            if line.strip():
                lines.append(Line(number, line.rstrip("\r")))
            elif lines:
                paragraphs.append(tuple(lines))
                lines = []
        return cls(tuple(paragraphs), not rest.strip())

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines that are not blank."""
        return tuple(line for paragraph in self.paragraphs for line in paragraph)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said; ``lack`` says why its silence proves nothing, and is empty where it does."""

    facts: tuple[Fact, ...] = ()
    lack: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """How one command's output is recognised and read.

    ``has_end`` is false where nothing shows that an output goes on: it never speaks for absence.
    """

    looks: Callable[[Page], bool]
    read: Callable[[Page], Answer]
    has_end: bool = True
