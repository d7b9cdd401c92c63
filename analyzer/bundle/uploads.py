"""What people hand over: the collector's ZIP, that ZIP inside a ticket system's ZIP, a folder, or something else.

Everything that is no bundle is refused in one line that says what to do.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyzer.bundle import archive, folder, formats
from analyzer.bundle.entries import Contents, Entry
from analyzer.layouts import ONE_AT_A_TIME
from analyzer.model import Refusal

_END_BYTES = 65_557
"""A ZIP's end record with the longest comment."""

_REPACK = "unpack it and give the folder, or re-pack it as ZIP"
_OTHER_MAGIC = (
    (b"7z\xbc\xaf\x27\x1c", f"a 7z archive: {_REPACK}"),
    (b"Rar!\x1a\x07", f"a RAR archive: {_REPACK}"),
    (b"\x1f\x8b", f"a gzip or tar.gz archive: {_REPACK}"),
    (b"BZh", f"a bzip2 archive: {_REPACK}"),
    (b"\xfd7zXZ\x00", f"an xz archive: {_REPACK}"),
    (b"\x28\xb5\x2f\xfd", f"a zstd archive: {_REPACK}"),
    (b"MSCF", f"a CAB archive: {_REPACK}"),
    (b"PK\x07\x08", "one part of a split ZIP: join the parts and give the whole"),
    (formats.EVTX_MAGIC, "a single event log, not a bundle: put it into a folder and give the folder"),
    (formats.HIVE_MAGIC, "a single registry hive, not a bundle: put it into a folder and give the folder"),
)


def take_in(path: Path, spool: Path) -> Contents:
    """Everything in the input; a ZIP's members are unpacked into ``spool``."""
    if path.is_dir():
        contents = folder.read_folder(path)
    else:
        _refuse_other_formats(path)
        contents = _unwrapped(path, spool)
    _refuse_bundles(contents)
    return contents


def _refuse_other_formats(path: Path) -> None:
    if not path.exists():
        raise Refusal(f"{path}: no such file or folder")
    if not path.is_file():
        raise Refusal(f"{path}: neither a file nor a folder")
    with path.open("rb") as stream:
        head = stream.read(512)
        stream.seek(max(0, path.stat().st_size - _END_BYTES))
        zipped = formats.is_zip(head) or archive.END in stream.read()
    if not head:
        raise Refusal(f"{path}: the file is empty: ask for it again")
    other = next((reason for magic, reason in _OTHER_MAGIC if head.startswith(magic)), None)
    if other is None and head[257:262] == b"ustar":
        other = f"a tar archive: {_REPACK}"
    if other is None and not zipped:
        other = "not a ZIP: give the collector's ZIP, or the folder it was unpacked into"
    if other:
        raise Refusal(f"{path}: {other}")


def _unwrapped(path: Path, spooled: Path) -> Contents:
    """The ZIP's contents; those of the one ZIP in it when it holds nothing else, as ticket systems wrap uploads."""
    contents = archive.read_zip(path, spooled)
    inside = [e for e in contents.entries if formats.sniff(e.head, e.name) != "litter"]
    if len(inside) != 1 or contents.refused or not _is_bundle_zip(inside[0]):
        return contents
    below = spooled / "inner"
    below.mkdir()
    inner = archive.read_zip(inside[0].path, below)
    return replace(inner, gaps=(*contents.gaps, *inner.gaps))


def _is_bundle_zip(entry: Entry) -> bool:
    return formats.is_zip(entry.head) and entry.name.lower().endswith(".zip")


def _refuse_bundles(contents: Contents) -> None:
    """A heap of ZIPs is a heap of bundles; beside real evidence a ZIP is only a file that is not opened."""
    zips = [entry.name for entry in contents.entries if _is_bundle_zip(entry)]
    evidence = any(formats.is_evidence(e.head, e.name) for e in contents.entries if e.name not in zips)
    if not zips or evidence:
        return
    if len(zips) > 1:
        raise Refusal(f"the input holds {len(zips)} ZIPs ({zips[0]!r} …): {ONE_AT_A_TIME}")
    raise Refusal(f"the input holds only the ZIP {zips[0]!r}: give that file")
