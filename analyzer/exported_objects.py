"""Objects that PowerShell's ``Export-CliXml`` wrote, as flat properties.

A property's name is its own, those of an inner object with the outer one's before it: ``Proxy.Server``. Scalars come
as the text that was written. Left out are types, references to objects that came before, and method results.

Source: MS-PSRP, "Serialization": ``Obj`` with ``Props``, ``MS``, ``LST`` or ``DCT``; ``S`` is a string, in which
``_x000A_`` stands for the character with that code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as ElementTree
from defusedxml.common import DefusedXmlException

MOST_OBJECTS = 5_000
MOST_PROPERTIES = 100_000
MOST_DEPTH = 40
MOST_ELEMENTS = 500_000
"""How many elements one object may have: they are in memory until it ends."""

_MOST_TEXT = 4_000

_TOO_LARGE = "an object is too large"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LISTS = frozenset({"LST", "IE", "QUE", "STK"})
_PASSED = frozenset({"TN", "TNRef", "Ref", "ToString"})

Properties = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Reading:
    """How far the last reading came: ``lack`` says what was not read, and is empty where all was."""

    lack: str = ""
    objects: int = 0
    properties: int = 0


def read(stream: IO[bytes], told: Reading) -> Iterator[Properties]:
    """The top-level objects in order, each with its properties in order; ``told`` keeps what is wrong.

    A file that is cut gives the objects before the cut. Entities and document types are refused.
    """
    try:
        for element in _objects(stream, told):
            found = tuple(_properties("", element))
            told.objects += 1
            told.properties += len(found)
            element.clear()
            yield found
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        told.lack = f"no well-formed XML from here on: {type(error).__name__}"


def _objects(stream: IO[bytes], told: Reading) -> Iterator[Element]:
    """Each element below the root, once it is whole; none beyond the limits."""
    depth = held = 0
    for event, element in ElementTree.iterparse(stream, events=("start", "end"), forbid_dtd=True):
        depth += 1 if event == "start" else -1
        held += 1
        if depth > MOST_DEPTH or held > 2 * MOST_ELEMENTS:
            told.lack = f"objects lie more than {MOST_DEPTH} deep" if depth > MOST_DEPTH else _TOO_LARGE
            return
        if event == "end" and depth == 1:
            if told.objects >= MOST_OBJECTS or told.properties >= MOST_PROPERTIES:
                told.lack = f"more than {MOST_OBJECTS} objects or {MOST_PROPERTIES} properties"
                return
            held = 0
            yield element


def _properties(name: str, element: Element) -> Iterator[tuple[str, str]]:
    kind = element.tag.rpartition("}")[2]
    if kind in _PASSED:
        return
    if kind in _LISTS or kind in ("Obj", "Props", "MS"):
        for child in element:
            own = _plain(child.get("N", ""))
            yield from _properties(".".join(filter(None, (name, own))), child)
    elif kind == "DCT":
        for entry in element:
            yield from _entry(name, entry)
    elif kind != "Nil" and name:
        yield name, _plain((element.text or "")[:_MOST_TEXT])


def _entry(name: str, entry: Element) -> Iterator[tuple[str, str]]:
    """A key and its value in a dictionary."""
    parts = {child.get("N", ""): child for child in entry}
    key, value = parts.get("Key"), parts.get("Value")
    if key is not None and value is not None:
        own = _plain((key.text or "")[:200])
        yield from _properties(".".join(filter(None, (name, own))), value)


def _plain(text: str) -> str:
    """The text that was meant; a character beyond 16 bits is written as two halves, and half of one means nothing."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
