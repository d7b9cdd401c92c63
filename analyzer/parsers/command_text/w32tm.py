"""``w32tm``: what the time service says of itself, and the clock measured against a server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.parsers.command_text.page import Answer, Command, Line, Page
from analyzer.tables import Fact

_STATUS_SHAPES: tuple[tuple[str, str | None, str], ...] = (
    (r"(\d)\s?\(", "w32tm.leap", ""),
    (r"(\d+)\s?\(", "w32tm.stratum", ""),
    (r"-?\d+\s?\(", None, ""),
    (r"-?[\d.,]+s", None, ""),
    (r"-?[\d.,]+s", None, ""),
    (r"0x[0-9A-Fa-f]{8}", None, ""),
    (r"(.+)", "w32tm.last_sync", ""),
    (r"(.+)", "w32tm.source", ""),
    (r"\d+\s?\(", None, ""),
    (r"(-?[\d.,]+)s", "w32tm.phase_offset_s", "s"),
    (r"-?[\d.,]+s", None, ""),
    (r"\d", None, ""),
    (r"\d|0x", None, ""),
    (r"\d+\s?\(", None, ""),
    (r"(\d+)\s?\(", "w32tm.last_sync_error", ""),
    (r"([\d.,]+)s", "w32tm.seconds_since_good_sync", "s"),
)
# each of the sixteen may be broken into several by a narrow console
_MOST_STATUS_LINES = 100


def error_of(page: Page) -> re.Match[str] | None:
    """The code of a command that answered with nothing else."""
    text = "\n".join(line.text for line in page.lines)
    return re.search(r"\(?(0x[0-9A-Fa-f]{8})\)?", text) if 0 < len(page.lines) <= 3 else None


def _refused(page: Page) -> Answer | None:
    found = error_of(page)
    if found is None:
        return None
    code = "0x" + found[1][2:].upper()
    return Answer(
        (Fact(page.lines[0].place, "w32tm.error", None, code),), f"the command answered with error {code} alone"
    )


def _status_lines(page: Page) -> list[Line]:
    """Lines with a label; what is in open brackets or without a label goes on from the line before."""
    joined: list[Line] = []
    for line in page.lines:
        if joined and (line.value is None or joined[-1].text.count("(") > joined[-1].text.count(")")):
            joined[-1] = Line(joined[-1].number, f"{joined[-1].text} {line.text.strip()}")
        else:
            joined.append(line)
    return joined


def _looks_like_status(page: Page) -> bool:
    lines = _status_lines(page) if len(page.lines) <= _MOST_STATUS_LINES else []
    return len(lines) >= 3 and all(
        re.match(shape, line.value or "") for line, (shape, _, _) in zip(lines[:3], _STATUS_SHAPES, strict=False)
    )


def _read_status(page: Page) -> Answer:
    if refused := _refused(page):
        return refused
    facts: list[Fact] = []
    lines = _status_lines(page)
    for line, (shape, name, unit) in zip(lines, _STATUS_SHAPES, strict=False):
        found = re.match(shape, line.value or "")
        if not found:
            return Answer(tuple(facts), f"{line.place} has not the shape of the status at this place")
        if name:
            facts.append(Fact(line.place, name, None, found[1], _number(found[1]), unit or None))
    missing = len(_STATUS_SHAPES) - len(lines)
    return Answer(tuple(facts), f"the status lacks {missing} of its lines" if missing > 0 else "")


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _looks_like_peers(page: Page) -> bool:
    return bool(page.lines) and _announced_peers(page) is not None


def _announced_peers(page: Page) -> int | None:
    """``#Peers: 2``, in any language."""
    found = re.match(r"#[^:]{1,40}:\s*(\d{1,4})\s*$", page.lines[0].text)
    return int(found[1]) if found else None


def _read_peers(page: Page) -> Answer:
    if refused := _refused(page):
        return refused
    peers = page.paragraphs[1:]
    names = [(block[0], block[0].value or "") for block in peers]
    facts = tuple(Fact(line.place, "w32tm.peer", name, name) for line, name in names if name)
    announced = _announced_peers(page) or 0
    # the last line of a peer is how often it is asked: 10 (1024s)
    complete = len(peers) == announced and all(re.match(r"\d+\s?\(\d+s\)", block[-1].value or "") for block in peers)
    return Answer(facts, "" if complete else f"{announced} peers are announced and not all are told")


_SAMPLE = re.compile(
    r"\s*\d\d:\d\d:\d\d,?\s+(?:(?:d:\S{1,40}\s+o:)?([+-]\d{1,12}[.,]\d{1,12})s|error:\s*(0x[0-9A-Fa-f]{8}))"
)


def _looks_like_stripchart(page: Page) -> bool:
    return any(_SAMPLE.match(line.text) for line in page.lines)


def _read_stripchart(page: Page) -> Answer:
    if refused := _refused(page):
        return refused
    server = _tracked(page.lines[0].text)
    samples = [(line, found) for line in page.lines if (found := _SAMPLE.match(line.text))]
    facts = tuple(fact for line, found in samples for fact in _sample(line, found, server))
    second = "".join(line.text for line in page.lines[1:2] if not _SAMPLE.match(line.text))
    announced = re.search(r"\d{1,9}", second)
    if not any(found[1] for _, found in samples):
        return Answer(facts, "the time server gave no answer")
    if announced is None or len(samples) < int(announced[0]):
        return Answer(facts, "fewer samples than announced")
    return Answer(facts)


def _tracked(line: str) -> str | None:
    """``Tracking time.windows.com [20.101.57.9:123].``: the name before the bracket."""
    found = re.search(r"(\S{1,255})\s*\[", line)
    return found[1] if found else None


def _sample(line: Line, found: re.Match[str], server: str | None) -> Iterator[Fact]:
    yield Fact(line.place, "clock.samples.source", server, "stripchart")
    if server:
        yield Fact(line.place, "clock.samples.server", server, server)
    if found[2]:
        yield Fact(line.place, "clock.samples.error", server, "0x" + found[2][2:].upper())
        return
    # printed: server minus local; told: local minus reference
    offset = 0.0 - float(found[1].replace(",", "."))
    yield Fact(line.place, "clock.samples.offset_seconds", server, f"{offset:.7f}", offset, "s")


STATUS = Command(_looks_like_status, _read_status)
PEERS = Command(_looks_like_peers, _read_peers)
STRIPCHART = Command(_looks_like_stripchart, _read_stripchart)
