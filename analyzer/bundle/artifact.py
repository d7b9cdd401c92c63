"""The members of a bundle as parsers meet them: what each one is, whose it is, and whether it is to be read.

The manifest's word on a member is taken where the catalogue knows it; else layout and content decide. Where the
content contradicts, the content is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from analyzer import layouts
from analyzer.bundle import formats
from analyzer.bundle.entries import Entry, objection, printable
from analyzer.bundle.manifest import Daylight, Listed, Manifest
from analyzer.bundle.script_info import ScriptInfo
from analyzer.layouts import Kind, Layout
from analyzer.model import Damage, Gap, Integrity, Member, Stage
from collectors import catalog


@dataclass(frozen=True, slots=True)
class Host:
    """The affected machine as the manifest tells it, else ``live/state.json``; None where neither does.

    ``sid`` is who the collector ran as. ``utc_bias_minutes`` has Windows' sign: UTC = local time + bias, and is the
    zone's own where ``daylight`` tells its summer time.
    """

    name: str | None = None
    sid: str | None = None
    oem_code_page: int | None = None
    ansi_code_page: int | None = None
    utc_bias_minutes: int | None = None
    daylight: Daylight = field(default_factory=Daylight)
    time_zone: str | None = None
    elevated: bool | None = None
    os_build: str | None = None
    ui_locale: str | None = None
    console_user_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """One member with its bytes in a local file, to be read and never written.

    ``original`` is the canonical path on the machine. ``damage`` was found while unpacking and is already among
    the bundle's gaps: the reading of this artifact is not whole, whatever its parser says.
    """

    member: Member
    path: Path
    original: str
    host: Host
    damage: tuple[Damage, ...] = ()
    _shelf: Mapping[str, Artifact] = field(default_factory=dict, repr=False, compare=False)

    def open(self) -> BinaryIO:
        """The bytes from the beginning."""
        return self.path.open("rb")

    def beside(self, *suffixes: str) -> Artifact | None:
        """The first sibling whose name is this one's with a suffix appended, or with it in place of the extension.

        ``NTUSER.DAT`` and ``.LOG1`` find ``ntuser.dat.LOG1``; ``x.reg`` and ``.keys.jsonl`` find ``x.keys.jsonl``.
        """
        stem, dot, ending = self.original.rpartition(".")
        stems = (self.original, stem) if dot and "/" not in ending else (self.original,)
        names = (f"{base}{suffix}".lower() for suffix in suffixes for base in stems)
        return next((self._shelf[name] for name in names if name in self._shelf), None)


@dataclass(frozen=True, slots=True)
class Found:
    """An artifact, and why it is listed without being read; empty when it is read."""

    artifact: Artifact
    unread: str = ""


def shelve(found: Iterable[Found]) -> tuple[Artifact, ...]:
    """The artifacts that are read, each knowing its siblings."""
    shelf: dict[str, Artifact] = {}
    kept = tuple(replace(one.artifact, _shelf=shelf) for one in found if not one.unread)
    shelf.update((artifact.original.lower(), artifact) for artifact in kept)
    return kept


# A file below a drive letter was found on the machine's disk: what it says may be years old or another machine's,
# unless it lies where Windows keeps its present state.
_ON_DISK = re.compile(r"[A-Z]/", re.IGNORECASE)
_EVENT_LOGS = re.compile(r"[A-Z]/Windows/(?:System32|Sysnative)/winevt/Logs/[^/]+", re.IGNORECASE)
_STATES = frozenset({"hive", "reg_export", "command_text", "live_state", "clixml", "wfp", "xml", "evtx"})
_ACCESSORS = ("auto", "file", "ntfs", "lazy_ntfs", "mft", "ntfs_vss")

_NESTED = "an archive inside the bundle is not opened: unpack it, if it holds evidence"
_STRAY = "found on the machine's disk outside of the catalogue's places: of unknown age and origin, not read"
_NOBODYS = "taken as whoever ran OutlookTrace, who need not be the affected user: whose it is, is not known"
_IDENTITIES = frozenset({"reg_user_office", "user_hive"})
_REMOVED = Damage("identities", "OutlookTrace removed them before it collected (-RemoveIdentityCache)")
_SPARSE = Damage("the whole file", "stored without its empty ranges (sparse upload): what follows them has moved")


@dataclass(slots=True)
class Sorter:
    """Turns entries into artifacts and collects what there is to say about them."""

    layout: Layout
    manifest: Manifest | None
    host: Host
    script: ScriptInfo = field(default_factory=ScriptInfo)
    gaps: list[Gap] = field(default_factory=list)

    def sort(self, entries: tuple[Entry, ...]) -> tuple[Found, ...]:
        """One ``Found`` an entry, in the same order."""
        rows = self.manifest.by_member() if self.manifest else {}
        names = frozenset(entry.name.lower() for entry in entries)
        pairs = [(self.layout.place(entry.name).accessor, self._find(entry, rows, names)) for entry in entries]
        found = _without_twins(pairs) if self.layout.kind is Kind.VELOCIRAPTOR else tuple(one for _, one in pairs)
        shelf = frozenset(one.artifact.original.lower() for one in found if not one.unread)
        for one in found:
            self._tell(one, shelf)
        return found

    def _find(self, entry: Entry, rows: Mapping[str, Listed], names: frozenset[str]) -> Found:
        place = self.layout.place(entry.name)
        row = rows.get(entry.name.lower())
        listed = row.artifact if row and row.artifact in catalog.load() else None
        item, form = self._identify(entry, place.original, listed)
        item = None if place.unread else item
        user = self._user(place.original, item, row)
        member = Member(entry.name, entry.size_bytes, entry.sha256, _integrity(entry, row), item, form, user)
        sparse = self.layout.kind is Kind.VELOCIRAPTOR and f"{entry.name.lower()}.idx" in names
        damage = (*entry.damage, _SPARSE) if sparse else entry.damage
        if self.script.removed_identities and item in _IDENTITIES:
            damage = (*damage, _REMOVED)
        artifact = Artifact(member, entry.path, place.original, self.host, damage)
        return Found(artifact, place.unread or _reason_to_leave(artifact, entry.head))

    def _identify(self, entry: Entry, original: str, listed: str | None) -> tuple[str | None, str | None]:
        """The catalogue id and the format; ``listed`` is the manifest's id."""
        seen = formats.sniff(entry.head, entry.name)
        if seen in formats.COMPANIONS or formats.is_zip(entry.head):
            return listed, seen
        item = listed or layouts.item_of(original, self.layout.kind)
        if item is None and seen == "command_text" and not _ON_DISK.match(original):
            item = formats.command(entry.head)
        row = catalog.load().find(item)
        if row is None or seen == row.format:
            return item, seen
        if seen in (None, "command_text"):
            # A bare name without an extension is too little for a hive: `system` may be anything.
            lure = self.layout.kind is Kind.BARE and row.format == "hive"
            return (None, seen) if lure else (item, row.format)
        if listed:
            self._note(entry.name, listed, f"the manifest calls it {listed}, its content is {seen}")
        return None, seen

    def _user(self, original: str, item: str | None, row: Listed | None) -> str | None:
        label = (row.sid or row.user) if row else None
        taken_live = self.layout.kind is Kind.MAILSCOPE and not _ON_DISK.match(original)
        known = catalog.load().find(item)
        if label is None and taken_live and known and known.user:
            label = self.host.sid
        if label is None:
            owner = self.script.owner if known and known.user else None
            return layouts.user_of(original) or owner
        return None if layouts.is_service_account(label) else label

    def _tell(self, one: Found, shelf: frozenset[str]) -> None:
        member, original = one.artifact.member, one.artifact.original
        item = catalog.load().find(member.item)
        if one.unread:
            # Without an item: what is left unread for a reason leaves no question about the machine open.
            self._note(member.name, None, one.unread)
        if member.integrity is Integrity.DIFFERS:
            self._note(member.name, member.item, "its bytes are not those that the manifest lists")
        if self.layout.kind is Kind.OUTLOOKTRACE and item and item.user and member.user is None:
            self._note(member.name, member.item, _NOBODYS, Stage.COLLECT)
        if member.format == "hive_log" and not one.unread and re.sub(r"\.log\d?$", "", original.lower()) not in shelf:
            self._note(member.name, member.item, "a registry hive's log without its hive: not read")
        for damage in one.artifact.damage:
            gap = Gap(member.name, member.item, Stage.OPEN, damage.place, damage.reason, damage.lost_at_least)
            self.gaps.append(gap)

    def _note(self, name: str, item: str | None, reason: str, stage: Stage = Stage.OPEN) -> None:
        self.gaps.append(Gap(name, item, stage, "", reason))


def _integrity(entry: Entry, row: Listed | None) -> Integrity:
    if row is None or row.sha256 is None:
        return Integrity.UNLISTED
    return Integrity.MATCHES if row.sha256 == entry.sha256 else Integrity.DIFFERS


def _reason_to_leave(artifact: Artifact, head: bytes) -> str:
    """Why reading it would mislead; empty when it is read."""
    member, original = artifact.member, artifact.original
    if formats.is_zip(head):
        return _NESTED
    if reason := objection(original):
        return f"its decoded path is {reason}: not read"
    stray = member.format in _STATES and member.item is None and _ON_DISK.match(original)
    return _STRAY if stray and not _EVENT_LOGS.fullmatch(original) else ""


def _without_twins(pairs: list[tuple[str, Found]]) -> tuple[Found, ...]:
    """Of one file taken by several accessors the best copy is read; an empty one is never the best."""

    def rank(pair: tuple[str, Found]) -> tuple[bool, int, str]:
        accessor, one = pair
        order = _ACCESSORS.index(accessor) if accessor in _ACCESSORS else len(_ACCESSORS)
        return (not one.artifact.member.size_bytes, order, one.artifact.member.name)

    best: dict[str, str] = {}
    for _, one in sorted(pairs, key=rank):
        best.setdefault(one.artifact.original.lower(), one.artifact.member.name)
    return tuple(_marked(one, best[one.artifact.original.lower()]) for _, one in pairs)


def _marked(one: Found, best: str) -> Found:
    if one.unread or one.artifact.member.name == best:
        return one
    return replace(one, unread=f"the same file as {printable(best)}, taken in a second way: not read twice")
