from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.archive import BLOCK_BYTES, Archive, blocks
from collectors.finds import Refused
from collectors.windows import NotTaken, Outcome

LIMIT = 1 << 20


def breaking(*good: bytes) -> Iterator[bytes]:
    yield from good
    raise NotTaken(Outcome.FAILED, "the disk has a bad sector")


def test_nothing_has_the_name_until_all_of_it_is_there(tmp_path: Path) -> None:
    target = tmp_path / "PC-042.zip"
    with Archive(target) as archive:
        archive.add("C/a", [b"one"], LIMIT)
        assert [path.name for path in tmp_path.iterdir()] == ["PC-042.zip.part"]
        digest = archive.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["PC-042.zip"]
    assert digest == hashlib.sha256(target.read_bytes()).hexdigest()


def test_a_member_that_breaks_off_leaves_no_trace(tmp_path: Path) -> None:
    target = tmp_path / "PC-042.zip"
    with Archive(target) as archive:
        archive.add("C/first", [b"first"], LIMIT)
        with pytest.raises(NotTaken):
            archive.add("C/broken", breaking(b"secret " * 100_000), LIMIT)
        assert "C/broken" not in archive
        archive.add("C/broken", [b"by another way"], LIMIT)
        archive.add("C/last", [b"last"], LIMIT)
        archive.finish()
    with zipfile.ZipFile(target) as made:
        assert made.testzip() is None
        assert {name: made.read(name) for name in made.namelist()} == {
            "C/first": b"first",
            "C/broken": b"by another way",
            "C/last": b"last",
        }
    assert target.stat().st_size < 1_000


def test_the_last_member_may_break_off_too(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.zip") as archive:
        archive.add("C/first", [b"first"], LIMIT)
        with pytest.raises(NotTaken):
            archive.add("C/broken", breaking(b"x" * 5_000_000), LIMIT)
        archive.finish()
    with zipfile.ZipFile(tmp_path / "a.zip") as made:
        assert (made.testzip(), made.namelist()) == (None, ["C/first"])


def test_size_and_hash_are_those_of_the_bytes_before_compression(tmp_path: Path) -> None:
    data = b"a" * 3_000_000
    with Archive(tmp_path / "a.zip") as archive:
        stored = archive.add("C/a", blocks(io.BytesIO(data), len(data)), len(data))
        archive.finish()
    assert (stored.size, stored.sha256) == (3_000_000, hashlib.sha256(data).hexdigest())


def test_an_existing_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "PC-042.zip"
    target.write_bytes(b"yesterday's")
    with pytest.raises(Refused) as error:
        Archive(target)
    assert error.value.name == "file_exists"
    assert target.read_bytes() == b"yesterday's"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "PC-042.zip"
    with Archive(target) as archive:
        archive.add("C/a", [b"ours"], LIMIT)
        target.write_bytes(b"somebody else's")
        with pytest.raises(Refused):
            archive.finish()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"PC-042.zip": b"somebody else's"}


def test_an_interrupted_collection_leaves_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.zip")
    archive.add("C/a", [b"one"], LIMIT)
    with pytest.raises(KeyboardInterrupt), archive:
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_leftover_of_a_killed_collection_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.zip.part").write_bytes(b"half a bundle" * 1_000)
    with Archive(tmp_path / "a.zip") as archive:
        archive.add("C/a", [b"one"], LIMIT)
        archive.finish()
    with zipfile.ZipFile(tmp_path / "a.zip") as made:
        assert made.namelist() == ["C/a"]


def test_a_full_disk_is_one_clear_refusal_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path / "a.zip")
    stream = archive._zip.fp  # noqa: SLF001  (a full disk cannot be had otherwise)
    assert stream is not None

    def full(_data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stream, "write", full)
    with pytest.raises(Refused) as error, archive:
        archive.add("C/a", [b"one"], LIMIT)
    assert error.value.name == "unwritable"
    assert error.value.fields["reason"] == "No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_a_scanner_that_holds_the_new_file_for_a_moment_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, tries = Path.replace, iter((PermissionError(13, "in use"), PermissionError(13, "in use"), None))

    def held(part: Path, target: Path) -> Path:
        if (refusal := next(tries)) is not None:
            raise refusal
        return rename(part, target)

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr("collectors.archive.time.sleep", lambda _: None)
    with Archive(tmp_path / "a.zip") as made:
        made.add("C/a", [b"one"], LIMIT)
        made.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_file_that_can_never_have_its_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr("collectors.archive.time.sleep", lambda _: None)
    with pytest.raises(Refused) as error, Archive(tmp_path / "a.zip") as made:
        made.finish()
    assert (error.value.name, error.value.fields["reason"]) == ("unwritable", "in use")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        Archive(tmp_path / "nowhere" / "a.zip")
    assert error.value.name == "unwritable"


def test_names_are_the_same_whatever_their_case(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.zip") as archive:
        archive.add("C/Users/Alice", [b"one"], LIMIT)
        assert "c/users/alice" in archive


@pytest.mark.parametrize(("size", "limit"), [(11, 10), (BLOCK_BYTES + 1, BLOCK_BYTES)])
def test_a_stream_longer_than_its_limit_is_too_big(size: int, limit: int) -> None:
    with pytest.raises(NotTaken) as error:
        list(blocks(io.BytesIO(bytes(size)), limit))
    assert error.value.outcome is Outcome.TOO_BIG


def test_a_stream_as_long_as_its_limit_is_read_whole() -> None:
    assert b"".join(blocks(io.BytesIO(bytes(10)), 10)) == bytes(10)


def test_a_time_that_zip_cannot_hold_takes_the_earliest(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.zip") as archive:
        archive.add("C/old", [b"x"], LIMIT, datetime(1601, 1, 1, tzinfo=UTC))
        archive.add("C/new", [b"x"], LIMIT, datetime(2026, 3, 2, 8, 2, 4, tzinfo=UTC))
        archive.finish()
    with zipfile.ZipFile(tmp_path / "a.zip") as made:
        assert [info.date_time for info in made.infolist()] == [(1980, 1, 1, 0, 0, 0), (2026, 3, 2, 8, 2, 4)]
