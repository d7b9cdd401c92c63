"""Seeded damage to real files: the same number is the same damage on every machine.

``python -m tests.properties.mutations COUNT [FIRST]`` tries so many and tells what came of them: ``make fuzz`` does.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.bundle import open_bundle
from analyzer.parsers import read_artifact
from tests.conftest import realdata_folder

# larger ones take seconds each and hold nothing that these do not
LARGEST_BYTES = 1_200_000
MOST_S, MOST_BYTES = 10, 1 << 30
_STATUS = Path("/proc/self/status")
_REFERENCES = Path("/proc/self/clear_refs")
_LOGS = re.compile(r"\.log[12]?$", re.IGNORECASE)
_INTEGERS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0")

Files = Mapping[str, bytes]
Damage = Callable[[random.Random, bytearray], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one damage: CPU seconds, the most memory held meanwhile (0 where nobody tells), and the words.

    ``defects`` are what the runner had to catch: a parser met what it did not foresee.
    """

    seconds: float
    peak_bytes: int
    rows: int
    gaps: int
    defects: tuple[str, ...]


def groups(realdata: Path, largest: int = LARGEST_BYTES) -> tuple[tuple[Path, ...], ...]:
    """The files that are read together: a hive with its transaction logs, all others alone."""
    files = [path for path in sorted(realdata.rglob("*")) if path.is_file() and path.parent != realdata]
    alone = [path for path in files if not _LOGS.search(path.name) and 0 < path.stat().st_size <= largest]
    return tuple((path, *(log for log in files if _is_log_of(log, path))) for path in alone)


def _is_log_of(log: Path, hive: Path) -> bool:
    stem = _LOGS.sub("", log.name).lower()
    return log.parent == hive.parent and log != hive and stem == hive.name.lower()


def damaged(seed: int, known: tuple[tuple[Path, ...], ...]) -> Files:
    """One to three damages to one file of one group."""
    chance = random.Random(seed)  # noqa: S311  (damage is no secret)
    group = chance.choice(known)
    hurt = chance.choice([path for path in group if path.stat().st_size])
    files = {path.name: path.read_bytes() for path in group}
    data = bytearray(files[hurt.name])
    for _ in range(chance.randint(1, 3)):
        if data:
            chance.choice(_DAMAGES)(chance, data)
    return {**files, hurt.name: bytes(data)}


def _flip(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.randint(1, 16)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def _blank(chance: random.Random, data: bytearray) -> None:
    start, size = _range(chance, data)
    data[start : start + size] = bytes(size)


def _repeat(chance: random.Random, data: bytearray) -> None:
    start, size = _range(chance, data)
    data[start:start] = data[start : start + size]


def _drop(chance: random.Random, data: bytearray) -> None:
    start, size = _range(chance, data)
    del data[start : start + size]


def _exchange(chance: random.Random, data: bytearray) -> None:
    """Two pages in each other's place, as a disk that lost its order."""
    pages = len(data) // 4096
    if pages > 1:
        one, other = (4096 * page for page in chance.sample(range(pages), 2))
        data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]


def _lie(chance: random.Random, data: bytearray) -> None:
    """A size, an offset or a count that is not true."""
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data)) & ~3
        data[at : at + 4] = chance.choice(_INTEGERS)[: len(data) - at]


def _noise(chance: random.Random, data: bytearray) -> None:
    start, size = _range(chance, data)
    data[start : start + size] = chance.randbytes(size)


def _range(chance: random.Random, data: bytearray) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(chance.choice((1, 8, 64, 512, 4096, 65536)), len(data) - start)


_DAMAGES: tuple[Damage, ...] = (_flip, _cut, _blank, _repeat, _drop, _exchange, _lie, _noise)


def outcome(files: Files, scratch: Path) -> Outcome:
    """Read these files as a bundle; anything that gets out is a crash."""
    folder = scratch / "bundle"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    _forget_peak()
    started = time.process_time()
    rows, gaps, defects = 0, 0, []
    with open_bundle(folder, scratch) as bundle:
        gaps += len(bundle.gaps)
        for artifact in bundle.artifacts():
            reading, told = read_artifact(artifact, lambda *_: None)
            rows += reading.rows
            gaps += len(told)
            defects += [gap.reason for gap in told if gap.reason.startswith("from here on: ")]
    return Outcome(time.process_time() - started, _peak(), rows, gaps, tuple(defects))


def _forget_peak() -> None:
    if _REFERENCES.exists():
        # 5: the peak begins anew. Source: proc(5)
        _REFERENCES.write_text("5")


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text()) if _STATUS.exists() else None
    return int(found[1]) * 1024 if found else 0


def outcomes(seeds: range, realdata: Path, largest: int = LARGEST_BYTES) -> Iterator[tuple[int, Outcome]]:
    """Each seed with what came of its damage."""
    known = groups(realdata, largest)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as scratch:
            yield seed, outcome(damaged(seed, known), Path(scratch))


def main(count: int, first: int = 0) -> int:
    """Try so many, print what came of them; 1 where a damage took too much."""
    slowest, largest, defects, gaps = 0.0, 0, Counter[str](), 0
    excessive = []
    for seed, one in outcomes(range(first, first + count), realdata_folder()):
        slowest, largest, gaps = max(slowest, one.seconds), max(largest, one.peak_bytes), gaps + bool(one.gaps)
        defects.update(one.defects)
        if one.seconds > MOST_S or one.peak_bytes > MOST_BYTES:
            excessive.append(seed)
    print(f"{count} mutations: none crashed, {gaps} told a gap")
    print(f"the slowest took {slowest:.2f} s of CPU, the largest {largest / (1 << 20):.0f} MB of memory")
    print(f"caught by the runner: {dict(defects) or 'nothing'}")
    print(f"seeds above the limits: {excessive or 'none'}")
    return int(bool(excessive))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
