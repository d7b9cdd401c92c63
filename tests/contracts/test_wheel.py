"""The wheel, alone: what is in it, and whether it finds its data away from this tree."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.contracts.tree import PRODUCT, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree without a look at any registry."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_packages_and_no_other_folder(wheel: Path) -> None:
    held = {name for name in members(wheel) if ".dist-info/" not in name}
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PRODUCT
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert held == ours


def test_the_wheel_brings_its_licence(wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in members(wheel))


@pytest.mark.parametrize(
    "command",
    [
        ["--version"],
        ["causes"],
        ["knowledge", "check"],
        ["schema"],
        ["demo", "--out", "case"],
        ["collect", "--dry-run"],
    ],
    ids=" ".join,
)
def test_a_command_of_the_wheel_finds_its_data(wheel: Path, tmp_path: Path, command: list[str]) -> None:
    away = tmp_path / "away"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(away)
    script = (
        f"import sys; sys.path.insert(0, {str(away)!r}); import reports.cli; "
        f"assert reports.cli.__file__.startswith({str(away)!r}); reports.cli.main()"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", script, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr if run.returncode else "") == (0, "")
    assert run.stdout
