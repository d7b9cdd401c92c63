"""``make leaks``: every output of every forged machine, with secrets planted all over it, searched for what is left.

Ends with 1 where anything was found. The gate does the same with the tables of all machines and with all outputs of a
few (``test_scenarios``, ``test_leaks``).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from analyzer.measures import certificates
from fixtures.forge.bundle import build_bundle
from fixtures.forge.certificates import google_pin
from fixtures.forge.scenario import load_scenario
from reports.cli import run
from tests.scenarios.judgement import machines
from tests.scenarios.planting import leaks, planted

EXPORTS = ("timesketch", "ecs", "csv")


def told(folder: Path, room: Path) -> Path:
    """The folder below ``room`` with all that is written of one machine: case, notes of both kinds, exports."""
    bundle, out = room / "bundle.zip", room / "out"
    bundle.write_bytes(build_bundle(planted(load_scenario(folder))))
    analyze = ["-q", "analyze", str(bundle)]
    for lines in (
        [*analyze, "--out", str(out / "case"), "--notes", "md"],
        [*analyze, "--out", str(out / "french"), "--notes", "jira", "--lang", "fr"],
        [*analyze, "--out", str(out / "handed"), "--redact"],
        *(["-q", "export", str(out / "case"), "--format", name, "--out", str(out / name)] for name in EXPORTS),
    ):
        said = StringIO()
        with redirect_stdout(said):
            if code := run(lines):
                raise RuntimeError(f"{folder.name}: {' '.join(lines)} ended with {code}")
        with (out / "stdout.txt").open("a", encoding="utf-8") as file:
            file.write(said.getvalue())
    return out


def _left(folder: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as room, pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "google_roots", lambda: (certificates.Root(*google_pin()),))
        return [f"{folder.name}: {leak}" for leak in leaks(told(folder, Path(room)))]


def main(arguments: Sequence[str]) -> int:
    """Search all machines, or those named, and say what was found and how many were searched."""
    folders = [each for name in ("scenarios", "healthy") for each in machines(name)]
    chosen = [folder for folder in folders if not arguments or folder.name in arguments]
    with ProcessPoolExecutor() as pool:
        found = [leak for some in pool.map(_left, chosen) for leak in some]
    lines = (*found, f"{len(chosen)} machines searched, {len(found)} leaks")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if found or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
