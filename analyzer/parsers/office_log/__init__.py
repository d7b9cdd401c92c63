r"""Diagnostic logs of Office and of Click-to-Run: nine columns parted by tabs, a header line first.

``%TEMP%\Diagnostics\OUTLOOK\*.log``, UTF-8 or UTF-16 (⇥ is a tab)::

    Timestamp⇥Process⇥TID⇥Area⇥Category⇥EventID⇥Level⇥Message⇥Correlation
    03/17/2023 07:31:31.046⇥EXCEL (0x4F8)⇥0x2194⇥Microsoft Excel⇥Telemetry Event⇥b7vzq⇥Medium⇥SendEvent {"EventName":…}

The last tab may be missing; a line without a timestamp goes on with the message before it. Only lines that hold one
of ``TERMS`` are kept, with five lines on either side; the others are read and left in the file.

Timestamps are month-first. They are UTC where the ``"Time":"…Z"`` inside messages of the same file agrees with them;
else ``at`` is null and the timestamp stands before the message. ``office_log.error_code`` are codes beside the name of
a Google host, ``office_log.oauth_error`` the errors of OAuth by name, ``office_log.webview2_error`` codes beside
WebView2's name, also where they are printed as signed numbers; their subject is the host or address of the line.

Source: format and column names seen in public source code; learn.microsoft.com, "How to enable Office 365 ProPlus ULS
logging" and "Collect Office diagnostic logs" (places); domain errors from Google's "OAuth 2.0 error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from analyzer.encodings import Block, blocks, line_text, unnumbered
from analyzer.log_rows import LogRows, lack
from analyzer.model import Covered, Damage, Identified, utc
from analyzer.parsers.office_log.meanings import meanings
from analyzer.secrets import mask
from analyzer.tables import Batch, Fact, LogLine

if TYPE_CHECKING:
    from analyzer.bundle import Artifact, Host

# Spelled as Office spells them: a search that minds the case reads a large log four times as fast.
TERMS: tuple[str, ...] = (
    *("OAuth2", "oauth2", "OAUTH2", "google", "Google", "gmail", "Gmail", "IMAP", "imap."),
    *("invalid_grant", "invalid_client", "invalid_request", "admin_policy_enforced", "disallowed_useragent"),
    *("access_denied", "org_internal", "access_not_configured", "redirect_uri_mismatch"),
    *("WebView2", "webview2", '"Activity.Success":false', "OneAuth", "MSAL"),
    *("0x800CCC", "0x800ccc", "0x80072E", "0x80072e", "0x80072F", "0x80072f", "0x800903", "0x800B01", "0x800b01"),
    # WinINet's numbers for a proxy, a script and a date
    *("12029", "12037", "12167", "12175", "12178", "12180", "407 ", "Proxy Auth"),
    *("-2147012", "-214689", "-2146762", "-214664"),
    *("0x80096004", "0x8009201", "0x80070002", "0x8007064E", "0x8007064e", "0x8007139F", "0x8007139f"),
)
_AROUND = 5
_ANY_TERM = "|".join(map(re.escape, TERMS))
# What every telemetry line begins with costs half of the speed, so it is looked for by its end.
_UNSUCCESSFUL, _SUSPECT = '"Activity.Success":false', 's":false'
_MAYBE_A_TERM = _ANY_TERM.replace(re.escape(_UNSUCCESSFUL), _SUSPECT)
_STAMP = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)\.(\d{2,3})\*?\s*\t")
_EMBEDDED = re.compile(rb'"Time":"(\d{4}-\d\d-\d\dT[0-9:.]{8,20}Z)"')
# how far messages are searched for a time of their own, and how many must agree
_ZONE_BLOCKS, _ZONE_LINES = 64, 5
# how far up a message is followed to the line it begins with
_MESSAGE_LINES = 200
# how many characters of a record are looked at on either side of a line, besides the line it begins with
_RECORD = 8_000
# every question put to polars costs as much as the search of a block
_GROUP_BLOCKS = 8


class Passage(NamedTuple):
    """A block of whole lines: the number of its first line, how many there are, and the terms in it.

    ``terms`` are what ``_MAYBE_A_TERM`` matches, in their order. ``decoded`` is the text where it is not UTF-8.
    """

    block: Block
    first: int
    lines: int
    terms: list[str]
    decoded: str | None

    def text(self) -> str:
        """All lines; most passages are never asked for them."""
        return self.block.data.decode("utf-8") if self.decoded is None else self.decoded

    def end(self) -> str:
        """The last lines, enough to be neighbours of the next one's."""
        if self.decoded is not None:
            return self.decoded
        start = len(self.block.data)
        for _ in range(_AROUND + 1):
            start = self.block.data.rfind(b"\n", 0, max(start, 0))
        return self.block.data[start + 1 :].decode("utf-8")


class Found(NamedTuple):
    """A line that is kept: its number, its text, and the first line of its record where that is another.

    ``around`` is the text that it stands in, ``at`` where it begins there, ``start`` where its record does, if known.
    """

    number: int
    text: str
    head: str | None
    around: str
    at: int
    start: int | None

    def record(self) -> str:
        """The line with those that it goes on with and that go on with it; most lines are never asked for it."""
        below = [at for _, at in islice(_down(self.around, self.at, 0), 1, _AROUND + 2)]
        end = next((at for at in below if _STAMP.match(self.around, at)), below[-1] if below else len(self.around))
        return self.around[max(self.start or 0, self.at - _RECORD) : min(end, self.at + _RECORD)]


@dataclass(slots=True)
class _Window:
    """Finds the lines to keep, passage after passage.

    ``previous`` are at least the five lines before, ``after`` how many to come are neighbours, ``last`` is the highest
    number given out.
    """

    previous: str = ""
    after: int = 0
    last: int = 0

    def select(self, passage: Passage) -> Iterator[Found]:
        """The lines of one passage that hold a term, and those around them; every line has its end."""
        if passage.terms or self.after:
            yield from self._near(passage)
        self._remember(passage)

    def _near(self, passage: Passage) -> Iterator[Found]:
        text, ahead = self.previous + passage.text(), self.previous.count("\n")
        wanted = dict(islice(_down(text, len(self.previous), ahead), self.after))
        beyond = ahead + self.after
        for index, at in _hits(text, passage.terms, len(self.previous), ahead):
            wanted.update(islice(_up(text, at, index), _AROUND))
            wanted.update(islice(_down(text, at, index), _AROUND + 1))
            beyond = index + _AROUND + 1
        self.after = max(0, beyond - ahead - passage.lines)
        for index, at in sorted(wanted.items()):
            number = passage.first + index - ahead
            if number > self.last:
                self.last = number
                yield _found(number, text, at)

    def _remember(self, passage: Passage) -> None:
        text = passage.end() if passage.lines >= _AROUND else self.previous + passage.text()
        starts = [at for _, at in islice(_up(text, len(text), 0), _AROUND)]
        self.previous = text[starts[-1] :] if starts else ""


def _up(text: str, at: int, index: int) -> Iterator[tuple[int, int]]:
    """The lines above the one that begins at ``at``, nearest first: their indexes and where they begin."""
    while at > 0:
        at = text.rfind("\n", 0, at - 1) + 1
        index -= 1
        yield index, at


def _down(text: str, at: int, index: int) -> Iterator[tuple[int, int]]:
    """The line that begins at ``at`` and those below it: their indexes and where they begin."""
    while at < len(text):
        yield index, at
        at = text.find("\n", at) + 1 or len(text)
        index += 1


def _hits(text: str, terms: Sequence[str], at: int, index: int) -> Iterator[tuple[int, int]]:
    """The lines that hold a term: their indexes and where they begin. ``at`` is where the line ``index`` begins."""
    counted = at
    for term in terms:
        # the matches of an expression are the leftmost ones: each is the next of its spelling
        at = text.index(term, at) + len(term)
        if term != _SUSPECT or text.endswith(_UNSUCCESSFUL, 0, at):
            start = text.rfind("\n", 0, at) + 1
            index, counted = index + text.count("\n", counted, start), start
            yield index, start


def _line(text: str, at: int) -> str:
    return text[at : text.index("\n", at)]


def _found(number: int, text: str, at: int) -> Found:
    """The line that begins at ``at``, with the stamped line that it goes on with."""
    start = at if _STAMP.match(text, at) else _start(text, at)
    return Found(number, _line(text, at), None if start in (None, at) else _line(text, start), text, at, start)


def _start(text: str, at: int) -> int | None:
    """Where the stamped line above begins."""
    above = (start for _, start in islice(_up(text, at, 0), _MESSAGE_LINES))
    return next((start for start in above if _STAMP.match(text, start)), None)


@dataclass(slots=True)
class _Log:
    """What is known of the log and gathered from it."""

    is_utc: bool
    rows: LogRows = field(default_factory=LogRows)

    def take(self, found: Found) -> None:
        """Add a line's row and facts."""
        head = found.head or found.text
        columns = head.rstrip("\r").split("\t", 8)
        stamp = _stamp(head)
        at = stamp if self.is_utc else None
        message = found.text if found.head or stamp is None or len(columns) < 8 else columns[7]
        text = mask(message.rstrip("\r\t"))
        shown = text if at or stamp is None else f"{columns[0].strip()} {text}"
        place = f"line {found.number}"
        component, level = _labels(columns) if stamp else (None, None)
        self.rows.lines.append(LogLine(place, at, component, level, shown))
        meant = meanings(text, lambda: f"{head}\n{found.record()}")
        self.rows.facts.extend(Fact(place, *told, at=at) for told in meant)


def _labels(columns: Sequence[str]) -> tuple[str | None, str | None]:
    """``OUTLOOK Area/Category`` and the level."""
    if len(columns) < 7:
        return None, None
    process = columns[1].partition(" (")[0].strip()
    return f"{process} {columns[3].strip()}/{columns[4].strip()}", columns[6].strip()


def _stamp(line: str) -> datetime | None:
    """The timestamp as if it were UTC; None for a line without one, or with a day that no calendar has."""
    found = _STAMP.match(line)
    if not found:
        return None
    month, day, year, clock, fraction = found.groups()
    return utc(f"{year}-{month}-{day}T{clock}.{fraction}Z")


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The lines of a log that matter; whole where it begins like a log and does not stop inside a line."""
    log = _Log(_is_utc(artifact))
    window = _Window()
    opening: str | None = None
    lost = False
    with artifact.open() as stream:
        for passage in _passages(unnumbered(stream), artifact.host):
            if told := lack(passage.first, passage.block):
                lost = True
                yield told
            if not passage.block.ended:
                break
            opening = opening or _opening(passage.text())
            for found in window.select(passage):
                log.take(found)
            yield from log.rows.full()
    yield from log.rows.rest()
    if opening is None:
        yield Damage("the whole file", "holds no record of an Office log")
        return
    yield from _identified(artifact, opening)
    since = _stamp(opening)
    if since and not lost:
        # where the zone is not certain, local time may be up to twelve hours behind UTC
        yield Covered(since=since if log.is_utc else since + timedelta(hours=12), user=artifact.member.user)


def _passages(found: Iterator[Block], host: Host) -> Iterator[Passage]:
    """The blocks looked through, a few at a time."""
    terms = pl.col("text").str.extract_all(_MAYBE_A_TERM).alias("terms")
    lines = pl.col("text").str.count_matches("\n", literal=True).alias("lines")
    first = 1
    while group := list(islice(found, _GROUP_BLOCKS)):
        texts, decoded = _texts(group, host)
        seen = texts.to_frame().select(lines, terms)
        for block, text, (count, hits) in zip(group, decoded, seen.iter_rows(), strict=True):
            yield Passage(block, first, count, hits, text)
            first += count


def _texts(group: Sequence[Block], host: Host) -> tuple[pl.Series, Sequence[str | None]]:
    """The blocks as texts, and again as Python's where they had to be decoded: UTF-8 is only looked at."""
    try:
        data = pl.Series("text", [block.data for block in group], dtype=pl.Binary)
        return data.cast(pl.String), [None] * len(group)
    except pl.exceptions.PolarsError:
        decoded = [_text(block, host) for block in group]
        return pl.Series("text", decoded), decoded


def _text(block: Block, host: Host) -> str:
    try:
        return block.data.decode("utf-8")
    except UnicodeDecodeError:
        return line_text(block.data, oem=host.oem_code_page, ansi=host.ansi_code_page)


def _opening(text: str) -> str | None:
    """The first record: a stamp and at least the columns up to the message."""
    return next((line for line in text.split("\n") if _STAMP.match(line) and line.count("\t") >= 7), None)


def _is_utc(artifact: Artifact) -> bool:
    """Whether the first messages that carry a UTC time of their own agree with their timestamps."""
    with artifact.open() as stream:
        seen = list(islice(_agreements(islice(blocks(stream), _ZONE_BLOCKS)), _ZONE_LINES))
    return bool(seen) and all(seen)


def _agreements(beginning: Iterator[Block]) -> Iterator[bool]:
    for block in beginning:
        for found in _EMBEDDED.finditer(block.data):
            start = block.data.rfind(b"\n", 0, found.start()) + 1
            yield _agree(block.data[start : start + 40], found[1])


def _agree(head: bytes, embedded: bytes) -> bool:
    stamp, moment = _stamp(head.decode("latin-1")), utc(embedded.decode("ascii"))
    return stamp is not None and moment is not None and abs(stamp - moment) < timedelta(seconds=2)


def _identified(artifact: Artifact, opening: str) -> Iterator[Identified]:
    """Both kinds of log share names and format: the process tells them apart."""
    process = opening.split("\t")[1].lower()
    item = "clicktorun_log" if process.startswith(("officeclicktorun", "officec2r", "setup")) else "office_log"
    if artifact.member.item not in {"clicktorun_log", "office_log"}:
        yield Identified(item)
