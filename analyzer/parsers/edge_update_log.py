r"""The log of Microsoft Edge Update, which installs and updates the WebView2 runtime: UTF-16LE, one event a line.

``%ProgramData%\Microsoft\EdgeUpdate\Log\MicrosoftEdgeUpdate.log`` and ``%LOCALAPPDATA%\Temp\MicrosoftEdgeUpdate.log``::

    [09/20/22 13:07:19.239][MicrosoftEdgeUpdate:msedgeupdate][8016:8020][is machine: 1][Current dir][C:\Program Files…]
    [09/13/25 22:11:01.541][MicrosoftEdgeUpdate:msedgeupdate][125944:124688][Running installer][C:\…\MicrosoftEdge_X64_…
    .exe][--msedgewebview --verbose-logging --system-level][{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}]

Kept are lines that name WebView2 or hold a failure code (0x8…), with five lines on either side. The stamps are
month-first and local, so ``at`` is null and the stamp stands before the text. ``edge_update_log.webview2_error`` is a
code in a line that names WebView2.

Source: places, encoding and line format seen in public source code; the GUID of the WebView2 runtime from
learn.microsoft.com, "Distribute your app and the WebView2 Runtime".
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from analyzer.encodings import Line, lines
from analyzer.log_rows import LogRows, lack
from analyzer.model import Covered, Damage, Identified, utc
from analyzer.secrets import mask
from analyzer.tables import Batch, Fact, LogLine

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_AROUND = 5
_STAMP = re.compile(r"\[(\d\d)/(\d\d)/(\d\d) (\d\d:\d\d:\d\d\.\d{3})\]")
_COMPONENT = re.compile(r"\[([^\[\]]{1,80}:[^\[\]]{1,80})\]")
_WEBVIEW2 = re.compile(r"F3017226-FE2A-4295-8BDF-00C3A9A7E4C5|msedgewebview", re.IGNORECASE)
_CODE = re.compile(r"\b0x(8[0-9a-f]{7})\b", re.IGNORECASE)


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The lines about WebView2 and about failures; whole where it is such a log and does not stop inside a line."""
    rows = LogRows()
    survey = _Survey()
    with artifact.open() as stream:
        every = lines(stream, oem=artifact.host.oem_code_page, ansi=artifact.host.ansi_code_page)
        for line in _near(survey.watch(every)):
            rows.lines.append(_row(line))
            rows.facts.extend(_facts(line))
            yield from rows.full()
    yield from rows.rest()
    if artifact.member.item not in {"edge_update_log", "edge_update_user_log"}:
        yield Identified("edge_update_user_log" if "/temp/" in artifact.original.lower() else "edge_update_log")
    yield from survey.damages
    if survey.since is None:
        yield Damage("the whole file", "holds no line of this log")
    elif not survey.damages:
        # local time is at most twelve hours behind UTC
        yield Covered(since=survey.since + timedelta(hours=12), user=artifact.member.user)


class _Survey:
    """What is noted of every line, kept or not."""

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.damages: list[Damage] = []

    def watch(self, every: Iterable[Line]) -> Iterator[Line]:
        """The lines that are whole."""
        for line in every:
            if told := lack(line.number, line):
                self.damages.append(told)
            if line.ended:
                self.since = self.since or _stamp(line.text)
                yield line


def _stamp(text: str) -> datetime | None:
    """The local time as if it were UTC."""
    found = _STAMP.match(text)
    return utc(f"20{found[3]}-{found[1]}-{found[2]}T{found[4]}Z") if found else None


def _near(every: Iterable[Line]) -> Iterator[Line]:
    """Lines that matter, and those around them."""
    before: deque[Line] = deque(maxlen=_AROUND)
    after = 0
    for line in every:
        if _WEBVIEW2.search(line.text) or _CODE.search(line.text):
            yield from before
            before.clear()
            after = _AROUND
            yield line
        elif after:
            after -= 1
            yield line
        else:
            before.append(line)


def _row(line: Line) -> LogLine:
    stamp = _STAMP.match(line.text)
    component = _COMPONENT.match(line.text, stamp.end()) if stamp else None
    rest = line.text[component.end() :] if component else line.text
    text = f"{stamp[0]}{rest}" if stamp and component else rest
    return LogLine(f"line {line.number}", None, component[1] if component else None, None, mask(text))


def _facts(line: Line) -> Iterator[Fact]:
    if _WEBVIEW2.search(line.text):
        for code in dict.fromkeys(found.upper() for found in _CODE.findall(line.text)):
            yield Fact(f"line {line.number}", "edge_update_log.webview2_error", value=f"0x{code}")
