"""What readers that are not ours see in a hive, brought into one form."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import defusedxml.ElementTree as ElementTree
import pyregf

from analyzer.transaction_logs import Replay
from fixtures.forge.instants import filetime
from fixtures.forge.registry import Key, number_of, raw

# the key's path below the root -> (last-written FILETIME, {value name: (type number, data)})
Content = dict[tuple[str, ...], tuple[int, dict[str, tuple[int, bytes]]]]


def meant(root: Key) -> Content:
    """What a tree says, in the form of the readers."""
    return dict(_meant(root, ()))


def _meant(key: Key, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, (filetime(key.written), {name: (number_of(v[0]), raw(v)) for name, v in key.values.items()})
    for child in key.subkeys:
        yield from _meant(child, (*path, child.name))


def image(replay: Replay, hive: bytes, logs: int | None = None) -> bytes:
    """The hive as its logs make it: none of these readers looks at a log."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "hive"
        copy.write_bytes(hive)
        replay.apply(copy, logs)
        return copy.read_bytes()


def libregf(data: bytes) -> Content:
    """libregf's reading."""
    hive = pyregf.file()
    hive.open_file_object(io.BytesIO(data))
    try:
        return dict(_libregf(hive.get_root_key(), ()))
    finally:
        hive.close()


def _libregf(key: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    values = {value.name or "": (value.type, value.data or b"") for value in key.values}
    yield path, (key.get_last_written_time_as_integer(), values)
    for child in key.sub_keys:
        yield from _libregf(child, (*path, child.name))


def decoded(root: Key) -> dict[tuple[str, ...], tuple[int, dict[str, tuple[int, Any]]]]:
    """A tree with its data decoded the way regipy does: text without its NUL, numbers as numbers."""
    content = meant(root)
    return {
        path: (written, {name or "(default)": (kind, _decoded(kind, data)) for name, (kind, data) in values.items()})
        for path, (written, values) in content.items()
    }


def _decoded(kind: int, data: bytes) -> Any:
    match kind:
        case 1 | 2:
            return data.decode("utf-16-le").rstrip("\0")
        case 4:
            return int.from_bytes(data, "little")
        case 11:
            return int.from_bytes(data, "little")
        case 7:
            return [text for text in data.decode("utf-16-le").split("\0") if text]
    return data


def regipy(path: Path, backend: Any) -> dict[tuple[str, ...], tuple[int, dict[str, tuple[int, Any]]]]:
    """regipy's reading, through its pure or its Rust backend."""
    return dict(_regipy(backend(str(path)).root, ()))


TYPE_NUMBERS: Mapping[str, int] = {
    "REG_NONE": 0,
    "REG_SZ": 1,
    "REG_EXPAND": 2,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_MULTI_SZ": 7,
    "REG_QWORD": 11,
}


def _regipy(key: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    values = {v.name: (TYPE_NUMBERS[v.value_type], v.value) for v in key.iter_values(trim_values=False)}
    yield path, (key.header.last_modified, values)
    for child in key.iter_subkeys():
        yield from _regipy(child, (*path, child.name))


def hivexml(path: Path) -> dict[tuple[str, ...], tuple[int, dict[str, Any]]]:
    """hivex's reading: times in whole seconds, data as bytes where its XML gives them."""
    done = subprocess.run(["hivexml", str(path)], capture_output=True, check=True)
    root = ElementTree.fromstring(done.stdout).find("node")
    return dict(_hivexml(root, ()))


def _hivexml(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    stamp = datetime.strptime(node.findtext("mtime"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    values = {value.get("key", ""): _hivex_data(value) for value in node.findall("value")}
    yield path, (filetime(stamp), values)
    for child in node.findall("node"):
        yield from _hivexml(child, (*path, child.get("name")))


def _hivex_data(value: Any) -> Any:
    """Data of one ``value`` element: text and numbers are printed, the rest is base64."""
    text = value.get("value")
    if value.get("encoding") == "base64":
        return base64.b64decode(text or "")
    if value.get("type") == "string-list":
        return [entry.text or "" for entry in value.findall("string")]
    return text
