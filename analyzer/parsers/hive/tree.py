"""The keys and values of a hive as they are stored, and what is wrong with them.

Keys are walked by regipy, values are read here. What cannot be read is noted and never raised, except for what
``FAULTS`` names: a root that is not there.

Source: M. Suhanov, "Windows registry file format specification" (cells, nk, vk, db).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from construct import ConstructError  # type: ignore[import-untyped]
from regipy.exceptions import RegipyException

from analyzer.model import Damage
from analyzer.registry_rows import Value
from analyzer.transaction_logs import BASE_BYTES


def _library_faults() -> tuple[type[Exception], ...]:
    """What regipy raises; the compiled reader has an exception of its own, where it is installed."""
    try:
        from regipy_rs import ParsingError
    except ImportError:
        return (RegipyException, ConstructError)
    return (RegipyException, ConstructError, ParsingError)


MAX_DEPTH = 64
MAX_KEYS = 100_000
MAX_VALUE_BYTES = 1 << 20
"""Longer data is cut. Source: Microsoft, "Registry Element Size Limits" (1 MB before Windows 2000, memory since)."""

_SEGMENT_BYTES = 16344
_NONE = 0xFFFFFFFF
FAULTS: tuple[type[Exception], ...] = (*_library_faults(), OSError, ValueError, OverflowError, struct.error)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Node(Protocol):
    """A key as both of regipy's readers give it."""

    @property
    def header(self) -> Any:
        """Its record's fields, by the library's names."""

    def iter_subkeys(self) -> Iterator[Node]:
        """The keys below it, in the order of the hive."""


@dataclass(slots=True)
class Hive:
    """The keys and values of one hive, and what was found wrong with them."""

    data: mmap.mmap
    root: Node
    part: str = "root key"
    _damages: dict[Damage, None] = field(default_factory=dict)
    _listed: dict[str, dict[str, Node]] = field(default_factory=dict)

    @property
    def damages(self) -> tuple[Damage, ...]:
        """Each fault once."""
        return tuple(self._damages)

    def _note(self, place: str, reason: str, lost: int = 0) -> None:
        self._damages[Damage(place, reason, lost)] = None

    def name(self, node: Node) -> str:
        """A key's name; compressed names are Latin-1."""
        header = node.header
        raw = bytes(header.key_name_string)
        return raw.decode("latin-1") if header.flags.KEY_COMP_NAME else raw.decode("utf-16-le", "replace")

    def control_set(self) -> str:
        """The control set that Windows last started with."""
        select = self.find(["Select"])
        for value in self.values(f"{self.part}\\Select", select) if select else ():
            if value.name.lower() == "current" and len(value.data) == 4:
                return f"ControlSet{int.from_bytes(value.data, 'little'):03}"
        self._note(f"{self.part}\\Select!Current", "not there: the first control set is read")
        return "ControlSet001"

    def find(self, steps: list[str]) -> Node | None:
        """The key at the end of these names."""
        node: Node | None = self.root
        path = self.part
        for step in steps:
            if node is None:
                return None
            if path not in self._listed:
                self._listed[path] = self.children(path, node)
            node = self._listed[path].get(step.lower())
            path = f"{path}\\{step}"
        return node

    def children(self, path: str, node: Node) -> dict[str, Node]:
        """The keys below one, by their names in lower case, in the order of the hive."""
        found: dict[str, Node] = {}
        declared = node.header.subkey_count
        if not declared:
            return found
        try:
            for child in islice(node.iter_subkeys(), MAX_KEYS):
                if self._legible(path, child):
                    found[self.name(child).lower()] = child
        except FAULTS as error:
            self._note(path, f"the list of its sub-keys is damaged: {words(error)}")
        if len(found) < declared:
            self._note(path, f"only {len(found)} of its {declared} sub-keys can be read", declared - len(found))
        return found

    def _legible(self, path: str, child: Node) -> bool:
        name = self.name(child)
        legible = bool(name) and not set(name) & {"\0", "\\"} and len(name) <= 255
        if not legible:
            self._note(path, "a sub-key is not legible")
        return legible

    def walk(self, tree: str, top: Node) -> Iterator[tuple[str, Node]]:
        """A tree's keys, each before those below it; bounded in depth and number, so that no loop goes on for ever."""
        pending: list[tuple[str, Node, frozenset[int]]] = [(tree, top, frozenset())]
        for _ in range(MAX_KEYS):
            if not pending:
                return
            path, node, above = pending.pop()
            yield path, node
            if not node.header.subkey_count:
                continue
            below = node.header.subkeys_list_offset
            if below in above or len(above) >= MAX_DEPTH:
                self._note(path, "it holds itself, or is nested too deeply")
                continue
            children = [(f"{path}\\{self.name(c)}", c, above | {below}) for c in self.children(path, node).values()]
            pending.extend(reversed(children))
        if pending:
            self._note(tree, f"more than {MAX_KEYS} keys: the rest is not read", len(pending))

    def values(self, path: str, node: Node) -> list[Value]:
        """The values of a key that can be read."""
        count = node.header.values_count
        if not count:
            return []
        found: list[Value] = []
        try:
            offsets = self._cell(node.header.values_list_offset)
            for (offset,) in struct.iter_unpack("<I", offsets[: min(count, len(offsets) // 4) * 4]):
                found.append(self._value(offset))
        except (ValueError, struct.error) as error:
            self._note(path, f"a value cannot be read: {error}")
        if len(found) < count:
            self._note(path, f"only {len(found)} of its {count} values can be read", count - len(found))
        return found

    def _value(self, offset: int) -> Value:
        cell = self._cell(offset)
        signature, name_bytes, size, at, code, flags = struct.unpack_from("<2sHIIIH", cell)
        if signature != b"vk" or len(cell) < 20 + name_bytes:
            raise ValueError("its record is damaged")
        raw = cell[20 : 20 + name_bytes]
        name = raw.decode("latin-1") if flags & 1 else raw.decode("utf-16-le", "replace")
        if size & 0x80000000:
            return Value(name, code, at.to_bytes(4, "little")[: min(size & 0x7FFFFFFF, 4)])
        return Value(name, code, self._bytes(at, size) if size else b"")

    def _bytes(self, offset: int, size: int) -> bytes:
        """A value's data; more than 16,344 bytes lie in segments since version 1.4 of the format."""
        wanted = min(size, MAX_VALUE_BYTES)
        cell = self._cell(offset)
        if size > _SEGMENT_BYTES and cell[:2] == b"db":
            segments, listed = struct.unpack_from("<2xHI", cell)
            offsets = self._cell(listed)[: min(segments, -(-wanted // _SEGMENT_BYTES)) * 4]
            cell = b"".join(self._cell(at)[:_SEGMENT_BYTES] for (at,) in struct.iter_unpack("<I", offsets))
        if len(cell) < wanted:
            raise ValueError("its data is cut")
        return cell[:wanted]

    def _cell(self, offset: int) -> bytes:
        """The content of a cell in use. Raises ``ValueError`` for what is none."""
        at = BASE_BYTES + offset
        if offset == _NONE or at + 4 > len(self.data):
            raise ValueError("it lies outside of the hive")
        size = -struct.unpack_from("<i", self.data, at)[0]
        if size < 4 or at + size > len(self.data):
            raise ValueError("its cell is damaged")
        return self.data[at + 4 : at + size]


def written(node: Node) -> datetime | None:
    """The key's last-written time; null for none, or for one that no calendar has."""
    ticks = node.header.last_modified
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None


def words(error: Exception, path: Path | None = None) -> str:
    """What an error says, in one line and without the folder of the file."""
    said = (error.strerror or "") if isinstance(error, OSError) else str(error)
    said = said.replace(str(path), path.name) if path else said
    return " ".join(said.split())[:200] or type(error).__name__
