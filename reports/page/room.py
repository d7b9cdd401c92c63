"""How much of a page a file has room for. What is left out is counted, and evidence is still named by file and place.

A usual page fits whole. One that does not is made smaller step by step, evidence last: the verdict never shrinks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import groupby
from typing import Any

from reports.page.blocks import Block, Card, Citation, Entry, Headline, Ledger, Link, Page, Section, Steps, Table
from reports.page.inert import inert
from reports.page.wording import Wording, load

# ids, addresses and hashes are whole or worthless
_NEVER_CUT = frozenset({"anchor", "href", "sha256", "id", "lang", "cause", "kind", "symbol"})


@dataclass(frozen=True, slots=True)
class Room:
    """At most so many blocks a section, entries a ledger, citations an entry, rows a table and letters a text."""

    blocks: int
    entries: int
    citations: int
    rows: int
    tasks: int
    letters: int


ROOMS = (Room(120, 40, 6, 200, 80, 1000), Room(40, 12, 2, 60, 24, 400), Room(16, 5, 1, 20, 12, 200))


def trimmed(page: Page, room: Room) -> Page:
    """The page within its room; a link to what is no longer there becomes its text."""
    words = load(page.lang)
    sections = tuple(_section(words, section, room) for section in page.sections)
    smaller = _shortened(replace(page, sections=sections), room.letters)
    anchors = frozenset(_anchors(smaller)) | {section.id for section in page.sections}
    return _linked(smaller, anchors)  # type: ignore[no-any-return]


def _section(words: Wording, section: Section, room: Room) -> Section:
    kept = tuple(_block(words, block, room) for block in section.blocks[: room.blocks])
    left = len(section.blocks) - len(kept)
    return replace(section, blocks=kept, more=words.count("room.more", left) if left else "")


def _block(words: Wording, block: Block, room: Room) -> Block:
    if isinstance(block, Card):
        return replace(block, ledgers=tuple(_ledger(words, ledger, room) for ledger in block.ledgers))
    if isinstance(block, Table):
        return replace(block, rows=block.rows[: room.rows], more=_more(words, block.more, len(block.rows) - room.rows))
    if isinstance(block, Steps):
        return replace(
            block, tasks=block.tasks[: room.tasks], more=_more(words, block.more, len(block.tasks) - room.tasks)
        )
    if isinstance(block, Headline):
        return replace(block, causes=block.causes[: room.blocks])
    return block


def _ledger(words: Wording, ledger: Ledger, room: Room) -> Ledger:
    entries = tuple(_entry(words, entry, room) for entry in ledger.entries[: room.entries])
    return replace(ledger, entries=entries, more=_more(words, ledger.more, len(ledger.entries) - len(entries)))


def _entry(words: Wording, entry: Entry, room: Room) -> Entry:
    """The entry with its first citations; the others by file, hash and place alone."""
    cited, others = entry.citations[: room.citations], entry.citations[room.citations :]
    told = [entry.more, *(_by_place(words, some) for _, some in groupby(others, key=lambda c: c.member))]
    unread = entry.unread[: room.entries]
    return replace(entry, citations=cited, unread=unread, more=" ".join(filter(None, told)))


def _by_place(words: Wording, some: Iterable[Citation]) -> str:
    those = tuple(some)
    places = ", ".join(citation.place for citation in those)
    return words("room.also", places=places, member=those[0].member, sha256=those[0].sha256)


def _more(words: Wording, more: str, left: int) -> str:
    return f"{words.count('room.more', left)} {more}".strip() if left > 0 else more


# --- walking through whatever a page is made of ----------------------------------------------------------------------


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(thing, field.name)) for field in fields(thing))


def _shortened(thing: Any, letters: int) -> Any:
    if isinstance(thing, str) and type(thing) is str:
        return inert(thing, letters)
    if isinstance(thing, tuple):
        return tuple(_shortened(one, letters) for one in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        told = {name: _shortened(value, letters) for name, value in _parts(thing) if name not in _NEVER_CUT}
        return replace(thing, **told)
    return thing


def _anchors(thing: Any) -> Iterator[str]:
    if isinstance(thing, tuple):
        for one in thing:
            yield from _anchors(one)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for name, value in _parts(thing):
            if name == "anchor":
                yield value
            yield from _anchors(value)


def _linked(thing: Any, anchors: frozenset[str]) -> Any:
    if isinstance(thing, Link):
        return replace(thing, href="") if thing.href.startswith("#") and thing.href[1:] not in anchors else thing
    if isinstance(thing, tuple):
        return tuple(_linked(one, anchors) for one in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{name: _linked(value, anchors) for name, value in _parts(thing)})
    return thing
