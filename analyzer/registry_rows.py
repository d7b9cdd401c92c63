r"""Rows of the registry table, the same whichever way a key came: out of a hive or out of a ``.reg`` file.

A key has one row that says it is there (``name`` null) and one row a value. ``key`` is the path below ``HKLM`` or
``HKCU``; the catalogue's keys are spelled as the catalogue spells them, what lies below as it was found. ``at`` is
always the key's last-written time. The place is ``HKCU\Environment!PATH``; ``!(Default)`` for the default value.

Source: Microsoft, "Registry Value Types" and "RegSetValueExW" (terminators, byte order).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl

from analyzer.secrets import MARKERS, mask, mask_login, names_secret
from analyzer.tables import BATCH_ROWS, Batch
from collectors import catalog

MAX_HEX_BYTES = 65536
"""Longer binary data is cut in the table."""

_KINDS = (
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
)
_WORDS = re.compile(rb"[ -~]{8,}")
_TEXTS = ("REG_SZ", "REG_EXPAND_SZ", "REG_LINK")
# no number is longer
_NUMBER_BYTES = 8
_NUMBERS = {"REG_DWORD": (4, "little"), "REG_DWORD_BIG_ENDIAN": (4, "big"), "REG_QWORD": (8, "little")}


@cache
def trees() -> tuple[str, ...]:
    """The keys that the catalogue asks for, none of them below another."""
    keys = sorted(item.key for item in catalog.load().items if item.key)
    return tuple(key for key in keys if not any(_below(key, other) for other in keys))


def _below(path: str, tree: str) -> bool:
    return path.lower().startswith(tree.lower() + "\\")


def spelled(path: str) -> str:
    """A path (``HKLM\\…``) in the catalogue's spelling as far as the catalogue knows it."""
    for tree in trees():
        if path.lower() == tree.lower() or _below(path, tree):
            return tree + path[len(tree) :]
    return path


@dataclass(frozen=True, slots=True)
class Value:
    """A value as stored. ``name`` is empty for the default value, ``code`` the number of its type."""

    name: str
    code: int
    data: bytes


@dataclass(slots=True)
class RegistryRows:
    """Collects rows until there are enough for a batch."""

    _rows: list[tuple[object, ...]] = field(default_factory=list)
    _views: list[str] = field(default_factory=list)

    def add(self, path: str, at: datetime | None, user: str | None, values: list[Value]) -> Iterator[Batch]:
        """A key with its values; yields a batch when one is full. ``path`` begins with ``HKLM`` or ``HKCU``."""
        hive, _, key = path.partition("\\")
        self._append((path, at, user, hive, key, None, None, None, None), "")
        for value in values:
            kind, text, number = _decoded(path, value)
            place = f"{path}!{value.name or '(Default)'}"
            self._append((place, at, user, hive, key, value.name, kind, text, number), _view(kind, value.data))
            if len(self._rows) >= BATCH_ROWS:
                yield from self.rest()

    def rest(self) -> Iterator[Batch]:
        """What is left, without secrets."""
        if not self._rows:
            return
        table = pl.DataFrame(self._rows, schema=_SCHEMA, orient="row")
        values = table["value"]
        for at, clean in _clean_binaries(values, self._views):
            values = values.scatter(at, clean)
        # names of keys are addresses and paths, too
        texts = (values, *(table[name] for name in ("place", "key", "name")))
        table = table.with_columns(map(_clean_texts, texts))
        self._rows, self._views = [], []
        yield Batch("registry", {column.name: column for column in table})

    def _append(self, row: tuple[object, ...], view: str) -> None:
        self._rows.append(row)
        self._views.append(view)


_SCHEMA: dict[str, Any] = {
    "place": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "user": pl.String,
    "hive": pl.String,
    "key": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "value": pl.String,
    "number": pl.Int64,
}


def _decoded(path: str, value: Value) -> tuple[str, str, int | None]:
    """Kind, text and number of a key's value; data that does not fit its type is shown as hexadecimal digits."""
    kind = _KINDS[value.code] if value.code < len(_KINDS) else f"REG_{value.code:#x}"
    if kind in _NUMBERS:
        size, order = _NUMBERS[kind]
        if len(value.data) != size:
            return kind, value.data[:MAX_HEX_BYTES].hex(), None
        number = int.from_bytes(value.data, "big" if order == "big" else "little")
        return kind, str(number), number if number < 1 << 63 else None
    if names_secret(value.name, path):
        return kind, f"(masked, {len(value.data)} bytes)", None
    if kind in _TEXTS:
        return kind, mask_login(value.name, _text(value.data).partition("\0")[0]), None
    if kind == "REG_MULTI_SZ":
        return kind, "\n".join(part for part in _text(value.data).split("\0") if part), None
    return kind, value.data[:MAX_HEX_BYTES].hex(), None


def _text(data: bytes) -> str:
    return data[: len(data) & ~1].decode("utf-16-le", "replace")


def _view(kind: str, data: bytes) -> str:
    """The ASCII and UTF-16 words in data that is shown as digits, to look for secrets in them; else empty."""
    if kind in _TEXTS or kind == "REG_MULTI_SZ" or len(data) <= _NUMBER_BYTES:
        return ""
    return b"\n".join(_WORDS.findall(data.replace(b"\0", b""))).decode("ascii")


def _marked(texts: pl.Series) -> list[int]:
    hits = texts.str.contains_any(list(MARKERS), ascii_case_insensitive=True)
    return hits.fill_null(False).arg_true().to_list()


def _clean_texts(texts: pl.Series) -> pl.Series:
    """Texts, and the hexadecimal digits of protected data."""
    at = _marked(texts)
    return texts.scatter(at, [mask(text) for text in texts.gather(at)]) if at else texts


def _clean_binaries(values: pl.Series, views: list[str]) -> Iterator[tuple[int, str]]:
    for at in _marked(pl.Series(views, dtype=pl.String)):
        if mask(views[at]) != views[at] and not values[at].startswith("(masked"):
            yield at, f"(masked, {len(values[at]) // 2} bytes)"
