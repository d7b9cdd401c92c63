"""The catalogue: every artifact mailscope knows, read from ``catalog.json``.

The collector takes what it lists and nothing else; the analyzer names a member by its ids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the catalogue.

    ``place`` is a Windows path with ``*`` and ``%NAME%`` for a file, or the member's name for
    what is only made during collection; ``also`` are further places of the same kind of file. ``format`` names the
    parser module that reads it.
    ``user`` is true when each user of the machine has one of their own.
    """

    id: str
    format: str
    place: str
    why: str
    method: str
    user: bool
    needs_admin: bool
    private: bool
    max_bytes: int
    channel: str | None = None
    key: str | None = None
    command: str | None = None
    also: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Every place, the usual one first."""
        return (self.place, *self.also)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All items in the order of the file, with the version a manifest names."""

    version: str
    items: tuple[Item, ...]

    def __contains__(self, item_id: object) -> bool:
        return any(item.id == item_id for item in self.items)

    def find(self, item_id: str | None) -> Item | None:
        """The item of that id; None for an id of another catalogue version."""
        return next((item for item in self.items if item.id == item_id), None)

    def of_channel(self, channel: str) -> Item | None:
        """The event log item of a ``Channel`` element, whatever its case."""
        wanted = channel.lower()
        return next((i for i in self.items if i.channel and i.channel.lower() == wanted), None)


@cache
def load() -> Catalog:
    """The catalogue that ships with this version."""
    text = resources.files("collectors").joinpath("catalog.json").read_text("utf-8")
    raw = json.loads(text)
    return Catalog(raw["version"], tuple(Item(**{**row, "also": tuple(row.get("also", ()))}) for row in raw["items"]))
