"""Windows volumes for the tests: a few files in their places, and what a collection makes of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collectors.case import Options
from collectors.collect import Collected, collect
from collectors.console import Console

HIVE = b"regf" + bytes(508)
EVTX = b"ElfFile\x00" + bytes(504)
SYSTEM = "Windows/System32/config/SYSTEM"
SYSTEM_LOG = "Windows/System32/winevt/Logs/System.evtx"
USER_HIVE = "Users/alice/NTUSER.DAT"
TEMP = "Users/alice/AppData/Local/Temp"

SILENT = Console("en", None)


def volume(root: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files, ``Windows`` among them."""
    (root / "Windows").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def taken(root: Path, **options: Any) -> Collected:
    """A finished collection from that volume."""
    out = options.pop("out", root.parent / "PC-042.zip")
    return collect(Options(root=root, out=out, **options), SILENT)


def members(done: Collected) -> dict[str, bytes]:
    """The bundle's members but for the manifest."""
    with zipfile.ZipFile(done.file) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def paper(done: Collected) -> dict[str, Any]:
    """The manifest as it lies in the bundle."""
    with zipfile.ZipFile(done.file) as archive:
        told: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return told


def left(done: Collected, item: str) -> list[tuple[str, str, str]]:
    """The omissions of an item: outcome, path, reason."""
    return [(str(row.outcome), row.source_path, row.reason) for row in done.left if row.artifact == item]
