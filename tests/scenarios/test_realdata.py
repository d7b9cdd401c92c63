"""Real machines, whole: both bundles of the real data as a folder and as a ZIP.

They are machines without the fault, collected by hand without hives of users or live state: nobody may be accused,
nothing may be passed over in silence, and what is known to lie in them must be found.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyevtx
import pytest

from analyzer.case import TABLES
from analyzer.model import utc
from analyzer.pipeline import Options, Result, analyze

PROTOCOLS = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
BUNDLES = ("bundle-GoldPaperW11", "bundle-DESKTOP-2KGM189")


@dataclass(frozen=True)
class Analyzed:
    """A result, the folder its tables lie in, and the input's files by member name."""

    result: Result
    case: Path
    files: dict[str, Path]

    def table(self, name: str) -> pl.DataFrame:
        """All rows of one table."""
        return pl.read_parquet(self.case / TABLES / name / "*.parquet")


@pytest.fixture(scope="module", params=[(name, form) for name in BUNDLES for form in ("folder", "zip")])
def analyzed(request: pytest.FixtureRequest, realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    """Each real bundle, analyzed once in each form."""
    name, form = request.param
    folder = realdata / name
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    case = tmp_path_factory.mktemp("case")
    given = folder if form == "folder" else _zipped(files, case / "bundle.zip")
    return Analyzed(analyze(given, case, Options(), lambda *_: None), case, files)


def _zipped(files: dict[str, Path], target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return target


def test_nothing_is_confirmed_or_likely(analyzed: Analyzed) -> None:
    accused = [
        (v.cause, v.status)
        for v in analyzed.result.diagnosis.verdicts
        if v.status in ("confirmed", "likely", "contradictory")
    ]
    assert accused == []
    assert len(analyzed.result.diagnosis.verdicts) >= 2
    assert analyzed.result.diagnosis.head.status == "undetermined"


def test_every_file_is_read_or_named_in_the_gaps(analyzed: Analyzed) -> None:
    readings = {reading.member.name: reading for reading in analyzed.result.bundle.readings}
    named = {gap.artifact for gap in analyzed.result.diagnosis.gaps}
    assert sorted(readings) == sorted(analyzed.files)
    assert [
        name for name, reading in readings.items() if not reading.rows and name not in named and not reading.whole
    ] == []


def test_each_log_has_as_many_records_as_libevtx_counts(analyzed: Analyzed) -> None:
    events = analyzed.table("events").group_by("artifact").len()
    ours = dict(zip(events["artifact"], events["len"], strict=True))
    logs = {name: path for name, path in analyzed.files.items() if name.endswith(".evtx")}
    theirs = {}
    for name, path in logs.items():
        log = pyevtx.file()
        log.open(str(path))
        theirs[name] = log.number_of_records
        log.close()
    assert len(logs) > 1
    assert {name: ours.get(name, 0) for name in logs} == theirs


def _kernel_general_1(analyzed: Analyzed) -> list[dict[str, Any]]:
    rows = analyzed.table("events").filter(
        pl.col("artifact") == "evtx/system.evtx",
        pl.col("provider") == "Microsoft-Windows-Kernel-General",
        pl.col("event_id") == 1,
    )
    return [json.loads(data) for data in rows["data"]]


def test_the_clock_changes_of_the_windows_10_machine_are_found(realdata: Path, tmp_path: Path) -> None:
    analyzed = _desktop(realdata, tmp_path)
    steps = []
    for data in _kernel_general_1(analyzed):
        new, old = utc(data["NewTime"]), utc(data["OldTime"])
        assert new is not None
        assert old is not None
        steps.append((new - old).total_seconds())
    assert len(steps) == 208
    assert [step for step in steps if 9.9 * 3600 < abs(step) < 10.1 * 3600]


def test_its_time_zone_and_its_empty_list_of_tls_protocols_are_found(realdata: Path, tmp_path: Path) -> None:
    analyzed = _desktop(realdata, tmp_path)
    assert "Pacific Standard Time" in [d.value for d in analyzed.result.diagnosis.machine if d.name == "time_zone"]
    keys = analyzed.table("registry").filter(pl.col("key").str.starts_with(PROTOCOLS))
    assert keys["key"].to_list() == [PROTOCOLS]
    assert keys["name"].to_list() == [None]


def _desktop(realdata: Path, tmp_path: Path) -> Analyzed:
    folder = realdata / "bundle-DESKTOP-2KGM189"
    return Analyzed(analyze(folder, tmp_path, Options(), lambda *_: None), tmp_path, {})
