"""Packets that the Windows Filtering Platform dropped, of Outlook and of the sign-in page alone.

``netsh wfp show netevents`` writes one element a drop (shortened); ``netsh wfp capture`` has more of them, and the
filters with their names, in one file::

    <netEvents numItems="1">
      <item>
        <header>
          <timeStamp>2026-03-02T08:02:03.070Z</timeStamp>
          <remoteAddrV4>142.250.74.108</remoteAddrV4>
          <remotePort>993</remotePort>
          <appId>
            <data>5c006400650076006900630065005c00…</data>
            <asString>\\.d.e.v.i.c.e.\\.h.a.r.d.d.i.s.k.v.o.l.u.m.e.3.\\…o.u.t.l.o.o.k...e.x.e...</asString>
          </appId>
          <userId>S-1-5-21-1-2-3-1001</userId>
        </header>
        <type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type>
        <classifyDrop>
          <filterId>68893</filterId>
          <msFwpDirection>MS_FWP_DIRECTION_OUT</msFwpDirection>
          <isLoopback>false</isLoopback>
        </classifyDrop>
      </item>
    </netEvents>

A fact's place is ``event`` and the number of the event in the file, its subject the program. Other programs' drops,
permitted packets and local addresses are not kept. Windows keeps the last minutes only: the oldest event tells how far.

Source: Microsoft, "Troubleshooting UWP App Connectivity Issues in Windows Firewall" and ``fwpmtypes.h``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as ElementTree
from defusedxml.common import DefusedXmlException

from analyzer.model import Covered, Damage, Identified, utc
from analyzer.secrets import mask
from analyzer.tables import Batch, PersonalFact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

MOST_EVENTS = 200_000
MOST_DEPTH = 40
MOST_ELEMENTS = 100_000
"""How many elements may follow each other without being an event's or a filter's: they are held in memory."""

_MOST_DROPS = 5_000
_MOST_FILTERS = 100_000
_MOST_TEXT = 300

_TOO_MANY = "too many elements that are neither events nor filters"
_PROGRAMS = ("outlook.exe", "msedgewebview2.exe", "olk.exe")
_DROPS = ("FWPM_NET_EVENT_TYPE_CLASSIFY_DROP", "FWPM_NET_EVENT_TYPE_CAPABILITY_DROP")


class _Drop(NamedTuple):
    """One packet that was dropped; ``told`` is what a fact may be made of, by its name, empty where it is not told."""

    place: str
    at: datetime | None
    user: str | None
    program: str
    told: dict[str, str]


@dataclass(slots=True)
class _Seen:
    """What the file holds so far; ``lack`` is why the rest was not read."""

    events: int = 0
    oldest: datetime | None = None
    drops: list[_Drop] = field(default_factory=list)
    filters: dict[str, str] = field(default_factory=dict)
    lack: str = ""


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The drops in order, then what could not be read."""
    seen = _Seen()
    with artifact.open() as stream:
        try:
            _walk(stream, seen)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            seen.lack = f"no well-formed XML from here on: {type(error).__name__}"
    yield from batches("facts", (fact for drop in seen.drops for fact in _facts(drop, seen.filters)))
    if seen.lack:
        yield Damage(f"after event {seen.events}", seen.lack)
    elif seen.oldest:
        yield Covered(since=seen.oldest)
    else:
        yield Damage("", "no event in it: over which time nothing was dropped is not known")


def _walk(stream: BinaryIO, seen: _Seen) -> None:
    """Read elements as they end; events and filters are forgotten once they are read."""
    path: list[str] = []
    held = 0
    for step, element in ElementTree.iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if step == "start":
            path.append(element.tag)
            held += 1
            if len(path) > MOST_DEPTH or held > MOST_ELEMENTS:
                seen.lack = f"elements lie more than {MOST_DEPTH} deep" if len(path) > MOST_DEPTH else _TOO_MANY
                return
            continue
        if path[-1] == "netEvent" or path[-2:] == ["netEvents", "item"]:
            if seen.events >= MOST_EVENTS or len(seen.drops) >= _MOST_DROPS:
                seen.lack = "more events than are read"
                return
            _event(element, seen)
            element.clear()
            held = 0
        elif path[-2:] == ["filters", "item"]:
            _filter(element, seen)
            element.clear()
            held = 0
        path.pop()


def _event(event: Element, seen: _Seen) -> None:
    seen.events += 1
    at = utc(_text(event, "header/timeStamp"))
    if at and (seen.oldest is None or at < seen.oldest):
        seen.oldest = at
    kind = _text(event, "type")
    program = _program(event)
    if kind not in _DROPS or program.rpartition("\\")[2].lower() not in _PROGRAMS:
        return
    drop = next((part for part in event if part.tag in ("classifyDrop", "capabilityDrop")), Element("none"))
    blocking = (f for f in event.iter("item") if _text(f, "actionType") == "FWP_ACTION_BLOCK")
    name = program.rpartition("\\")[2]
    told = {
        "program": name,
        "remote_address": _text(event, "header/remoteAddrV4") or _text(event, "header/remoteAddrV6"),
        "remote_port": _text(event, "header/remotePort"),
        "direction": _text(drop, "msFwpDirection"),
        "loopback": _text(drop, "isLoopback"),
        "filter_id": _text(drop, "filterId"),
        "sublayer": next((_text(f, "subLayer") for f in blocking), ""),
    }
    seen.drops.append(_Drop(f"event {seen.events}", at, _text(event, "header/userId") or None, name, told))


def _program(event: Element) -> str:
    """The path of the program: bytes of UTF-16 in hexadecimal, else the text, where each character has a dot behind.

    Bytes that end before the program's own name were shortened by somebody: then the text is read.
    """
    try:
        data = bytes.fromhex(_text(event, "header/appId/data"))
    except ValueError:
        data = b""
    path = data.decode("utf-16-le", "replace").rstrip("\0")[-_MOST_TEXT:]
    if path.lower().endswith(".exe"):
        return path
    text = _text(event, "header/appId/asString")
    dotted = re.fullmatch(r"(?:.\.)+\.*", text) is not None
    return (text[::2].rstrip(".") if dotted else text) or path


def _filter(element: Element, seen: _Seen) -> None:
    number, name = _text(element, "filterId"), _text(element, "displayData/name")
    if number and name and len(seen.filters) < _MOST_FILTERS:
        seen.filters[number] = name


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()[: 4 * _MOST_TEXT]


def _facts(drop: _Drop, filters: dict[str, str]) -> Iterator[PersonalFact]:
    told = drop.told | {"filter_name": filters.get(drop.told["filter_id"], "")}
    for name, value in told.items():
        if value:
            port = float(value) if name == "remote_port" and re.fullmatch(r"\d{1,5}", value) else None
            text = mask(value[:_MOST_TEXT])
            yield PersonalFact(drop.place, f"wfp_drops.{name}", drop.program, text, port, None, drop.at, drop.user)
