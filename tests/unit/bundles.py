"""Small bundles for the tests: folders and ZIPs out of names and bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analyzer.bundle import Bundle, open_bundle
from analyzer.bundle.artifact import Artifact
from analyzer.model import Gap

EVTX = b"ElfFile\x00" + bytes(200)
HIVE = b"regf" + bytes(4092)
HIVE_LOG = b"regf" + bytes(24) + b"\x06\x00\x00\x00" + bytes(4064)
LOG = "C/Windows/System32/winevt/Logs/System.evtx"
USER_HIVE = "C/Users/alice/NTUSER.DAT"
SID = "S-1-5-21-1-2-3-1001"


def manifest(*artifacts: Mapping[str, Any], **more: Any) -> bytes:
    return json.dumps({"schema": "mailscope-bundle/1", "artifacts": artifacts, **more}).encode()


def listed(artifact: str, member: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"artifact": artifact, "member": member, "sha256": hashlib.sha256(data).hexdigest(), **more}


def folder(root: Path, members: Mapping[str, bytes]) -> Path:
    for name, data in members.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def opened(tmp_path: Path, members: Mapping[str, bytes]) -> Bundle:
    return open_bundle(folder(tmp_path / "PC-042", members), tmp_path / "spool")


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def gaps(bundle: Bundle, name: str) -> list[Gap]:
    return [gap for gap in bundle.gaps if gap.artifact == name]


def artifact(bundle: Bundle, name: str) -> Artifact:
    return next(a for a in bundle.artifacts() if a.member.name == name)
