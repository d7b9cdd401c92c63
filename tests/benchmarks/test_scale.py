"""The bars that need much of everything: memory that does not grow with the input, and a case that opens at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer import pipeline
from fixtures.forge import bulk
from tests.benchmarks.cost import Spent, spent, told

pytestmark = pytest.mark.benchmark

MEGABYTE = bulk.MEGABYTE
# both start alike: what a start costs has a bar of its own
IMPORTS = "from analyzer import pipeline; from reports.cli.analyze import make_case"
ANALYZE = "make_case(Path({bundle!r}), Path({case!r}), pipeline.Options(), quiet=True)"
REOPEN = "assert pipeline.reopen(Path({case!r})).result.bundle.readings"


@dataclass(frozen=True)
class Analyzed:
    """A bundle's size, its case, and what making that took."""

    size_bytes: int
    case: Path
    spent: Spent


def bundle(folder: Path, quarters: int) -> Path:
    """A quarter is 125 MB of logs, 100 MB of event records and 25 MB of a hive."""
    logs = folder / "C" / "Windows" / "System32" / "winevt" / "Logs"
    hives = folder / "C" / "Windows" / "System32" / "config"
    texts = folder / "C" / "Users" / "alice" / "AppData" / "Local" / "Temp" / "Diagnostics" / "OUTLOOK"
    for place in (logs, hives, texts):
        place.mkdir(parents=True)
    bulk.event_log(logs / "Application.evtx", quarters * 100 * MEGABYTE)
    bulk.software_hive(hives / "SOFTWARE", quarters * 25 * MEGABYTE)
    for number in range(quarters):
        bulk.office_log(texts / f"OUTLOOK-{number}.log", 125 * MEGABYTE)
    return folder


def analyzed(room: Path, quarters: int) -> Analyzed:
    made = bundle(room / f"bundle-{quarters}", quarters)
    case = room / f"case-{quarters}"
    took = spent(ANALYZE.format(bundle=str(made), case=str(case)), room, IMPORTS)
    return Analyzed(sum(path.stat().st_size for path in made.rglob("*") if path.is_file()), case, took)


@pytest.fixture(scope="module")
def quarter(room: Path) -> Analyzed:
    """250 MB."""
    return analyzed(room, 1)


@pytest.fixture(scope="module")
def whole(room: Path) -> Analyzed:
    """1 GB."""
    return analyzed(room, 4)


def test_memory_stays_flat_in_the_size_of_the_input(quarter: Analyzed, whole: Analyzed) -> None:
    assert whole.size_bytes > 3.9 * quarter.size_bytes
    rows = [sum(r.rows for r in pipeline.reopen(one.case).result.bundle.readings) for one in (quarter, whole)]
    # the keys of a diagnosis are as many in each, all else is four times as much
    assert rows[1] > 3 * rows[0]
    peaks = [one.spent.peak_bytes / MEGABYTE for one in (whole, quarter)]
    assert told("peak memory at 1 GB / at 250 MB", peaks[0], peaks[1], "MB") <= 1.5


def test_a_gigabyte_is_analyzed_in_less_than_800_mb(whole: Analyzed) -> None:
    assert whole.size_bytes > 1000 * MEGABYTE
    assert told("peak memory at 1 GB / allowed", whole.spent.peak_bytes / MEGABYTE, 800, "MB") < 1


def test_reopening_the_case_of_a_gigabyte_costs_a_tenth_of_analyzing_it(whole: Analyzed, room: Path) -> None:
    took = min(spent(REOPEN.format(case=str(whole.case)), room, IMPORTS).cpu_s for _ in range(3))
    assert told("reopening a case / analyzing its bundle", took, whole.spent.cpu_s, "s") <= 0.1
