"""Members that lie in real files, and what the runner makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from analyzer.bundle import Artifact, Host
from analyzer.model import Damage, Gap, Integrity, Member, Reading
from analyzer.parsers import read_artifact

USER = "S-1-5-21-1-2-3-1001"


@dataclass(frozen=True, slots=True)
class Told:
    """The runner's answer, and the rows it delivered."""

    reading: Reading
    gaps: tuple[Gap, ...]
    frames: tuple[tuple[str, pl.DataFrame], ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All rows of all frames, in their order."""
        return [row for _, frame in self.frames for row in frame.to_dicts()]

    @property
    def reasons(self) -> list[str]:
        """Place and reason of each gap."""
        return [f"{gap.place}: {gap.reason}" for gap in self.gaps]


def stored(
    path: Path,
    kind: str | None,
    *,
    original: str | None = None,
    item: str | None = None,
    user: str | None = None,
) -> Artifact:
    """An artifact of that format in a file."""
    name = original or path.name
    member = Member(name, path.stat().st_size, "0" * 64, Integrity.MATCHES, item, kind, user)
    return Artifact(member, path, name, Host(ansi_code_page=1252, oem_code_page=850))


def with_siblings(artifact: Artifact, files: Mapping[str, Path]) -> Artifact:
    """The artifact in a folder with other files, by their canonical paths."""
    shelf = {name.lower(): stored(file, None, original=name) for name, file in files.items()}
    return replace(artifact, _shelf=shelf)


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(data)
    return path


def told(artifact: Artifact, *, strict: bool = True) -> Told:
    """Read it to the end."""
    frames: list[tuple[str, pl.DataFrame]] = []
    reading, gaps = read_artifact(artifact, lambda table, frame: frames.append((table, frame)), strict=strict)
    return Told(reading, gaps, tuple(frames))


UNPACKING = Damage("the whole file", "it was cut while unpacking")
