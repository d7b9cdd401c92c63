"""``mailscope collect`` and ``mailscope kit`` as a shell sees them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from reports import cli
from tests.unit.collectors.volumes import HIVE, SYSTEM, volume


class Ran(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


Shell = Callable[..., Ran]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in which the environment speaks ``lang``."""

    def run(*arguments: object, lang: str = "C") -> Ran:
        monkeypatch.setenv("LC_ALL", lang)
        return Ran(cli.run([str(argument) for argument in arguments]), *capsys.readouterr())

    return run


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return volume(tmp_path / "disk", {SYSTEM: HIVE})


def test_collecting_from_a_volume_prints_one_line_and_tells_the_rest_beside(
    ran: Shell, disk: Path, tmp_path: Path
) -> None:
    out = tmp_path / "PC-042.zip"
    run = ran("collect", "--root", disk, "--out", out)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert run.exit_code == 0
    assert run.stdout == f"{out} sha256={digest} files=1 missing=29 denied=0 failed=0 too_big=0 skipped=37\n"
    assert "[67/67] hosts_file: names that this PC answers itself" in run.stderr


def test_the_command_line_speaks_french_where_the_environment_does(ran: Shell, disk: Path, tmp_path: Path) -> None:
    run = ran("collect", "--root", disk, "--out", tmp_path / "a.zip", lang="fr_FR.UTF-8")
    assert "Terminé." in run.stderr


def test_quiet_says_nothing_beside(ran: Shell, disk: Path, tmp_path: Path) -> None:
    assert ran("-q", "collect", "--root", disk, "--out", tmp_path / "a.zip").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--out", "a.zip"), "this computer does not run Windows"),
        (("--root", "."), "holds neither Windows nor Users"),
        (("--root", "nowhere"), "cannot read nowhere"),
        (("--root", ".", "--failure-at", "soon"), "--failure-at soon"),
        (("--root", ".", "--failure-at", "2026-03-02"), "--failure-at 2026-03-02"),
        (("--root", ".", "--reported", "x=y"), "--reported x: no such key; there are password_prompt"),
        (("--root", ".", "--drive", "CD"), "--drive CD"),
    ],
)
def test_what_cannot_be_collected_is_one_line_and_exit_2(
    ran: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    run = ran("collect", *arguments)
    assert (run.exit_code, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith("mailscope: ")
    assert reason in line
    assert list(tmp_path.iterdir()) == []


def test_an_existing_bundle_is_refused(ran: Shell, disk: Path, tmp_path: Path) -> None:
    out = tmp_path / "PC-042.zip"
    out.write_bytes(b"yesterday's")
    run = ran("collect", "--root", disk, "--out", out)
    assert run.exit_code == 2
    assert "exists already" in run.stderr
    assert out.read_bytes() == b"yesterday's"


def test_a_bundle_without_a_given_name_lies_in_the_current_folder(
    ran: Shell, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = ran("collect", "--root", disk)
    assert run.stdout.startswith(f"{tmp_path / 'disk-20'}")
    assert Path(run.stdout.split()[0]).is_file()


def test_a_dry_run_lists_and_takes_nothing(ran: Shell, disk: Path, tmp_path: Path) -> None:
    run = ran("collect", "--root", disk, "--dry-run", "--out", tmp_path / "a.zip")
    assert run.exit_code == 0
    assert "    + C:\\Windows\\System32\\config\\SYSTEM (512 bytes)" in run.stdout
    assert not (tmp_path / "a.zip").exists()


def test_a_kit_is_built_from_the_runtime_that_was_named(ran: Shell, tmp_path: Path) -> None:
    runtime, out = tmp_path / "runtime.zip", tmp_path / "kit.zip"
    with zipfile.ZipFile(runtime, "w") as archive:
        archive.writestr("python.exe", "MZ")
    digest = hashlib.sha256(runtime.read_bytes()).hexdigest()
    refused = ran("kit", "--runtime", runtime, "--out", out)
    assert refused.exit_code == 2
    assert digest in refused.stderr
    run = ran("kit", "--runtime", runtime, "--runtime-sha256", digest.upper(), "--out", out)
    assert run.exit_code == 0
    assert run.stdout == f"{out} sha256={hashlib.sha256(out.read_bytes()).hexdigest()}\n"
