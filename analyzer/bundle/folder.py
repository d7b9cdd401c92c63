"""A folder as a bundle: hashed where it lies, never copied, never written to, links never followed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from analyzer.bundle.entries import HEAD_BYTES, Contents, Entry, Intake
from analyzer.model import Refusal

_REPARSE_LINKS = (0xA0000003, 0xA000000C)
"""A junction and a symbolic link. Source: "Reparse Point Tags", learn.microsoft.com."""


def read_folder(root: Path) -> Contents:
    """Every file below ``root``; what cannot be read becomes a gap, an empty folder a Refusal."""
    intake = Intake()
    entries: list[Entry] = []
    for found in _walk(root, intake):
        raw = _shown(Path(found.path).relative_to(root))
        name = intake.admit(raw)
        if name is not None:
            _take(found, name, intake, entries)
    if not entries and intake.gaps and not intake.refused:
        raise Refusal(f"nothing in the folder can be read: {intake.gaps[0].artifact!r} {intake.gaps[0].reason}")
    if not entries and not intake.refused:
        raise Refusal("the folder is empty: give the folder that holds the collected files")
    return intake.contents(entries)


def _walk(root: Path, intake: Intake) -> Iterator[os.DirEntry[str]]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        for found in _listed(folder, root, intake):
            if _is_link(found):
                intake.refuse(_shown(Path(found.path).relative_to(root)), "a link, which is never followed")
            elif found.is_dir(follow_symlinks=False):
                waiting.append(Path(found.path))
            else:
                yield found


def _listed(folder: Path, root: Path, intake: Intake) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return sorted(listing, key=lambda found: found.name)
    except OSError as error:
        if folder == root:
            raise Refusal(f"cannot read the folder {root}: {error.strerror}") from error
        intake.refuse(_shown(folder.relative_to(root)) + "/", f"the folder cannot be read ({error.strerror})")
        return []


def _is_link(found: os.DirEntry[str]) -> bool:
    tag = getattr(found.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return found.is_symlink() or tag in _REPARSE_LINKS


def _shown(relative: Path) -> str:
    """The name as text: bytes that are no UTF-8 become replacement marks, which a name may hold."""
    return str(relative).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _take(found: os.DirEntry[str], name: str, intake: Intake, entries: list[Entry]) -> None:
    path = Path(found.path)
    try:
        if not stat.S_ISREG(found.stat(follow_symlinks=False).st_mode):
            intake.refuse(name, "not a regular file")
            return
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256")
            entries.append(Entry(name, path, stream.tell(), digest.hexdigest(), head))
    except OSError as error:
        intake.refuse(name, f"the file cannot be read ({error.strerror})")
