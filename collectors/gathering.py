"""Taking the catalogue's items one by one: each ends as taken or as left out, with the reason.

What a method brings is trusted by its content alone. A file found on a disk is evidence whatever it holds: it is taken,
and named among what was left out too when it is not what its name says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from collectors import catalog
from collectors.archive import Archive, blocks, unread
from collectors.catalog import Item
from collectors.finds import COPY, Find, Source, Way
from collectors.manifest import Left, Taken
from collectors.windows import NotTaken, Outcome

_MAGIC = {
    "evtx": b"ElfFile\x00",
    "hive": b"regf",
    "reg_export": "\ufeffWindows Registry Editor".encode("utf-16-le"),
}
"""What a file of the format begins with. Source: the formats' own parsers tell theirs."""

_HEAD_BYTES = 64
_SPENT = "the time for this collection was used up"
_FULL = "the size allowed for this collection, or half of what the disk had free, was used up"
_TWIN = "another file of the same name but for upper and lower case was taken"


class Listener(Protocol):
    """Told before each item: its id, how many are done, how many there are."""

    def __call__(self, item: str, done: int, total: int, /) -> None:
        """Hear of one item."""


@dataclass(slots=True)
class Budget:
    """What one collection may cost: seconds by the clock on the wall, bytes before they are compressed."""

    seconds: float = 1_800
    size: int = 4 << 30
    clock: Callable[[], float] = time.monotonic
    _deadline: float = field(init=False, default=0.0)
    _spent: int = field(init=False, default=0)

    def start(self) -> None:
        """Time runs from here."""
        self._deadline = self.clock() + self.seconds

    def check(self) -> None:
        """Raises ``NotTaken`` once there is no time, or no room, for anything more."""
        if self.clock() > self._deadline:
            raise NotTaken(Outcome.SKIPPED, _SPENT)
        if self._spent >= self.size:
            raise NotTaken(Outcome.SKIPPED, _FULL)

    def timed(self, found: Iterator[bytes]) -> Iterator[bytes]:
        """The same blocks, until time is up or there is no room for them."""
        start = self._spent
        for block in found:
            if self.clock() > self._deadline:
                raise NotTaken(Outcome.SKIPPED, _SPENT)
            if start + len(block) > self.size:
                raise NotTaken(Outcome.SKIPPED, _FULL)
            start += len(block)
            yield block

    def left_s(self) -> float:
        """Seconds until time is up."""
        return max(0.0, self._deadline - self.clock())

    def charge(self, size: int) -> None:
        """So much more was written."""
        self._spent += size


@dataclass(slots=True)
class Gathering:
    """One collection under way. A context: left without a finished archive, it leaves nothing."""

    archive: Archive
    budget: Budget
    taken: list[Taken] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.archive.__exit__(kind, error, trace)

    def take(self, source: Source, items: tuple[Item, ...], listen: Listener) -> None:
        """Every item, in their order."""
        for done, item in enumerate(items):
            listen(item.id, done, len(items))
            place = item.key or item.command or item.place
            try:
                self.budget.check()
                found = sum(1 for _ in map(self._one, source.look(item)))
            except NotTaken as why:
                self.left.append(Left(item.id, place, why.outcome, why.reason))
                continue
            if not found:
                self.left.append(Left(item.id, place, Outcome.MISSING, "not there"))

    def adopt(self, row: Taken, content: Iterator[bytes]) -> None:
        """Take over a member that another process took, unless it is there already."""
        item = catalog.load().find(row.artifact)
        if item is None or row.member in self.archive:
            return
        try:
            stored = self.archive.add(row.member, self.budget.timed(content), item.max_bytes, row.modified_utc)
        except NotTaken as why:
            self.left.append(Left(row.artifact, row.source_path, why.outcome, why.reason, (row.method,)))
            return
        self.budget.charge(stored.size)
        self.taken.append(replace(row, size=stored.size, sha256=stored.sha256))

    def _one(self, found: Find | Left) -> None:
        if isinstance(found, Left):
            self.left.append(found)
        elif found.member in self.archive:
            self.left.append(Left(found.item.id, found.source_path, Outcome.FAILED, _TWIN))
        else:
            self._by_any_way(found)

    def _by_any_way(self, find: Find) -> None:
        refusals: list[tuple[str, NotTaken]] = []
        for way in find.ways:
            try:
                self.taken.append(self._by(way, find))
                return
            except NotTaken as why:
                refusals.append((way.method, why))
            except OSError as error:
                refusals.append((way.method, unread(error)))
            if refusals[-1][1].outcome in (Outcome.TOO_BIG, Outcome.SKIPPED):
                break
        self.left.append(_left(find, refusals))

    def _by(self, way: Way, find: Find) -> Taken:
        self.budget.check()
        limit = find.item.max_bytes
        if find.size is not None and find.size > limit:
            raise NotTaken(Outcome.TOO_BIG, f"{find.size:,} bytes, more than the {limit:,} that are taken of it")
        with way.open() as stream:
            head = _beginning(stream)
            doubt = _doubt(find, head)
            if doubt and (way.method != COPY or not head):
                raise NotTaken(Outcome.FAILED, doubt)
            whole = self.budget.timed(_joined(head, blocks(stream, limit - len(head))))
            stored = self.archive.add(find.member, whole, limit, find.modified_utc)
        self.budget.charge(stored.size)
        if doubt:
            self.left.append(Left(find.item.id, find.source_path, Outcome.FAILED, f"{doubt}: taken as found", (COPY,)))
        row = Taken(find.item.id, find.member, find.source_path, way.method, stored.size, stored.sha256)
        return replace(row, modified_utc=find.modified_utc, user=find.user, sid=find.sid)


def _beginning(stream: BinaryIO) -> bytes:
    try:
        return stream.read(_HEAD_BYTES)
    except OSError as error:
        raise unread(error) from error


def _joined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _doubt(find: Find, head: bytes) -> str:
    """Why these first bytes cannot be what was asked for; empty when they can."""
    if find.companion:
        return ""
    if not head:
        return "empty"
    magic = _MAGIC.get(find.item.format, b"")
    return "" if head.startswith(magic) else f"its first bytes are not those of {find.item.format}"


def _left(find: Find, refusals: list[tuple[str, NotTaken]]) -> Left:
    """One row for all ways that failed: denied when any was, as more rights may help then."""
    outcomes = [why.outcome for _, why in refusals]
    ranked = (Outcome.SKIPPED, Outcome.TOO_BIG, Outcome.DENIED, Outcome.FAILED, Outcome.MISSING)
    outcome = next(one for one in ranked if one in outcomes)
    reasons = dict.fromkeys(why.reason for _, why in refusals)
    tried = dict.fromkeys(method for method, _ in refusals)
    return Left(find.item.id, find.source_path, outcome, "; ".join(reasons), tuple(tried))
