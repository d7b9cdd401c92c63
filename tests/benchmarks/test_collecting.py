"""The bars of the collector: time beside a plain loop, and memory."""

from __future__ import annotations

import hashlib
import itertools
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.benchmarks.cost import ratio
from tests.contracts.tree import ROOT
from tests.unit.collectors.volumes import TEMP, taken, volume

pytestmark = pytest.mark.benchmark

FILES, LINES = 2_000, 780
MOST_KIB = 100 << 10

ALONE = """
import sys
from pathlib import Path
from collectors.case import Options
from collectors.collect import collect
from collectors.console import Console

collect(Options(root=Path(sys.argv[1]), out=Path(sys.argv[2])), Console("en", None))
# not getrusage: that also counts what this process was before it was this program
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 logs of 100 kB."""
    source = random.Random(7)  # noqa: S311  (a log is no secret)
    root = tmp_path_factory.mktemp("pc") / "disk"
    line = b"03/02/2026 09:02:00.123 OUTLOOK (0x1a2b) IdentityService %s\n"
    files = {
        f"{TEMP}/Diagnostics/OUTLOOK/OUTLOOK{number}.log": line % source.randbytes(32).hex().encode() * LINES
        for number in range(FILES)
    }
    return volume(root, files)


def test_2000_files_of_200_mb_cost_at_most_3_times_a_plain_loop(disk: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    def collected() -> None:
        assert len(taken(disk, out=tmp_path / f"{next(numbers)}.zip").taken) == FILES

    def plain() -> None:
        with zipfile.ZipFile(tmp_path / "plain.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(disk.rglob("*.log")):
                data = path.read_bytes()
                hashlib.sha256(data).hexdigest()
                archive.writestr(path.name, data)

    assert ratio("collecting / read, hash, deflate", collected, plain) <= 3.0


@pytest.mark.parametrize("size", [0, 256 << 20], ids=["many files", "and a large one"])
def test_collecting_takes_less_than_100_mb_of_memory(disk: Path, tmp_path: Path, size: int) -> None:
    large = disk / TEMP / "netlog_1.json"
    with large.open("wb") as stream:
        stream.truncate(size or 1)
    run = subprocess.run(
        [sys.executable, "-c", ALONE, str(disk), str(tmp_path / "a.zip")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"\npeak memory: {int(run.stdout) >> 10} MiB")
    assert int(run.stdout) < MOST_KIB
