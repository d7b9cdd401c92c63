"""What a page is made of. Every view draws these and nothing else, so no two views can disagree.

All texts are in the language of the page and may hold hostile evidence: a view escapes what it writes and passes
it through ``inert``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a word is coloured; never the only sign of what it says."""

    BAD = "bad"
    WARN = "warn"
    UNSURE = "unsure"
    GOOD = "good"
    QUIET = "quiet"


class Side(StrEnum):
    """The pages of the ledger, in the order they are read."""

    FOR = "for"
    AGAINST = "against"
    BLIND = "blind"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Badge:
    """A status as word, symbol and colour."""

    word: str
    symbol: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Citation:
    """Where to look a statement up. ``at`` is ready to read and empty where no time is known."""

    anchor: str
    member: str
    sha256: str
    place: str
    at: str
    quote: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One signal's answer. ``unread`` are the reasons of a blind one; ``more`` says how many sources are not cited."""

    anchor: str
    signal: str
    weight: Badge
    text: str
    note: str
    citations: tuple[Citation, ...]
    more: str
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to an anchor of the page, or to an address on the web."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Code:
    """A text a person copies or looks up letter by letter."""

    text: str


Cell = str | Badge | Link | Code | tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """One paragraph; ``lead`` is larger, ``note`` smaller, ``title`` heads the blocks that follow."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict in one sentence, and the causes that make it."""

    badge: Badge
    sentence: str
    causes: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names with their values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below column headings; ``more`` says what was left out. A ``folded`` one is for looking up."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """One side of the evidence on a cause; ``more`` says what was left out."""

    side: Side
    title: str
    symbol: str
    entries: tuple[Entry, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of the fix plan: what to ``do``, and its first sentence as a ``brief`` line.

    ``tags`` are owner, risk, rights and reversibility; ``notes`` are named sentences. ``because`` links to what
    speaks for it, headed by ``why`` where that is not what justifies a step of the plan.
    """

    anchor: str
    id: str
    do: str
    brief: str
    command: str
    tags: tuple[Badge, ...]
    notes: tuple[tuple[str, str], ...]
    because: tuple[Link, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do, in order. A ``brief`` list shows only what is done and by whom; ``more`` says what it left out."""

    tasks: tuple[Task, ...]
    brief: bool = False
    title: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Cautions:
    """What must not be done."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Short statements, each with where it can be looked up; ``more`` leads to those that were left out."""

    title: str
    symbol: str
    items: tuple[tuple[str, tuple[Citation, ...]], ...]
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, when, and how long before (−) or after (+) the attempt ended; both may be empty."""

    at: str
    offset: str
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One attempt to sign in as the stations it passed, the one it broke at, and those it never reached.

    ``moments`` are what happened around it, in order of time.
    """

    anchor: str
    label: str
    stations: tuple[Badge, ...]
    notes: tuple[tuple[str, str], ...]
    citations: tuple[Citation, ...]
    moments: tuple[Moment, ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One cause for one subject. ``accused`` ones are shown whole, the others folded."""

    anchor: str
    cause: str
    title: str
    badge: Badge
    accused: bool
    summary: str
    about: tuple[tuple[str, Cell], ...]
    tally: str
    ledgers: tuple[Ledger, ...]
    references: tuple[Link, ...]


Block = Prose | Headline | Pairs | Table | Steps | Cautions | Points | Strip | Card


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading and a stable anchor; ``more`` says what was left out."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report; ``product`` is what stands above its title where it is another kind of page."""

    lang: str
    title: str
    sections: tuple[Section, ...]
    colophon: str
    product: str = ""

    def section(self, section_id: str) -> Section:
        """The section of that id. Raises ``KeyError`` where there is none."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def cards(self) -> Iterator[Card]:
        """All causes, by rank."""
        return (block for block in self.section("why").blocks if isinstance(block, Card))
