"""A mounted volume of a Windows that does not run: a disk, an image's folder, a restored backup, on any platform.

Names are compared without regard to case, whatever the platform's own habit. Nothing is written.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from collectors.archive import unread
from collectors.catalog import Item
from collectors.finds import COPY, Find, Refused, Way
from collectors.manifest import Host, Left
from collectors.paths import extended
from collectors.tree import SESSION, Names, Owner, Search, objection, path, split
from collectors.windows import Entry, NotTaken, Outcome

# Not a person's: Windows' own templates and the links to them. Source: "User Profiles", learn.microsoft.com.
_NOBODYS = frozenset(
    ("all users", "default", "default user", "default.migrated", "defaultuser0", "public", "wdagutilityaccount")
)
_TEMP = ("AppData", "Local", "Temp")

_ONLY_LIVE = "only a running Windows can tell"
_IN_HIVES = "the keys are in the hives"


@dataclass(slots=True)
class Volume:
    """The root of a volume, seen as the drive of that letter."""

    root: Path
    drive: str = "C"
    network: str = "off"
    _listings: dict[Names, list[Entry]] = field(default_factory=dict)

    def host(self) -> Host:
        """A volume does not say whose it is without its hives being understood, which is the analyzer's work."""
        return Host()

    def look(self, item: Item) -> Iterator[Find | Left]:
        """The item's files, with the logs of a hive beside it."""
        if item.method in ("command", "api"):
            yield Left(item.id, item.command or item.place, Outcome.SKIPPED, _ONLY_LIVE)
        elif item.method == "reg-export":
            yield Left(item.id, item.key or item.place, Outcome.SKIPPED, _IN_HIVES)
        elif item.user:
            yield from self._of_people(item)
        else:
            for place in item.places:
                yield from Search(self, item).below(self._top(), split(place)[1:])

    def _of_people(self, item: Item) -> Iterator[Find | Left]:
        for names, entry in self._profiles():
            if reason := objection(entry):
                yield Left(item.id, path(names), Outcome.SKIPPED, reason)
                continue
            search = Search(self, item, Owner(entry.name))
            for patterns in (found for place in item.places for found in _in_profile(place)):
                yield from search.below(names, patterns)

    def _profiles(self) -> Iterator[tuple[Names, Entry]]:
        """The folders of people."""
        for users in self.entries(self._top()):
            if users.name.lower() != "users" or not users.folder or users.link:
                continue
            folder = (*self._top(), users.name)
            found = (entry for entry in self.entries(folder) if entry.folder or entry.link)
            yield from (((*folder, entry.name), entry) for entry in found if entry.name.lower() not in _NOBODYS)

    def _top(self) -> Names:
        return (f"{self.drive}:",)

    def entries(self, folder: Names) -> list[Entry]:
        """A folder is listed once."""
        if folder not in self._listings:
            try:
                with os.scandir(self._local(folder)) as listing:
                    found = [Entry.of(each.name, each.stat(follow_symlinks=False)) for each in listing]
                    self._listings[folder] = sorted(found, key=lambda entry: (entry.name.lower(), entry.name))
            except OSError as error:
                raise unread(error) from error
        return self._listings[folder]

    def ways(self, file: Names) -> tuple[Way, ...]:
        """A disk at rest has one way to a file."""
        return (Way(COPY, partial(_opened, self._local(file))),)

    def _local(self, names: Names) -> str:
        return str(self.root.joinpath(*names[1:]))


def mount(root: Path, drive: str) -> Volume:
    """The volume at ``root``. Raises ``Refused`` for what holds neither ``Windows`` nor ``Users``."""
    if not re.fullmatch("[A-Za-z]:?", drive):
        raise Refused("no_drive", drive=drive)
    # without its prefix Windows would not find what lies deeper than 260 characters
    volume = Volume(Path(extended(os.path.abspath(root))) if os.name == "nt" else root, drive[0].upper())  # noqa: PTH100
    try:
        folders = {entry.name.lower() for entry in volume.entries((f"{volume.drive}:",)) if entry.folder}
    except NotTaken as why:
        raise Refused("root_unreadable", root=root, reason=why.reason) from why
    if not folders & {"windows", "users"}:
        raise Refused("no_volume", root=root)
    return volume


def _in_profile(place: str) -> tuple[Names, ...]:
    """A catalogue place of a user as patterns below the profile's folder."""
    head, *rest = split(place)
    if head != "%TEMP%":
        return (tuple(rest[2:]),)
    return ((*_TEMP, *rest), (*_TEMP, SESSION, *rest))


def _opened(local: str) -> AbstractContextManager[BinaryIO]:
    """Open for reading: never through a link that took the file's place, nor what would wait for a writer."""
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    try:
        stream = os.fdopen(os.open(local, flags), "rb")
    except OSError as error:
        raise unread(error) from error
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise NotTaken(Outcome.SKIPPED, "not a regular file")
    return stream
