"""An artifact that lives in memory, and what a parser says of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from analyzer.bundle import Artifact, Host
from analyzer.model import Covered, Damage, Identified, Integrity, Member
from analyzer.tables import BATCH_ROWS, Batch, empty, frame

Told = Batch | Damage | Covered | Identified


@dataclass(frozen=True, slots=True)
class Held(Artifact):
    """Bytes instead of a file."""

    data: bytes = b""

    def open(self) -> BinaryIO:
        """The bytes from their beginning."""
        return io.BytesIO(self.data)


def artifact(
    data: bytes,
    name: str = "C/file.txt",
    item: str | None = None,
    user: str | None = "S-1-5-21-1-2-3-1001",
    host: Host | None = None,
) -> Artifact:
    """A member of that name and content."""
    member = Member(name, len(data), "0" * 64, Integrity.MATCHES, item=item, user=user)
    return Held(member, Path(name), name, host or Host(oem_code_page=850, ansi_code_page=1252), data=data)


@dataclass
class Said:
    """All that a parser told, sorted by kind."""

    rows: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    identified: list[Identified] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether absence from it would mean absence."""
        return bool(self.covered) and not self.damages

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table in the order they came."""
        return pl.concat([empty(name), *self.rows.get(name, [])]).to_dicts()

    def facts(self, name: str) -> list[str | None]:
        """The values of all facts of that name."""
        return [row["value"] for row in self.table("facts") if row["name"] == name]

    def number(self, name: str) -> list[float | None]:
        """The numbers of all facts of that name."""
        return [row["number"] for row in self.table("facts") if row["name"] == name]


def said(read: Callable[[Artifact], Iterator[Told]], source: Artifact) -> Said:
    """Run a parser to its end, as strictly as the runner does: only known columns, small batches."""
    found = Said()
    for told in read(source):
        match told:
            case Batch():
                assert 0 < len(told) <= BATCH_ROWS
                found.rows.setdefault(told.table, []).append(frame(told.table, told.columns))
            case Damage():
                found.damages.append(told)
            case Covered():
                found.covered.append(told)
            case Identified():
                found.identified.append(told)
    return found
