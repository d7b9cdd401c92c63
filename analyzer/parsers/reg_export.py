r"""Registry exports: ``.reg`` text of any root, with the last-written times that lie beside it.

A real sample::

    Windows Registry Editor Version 5.00

    [HKEY_CURRENT_USER\Environment]
    "HTTPS_PROXY"="http://proxy.example.org:8080"
    "Path"=hex(2):25,00,55,00,53,00,45,00,52,00,50,00,52,00,4f,00,46,00,49,00,4c,00,\
      45,00,25,00,00,00
    "Retries"=dword:0000000a

Rows are those of a hive: the same places, kinds and values. Left out are ``HKEY_CLASSES_ROOT``, the class hives of
users, service accounts, and the marks by which a script deletes keys and values.

Source: Microsoft, "How to add, modify, or delete registry subkeys and values by using a .reg file"; ``reg export``
ends each key, the last one too, with an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from analyzer.damages import Damages
from analyzer.encodings import Line, lines
from analyzer.model import Covered, Damage, Identified, utc
from analyzer.registry_rows import RegistryRows, Value, spelled
from analyzer.tables import Batch
from collectors import catalog

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_MAX_ENTRY_CHARACTERS = 16 << 20

_SIGNATURES = ("windows registry editor version 5.00", "regedit4")
_KEY = re.compile(r"\[(-?)([^\\\]]+)(?:\\(.*))?\][ \t]*", re.DOTALL)
_NAME = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")[ \t]*=[ \t]*', re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*', re.DOTALL)
_HEX = re.compile(r"hex(?:\(([0-9a-f]{1,8})\))?:((?:[0-9a-f]{2}(?:,[0-9a-f]{2})*)?)[ \t]*", re.IGNORECASE)
_OCTETS = re.compile(r"[ \t]*[0-9a-f]{2}(?:,[0-9a-f]{2})*,?\\?[ \t]*", re.IGNORECASE)
_DWORD = re.compile(r"dword:([0-9a-f]{1,8})[ \t]*", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CLOSED = re.compile(r'(?<!\\)(?:\\\\)*"[ \t]*$')

_SZ, _BINARY, _DWORD_CODE = 1, 3, 4
# types that hold text, which REGEDIT4 writes in the ANSI code page
_TEXT_CODES = (1, 2, 6, 7)

_ROOTS = {
    "hkey_local_machine": "HKLM",
    "hklm": "HKLM",
    "hkey_current_user": "HKCU",
    "hkcu": "HKCU",
}
_USERS = ("hkey_users", "hku")
_PERSON = re.compile(r"S-1-(?:5-21|12-1)-[\d-]+", re.IGNORECASE)


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """All keys and values of the machine and of users, then what could not be read, then the keys that are whole."""
    export = _Export(artifact, _Times(artifact))
    rows = RegistryRows()
    with artifact.open() as stream:
        host = artifact.host
        for key in export.keys(lines(stream, oem=host.oem_code_page, ansi=host.ansi_code_page)):
            yield from rows.add(key.path, export.times.of(key.path), key.user, key.values)
    yield from rows.rest()
    yield from export.identified()
    yield from export.damages
    yield from export.times.damages()
    yield from (Covered(top.path, user=top.user) for top in export.tops)


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of the machine or of a user; ``path`` begins with ``HKLM`` or ``HKCU``."""

    path: str
    user: str | None
    values: list[Value] = field(default_factory=list)

    def holds(self, other: _Key) -> bool:
        """Whether the other key is this one or below it."""
        mine, theirs = self.path.lower(), other.path.lower()
        return self.user == other.user and (theirs == mine or theirs.startswith(mine + "\\"))


@dataclass(slots=True)
class _Entry:
    """One line of the format: a key, a value or nothing; values may go on over several lines of the file.

    ``kind`` is ``hex``, ``string`` or empty: how the value goes on. ``data`` is where it begins in the first line.
    """

    number: int
    parts: list[str]
    kind: str
    data: int
    size: int = 0

    @classmethod
    def of(cls, line: Line) -> _Entry:
        """The entry that a line begins."""
        name = _NAME.match(line.text)
        start = name.end() if name else len(line.text)
        data = line.text[start : start + 3].lower()
        kind = "hex" if data == "hex" else "string" if data.startswith('"') else ""
        return cls(line.number, [line.text], kind, start)

    def text(self) -> str:
        """The whole entry; a long value's wrapped lines are joined, a string keeps its line ends."""
        if self.kind == "hex":
            return "".join(part.strip().removesuffix("\\") for part in self.parts)
        return "\r\n".join(self.parts)

    def open(self) -> bool:
        """Whether more lines belong to it."""
        last = self.parts[-1]
        if self.kind == "hex":
            return last.rstrip().endswith("\\")
        if self.kind == "string" and len(self.parts) == 1:
            return not _STRING.fullmatch(last, self.data)
        return self.kind == "string" and not _CLOSED.search(last)


@dataclass(slots=True)
class _Export:
    """Reads the lines of a file one after the other."""

    artifact: Artifact
    times: _Times
    damages: Damages = field(default_factory=Damages)
    tops: list[_Key] = field(default_factory=list)
    _ansi: bool = False
    _passed_over: set[str] = field(default_factory=set)

    def keys(self, found: Iterable[Line]) -> Iterator[_Key]:
        """The keys with their values, in the order of the file."""
        key: _Key | None = None
        for entry in self._entries(found):
            text = entry.text()
            if text.startswith("["):
                if key is not None:
                    yield key
                key = self._key(entry.number, text)
            # values of a key that is left out go with it
            elif (value := self._value(entry.number, text)) and key is not None:
                key.values.append(value)
        if key is not None:
            yield key

    def _entries(self, found: Iterable[Line]) -> Iterator[_Entry]:
        """Lines that say something, wrapped ones put together."""
        entry: _Entry | None = None
        last: Line | None = None
        for line in found:
            if last is None:
                self._signature(line)
                last = line
                continue
            last = line
            if line.cut_bytes:
                self._damage(line.number, f"too long: {line.cut_bytes} bytes are not read")
            if "\0" in line.text:
                self._damage(line.number, "NULs stand where text was to be written", 1)
            if entry is not None and not self._goes_on(entry, line):
                self._damage(entry.number, "the value is not at its end")
                entry = None
            if entry is not None:
                entry.parts.append(line.text)
                entry.size += len(line.text)
            elif line.text.strip() and not line.text.lstrip().startswith(";"):
                entry = _Entry.of(line)
            if entry is not None and not entry.open():
                yield entry
                entry = None
        self._end(entry, last)

    def _signature(self, line: Line) -> None:
        first = line.text.strip().lower()
        self._ansi = first == "regedit4"
        if first not in _SIGNATURES:
            self._damage(line.number, "it does not begin as a registry export does")

    @staticmethod
    def _goes_on(entry: _Entry, line: Line) -> bool:
        """A key, or a line that is no hexadecimal digits, cannot be inside of a value."""
        if entry.size > _MAX_ENTRY_CHARACTERS or _KEY.fullmatch(line.text):
            return False
        return entry.kind == "string" or _OCTETS.fullmatch(line.text) is not None

    def _end(self, entry: _Entry | None, last: Line | None) -> None:
        if last is None:
            self.damages.add(Damage("line 1", "the file is empty"))
        elif entry is not None or not last.ended or last.text:
            self._damage(last.number, "the file ends before its end: what should follow is not known")

    def _damage(self, number: int, reason: str, lost: int = 0) -> None:
        self.damages.add(Damage(f"line {number}", reason, lost))

    def _key(self, number: int, text: str) -> _Key | None:
        found = _KEY.fullmatch(text)
        if found is None:
            self._damage(number, "malformed: what follows belongs to no known key", 1)
            return None
        deleted, root, rest = found[1], found[2], found[3] or ""
        if deleted:
            self._damage(number, "it deletes a key: the file is a script, not an export")
            return None
        key = locate(root, rest, self.artifact.member.user)
        if key is None:
            self._pass_over(number, root, rest)
        elif not any(top.holds(key) for top in self.tops):
            self.tops.append(_Key(key.path, key.user))
        return key

    def _pass_over(self, number: int, root: str, rest: str) -> None:
        name = "\\".join((root, rest.partition("\\")[0])) if root.lower() in _USERS else root
        if name not in self._passed_over:
            self._passed_over.add(name)
            self.damages.add(Damage(f"line {number}", f"{name} is not read: no diagnosis asks for it", part=name))

    def _value(self, number: int, text: str) -> Value | None:
        name = _NAME.match(text)
        data = text[name.end() :] if name else ""
        label = _unescaped(name[1] or "") if name else ""
        if name and data.strip() == "-":
            self._damage(number, "it deletes a value: the file is a script, not an export")
            return None
        if string := _STRING.fullmatch(data):
            return Value(label, _SZ, _unescaped(string[1]).encode("utf-16-le", "replace") + b"\0\0")
        if dword := _DWORD.fullmatch(data):
            return Value(label, _DWORD_CODE, int(dword[1], 16).to_bytes(4, "little"))
        if octets := _HEX.fullmatch(data):
            return self._octets(label, octets)
        self._damage(number, "malformed: no key and no value", 1)
        return None

    def _octets(self, label: str, found: re.Match[str]) -> Value:
        code = int(found[1], 16) if found[1] else _BINARY
        data = bytes.fromhex(found[2].replace(",", ""))
        if self._ansi and code in _TEXT_CODES:
            page = f"cp{self.artifact.host.ansi_code_page or 1252}"
            data = data.decode(page, "replace").encode("utf-16-le")
        return Value(label, code, data)

    def identified(self) -> Iterator[Identified]:
        """The catalogue's item of the first key; a user whom all keys name."""
        if not self.tops:
            return
        users = {top.user for top in self.tops if top.path.startswith("HKCU")}
        top = self.tops[0].path
        item = next((item.id for item in catalog.load().items if item.key == top), self.artifact.member.item)
        yield Identified(item, users.pop() if len(users) == 1 else None)


def locate(root: str, rest: str, user: str | None) -> _Key | None:
    """A key of the machine or of a person; None for the roots that nobody asks for."""
    if root.lower() in _USERS:
        sid, _, rest = rest.partition("\\")
        if not _PERSON.fullmatch(sid):
            return None
        return _Key(spelled(f"HKCU\\{rest}".rstrip("\\")), sid)
    hive = _ROOTS.get(root.lower())
    if hive is None:
        return None
    return _Key(spelled(f"{hive}\\{rest}".rstrip("\\")), user if hive == "HKCU" else None)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


class _Written(msgspec.Struct):
    key: str
    last_written_utc: str | None = None


_decode = msgspec.json.Decoder(_Written).decode


class _Times:
    """The last-written times beside the export, by key; whose they are is told by the file they lie beside."""

    def __init__(self, artifact: Artifact) -> None:
        self._times: dict[str, datetime | None] = {}
        self._seen: set[str] = set()
        self._faults = Damages()
        beside = artifact.beside(".keys.jsonl")
        if beside is None:
            return
        with beside.open() as stream:
            for line in lines(stream, oem=None, ansi=None):
                if line.text.strip():
                    self._take(line)

    def _take(self, line: Line) -> None:
        try:
            written = _decode(line.text)
        except (ValueError, msgspec.DecodeError):
            # the values are whole all the same
            self._faults.add(Damage(f"line {line.number} of the times", "malformed", 1, part="the times beside it"))
            return
        root, _, rest = written.key.partition("\\")
        if key := locate(root, rest, None):
            self._times[key.path.lower()] = utc(written.last_written_utc or "")

    def of(self, path: str) -> datetime | None:
        """When the key was last written; None where that is not known."""
        self._seen.add(path.lower())
        return self._times.get(path.lower())

    def damages(self) -> Iterator[Damage]:
        """Faults of the times, and keys that had a time but are not in the export: it is cut."""
        yield from self._faults
        missing = sorted(set(self._times) - self._seen)
        if missing:
            reason = f"{len(missing)} keys that were exported are not in the file"
            yield Damage("the end", reason, len(missing))
