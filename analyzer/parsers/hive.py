r"""Registry hives: the catalogue's keys, out of whatever the hive still holds.

The first bytes of a hive (shortened)::

    72 65 67 66  regf             0c 00 00 00  secondary sequence number (08)
    0c 00 00 00  primary (04)     20 00 00 00  offset of the root key's cell (24)

Keys are found by regipy; values are read here, because the library decodes them by its own rules: Latin-1 names
lose their letters, and one bad value ends its key without a word. Left out are all keys that the catalogue does not
name, class names, security descriptors, and what transaction logs hold.

Source: M. Suhanov, "Windows registry file format specification" (base block, cells, vk, db).
"""

from __future__ import annotations

import logging
import mmap
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import islice
from operator import xor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from construct import ConstructError  # type: ignore[import-untyped]
from regipy.exceptions import RegipyException

from analyzer.model import Covered, Damage, Identified
from analyzer.registry_rows import RegistryRows, Value, trees
from analyzer.tables import Batch

if TYPE_CHECKING:
    from analyzer.bundle import Artifact


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

_BASE_BYTES = 4096
_SEGMENT_BYTES = 16344
_NONE = 0xFFFFFFFF
_FAULTS: tuple[type[Exception], ...] = (*_library_faults(), OSError, ValueError, OverflowError, struct.error)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

# hives of services and of users to be: they look like a user's
_NOBODY = re.compile(
    r"serviceprofiles\\|(?:network|local)service\\ntuser|systemprofile\\|config\\default$|users\\default\\",
    re.IGNORECASE,
)
_HOME = {"control panel", "environment", "console", "appevents", "eudc", "keyboard layout", "network", "printers"}


class _Node(Protocol):
    """A key as both of regipy's readers give it."""

    @property
    def header(self) -> Any: ...

    def iter_subkeys(self) -> Iterator[_Node]: ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a hive is: its catalogue id, and the path its root stands for."""

    item: str
    part: str


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """The catalogue's keys of a hive of the system, of the software or of a user; other hives are only named."""
    yield from read_with(artifact, fast_root)


def read_with(
    artifact: Artifact, open_root: Callable[[Path], _Node]
) -> Iterator[Batch | Damage | Covered | Identified]:
    """``read`` with a library of choice."""
    try:
        with (
            artifact.path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
            _listening() as heard,
        ):
            hive = _Hive(data, open_root(artifact.path))
            kind = _identify(hive, artifact)
            if kind:
                yield Identified(kind.item)
                yield from _read_kind(_Hive(data, hive.root, kind.part), kind, artifact, heard)
            elif hive.damages:
                # what it is, cannot be told from a root that is not whole
                yield from (*unsettled(data), *hive.damages)
            else:
                yield Identified(None)
    except _FAULTS as error:
        yield Damage("base block", f"the hive cannot be opened: {_words(error, artifact.path)}")


def fast_root(path: Path) -> _Node:
    """The root key by regipy's compiled reader, or by the pure one where that is not installed."""
    try:
        from regipy.registry_rs import RegistryHive
    except ImportError:
        return pure_root(path)
    root: _Node = RegistryHive(str(path)).root  # type: ignore[no-untyped-call]
    return root


def pure_root(path: Path) -> _Node:
    """The root key by regipy's reader in Python."""
    from regipy.registry import RegistryHive

    root: _Node = RegistryHive(str(path)).root  # type: ignore[no-untyped-call]
    return root


def _read_kind(hive: _Hive, kind: _Kind, artifact: Artifact, heard: list[str]) -> Iterator[Batch | Damage | Covered]:
    user = artifact.member.user if kind.part.startswith("HKCU") else None
    rows = RegistryRows()
    for tree in trees():
        if tree.lower().startswith(kind.part.lower() + "\\") and (top := hive.find(_steps(hive, kind, tree))):
            for path, node in hive.walk(tree, top):
                yield from rows.add(path, _written(node), user, hive.values(path, node))
    yield from rows.rest()
    damages = (*unsettled(hive.data), *hive.damages, *(Damage("the whole hive", said) for said in heard))
    yield from damages or (Covered(kind.part, user=user),)


def unsettled(data: mmap.mmap | bytes) -> Iterator[Damage]:
    """Why absence from this hive proves nothing: it is cut, or not all that was written is in it."""
    if len(data) < _BASE_BYTES:
        yield Damage("base block", "the file ends inside it")
        return
    primary, secondary = struct.unpack_from("<II", data, 4)
    bins_bytes, checksum = struct.unpack_from("<40xI464xI", data)
    found = reduce(xor, struct.unpack_from("<127I", data))
    if checksum != {0: 1, _NONE: _NONE - 1}.get(found, found):
        yield Damage("base block", "it fails its checksum")
    if primary != secondary:
        yield Damage("base block", "dirty: its transaction logs were not replayed")
    if len(data) < _BASE_BYTES + bins_bytes:
        yield Damage("the end", f"{_BASE_BYTES + bins_bytes - len(data)} bytes are missing")


def _identify(hive: _Hive, artifact: Artifact) -> _Kind | None:
    """By the names of the root's keys; a hive of nobody that a diagnosis is about is None."""
    below = set(hive.children("root key", hive.root))
    name = hive.name(hive.root).lower()
    if "select" in below and any(re.fullmatch(r"controlset\d{3}", key) for key in below):
        return _Kind("system_hive", "HKLM\\SYSTEM")
    saved_as = bytes(hive.data[48:112]).decode("utf-16-le", "replace").partition("\0")[0]
    if _NOBODY.search(saved_as) or _NOBODY.search(artifact.original.replace("/", "\\")):
        return None
    if "software" in below and (below & _HOME or artifact.member.item == "user_hive"):
        return _Kind("user_hive", "HKCU")
    if "microsoft" not in below and "policies" not in below:
        return None
    profiles = ["Microsoft", "Windows NT", "CurrentVersion", "ProfileList"]
    if name != "software" or "classes" in below or hive.find(profiles):
        return _Kind("software_hive", "HKLM\\SOFTWARE")
    return _Kind("user_hive", "HKCU\\Software")


def _steps(hive: _Hive, kind: _Kind, tree: str) -> list[str]:
    """The names from the root to the tree; an offline hive has no CurrentControlSet, but says which one it is.

    Source: Microsoft, "HKLM\\SYSTEM\\Select" (Current).
    """
    steps = tree[len(kind.part) + 1 :].split("\\")
    return [hive.control_set(), *steps[1:]] if steps[0] == "CurrentControlSet" else steps


@dataclass(slots=True)
class _Hive:
    """The keys and values of one hive, and what was found wrong with them."""

    data: mmap.mmap
    root: _Node
    part: str = "root key"
    _damages: dict[Damage, None] = field(default_factory=dict)
    _listed: dict[str, dict[str, _Node]] = field(default_factory=dict)

    @property
    def damages(self) -> tuple[Damage, ...]:
        """Each fault once."""
        return tuple(self._damages)

    def _note(self, place: str, reason: str, lost: int = 0) -> None:
        self._damages[Damage(place, reason, lost)] = None

    def name(self, node: _Node) -> str:
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

    def find(self, steps: list[str]) -> _Node | None:
        """The key at the end of these names."""
        node: _Node | None = self.root
        path = self.part
        for step in steps:
            if node is None:
                return None
            if path not in self._listed:
                self._listed[path] = self.children(path, node)
            node = self._listed[path].get(step.lower())
            path = f"{path}\\{step}"
        return node

    def children(self, path: str, node: _Node) -> dict[str, _Node]:
        """The keys below one, by their names in lower case, in the order of the hive."""
        found: dict[str, _Node] = {}
        declared = node.header.subkey_count
        if not declared:
            return found
        try:
            for child in islice(node.iter_subkeys(), MAX_KEYS):
                if self._legible(path, child):
                    found[self.name(child).lower()] = child
        except _FAULTS as error:
            self._note(path, f"the list of its sub-keys is damaged: {_words(error)}")
        if len(found) < declared:
            self._note(path, f"only {len(found)} of its {declared} sub-keys can be read", declared - len(found))
        return found

    def _legible(self, path: str, child: _Node) -> bool:
        name = self.name(child)
        legible = bool(name) and not set(name) & {"\0", "\\"} and len(name) <= 255
        if not legible:
            self._note(path, "a sub-key is not legible")
        return legible

    def walk(self, tree: str, top: _Node) -> Iterator[tuple[str, _Node]]:
        """A tree's keys, each before those below it; bounded in depth and number, so that no loop goes on for ever."""
        pending: list[tuple[str, _Node, frozenset[int]]] = [(tree, top, frozenset())]
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

    def values(self, path: str, node: _Node) -> list[Value]:
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
        at = _BASE_BYTES + offset
        if offset == _NONE or at + 4 > len(self.data):
            raise ValueError("it lies outside of the hive")
        size = -struct.unpack_from("<i", self.data, at)[0]
        if size < 4 or at + size > len(self.data):
            raise ValueError("its cell is damaged")
        return self.data[at + 4 : at + size]


def _written(node: _Node) -> datetime | None:
    """The key's last-written time; null for none, or for one that no calendar has."""
    ticks = node.header.last_modified
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was said, once."""
        said = f"the reader says: {record.getMessage()[:200]}"
        if said not in self.heard:
            self.heard.append(said)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """The library logs errors instead of raising them; what it says is evidence and does not reach the console."""
    heard: list[str] = []
    logger, ear = logging.getLogger("regipy"), _Ear(heard)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = propagate


def _words(error: Exception, path: Path | None = None) -> str:
    said = (error.strerror or "") if isinstance(error, OSError) else str(error)
    said = said.replace(str(path), path.name) if path else said
    return " ".join(said.split())[:200] or type(error).__name__
