"""What people hand over: a bundle in a wrapping is opened, anything else refused in one line that says what to do."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from analyzer.bundle import open_bundle
from analyzer.model import Refusal
from tests.unit.bundles import EVTX, HIVE, LOG, USER_HIVE, folder, gaps, manifest, opened, zipped

# -- what is refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7z archive: unpack it and give the folder"),
        (b"Rar!\x1a\x07\x01\x00", "RAR archive: unpack it"),
        (b"\x1f\x8b\x08\x00", "gzip or tar.gz archive: unpack it"),
        (b"x" * 257 + b"ustar\x0000", "tar archive: unpack it"),
        (b"PK\x07\x08PK\x03\x04", "split ZIP: join"),
        (b"PK\x05\x06" + bytes(18), "the ZIP is empty"),
        (EVTX, "single event log"),
        (HIVE, "single registry hive"),
        (b"hello", "not a ZIP"),
    ],
)
def test_what_is_no_bundle_is_refused_in_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "upload.zip"
    path.write_bytes(data)
    with pytest.raises(Refusal, match=reason) as refusal:
        open_bundle(path, tmp_path / "spool")
    assert len(str(refusal.value).splitlines()) == 1


def test_no_such_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no such file or folder"):
        open_bundle(tmp_path / "none.zip", tmp_path / "spool")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PC-042" / "C").mkdir(parents=True)
    with pytest.raises(Refusal, match="the folder is empty"):
        open_bundle(tmp_path / "PC-042", tmp_path / "spool")


def test_a_pipe_is_neither_opened_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refusal, match="neither a file nor a folder"):
        open_bundle(tmp_path / "pipe", tmp_path / "spool")
    bundle = opened(tmp_path, {LOG: EVTX})
    os.mkfifo(tmp_path / "PC-042" / "pipe")
    bundle = open_bundle(tmp_path / "PC-042", tmp_path / "spool")
    assert "not a regular file" in gaps(bundle, "pipe")[0].reason


def _lock(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file nobody may read; a real one would not stop a test that runs as root."""
    opening = Path.open

    def guarded(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied")
        return opening(path, *args, **more)

    monkeypatch.setattr(Path, "open", guarded)


def test_a_zip_without_read_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(tmp_path / "b.zip", {LOG: EVTX})
    _lock(monkeypatch, "b.zip")
    with pytest.raises(Refusal, match=r"cannot read .*Permission denied"):
        open_bundle(tmp_path / "b.zip", tmp_path / "spool")


def test_a_member_without_read_permission_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder(tmp_path / "PC-042", {LOG: EVTX, USER_HIVE: HIVE})
    _lock(monkeypatch, "NTUSER.DAT")
    bundle = open_bundle(root, tmp_path / "spool")
    assert [m.name for m in bundle.members] == [LOG]
    assert "cannot be read (Permission denied)" in gaps(bundle, USER_HIVE)[0].reason


def test_links_in_a_folder_are_never_followed(tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside", {"secret.evtx": EVTX})
    root = folder(tmp_path / "PC-042", {LOG: EVTX})
    (root / "to_file.evtx").symlink_to(outside / "secret.evtx")
    (root / "to_folder").symlink_to(outside, target_is_directory=True)
    bundle = open_bundle(root, tmp_path / "spool")
    assert [m.name for m in bundle.members] == [LOG]
    assert bundle.refused == ("to_file.evtx", "to_folder")
    assert all("a link" in gaps(bundle, name)[0].reason for name in bundle.refused)


# -- ZIPs in ZIPs


def test_a_zip_that_holds_one_bundle_and_nothing_else_is_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "PC-042.zip", {"manifest.json": manifest(), LOG: EVTX}).read_bytes()
    outer = zipped(tmp_path / "upload.zip", {"PC-042.zip": inner, "__MACOSX/._PC-042.zip": b"junk"})
    with open_bundle(outer, tmp_path / "spool") as bundle:
        assert [m.name for m in bundle.members] == [LOG, "manifest.json"]
        assert bundle.name == "upload.zip"
        assert bundle.sha256 == hashlib.sha256(outer.read_bytes()).hexdigest()


def test_a_zip_is_opened_one_level_deep(tmp_path: Path) -> None:
    data = zipped(tmp_path / "1.zip", {LOG: EVTX}).read_bytes()
    data = zipped(tmp_path / "2.zip", {"1.zip": data}).read_bytes()
    with pytest.raises(Refusal, match=r"only the ZIP '1\.zip': give that file"):
        open_bundle(zipped(tmp_path / "3.zip", {"2.zip": data}), tmp_path / "spool")


def test_several_bundle_zips_are_refused_naming_batch(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "x.zip", {LOG: EVTX}).read_bytes()
    heap = {"PC-1.zip": inner, "PC-2.zip": inner, "note.txt": b"two PCs"}
    with pytest.raises(Refusal, match=r"2 ZIPs.*mailscope batch"):
        open_bundle(zipped(tmp_path / "heap.zip", heap), tmp_path / "spool")
    with pytest.raises(Refusal, match=r"2 ZIPs.*mailscope batch"):
        opened(tmp_path, heap)


def test_a_zip_beside_evidence_is_listed_and_not_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "x.zip", {USER_HIVE: HIVE}).read_bytes()
    bundle = opened(tmp_path, {LOG: EVTX, "C/Users/alice/x.zip": inner})
    assert [m.name for m in bundle.members] == ["C/Users/alice/x.zip", LOG]
    assert [a.member.name for a in bundle.artifacts()] == [LOG]
    assert "not opened" in gaps(bundle, "C/Users/alice/x.zip")[0].reason
