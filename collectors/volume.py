"""A mounted volume of a Windows that does not run: a disk, an image's folder, a restored backup, on any platform.

Names are compared without regard to case, as Windows does, whatever the platform's own habit. Links (symbolic ones and
junctions) are never followed, as they would lead to the wrong machine. Nothing is written.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from collectors.archive import unread
from collectors.catalog import Item
from collectors.finds import COPY, Find, Refused, Way
from collectors.manifest import Host, Left
from collectors.windows import Outcome

# Not a person's: Windows' own templates and the links to them. Source: "User Profiles", learn.microsoft.com.
_NOBODYS = frozenset(
    ("all users", "default", "default user", "default.migrated", "defaultuser0", "public", "wdagutilityaccount")
)
_TEMP = ("Users", "*", "AppData", "Local", "Temp")
# A session of Remote Desktop may have a numbered folder of its own below. Source: Group Policy "Do not use temporary
# folders per session", learn.microsoft.com.
_SESSION = "#"
_LINK_TAGS = (0xA0000003, 0xA000000C)
"""A junction and a symbolic link. Source: "Reparse Point Tags", learn.microsoft.com."""
_IN_CLOUD = 0x00400000 | 0x00001000
"""FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS and _OFFLINE. Source: "File Attribute Constants", learn.microsoft.com."""

_ONLY_LIVE = "only a running Windows can tell"
_IN_HIVES = "the keys are in the hives"
_HIVE_LOGS = (".log1", ".log2")


@dataclass(slots=True)
class Volume:
    """The root of a volume, seen as the drive of that letter."""

    root: Path
    drive: str = "C"
    network: str = "off"
    _listings: dict[str, list[os.DirEntry[str]]] = field(default_factory=dict)

    def host(self) -> Host:
        """A volume does not say whose it is without its hives being understood, which is the analyzer's work."""
        return Host()

    def look(self, item: Item) -> Iterator[Find | Left]:
        """The item's files, with the logs of a hive beside it."""
        if item.method in ("command", "api"):
            yield Left(item.id, item.command or item.place, Outcome.SKIPPED, _ONLY_LIVE)
        elif item.method == "reg-export":
            yield Left(item.id, item.key or item.place, Outcome.SKIPPED, _IN_HIVES)
        else:
            for parts in _paths(item.place):
                yield from self._walk(item, (), parts)

    def _walk(self, item: Item, above: tuple[str, ...], parts: tuple[str, ...]) -> Iterator[Find | Left]:
        try:
            listing = self._entries(above)
        except OSError as error:
            why = unread(error)
            yield Left(item.id, self._path(above), why.outcome, why.reason, (COPY,))
            return
        matches = _matcher(parts[0])
        for entry in listing:
            if matches(entry.name) and not (above and _is_users(above) and entry.name.lower() in _NOBODYS):
                yield from self._enter(item, (*above, entry.name), parts[1:], entry)

    def _enter(
        self, item: Item, names: tuple[str, ...], rest: tuple[str, ...], entry: os.DirEntry[str]
    ) -> Iterator[Find | Left]:
        reason = _objection(entry)
        if reason:
            yield Left(item.id, self._path(names), Outcome.SKIPPED, reason)
        elif not rest and not entry.is_dir(follow_symlinks=False):
            yield self._find(item, names, entry)
            if item.format == "hive":
                yield from self._logs(item, names)
        elif rest and entry.is_dir(follow_symlinks=False):
            yield from self._walk(item, names, rest)

    def _logs(self, item: Item, names: tuple[str, ...]) -> Iterator[Find | Left]:
        """The transaction logs that lie beside a hive."""
        wanted = tuple(names[-1].lower() + ending for ending in _HIVE_LOGS)
        for entry in self._entries(names[:-1]):
            if entry.name.lower() not in wanted:
                continue
            reason = _objection(entry)
            path = (*names[:-1], entry.name)
            yield Left(item.id, self._path(path), Outcome.SKIPPED, reason) if reason else self._find(item, path, entry)

    def _find(self, item: Item, names: tuple[str, ...], entry: os.DirEntry[str]) -> Find:
        state = entry.stat(follow_symlinks=False)
        return Find(
            item=item,
            member="/".join((self.drive, *names)),
            source_path=self._path(names),
            ways=(Way(COPY, partial(_opened, entry.path)),),
            size=state.st_size,
            modified_utc=datetime.fromtimestamp(state.st_mtime, UTC),
            user=names[1] if _is_users(names[:1]) and len(names) > 2 else None,
            companion=names[-1].lower().endswith(_HIVE_LOGS),
        )

    def _entries(self, names: tuple[str, ...]) -> list[os.DirEntry[str]]:
        """A folder's entries by their names without regard to case; a folder is listed once."""
        path = str(self.root.joinpath(*names))
        if path not in self._listings:
            with os.scandir(path) as listing:
                self._listings[path] = sorted(listing, key=lambda entry: (entry.name.lower(), entry.name))
        return self._listings[path]

    def _path(self, names: tuple[str, ...]) -> str:
        return f"{self.drive}:\\" + "\\".join(names)


def mount(root: Path, drive: str) -> Volume:
    """The volume at ``root``. Raises ``Refused`` for what holds neither ``Windows`` nor ``Users``."""
    if not re.fullmatch("[A-Za-z]", drive.removesuffix(":")):
        raise Refused("no_drive", drive=drive)
    try:
        with os.scandir(root) as listing:
            folders = {entry.name.lower() for entry in listing if entry.is_dir()}
    except OSError as error:
        raise Refused("root_unreadable", root=root, reason=error.strerror or str(error)) from error
    if not folders & {"windows", "users"}:
        raise Refused("no_volume", root=root)
    return Volume(root, drive[0].upper())


def _paths(place: str) -> tuple[tuple[str, ...], ...]:
    """A catalogue place as patterns, one a part, from the root of the volume."""
    head, *rest = place.split("\\")
    if head != "%TEMP%":
        return (tuple(rest),)
    return ((*_TEMP, *rest), (*_TEMP, _SESSION, *rest))


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name fits: ``*`` any letters, ``?`` one, ``#`` a number."""
    if pattern == _SESSION:
        return str.isdecimal
    text = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    compiled = re.compile(text, re.DOTALL)
    return lambda name: compiled.fullmatch(name.lower()) is not None


def _is_users(names: tuple[str, ...]) -> bool:
    return len(names) == 1 and names[0].lower() == "users"


def _objection(entry: os.DirEntry[str]) -> str:
    """Why an entry is left alone; empty when it is not."""
    state = entry.stat(follow_symlinks=False)
    if entry.is_symlink() or getattr(state, "st_reparse_tag", 0) in _LINK_TAGS:
        return "a link, which is never followed"
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
        return "not a regular file"
    if getattr(state, "st_file_attributes", 0) & _IN_CLOUD:
        return "kept in the cloud: opening it would download it"
    odd = any(letter in '\\:"<>|?*' or unicodedata.category(letter) in ("Cc", "Cs") for letter in entry.name)
    return "a name that Windows does not allow" if odd else ""


def _opened(path: str) -> AbstractContextManager[BinaryIO]:
    """Open for reading, and never through a link that took the file's place meanwhile."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        return os.fdopen(number, "rb")
    except OSError as error:
        raise unread(error) from error
