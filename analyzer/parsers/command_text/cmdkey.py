"""``cmdkey /list``: the targets of the user's Credential Manager."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.parsers.command_text.page import BLANKS, Answer, Command, Line, Page
from analyzer.tables import Fact


def _looks(page: Page) -> bool:
    lines = page.lines
    if not lines or not _is_header(lines[0]):
        return False
    known = re.compile(
        r"[:：]\s*(?:[A-Za-z]+:(?:target|interactive|batch|name)=|Microsoft(?:Office|Account)|MS\.Outlook)"
    )
    if any(known.search(line.text) or _says_none(line) for line in lines[1:]):
        return True
    return any(len(entry) in {3, 4} and all(line.indented for line in entry) for entry in _entries(page))


def _is_header(line: Line) -> bool:
    return not line.indented and line.text.rstrip(BLANKS).endswith((":", "："))


def _says_none(line: Line) -> bool:
    return bool(re.fullmatch(r"\s*\*[^*=:]+\*\s*", line.text))


def _is_filtered(header: Line) -> bool:
    """``/list:<filter>`` repeats the filter in the header, which otherwise is plain words."""
    words = header.text.rstrip(BLANKS + ":：")
    return bool(re.search(r"[*_/\\@=:0-9]| for \S", words))


def _read(page: Page) -> Answer:
    header = page.lines[0]
    entries = [entry for entry in map(_unwrapped, _entries(page)) if entry[0].value]
    facts = tuple(fact for entry in entries for fact in _credential(entry))
    if _is_filtered(header):
        return Answer(facts, "the list was asked for with a filter")
    if not entries:
        return Answer(facts, "" if any(map(_says_none, page.lines)) else "the list is cut after its header")
    return Answer(facts, "" if _is_complete(entries[-1]) else "the list is cut inside an entry")


def _entries(page: Page) -> Iterator[tuple[Line, ...]]:
    """The paragraphs below the header, which may follow it without a blank line."""
    for index, paragraph in enumerate(page.paragraphs):
        body = paragraph if index else paragraph[1:]
        if body and not _says_none(body[0]):
            yield body


def _unwrapped(entry: tuple[Line, ...]) -> tuple[Line, ...]:
    """A console breaks a long line anywhere and goes on at the margin."""
    joined: list[tuple[int, list[str]]] = []
    for line in entry:
        if joined and entry[0].indented and not line.indented:
            joined[-1][1].append(line.text)
        else:
            joined.append((line.number, [line.text]))
    return tuple(Line(number, "".join(parts)) for number, parts in joined)


def _credential(entry: tuple[Line, ...]) -> Iterator[Fact]:
    target = re.sub("^LegacyGeneric:target=", "", entry[0].value or "", flags=re.IGNORECASE)
    yield Fact(entry[0].place, "credentials.target", target, target)
    user = entry[2].value if len(entry) > 2 else None
    if user:
        yield Fact(entry[0].place, "credentials.user_name", target, user)


def _is_complete(entry: tuple[Line, ...]) -> bool:
    """The last line of an entry is how long it persists, without a label; entries of a domain may leave it out."""
    if len(entry) > 2 and entry[-1].value is None:
        return True
    return len(entry) > 2 and (entry[0].value or "").startswith("Domain:")


CMDKEY = Command(_looks, _read)
