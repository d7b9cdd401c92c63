"""What was read of a bundle, kept in its case: the tables as Parquet files, and beside them ``read.json``.

``read.json`` holds what the rows cannot say: what was read whole, what was lost, what the bundle is, what was asked
of it. With it the same evidence stands again without the bundle being opened. It is no interface: only the readers
that wrote it read it, and any other version asks for the bundle to be analyzed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from analyzer.model import BundleInfo, Gap, Refusal
from analyzer.tables import SCHEMAS, Evidence, empty

ACCOUNT = "read.json"
_SCHEMA = "mailscope-read/1"
# hundreds of questions are asked of each table, and opening its files costs more than answering
_HELD_BYTES = 8 << 20
# What decides how bytes become rows, by its name in the package; `model` has no opinion on bytes.
READERS = (
    "bundle", "damages.py", "encodings.py", "exported_objects.py", "layouts.py", "log_rows.py", "parsers",
    "registry_rows.py", "secrets.py", "tables.py", "transaction_logs.py", "vocabulary.py", "zones.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """The account of one reading.

    ``parts`` names each Parquet file below the tables' folder with its size in bytes, in the order of the rows.
    ``user``, ``failure_at`` and ``lang`` are what the engineer asked for.
    """

    bundle: BundleInfo
    gaps: tuple[Gap, ...]
    user: str | None
    failure_at: str | None
    lang: str
    parts: tuple[tuple[str, int], ...] = ()


class Shelf:
    """Parquet files below ``root``, one an artifact, table and batch, named so that their order is the bundle's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = 0
        for table in SCHEMAS:
            (root / table).mkdir(parents=True, exist_ok=True)

    def put(self, table: str, rows: pl.DataFrame) -> None:
        """Keep a frame of one table's schema."""
        self._parts += 1
        rows.write_parquet(self._root / table / f"{self._parts:06d}.parquet")

    def tables(self) -> dict[str, pl.LazyFrame]:
        """All rows of every table, a large one read when asked for."""
        return _stand(self._root, [name for name, _ in _listing(self._root)])


def keep(root: Path, kept: Kept) -> None:
    """Write the account beside the tables that lie in ``root``."""
    whole = replace(kept, parts=tuple(_listing(root)))
    told = {"schema": _SCHEMA, "readers": readers_version()} | msgspec.to_builtins(whole, order="deterministic")
    # a lone surrogate in a file name or an option survives as an escape, which a strict encoder would refuse
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    (root / ACCOUNT).write_bytes(text.encode() + b"\n")


def recall(root: Path) -> tuple[Kept, Evidence]:
    """What was kept in ``root`` and the evidence, its tables read when asked for.

    Raises ``Refusal``, saying to analyze again, where other readers made it or a part of it is gone or changed.
    """
    kept = _read(root)
    for name, size_bytes in kept.parts:
        part = root / name
        if not part.is_file() or part.stat().st_size != size_bytes:
            raise _again(root, f"its table {name} is missing or changed")
    tables = _stand(root, [name for name, _ in kept.parts])
    return kept, Evidence(tables, kept.bundle.readings, kept.gaps)


def _read(root: Path) -> Kept:
    try:
        told: dict[str, Any] = json.loads((root / ACCOUNT).read_bytes())
        if told["schema"] != _SCHEMA or told["readers"] != readers_version():
            raise _again(root, "another version of mailscope made its tables")
        return msgspec.convert(told, Kept)
    except FileNotFoundError:
        what = "does not say what was read whole" if root.is_dir() else "holds no tables, like a redacted one"
        raise _again(root, f"it {what}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise _again(root, f"{ACCOUNT} is damaged") from error


def _again(root: Path, why: str) -> Refusal:
    return Refusal(f"the case {root.parent} cannot be reopened, {why}: analyze the bundle again")


def _listing(root: Path) -> Iterator[tuple[str, int]]:
    """Every Parquet file below ``root``: its name from there, and its size in bytes."""
    for table in SCHEMAS:
        for part in sorted((root / table).glob("*.parquet")):
            yield f"{table}/{part.name}", part.stat().st_size


def _stand(root: Path, parts: list[str]) -> dict[str, pl.LazyFrame]:
    """All rows of every table: a small one is held in memory, a large one read when asked for."""
    return {table: _table(table, [root / name for name in parts if name.startswith(f"{table}/")]) for table in SCHEMAS}


def _table(table: str, parts: list[Path]) -> pl.LazyFrame:
    if not parts:
        return empty(table).lazy()
    if sum(part.stat().st_size for part in parts) <= _HELD_BYTES:
        return pl.read_parquet(parts).lazy()
    return pl.scan_parquet(parts)


@cache
def readers_version() -> str:
    """The digest of everything that decides how bytes become rows: no number that somebody must remember to raise."""
    home = resources.files("analyzer")
    sources = [home.joinpath(name) for name in READERS]
    collecting = {name: resources.files("collectors").joinpath(name) for name in ("catalog.json", "secrets.py")}
    digest = hashlib.sha256()
    for name, source in sorted({**dict(_sources("analyzer", sources)), **collecting}.items()):
        # a checkout on Windows may end its lines otherwise
        digest.update(name.encode() + b"\0" + source.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _sources(path: str, entries: list[Traversable]) -> Iterator[tuple[str, Traversable]]:
    """Every Python file at or below the entries, by its path."""
    for entry in entries:
        here = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _sources(here, list(entry.iterdir()))
        elif entry.name.endswith(".py"):
            yield here, entry
