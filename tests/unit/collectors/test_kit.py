from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from collectors import kit
from collectors.finds import Refused
from tests.unit.collectors.volumes import HIVE, SYSTEM, volume


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A stand-in for the embeddable package, in an order of its own."""
    path = tmp_path / "runtime.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("python311.dll", "python.exe", "python311._pth", "python311.zip"):
            archive.writestr(name, f"this is {name}")
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(runtime: Path, out: Path) -> Path:
    kit.build(runtime, out, digest(runtime))
    return out


def test_the_kit_holds_the_runtime_the_collector_and_what_starts_it(runtime: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build(runtime, tmp_path / "kit.zip")) as made:
        assert made.testzip() is None
        assert made.namelist() == [
            "README.txt",
            "collect.cmd",
            "collector.pyz",
            "python/python.exe",
            "python/python311._pth",
            "python/python311.dll",
            "python/python311.zip",
        ]
        assert made.read("python/python.exe") == b"this is python.exe"


def test_a_kit_built_twice_has_the_same_bytes(runtime: Path, tmp_path: Path) -> None:
    first = build(runtime, tmp_path / "first.zip").read_bytes()
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(runtime) as source, zipfile.ZipFile(other, "w") as copy:
        for name in reversed(source.namelist()):
            copy.writestr(zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6)), source.read(name))
    assert build(other, tmp_path / "second.zip").read_bytes() == first


def test_the_runtime_is_not_compressed_anew_which_no_two_platforms_need_do_alike(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed.zip"
    with (
        zipfile.ZipFile(runtime) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as copy,
    ):
        for name in source.namelist():
            copy.writestr(name, source.read(name) * 1000)
    usual = build(packed, tmp_path / "usual.zip").read_bytes()
    another = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", lambda _level, *more: another(1, *more))
    assert build(packed, tmp_path / "elsewhere.zip").read_bytes() == usual
    with zipfile.ZipFile(tmp_path / "usual.zip") as made:
        assert made.testzip() is None
        assert made.read("python/python.exe") == b"this is python.exe" * 1000
        assert made.getinfo("python/python.exe").compress_size < 1000


def test_the_collector_of_the_kit_runs_without_anything_of_ours(runtime: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a kit with spaces, é"
    with zipfile.ZipFile(build(runtime, tmp_path / "kit.zip")) as made:
        made.extract("collector.pyz", folder)
    root = volume(tmp_path / "disk", {SYSTEM: HIVE})
    out = tmp_path / "PC-042.zip"
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(folder / "collector.pyz"), "--lang", "fr"]
    run = subprocess.run(
        [*command, "--root", str(root), "--out", str(out)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{out} sha256={digest(out)} files=1 ")
    assert "Terminé." in run.stderr
    again = subprocess.run(
        [*command, "--root", str(root), "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("mailscope: ")
    assert again.stderr.endswith("existe déjà : donnez un autre nom avec --out\n")


def test_nothing_of_the_kit_builder_goes_to_the_affected_pc() -> None:
    with zipfile.ZipFile(io.BytesIO(kit.zipapp())) as made:
        names = set(made.namelist())
    assert {"__main__.py", "collectors/catalog.json", "collectors/languages/fr.toml", "collectors/__main__.py"} <= names
    assert "collectors/live/targets.py" in names
    assert not [
        name for name in names if name.startswith(("collectors/kit", "collectors/targets", "collectors/runtimes"))
    ]
    assert not [name for name in names if name.endswith(".pyc")]


def test_the_batch_file_is_plain_and_ends_its_lines_as_windows_does(runtime: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build(runtime, tmp_path / "kit.zip")) as made:
        batch = made.read("collect.cmd")
    batch.decode("ascii")
    assert batch.count(b"\n") == batch.count(b"\r\n") > 10


@pytest.mark.parametrize(
    ("sha256", "refused"), [(None, "runtime_unknown"), ("0" * 64, "runtime_differs")], ids=["unknown", "another"]
)
def test_a_runtime_that_nobody_vouches_for_is_refused_with_its_hash(
    runtime: Path, tmp_path: Path, sha256: str | None, refused: str
) -> None:
    with pytest.raises(Refused) as error:
        kit.build(runtime, tmp_path / "kit.zip", sha256)
    assert (error.value.name, error.value.fields["sha256"]) == (refused, digest(runtime))
    assert not (tmp_path / "kit.zip").exists()


def test_a_vouched_runtime_needs_no_word(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "accepted", lambda: {digest(runtime): "python.org's"})
    assert kit.build(runtime, tmp_path / "kit.zip") == digest(tmp_path / "kit.zip")


def test_vouched_runtimes_are_told_by_name_and_full_hash() -> None:
    assert all(len(bytes.fromhex(sha256)) == 32 and name for sha256, name in kit.accepted().items())
    assert len(kit.accepted()) == 2


@pytest.mark.parametrize(
    "names", [("bin/python.exe",), ("python.exe", "../evil.dll"), ("python.exe", "C:/evil.dll")], ids=str
)
def test_what_is_no_runtime_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "runtime.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(Refused) as error:
        kit.build(path, tmp_path / "kit.zip", digest(path))
    assert error.value.name == "no_runtime"


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runtime.zip"
    path.write_bytes(b"MZ")
    with pytest.raises(Refused) as error:
        kit.build(path, tmp_path / "kit.zip", digest(path))
    assert error.value.name == "no_runtime"


def test_an_existing_kit_is_not_overwritten(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "kit.zip").write_bytes(b"the old one")
    with pytest.raises(Refused) as error:
        build(runtime, tmp_path / "kit.zip")
    assert error.value.name == "file_exists"
