"""Finding files by the catalogue's patterns in a tree of Windows paths, running or mounted.

Names are compared without regard to case, as Windows does. Links are never followed: they would lead out of the volume,
or round in circles. What lies in the cloud is not opened, because that would download it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from collectors.catalog import Item
from collectors.finds import COPY, Find, Way
from collectors.manifest import Left
from collectors.windows import Entry, NotTaken, Outcome

Names = tuple[str, ...]
"""A path taken apart, the drive first: ``("C:", "Windows", "Temp")``."""

SESSION = "#"
"""A pattern for a folder that is a number: a session of Remote Desktop may have one in ``%TEMP%``.

Source: Group Policy "Do not use temporary folders per session", learn.microsoft.com.
"""

_HIVE_LOGS = (".log1", ".log2")
_NO_LETTER_OF_A_NAME = '\\/:"<>|?*'


class Tree(Protocol):
    """A tree of files."""

    def entries(self, folder: Names) -> Sequence[Entry]:
        """What a folder holds, in the order of names; raises ``NotTaken``."""

    def ways(self, file: Names) -> tuple[Way, ...]:
        """How to get at a file, best first."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files these are; both None for the machine's."""

    user: str | None = None
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """One item, looked for in one tree."""

    tree: Tree
    item: Item
    owner: Owner = Owner()

    def below(self, folder: Names, patterns: Names) -> Iterator[Find | Left]:
        """Every file that fits the patterns, one a level below ``folder``; what bars the way as well."""
        try:
            listing = self.tree.entries(folder)
        except NotTaken as why:
            if why.outcome is not Outcome.MISSING:
                yield Left(self.item.id, path(folder), why.outcome, why.reason, (COPY,))
            return
        fits = matcher(patterns[0])
        for entry in listing:
            if fits(entry.name):
                yield from self._enter((*folder, entry.name), entry, patterns[1:])

    def _enter(self, names: Names, entry: Entry, rest: Names) -> Iterator[Find | Left]:
        reason = objection(entry)
        if reason:
            yield Left(self.item.id, path(names), Outcome.SKIPPED, reason)
        elif rest and entry.folder:
            yield from self.below(names, rest)
        elif not rest and not entry.folder:
            yield self.find(names, entry)
            if self.item.format == "hive":
                yield from self._logs(names)

    def _logs(self, hive: Names) -> Iterator[Find | Left]:
        """The transaction logs that lie beside a hive."""
        wanted = tuple(hive[-1].lower() + ending for ending in _HIVE_LOGS)
        for entry in self.tree.entries(hive[:-1]):
            if entry.name.lower() in wanted and not objection(entry):
                yield self.find((*hive[:-1], entry.name), entry)

    def find(self, names: Names, entry: Entry) -> Find:
        """The file as something to be had."""
        return Find(
            item=self.item,
            member="/".join((names[0][0].upper(), *names[1:])),
            source_path=path(names),
            ways=self.tree.ways(names),
            size=entry.size,
            modified_utc=entry.modified_utc,
            user=self.owner.user,
            sid=self.owner.sid,
            companion=names[-1].lower().endswith(_HIVE_LOGS),
        )


def split(text: str) -> Names:
    """A Windows path taken apart."""
    return tuple(part for part in text.split("\\") if part)


def path(names: Names) -> str:
    """A Windows path put together."""
    return "\\".join(names) if len(names) > 1 else f"{names[0]}\\"


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name fits: ``*`` any letters, ``?`` one, ``#`` alone a number."""
    if pattern == SESSION:
        return str.isdecimal
    text = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    compiled = re.compile(text, re.DOTALL)
    return lambda name: compiled.fullmatch(name.lower()) is not None


def objection(entry: Entry) -> str:
    """Why an entry is left alone; empty when it is not."""
    odd = any(letter in _NO_LETTER_OF_A_NAME or unicodedata.category(letter) in ("Cc", "Cs") for letter in entry.name)
    reasons = (
        (entry.link, "a link, which is never followed"),
        (entry.remote, "kept in the cloud: opening it would download it"),
        (odd, "a name that Windows does not allow"),
    )
    return next((reason for true, reason in reasons if true), "")
