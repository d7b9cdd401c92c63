"""The second reader: single records read again by python-evtx, another program from other hands.

It answers one question: does this record say what the first reader made of it? A record is asked for by the number
that Event Viewer shows. Chunks that the file header does not count are looked through too.

Readers spell alike things differently, so both sides are brought into one form first: times to the microsecond,
numbers without leading zeros, GUIDs and bytes in lower case, control characters and empty values left out.
"""

from __future__ import annotations

import base64
import logging
import math
import re
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as ElementTree
import msgspec
from defusedxml.common import DefusedXmlException

from analyzer.model import utc
from analyzer.parsers.evtx.chunks import CHUNK_BYTES, HEADER_BYTES
from analyzer.parsers.evtx.mending import intact
from analyzer.parsers.evtx.records import clean

if TYPE_CHECKING:
    from Evtx.Evtx import Record

AVAILABLE = sys.platform == "linux"
"""Its package and the first reader's cannot share a file system that ignores case (see ``pyproject.toml``)."""

MOST_RECORDS = 1_000
"""How many records of one log are rendered to find those whose number is not the one in their own header."""

# what it complains of, it says in its answers; its log would end up on the screen
logging.getLogger("Evtx").addHandler(logging.NullHandler())

_NAMES = ((0x80, 64), (0x180, 32))
"""Where a chunk keeps the offsets of its names and of its templates, and how many; each begins a list."""

_SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_FRACTION = re.compile(r"-?\d{1,300}\.\d+(?:e[+-]?\d{1,3})?", re.IGNORECASE)
_ROUNDING = timedelta(microseconds=10)
"""The second reader counts time in floating point."""

Field = tuple[str, str]

_COLUMNS = ("at", "channel", "provider", "event_id", "level", "record_id", "computer", "user")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the second reader says of one record.

    ``differing`` names the fields in which it differs from the row; ``unread`` is why it could not read the record.
    Neither means that it agrees.
    """

    differing: tuple[str, ...] = ()
    unread: str = ""


_ABSENT = Answer(unread="it finds no record of that number")
_ALIKE = Answer()


def compare(path: Path, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Answer]:
    """An answer for each row of the events table, by its ``record_id``.

    Where a log holds a record twice, one copy that agrees is enough. Raises ``OSError``.
    """
    answers = dict.fromkeys(rows, _ABSENT)
    for number, told in _read(path, frozenset(rows)):
        answer = Answer(unread=told) if isinstance(told, str) else Answer(_differing(rows[number], told))
        if answer == _ALIKE or answers[number].unread:
            answers[number] = answer
    return answers


# --- finding the records ------------------------------------------------------------------------------------------


def _read(path: Path, wanted: frozenset[int]) -> Iterator[tuple[int, Element | str]]:
    """Each wanted record as XML, or why it cannot be rendered.

    A saved selection numbers its records anew: what is not found by the records' own headers is looked for in their
    content, where the number stands as eight bytes.
    """
    found = set()
    for record in _records(path):
        if record.record_num() in wanted:
            told = _render(record)
            number = record.record_num() if isinstance(told, str) else _number(told)
            if number in wanted:
                found.add(number)
                yield number, told
    left = wanted - found
    numbers = [number.to_bytes(8, "little") for number in sorted(left) if number < 1 << 64]
    likely = (record for record in _records(path) if any(number in record.data() for number in numbers))
    for record in islice(likely if left else (), MOST_RECORDS):
        told = _render(record)
        if not isinstance(told, str) and _number(told) in left:
            yield _number(told), told


def _records(path: Path) -> Iterator[Record]:
    """Every record that is intact, in whatever slot of the file; no header of the file or a chunk is asked for it.

    A chunk is given to the reader alone, so that no offset in it can lead out of it.
    """
    from Evtx.Evtx import ChunkHeader, Record

    with path.open("rb") as stream:
        stream.seek(HEADER_BYTES)
        for part in iter(lambda: stream.read(CHUNK_BYTES), b""):
            block = part.ljust(CHUNK_BYTES, b"\0")
            if _is_finite(block):
                chunk = ChunkHeader(block, 0)
                yield from (Record(block, start, chunk) for start, _ in intact(block))


def _is_finite(block: bytes) -> bool:
    """Whether the reader comes to an end of the chunk's lists of names; it follows them without counting."""
    firsts = (at for table, length in _NAMES for at in struct.unpack_from(f"<{length}I", block, table))
    return all(_ends(block, first) for first in firsts)


def _ends(block: bytes, at: int) -> bool:
    """Whether the list that begins there does; each entry holds the place of the next, the last one none."""
    seen = set()
    while at:
        if at in seen or at > CHUNK_BYTES - 4:
            return False
        seen.add(at)
        at = struct.unpack_from("<I", block, at)[0]
    return True


def _render(record: Record) -> Element | str:
    try:
        root: Element = ElementTree.fromstring(record.xml())
        return root
    except (ParseError, DefusedXmlException) as error:
        return f"what it makes of the record is no XML: {error}"
    except _refusals() as error:
        return f"it cannot read the record: {type(error).__name__}"


def _refusals() -> tuple[type[Exception], ...]:
    """Whatever the library raises on bytes that are no record: it checks little and trips over the rest."""
    from Evtx.BinaryParser import BinaryParserException
    from Evtx.Nodes import SuppressConditionalSubstitution
    from Evtx.Views import UnexpectedElementException

    named = (BinaryParserException, SuppressConditionalSubstitution, UnexpectedElementException)
    broken = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError)
    return (*named, *broken, ValueError, struct.error)


# --- comparing ----------------------------------------------------------------------------------------------------


def _differing(row: Mapping[str, Any], event: Element) -> tuple[str, ...]:
    """The names of the columns and payload fields that say something else."""
    read = _columns(event)
    differing = {name for name in _COLUMNS if row[name] != read[name]}
    if row["at"] and read["at"] and abs(row["at"] - read["at"]) <= _ROUNDING:
        differing.discard("at")
    first, second = Counter(_told(row["data"])), Counter(_payload(event))
    here, there = _by_name(first - second), _by_name(second - first)
    differing.update(f"data.{name}" for name in {*here, *there} if not _alike(here[name], there[name], first))
    return tuple(sorted(differing))


def _by_name(fields: Counter[Field]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in sorted(fields.elements()):
        found[name].append(value)
    return found


def _alike(here: list[str], there: list[str], first: Counter[Field]) -> bool:
    """Whether the values of one field that are spelled differently are the same all the same.

    python-evtx repeats the ends of strings in an array that begins with empty ones; nothing is missing from it.
    """
    left = list(there)
    for value in here:
        match = next((other for other in left if _same(value, other)), None)
        if match is None:
            return False
        left.remove(match)
    return all(any(text.endswith(tail) for name, text in first if name == "Data") for tail in left)


def _same(one: str, other: str) -> bool:
    """A time is rounded, a fraction has more digits or fewer, a truth is a number or a word, bytes come in base64."""
    try:
        if abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= _ROUNDING:
            return True
    except (ValueError, TypeError):
        pass
    if _FRACTION.fullmatch(one) and _FRACTION.fullmatch(other):
        return math.isclose(float(one), float(other), rel_tol=1e-6)
    if other in ("true", "false") and re.fullmatch(r"-?\d{1,20}", one):
        return (int(one) > 0) == (other == "true")
    try:
        return bytes.fromhex(one) == base64.b64decode(other, validate=True)
    except ValueError:
        return False


def _system(event: Element) -> Element:
    found = event.find(f"{_SPACE}System")
    return Element("System") if found is None else found


def _text(event: Element, name: str, attribute: str = "") -> str | None:
    element = _system(event).find(_SPACE + name)
    if element is None:
        return None
    return (element.get(attribute) if attribute else (element.text or "").strip()) or None


def _integer(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,18}", text) else None


def _number(event: Element) -> int:
    return _integer(_text(event, "EventRecordID")) or 0


def _columns(event: Element) -> dict[str, Any]:
    return {
        "at": _instant(_text(event, "TimeCreated", "SystemTime") or ""),
        "channel": _text(event, "Channel"),
        "provider": _text(event, "Provider", "Name"),
        "event_id": _integer(_text(event, "EventID")),
        "level": _integer(_text(event, "Level")),
        "record_id": _integer(_text(event, "EventRecordID")),
        "computer": _text(event, "Computer"),
        "user": _text(event, "Security", "UserID"),
    }


def _instant(text: str) -> datetime | None:
    return utc(text if re.search(r"(?:Z|[+-]\d\d:\d\d)$", text) else f"{text}Z")


def _payload(event: Element) -> Iterator[Field]:
    """Field and value of everything in ``EventData`` or ``UserData``, masked as the first reader's is."""
    for part in event:
        if part.tag in (f"{_SPACE}EventData", f"{_SPACE}UserData"):
            for attribute, value in part.attrib.items():
                yield from _field(attribute, value)
            yield from _values(part)
            return


def _values(element: Element) -> Iterator[Field]:
    for child in element:
        name = child.get("Name") or child.tag.rpartition("}")[2]
        for attribute, value in child.attrib.items():
            if attribute != "Name":
                yield from _field(attribute, value)
        yield from _values(child)
        for text in _entries(child.text or ""):
            yield from _field(name, text)


def _entries(text: str) -> list[str]:
    """The texts of an array, which the second reader writes into one element, mark-up and all."""
    return re.findall(r"<string>(.*?)</string>", text, re.DOTALL) or [text]


def _told(data: str | None) -> Iterator[Field]:
    """The same of the first reader's JSON."""
    return _leaves("", msgspec.json.decode(data) if data else None)


def _leaves(name: str, value: Any) -> Iterator[Field]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(name if key in ("#text", "#attributes") else key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner)
    elif value is not None:
        yield from _field(name, str(value))


def _field(name: str, text: str) -> Iterator[Field]:
    """Nothing for an empty value and for a namespace. The first reader numbers fields of one name: ``Data_1``."""
    name = re.sub(r"_\d+$", "", name)
    value = _spelled(clean(name, text))
    if value and not name.startswith("xmlns"):
        yield name, value


def _spelled(text: str) -> str:
    """One spelling for what readers write in several."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]", "", text).replace("\r\n", "\n").strip()
    if re.match(r"(?:0001|1601)-01-01[ T]00:00:00", text):
        # no time at all: the first instant of the calendar for one, of Windows for the other
        return ""
    if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", text) and (moment := _instant(text)):
        return moment.isoformat()
    if number := re.fullmatch(r"0x0*([0-9a-f]+)", text, re.IGNORECASE):
        return f"0x{number[1].lower()}"
    if text in ("True", "False") or _GUID.fullmatch(text):
        return text.lower().strip("{}")
    return text
