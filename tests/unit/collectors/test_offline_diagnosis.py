"""What a volume holds is enough for the analyzer: forged machines, laid out as a disk, collected and diagnosed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import pipeline
from analyzer.bundle import open_bundle, verification
from analyzer.model import Sight
from fixtures.forge.bundle import bundle_files
from fixtures.forge.scenario import load_scenario
from tests.contracts.tree import ROOT
from tests.unit.collectors.volumes import taken

FAILED = "2026-03-02T08:02:00Z"
SCENARIOS = ROOT / "fixtures" / "scenarios"


def laid_out(scenario: str, root: Path) -> Path:
    """The files of the scenario's disk, without drive letter; what was only made by collecting is gone."""
    for name, data in bundle_files(load_scenario(SCENARIOS / scenario)).items():
        if name.startswith("C/"):
            path = root / name[2:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return root


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [("field_bundle", "stale_token"), ("names_hosts_line", "name_resolution")],
)
def test_a_collected_volume_is_diagnosed(tmp_path: Path, scenario: str, cause: str) -> None:
    root = laid_out(scenario, tmp_path / "disk")
    forged = load_scenario(SCENARIOS / scenario).case
    done = taken(root, failure_at=str(forged.get("failure_utc") or FAILED), reported=(("password_prompt", "no"),))
    result = pipeline.analyze(done.file, tmp_path / "case", pipeline.Options(), lambda *_: None)
    assert (result.bundle.layout, result.bundle.manifest) == ("mailscope", "ok")
    assert result.diagnosis.head.causes[:1] == (cause,)


def test_a_hive_is_read_with_the_log_that_was_collected_beside_it(tmp_path: Path) -> None:
    done = taken(laid_out("token_identity_only_in_log", tmp_path / "disk"))
    result = pipeline.analyze(done.file, tmp_path / "case", pipeline.Options(), lambda *_: None)
    (token,) = (verdict for verdict in result.diagnosis.verdicts if verdict.cause == "stale_token")
    assert "identity_present" in {seen.signal for seen in token.observations if seen.sight is Sight.SEEN}


def test_every_member_is_what_the_manifest_lists(tmp_path: Path) -> None:
    done = taken(laid_out("field_bundle", tmp_path / "disk"))
    with open_bundle(done.file, tmp_path / "spool") as bundle:
        found = verification.verify(bundle)
    assert {one.member: one.check for one in found if one.check != "ok"} == {"manifest.json": "unlisted"}
