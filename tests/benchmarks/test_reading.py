"""The bars of the design's table "Speed" for bringing evidence in."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import evtx
import pytest

from analyzer.bundle import open_bundle
from analyzer.parsers import read_artifact
from tests.benchmarks.cost import ratio

pytestmark = pytest.mark.benchmark


def test_a_zip_with_hashes_costs_at_most_1_6_times_reading_it(realdata: Path, tmp_path: Path) -> None:
    made = shutil.make_archive(str(tmp_path / "bundle"), "zip", realdata / "bundle-GoldPaperW11")
    path = Path(made)

    def opened() -> None:
        with open_bundle(path, tmp_path / "spool"):
            pass

    def read() -> None:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    while member.read(1 << 20):
                        pass

    assert ratio("ZIP with SHA-256 / block-wise zipfile", opened, read) <= 1.6


def test_an_event_log_in_columns_costs_at_most_3_times_its_json(realdata: Path, tmp_path: Path) -> None:
    found = realdata / "bundle-GoldPaperW11" / "evtx" / "Microsoft-Windows-Store%4Operational.evtx"
    log = tmp_path / "bundle" / "Store.evtx"
    log.parent.mkdir()
    shutil.copy(found, log)

    def parsed() -> None:
        with open_bundle(log.parent, tmp_path / "spool") as bundle:
            for artifact in bundle.artifacts():
                read_artifact(artifact, lambda table, rows: rows.write_parquet(tmp_path / f"{table}.parquet"))

    def iterated() -> None:
        for _ in evtx.PyEvtxParser(str(log)).records_json():
            pass

    assert ratio("event log into the table / raw JSON", parsed, iterated) <= 3.0
