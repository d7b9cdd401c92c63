"""A TOML table read key by key: what is wrong is noted with file and key, and reading goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Table:
    """One table of a file. ``at`` is its key path; all tables of a file share one list of errors."""

    file: str
    at: str
    raw: Mapping[str, Any]
    errors: list[str]
    read: set[str] = field(default_factory=set)

    def blame(self, key: str, why: str) -> None:
        """Note an error at a key of this table."""
        path = ".".join(part for part in (self.at, key) if part)
        self.errors.append(f"{self.file}: {path}: {why}")

    def get(self, key: str) -> Any:
        """The raw value, remembered as read; None where there is none."""
        self.read.add(key)
        return self.raw.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; ``default`` None makes it required and not empty."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.blame(
                key, "missing" if value is None else "must be a text" + (" that is not empty" if value == "" else "")
            )
            return ""
        return value

    def flag(self, key: str, default: bool | None = False) -> bool:
        """True or false; ``default`` None makes it required."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            self.blame(key, "missing" if value is None else "must be true or false")
            return False
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self.get(key)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value) or (required and not value):
            self.blame(
                key, "missing" if value is None else "must be a list of texts" + (", at least one" if required else "")
            )
            return ()
        return tuple(value)

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """One of an enumeration's values."""
        value = self.get(key)
        first = next(iter(kind))
        if value is None and default is not None:
            return default
        if value not in list(kind):
            self.blame(key, f"{value!r} is none of {', '.join(kind)}" if value is not None else "missing")
            return first
        return kind(value)

    def one_of(self, key: str, names: Sequence[str]) -> str:
        """One of a few names."""
        value = self.get(key)
        if value not in names:
            self.blame(key, f"{value!r} is none of {', '.join(names)}" if value is not None else "missing")
            return names[0]
        return str(value)

    def table(self, key: str) -> Table:
        """A table below this one; empty where there is none."""
        value = self.get(key)
        if value is not None and not isinstance(value, dict):
            self.blame(key, "must be a table")
        path = ".".join(part for part in (self.at, key) if part)
        return Table(self.file, path, value if isinstance(value, dict) else {}, self.errors)

    def tables(self, key: str) -> tuple[Table, ...]:
        """An array of tables, each named by its ``id`` where it has one."""
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.blame(key, "must be an array of tables")
            return ()
        names = [row.get("id") if isinstance(row.get("id"), str) else str(n) for n, row in enumerate(value, 1)]
        return tuple(
            Table(self.file, f"{self.at + '.' if self.at else ''}{key}.{name}", row, self.errors)
            for name, row in zip(names, value, strict=True)
        )

    def done(self) -> None:
        """Blame every key that nobody asked for: most are misspelt."""
        for key in self.raw:
            if key not in self.read:
                self.blame(key, "unknown key")
