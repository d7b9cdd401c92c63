"""What readers that are not ours see in an event log, brought into one form."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as ElementTree
import pyevtx
from evtx import PyEvtxParser
from Evtx.Evtx import Evtx

NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
# System's fields by name, then each Data (or UserData element) as (name, text)
Record = tuple[dict[str, str], list[tuple[str, str]]]


def by_libevtx(log: bytes) -> dict[int, Record]:
    """libevtx's reading of the records that are in place; what it recovers from elsewhere is left out."""
    file = pyevtx.file()
    file.open_file_object(io.BytesIO(log))
    try:
        return {record.identifier: of_xml(record.get_xml_string()) for record in file.records}
    finally:
        file.close()


def by_rust(log: bytes) -> dict[int, Record]:
    """The XML of the Rust parser."""
    records: Any = PyEvtxParser(io.BytesIO(log)).records()
    return {record["event_record_id"]: of_xml(record["data"]) for record in records}


def json_by_rust(log: bytes) -> dict[int, Any]:
    """The JSON of the Rust parser."""
    records: Any = PyEvtxParser(io.BytesIO(log)).records_json()
    return {record["event_record_id"]: json.loads(record["data"])["Event"] for record in records}


def by_python_evtx(path: Path) -> dict[int, Record]:
    """python-evtx's reading; it opens files by name only."""
    with Evtx(str(path)) as log:
        return {record.record_num(): of_xml(record.xml()) for record in log.records()}


def sums_by_python_evtx(path: Path) -> list[bool]:
    """Whether python-evtx finds the magic and both checksums of each chunk in order."""
    with Evtx(str(path)) as log:
        return [chunk.verify() for chunk in log.chunks()]


def exported(path: Path) -> list[str]:
    """The event records of ``evtxexport``, in XML as text."""
    done = subprocess.run(["evtxexport", "-f", "xml", str(path)], capture_output=True, check=True, text=True)
    return re.findall(r"<Event .*?</Event>", done.stdout, re.DOTALL)


def of_xml(text: str) -> Record:
    """One record's XML, whatever its spelling of empty elements, of times and of arrays."""
    root = ElementTree.fromstring(re.sub(r"^<\?xml.*?\?>", "", text).strip())
    system = dict(_system(root.find(f"{NAMESPACE}System")))
    return system, [entry for part in root if part.tag != f"{NAMESPACE}System" for entry in _content(part)]


def _system(system: Any) -> Iterator[tuple[str, str]]:
    for element in system:
        name = _local(element.tag)
        if element.text and element.text.strip():
            yield name, _unified(element.text)
        for attribute, value in element.attrib.items():
            if value:
                yield f"{name}.{attribute}", _unified(value)


def _content(part: Element) -> Iterator[tuple[str, str]]:
    for element in part.iter():
        if element is part:
            continue
        name = element.get("Name", _local(element.tag))
        yield from ((f"{name}.{key}", value) for key, value in element.attrib.items() if key != "Name")
        if len(element) == 0:
            yield from ((name, _unified(entry)) for entry in _entries(element.text or ""))


def _entries(text: str) -> list[str]:
    """The texts of an array, which python-evtx writes into one element, mark-up and all."""
    return re.findall(r"<string>(.*?)</string>", text, re.DOTALL) or [text]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _unified(value: str) -> str:
    """Times to the second and numbers in hexadecimal without leading zeros: readers differ in both."""
    if stamp := re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\.?\d*(\+00:00|Z)?", value):
        return f"{stamp[1]} {stamp[2]}"
    if number := re.fullmatch(r"0x0*([0-9a-fA-F]+)", value):
        return f"0x{number[1].lower()}"
    return value.strip()
