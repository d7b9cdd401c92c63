"""What a source of evidence offers, before anything of it is taken: finds, and the ways to their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from collectors.catalog import Item
from collectors.manifest import Host, Left

COPY = "copy"


@dataclass(frozen=True, slots=True)
class Way:
    """A method of the bundle format, and how to the bytes by it. ``open`` raises ``NotTaken``."""

    method: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class Find:
    """One file, key or answer to be had; ``ways`` are tried in their order.

    ``source_path`` is where it is on Windows, ``member`` its name in the bundle. ``magic`` is what it must begin with
    (empty: it must only not be empty). ``companion`` is true for what may be empty, such as a hive's log.
    """

    item: Item
    member: str
    source_path: str
    ways: tuple[Way, ...]
    size: int | None = None
    modified_utc: datetime | None = None
    user: str | None = None
    sid: str | None = None
    companion: bool = False


class Source(Protocol):
    """Where evidence is taken from: a running Windows, or a volume of one."""

    network: str

    def host(self) -> Host:
        """The machine, as far as this source can tell."""

    def look(self, item: Item) -> Iterator[Find | Left]:
        """What there is of an item, and what of it cannot be had; nothing where the item is not there at all.

        Raises ``NotTaken`` when not even that can be told.
        """


class Refused(Exception):
    """Something the person at the keyboard can act on: a text of ``languages/*.toml`` and its fields."""

    def __init__(self, name: str, **fields: object) -> None:
        super().__init__(name, fields)
        self.name = name
        self.fields = fields
