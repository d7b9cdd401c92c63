"""Promises that hold for the whole program: same input, same bytes; no connection is ever opened."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analyzer import shelf
from analyzer.pipeline import Options, analyze
from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario

ROOT = Path(__file__).parents[2]
NO_NAMESPACES = "unshare -n is not allowed here"
MACHINES = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C", "POLARS_MAX_THREADS": "1"},
    {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LANG": "fr_FR.UTF-8", "POLARS_MAX_THREADS": "2"},
)


@pytest.fixture(scope="module")
def field_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The typical bundle as a ZIP."""
    path = tmp_path_factory.mktemp("input") / "field.zip"
    path.write_bytes(build_bundle(load_scenario(ROOT / "fixtures" / "scenarios" / "field_bundle")))
    return path


def _run(bundle: Path, out: Path, environment: dict[str, str], *prefix: str) -> subprocess.CompletedProcess[str]:
    # another working directory each time: no relative path may reach an output
    out.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [*prefix, sys.executable, "-m", "analyzer", "-q", "analyze", str(bundle), "--out", str(out)],
        cwd=out.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _contents(case: Path) -> dict[str, bytes]:
    files = (path for path in case.rglob("*") if path.is_file() and path.name != "run.json")
    return {path.relative_to(case).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module", params=["forged", "real"])
def any_bundle(request: pytest.FixtureRequest, field_bundle: Path) -> Path:
    """The forged bundle, and a real one."""
    if request.param == "forged":
        return field_bundle
    realdata: Path = request.getfixturevalue("realdata")
    return realdata / "bundle-DESKTOP-2KGM189"


def test_the_same_bundle_gives_the_same_bytes_on_every_machine(any_bundle: Path, tmp_path: Path) -> None:
    cases = [tmp_path / str(number) / "case" for number in range(len(MACHINES))]
    for case, environment in zip(cases, MACHINES, strict=True):
        done = _run(any_bundle, case, environment)
        assert done.returncode == 0, done.stderr
    first, second = (_contents(case) for case in cases)
    assert {"report.html", "findings.json", "case-notes.txt"} <= set(first)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_tables_too_large_to_hold_are_judged_alike(
    field_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = analyze(field_bundle, tmp_path / "held", Options(), lambda *_: None)
    monkeypatch.setattr(shelf, "_HELD_BYTES", 0)
    scanned = analyze(field_bundle, tmp_path / "scanned", Options(), lambda *_: None)
    assert held.diagnosis.head.causes == ("stale_token",)
    assert scanned == held


def test_no_socket_is_opened(field_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    result = analyze(field_bundle, tmp_path, Options(), lambda *_: None)
    assert result.diagnosis.head.causes == ("stale_token",)


def test_it_works_on_a_machine_without_any_network(field_bundle: Path, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip(NO_NAMESPACES)
    done = _run(field_bundle, tmp_path / "case", {}, unshare, "-n")
    assert done.returncode == 0, done.stderr
    assert "stale_token" in (tmp_path / "case" / "findings.json").read_text("utf-8")


def test_nothing_is_written_outside_the_output_folder(field_bundle: Path, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    hostile = room / "hostile.zip"
    shutil.copy(field_bundle, hostile)
    with zipfile.ZipFile(hostile, "a") as archive:
        for name in ("../climbed.txt", "/rooted.txt", "C:/drive.txt", "..\\back.txt", "CON"):
            archive.writestr(name, "planted")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = _run(hostile, room / "case", {"TMPDIR": str(temporary), "HOME": str(temporary)})
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in room.iterdir()) == ["case", "hostile.zip"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room", "temporary"]
    assert list(temporary.iterdir()) == []
    texts = [path.name for path in (room / "case").rglob("*.txt")]
    assert texts == ["case-notes.txt"]
    gaps = (room / "case" / "findings.json").read_text("utf-8")
    assert gaps.count("climbed.txt") >= 1
