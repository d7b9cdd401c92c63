from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from collectors import __main__ as program
from collectors import catalog
from tests.unit.collectors.volumes import HIVE, SYSTEM, volume


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return volume(tmp_path / "disk", {SYSTEM: HIVE})


def test_a_collection_ends_with_one_line_on_standard_output(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "PC-042.zip"
    assert program.main(["--root", str(disk), "--out", str(out), "--lang", "en"]) == 0
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    assert line.startswith(f"{out} sha256=")
    assert "[67/67] hosts_file" in told.err


def test_quiet_is_quiet(disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["-q", "--root", str(disk), "--out", str(tmp_path / "a.zip")]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lang", "reason"),
    [("en", "this computer does not run Windows"), ("fr", "cet ordinateur n'est pas sous Windows")],
)
def test_without_windows_and_without_a_volume_there_is_nothing_to_collect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, reason: str
) -> None:
    assert program.main(["--out", str(tmp_path / "a.zip"), "--lang", lang]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"mailscope: {reason}")
    assert len(told.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("collectors.gathering.Gathering._one", interrupt)
    assert program.main(["--root", str(disk), "--out", str(tmp_path / "a.zip"), "--lang", "en"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "mailscope: interrupted: nothing was kept"
    assert [path.name for path in tmp_path.iterdir()] == ["disk"]


def test_a_dry_run_takes_nothing_and_tells_everything(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["--dry-run", "--root", str(disk), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    for item in catalog.load().items:
        assert f"{item.id}: {item.why}\n" in told
        assert (item.command or item.key or item.channel or item.place) in told
    assert "    + C:\\Windows\\System32\\config\\SYSTEM (512 bytes)\n" in told
    assert "Never taken: passwords" in told
    assert [path.name for path in tmp_path.iterdir()] == ["disk"]


def test_a_dry_run_needs_no_windows(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--dry-run", "--lang", "fr"]) == 0
    told = capsys.readouterr().out
    assert "hosts_file: noms auxquels ce PC répond lui-même" in told
    assert "Jamais collecté" in told
    assert "Connexions : sauf avec --no-network" in told


@pytest.mark.parametrize(
    ("folder", "passing"),
    [
        ("Temp1_kit.zip", True),
        ("6f1b2c3d_kit.zip.f4a", True),
        ("7zO4A1B2C3D/kit", True),
        ("Rar$EXa12345.6789/kit", True),
        ("wz1a2b", True),
        ("kit", False),
        ("kit.zip.unpacked", False),
        ("../kit.zip", False),
    ],
)
def test_a_start_out_of_an_archives_window_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, passing: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    start = tmp_path / "temp" / folder / "collector.pyz"
    assert program._is_passing(start) == passing  # noqa: SLF001  (there is no such window here)


def test_out_of_an_archives_window_the_person_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "Temp1_kit.zip" / "collector.pyz")])
    assert program.main(["--lang", "en"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Extract All" in line


@pytest.mark.parametrize("text", ["password_prompt", "unheard_of=yes"])
def test_a_wrong_option_is_told_in_one_line(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    asked = ["--root", str(disk), "--out", str(tmp_path / "a.zip"), "--reported", text, "--lang", "en"]
    assert program.main(asked) == 2
    assert capsys.readouterr().err.startswith("mailscope: --reported ")


@pytest.mark.parametrize("wrong", [["--failure-at", "yesterday"], ["--reported", "weather=fine"], ["--out", "."]])
def test_what_is_wrong_is_told_before_anybody_is_asked(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("collectors.interview.is_possible", lambda: True)
    monkeypatch.setattr("collectors.interview.typed", lambda question: pytest.fail(f"asked: {question}"))
    assert program.main([*wrong, "--lang", "en"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mailscope: ")


@pytest.mark.parametrize("asked", [["--frobnicate"], ["--lang", "de"], ["--out"]], ids=str)
def test_an_option_that_there_is_not_is_told_in_one_line_too(
    capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    assert program.main(asked) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("mailscope: ")
    assert asked[0] in line


def test_a_process_without_standard_streams_collects_all_the_same(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    out = tmp_path / "PC-042.zip"
    assert program.main(["--root", str(disk), "--out", str(out)]) == 0
    assert out.exists()
    assert program.main(["--root", str(disk), "--out", str(out)]) == 2


def test_a_dry_run_names_what_cannot_be_looked_into(
    disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = os.scandir

    def closed(folder: str) -> object:
        if folder.endswith("Users"):
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    (disk / "Users").mkdir()
    monkeypatch.setattr("os.scandir", closed)
    assert program.main(["--dry-run", "--root", str(disk), "--lang", "en"]) == 0
    assert "    - Permission denied (13)\n" in capsys.readouterr().out
