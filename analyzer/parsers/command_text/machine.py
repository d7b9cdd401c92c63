"""Commands that describe the machine: proxy of WinHTTP, who manages it, build and updates, adapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.parsers.command_text.page import BLANKS, Answer, Command, Line, Page
from analyzer.tables import Fact

# netsh winhttp show proxy


def _looks_like_netsh(page: Page) -> bool:
    return bool(page.lines) and "winhttp" in page.lines[0].text.lower() and len(page.lines) <= 8


def _read_netsh(page: Page) -> Answer:
    """Two indented lines with a label name a proxy; one without a label says that there is none."""
    body = [line for line in page.lines[1:] if line.indented]
    named = [line for line in body if line.value is not None]
    if not named and len(body) == 1:
        return Answer((Fact(body[0].place, "proxy.winhttp.access", None, "direct"),))
    if not named or not re.fullmatch(r"\S+", named[0].value or ""):
        return Answer((), "neither a proxy nor its absence is told")
    server = named[0].value or ""
    # "(none)", "(aucun)": a bypass is never put in brackets
    bypass = re.sub(r"^\(.*\)$", "", named[1].value or "") if len(named) > 1 else ""
    values = {"access": "named", "server": server, "bypass": bypass}
    facts = tuple(Fact(named[0].place, f"proxy.winhttp.{name}", None, value) for name, value in values.items())
    return Answer(facts, "" if len(named) > 1 else "the proxy's bypass list is cut off")


# dsregcmd /status

_DSREG_END = re.compile(r"\s*PreReqResult\s*:|.*aadjerrors", re.IGNORECASE)


def _looks_like_dsregcmd(page: Page) -> bool:
    return any(re.match(r"\s*AzureAdJoined\s*:", line.text) for line in page.lines)


def _read_dsregcmd(page: Page) -> Answer:
    """Labels are English in every language; the section is the subject."""
    facts: list[Fact] = []
    section: str | None = None
    for line in page.lines:
        if heading := re.match(r"\|\s*(\S.{0,60}?)\s*\|\s*$", line.text):
            section = heading[1]
        elif found := re.match(r"\s*([A-Za-z][\w /.-]{1,40}?)\s*:\s+(\S.*)$", line.text.rstrip()):
            facts.append(Fact(line.place, "dsregcmd." + re.sub(r"[\W_]", "", found[1]), section, found[2]))
    ends = any(_DSREG_END.match(line.text) for line in page.lines[-4:])
    return Answer(tuple(facts), "" if ends else "the status does not reach its last section")


# systeminfo


def _looks_like_systeminfo(page: Page) -> bool:
    return any(map(_build, page.lines)) and any(_update(line) or _zone(line) for line in page.lines)


def _build(line: Line) -> re.Match[str] | None:
    return re.match(r"[^:]{1,60}:\s*((?:10\.0|6\.[0-3])\.\d{4,5})\s", line.text)


def _update(line: Line) -> re.Match[str] | None:
    return re.match(r"\s*\[\d+\]:\s*(KB\d{5,9})\s*$", line.text)


def _zone(line: Line) -> re.Match[str] | None:
    return re.match(r"[^:]{1,60}:\s*(\(UTC(?:[+-]\d\d:\d\d)?\).*)$", line.text.rstrip())


def _read_systeminfo(page: Page) -> Answer:
    facts: list[Fact] = []
    for line in page.lines:
        if found := _build(line):
            facts.append(Fact(line.place, "systeminfo.os_build", None, found[1]))
        elif found := _update(line):
            facts.append(Fact(line.place, "systeminfo.update", found[1], found[1]))
        elif found := _zone(line):
            facts.append(Fact(line.place, "systeminfo.time_zone", None, found[1]))
    return Answer(tuple(facts), "" if _updates_are_all_there(page) else "the list of updates is cut")


def _updates_are_all_there(page: Page) -> bool:
    """The line before the first update says how many there are; the network cards follow the last."""
    lines = page.lines
    places = [index for index, line in enumerate(lines) if _update(line)]
    announced = re.search(r":\s*(\d{1,4})\s", lines[places[0] - 1].text + " ") if places and places[0] else None
    return announced is not None and int(announced[1]) == len(places) and places[-1] < len(lines) - 1


# ipconfig /all

_DOTS = BLANKS + "."
_ADDRESS = re.compile(r"\s*((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]{2,39}:[0-9A-Fa-f:.]{0,39}(?:%\d+)?)\s*$")
_HARDWARE = re.compile(r"[0-9A-F]{2}(?:-[0-9A-F]{2}){5,7}$")


def _looks_like_ipconfig(page: Page) -> bool:
    return sum(" . . " in line.text and _dotted(line) is not None for line in page.lines) >= 2


def _dotted(line: Line) -> tuple[str, str] | None:
    """Label and value of ``   DNS Servers . . . . . : 10.0.0.53``; None for a line without dots before its colon."""
    label, colon, value = line.text.partition(":")
    name = label.rstrip(_DOTS)
    return (name.strip(BLANKS), value.strip()) if colon and line.indented and "." in label[len(name) :] else None


def _read_ipconfig(page: Page) -> Answer:
    facts: list[Fact] = []
    lines = page.lines
    heads = [index for index, line in enumerate(lines) if not line.indented and line.text.rstrip().endswith(":")]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        facts.extend(_adapter(lines[start], lines[start + 1 : end]))
    return Answer(tuple(facts))


def _adapter(head: Line, lines: tuple[Line, ...]) -> Iterator[Fact]:
    name = head.text.rstrip(" :\u00a0")
    yield Fact(head.place, "adapters.name", name, name)
    description = _description([found[1] for line in lines if (found := _dotted(line))])
    if description:
        yield Fact(head.place, "adapters.description", name, description)
    for line, address in _name_servers(lines):
        yield Fact(line.place, "adapters.dns_servers", name, address)


def _description(values: list[str]) -> str | None:
    """It stands before the hardware address; a tunnel has none, and it is the second line."""
    hardware = next((index for index, value in enumerate(values) if _HARDWARE.match(value)), 2)
    return values[hardware - 1] if 0 < hardware <= len(values) else None


def _name_servers(lines: tuple[Line, ...]) -> Iterator[tuple[Line, str]]:
    """``DNS`` stands in the label in every language, and addresses without a label follow the first."""
    listing = False
    for line in lines:
        found = _dotted(line)
        if found:
            listing = "DNS" in found[0]
        address = _ADDRESS.match(found[1] if found else line.text)
        if listing and address:
            yield line, address[1]


NETSH = Command(_looks_like_netsh, _read_netsh)
DSREGCMD = Command(_looks_like_dsregcmd, _read_dsregcmd)
SYSTEMINFO = Command(_looks_like_systeminfo, _read_systeminfo)
IPCONFIG = Command(_looks_like_ipconfig, _read_ipconfig, has_end=False)
