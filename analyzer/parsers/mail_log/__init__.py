r"""Outlook's transport logs: what it said to the mail servers, and what they answered.

``IMAP-<address without @ and dots>-<month_day_year>-<time>.log`` has no date in its lines::

    IMAP: 11:40:24 [tx] wk2e AUTHENTICATE XOAUTH2
    IMAP: 11:40:24 [rx] + eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8i…
    IMAP: 11:40:24 [rx] wk2e NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)
    IMAP: 11:41:17 [db] Connection to 'IP address' closed

``opmlog.log`` (POP3, SMTP, send and receive) puts the date first::

    2026.03.02 09:02:11 SMTP (smtp.gmail.com): [rx] 535-5.7.8 Username and Password not accepted.
    2026.03.02 09:02:12 alice@gmail.com: ReportStatus: RSF_COMPLETED, hr = 0x8004210a

Each line with a prefix is a row; lines without one are kept only inside an authentication. Each authentication gives
facts that share the place of its command and, as ``at``, the time of the answer: ``mail_login.account`` (only where the
log itself spells the address), ``.account_hint`` (the file name's, without @ and dots), ``.method`` (xoauth2, login,
plain, other; none for a refusal without one), ``.answer`` (ok, no, bad, none), ``.oauth_status``, ``.response`` (the
server's words), ``.server``, ``.local_time``. Each failed operation gives ``mail_error.code`` (``0x800CCC0E``),
``.server``, ``.socket_error`` and ``.local_time``.

Times are local. ``at`` is null unless the machine's zone is one that never changes its clocks; the local time then
stands before the line's text. ``Covered.since`` is the latest instant that the first line can mean.

Source: learn.microsoft.com, "How to enable transport logging in Outlook" and "Outlook IMAP account cannot download
messages" (IMAP lines, names); Google, "OAuth 2.0 Mechanism"; the status line of opmlog is seen in public source code,
its date is not confirmed by a public sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from analyzer.encodings import Line, lines
from analyzer.log_rows import LogRows, lack
from analyzer.model import Covered, Damage, Identified
from analyzer.parsers.mail_log.dialogue import Dialogue, Entry, Login
from analyzer.parsers.mail_log.stamps import Calendar, moment
from analyzer.tables import Batch, Fact, LogLine
from analyzer.zones import Zone

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_LINE = re.compile(
    r"(?:(?P<date>\d{4}[./-]\d\d[./-]\d\d)[ \t]{1,4}(?P<clock>\d\d:\d\d:\d\d)(?:[.,]\d{1,7})?[ \t]{1,4})?"
    r"(?:(?P<protocol>IMAP|POP3|SMTP)(?: ?\((?P<server>[^)\s]{1,255})\))?:[ \t]?)?"
    r"(?:(?P<time>\d\d:\d\d:\d\d)(?:[.,]\d{1,7})?[ \t])?(?:[\[<](?P<level>tx|rx|db)[\]>][ \t]?)?(?P<text>.*)",
    re.DOTALL,
)
_FILE_NAME = re.compile(r"IMAP-(.{1,300}?)-(\d\d)_(\d\d)_(\d{4})-(\d\d)_(\d\d)_(\d\d)_\d{1,3}\.log$", re.IGNORECASE)
_RESULT = re.compile(r"\bhr ?= ?(-\d{6,10})\b|\b0x(8[0-9a-f]{7})\b", re.IGNORECASE)
_SOCKET_ERROR = re.compile(r"Socket Error: ?(\d{5})\b", re.IGNORECASE)


@dataclass(slots=True)
class _Reader:
    """One log from its first line to its last."""

    zone: Zone
    calendar: Calendar
    hint: str | None
    dialogues: dict[tuple[str, str | None], Dialogue] = field(default_factory=dict)
    rows: LogRows = field(default_factory=LogRows)
    before: Entry | None = None
    since: datetime | None = None

    def take(self, line: Line) -> None:
        """Add a line's row and facts."""
        entry = self._entry(line)
        if entry is None:
            return
        dialogue = self._dialogue(entry)
        text, ended = dialogue.take(entry)
        self._end(dialogue, ended)
        at = self.zone.utc(entry.local)
        shown = self._shown(entry, text)
        self.rows.lines.append(LogLine(f"line {entry.number}", at, entry.protocol or None, entry.level or None, shown))
        self._errors(entry, dialogue.server)
        self.before = entry
        self.since = self.since or entry.local

    def finish(self) -> None:
        """Tell the authentications that were never answered."""
        for dialogue in self.dialogues.values():
            self._end(dialogue, dialogue.close())

    def _dialogue(self, entry: Entry) -> Dialogue:
        return self.dialogues.setdefault((entry.protocol, entry.server), Dialogue())

    def _entry(self, line: Line) -> Entry | None:
        """None for a line without a prefix, unless it goes on with what a server answers to a login."""
        found = _LINE.match(line.text)
        if found and (found["date"] or found["protocol"]):
            local = self.calendar.stamp(found["date"], found["clock"] or found["time"])
            shown = local.isoformat(" ") if local else found["time"] or ""
            return Entry(
                line.number, found["protocol"] or "", found["server"], found["level"] or "", found["text"], local, shown
            )
        before = self.before
        if before and before.level == "rx" and self._dialogue(before).login:
            return before._replace(number=line.number, text=line.text)
        return None

    def _shown(self, entry: Entry, text: str) -> str:
        return text if self.zone.utc(entry.local) or not entry.shown_time else f"{entry.shown_time} {text}"

    def _end(self, dialogue: Dialogue, ended: Iterator[tuple[Login, str, Entry]]) -> None:
        for login, answer, entry in ended:
            values = {
                "account": login.account,
                "account_hint": self.hint,
                "method": login.method,
                "answer": answer,
                "oauth_status": login.status,
                "response": " ".join(login.response) or None,
                "server": dialogue.server,
                "local_time": entry.local.isoformat() if entry.local else None,
            }
            self._tell("mail_login", login.entry.number, entry, login.account or self.hint, values)

    def _errors(self, entry: Entry, server: str | None) -> None:
        codes = {f"{int(m[1]) & 0xFFFFFFFF:08X}" if m[1] else m[2].upper() for m in _RESULT.finditer(entry.text)}
        socket = _SOCKET_ERROR.search(entry.text)
        for code in sorted(codes):
            local = entry.local.isoformat() if entry.local else None
            values = {
                "code": f"0x{code}",
                "server": server,
                "socket_error": socket[1] if socket else None,
                "local_time": local,
            }
            self._tell("mail_error", entry.number, entry, server, values)

    def _tell(self, group: str, number: int, entry: Entry, subject: str | None, values: dict[str, str | None]) -> None:
        at = self.zone.utc(entry.local)
        for name, value in values.items():
            if value:
                number_of = float(value) if name in {"oauth_status", "socket_error"} and value.isdecimal() else None
                self.rows.facts.append(Fact(f"line {number}", f"{group}.{name}", subject, value, number_of, at=at))


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The lines of one log and what they mean; whole where it has a date and does not stop inside a line."""
    name = artifact.original.replace("\\", "/").rpartition("/")[2]
    named = _FILE_NAME.match(name)
    reader = _Reader(Zone.of(artifact.host), Calendar(_named_time(named)), named[1] if named else None)
    yield from _identified(artifact, name)
    lost = False
    with artifact.open() as stream:
        for line in lines(stream, oem=artifact.host.oem_code_page, ansi=artifact.host.ansi_code_page):
            if told := lack(line.number, line):
                lost = True
                yield told
            if line.ended:
                reader.take(line)
                yield from reader.rows.full()
    reader.finish()
    yield from reader.rows.rest()
    if reader.before is None:
        yield Damage("the whole file", "holds no line of a transport log")
    elif reader.since and not lost:
        yield Covered(since=reader.zone.latest(reader.since), user=artifact.member.user)


def _named_time(named: re.Match[str] | None) -> datetime | None:
    """The file's name says month, day, year; where that cannot be, day and month."""
    if named is None:
        return None
    month, day, year, *clock = named.groups()[1:]
    return moment(year, month, day, ":".join(clock)) or moment(year, day, month, ":".join(clock))


def _identified(artifact: Artifact, name: str) -> Iterator[Identified]:
    if artifact.member.item not in {"outlook_imap_log", "outlook_opm_log"}:
        yield Identified("outlook_imap_log" if name.lower().startswith("imap") else "outlook_opm_log")
