"""A bundle outlives the catalogue it was collected by: an older one, or a newer one, is read without complaint."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from analyzer import pipeline
from analyzer.pipeline import Result
from tests.unit.collectors.test_offline_diagnosis import laid_out
from tests.unit.collectors.volumes import taken

GONE = "mapi_profile"
"""An item that no catalogue of today has."""


def rewritten(file: Path, out: Path, version: str) -> Path:
    """The bundle as another catalogue's collector had written it: items of other names, and fewer of them."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, _paper(json.loads(data), version) if name == "manifest.json" else data)
    return out


def _paper(told: dict[str, Any], version: str) -> str:
    told["catalog_version"] = version
    told["artifacts"] = [{**row, "artifact": "ntuser"} for row in told["artifacts"] if row["artifact"] == "user_hive"]
    told["omissions"] = [{**told["omissions"][0], "artifact": GONE}, *told["omissions"][:5]]
    told["of_another_time"] = {"nested": [1]}
    return json.dumps(told)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return taken(laid_out("field_bundle", tmp_path / "disk"), failure_at="2026-03-02T08:02:00Z").file


def analyzed(path: Path, case: Path) -> Result:
    return pipeline.analyze(path, case, pipeline.Options(strict=True), lambda *_: None)


@pytest.mark.parametrize("version", ["0", "99"], ids=["older", "newer"])
def test_a_bundle_of_another_catalogue_is_read_like_one_of_ours(bundle: Path, tmp_path: Path, version: str) -> None:
    ours = analyzed(bundle, tmp_path / "ours")
    other = analyzed(rewritten(bundle, tmp_path / "other.zip", version), tmp_path / "other")
    assert other.bundle.manifest == "ok"
    members = {row.member.name: (row.member.item, row.rows) for row in other.bundle.readings}
    assert members == {row.member.name: (row.member.item, row.rows) for row in ours.bundle.readings}
    assert GONE in {row.item for row in other.bundle.omissions}
    assert other.diagnosis.head == ours.diagnosis.head
