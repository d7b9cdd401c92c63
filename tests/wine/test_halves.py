"""Both halves of a collection, with a second process that Windows itself starts by the verb ``runas``."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analyzer.pipeline import Options, analyze
from collectors import catalog
from tests.wine.pc import ACCOUNT, Pc
from tests.wine.prefix import SCRIPTS

ITEMS = [item for item in catalog.load().items if item.method != "event-export" or item.needs_admin]
ADMIN = {item.id for item in ITEMS if item.needs_admin}


@pytest.fixture(scope="module", params=[False, True], ids=["granted", "refused"])
def bundle(pc: Pc, request: pytest.FixtureRequest) -> Path:
    """What somebody without rights brings, elevation granted or refused."""
    # of what administrators alone may take, Wine has only this
    pc.prefix.put("C:\\windows\\Temp\\PC-042-20260302-0802.log", b"installed\r\n")
    out = f"C:\\halves {request.param}.zip"
    failed = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    pc.prefix.ask(packed(pc), {"refuses": request.param, "out": out, "account": ACCOUNT, "failed": failed})
    return pc.prefix.at(out)


@pytest.fixture(scope="module")
def manifest(bundle: Path) -> dict[str, Any]:
    """Its manifest, and whether elevation was refused."""
    with zipfile.ZipFile(bundle) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
        assert archive.testzip() is None
    return found | {"refused": "True" in bundle.name}


def packed(pc: Pc) -> str:
    """The script as an archive: as such the collector asks for elevation on its own behalf."""
    program = "C:\\halves.pyz"
    with zipfile.ZipFile(pc.prefix.at(program), "w") as archive:
        archive.write(SCRIPTS / "halves.py", "__main__.py")
    return program


def test_every_item_has_an_outcome_whether_or_not_elevation_was_granted(manifest: dict[str, Any]) -> None:
    told = {row["artifact"] for row in (*manifest["artifacts"], *manifest["omissions"])}
    assert told == {item.id for item in ITEMS}


def test_the_users_half_is_there_in_both_cases(manifest: dict[str, Any]) -> None:
    taken = {row["artifact"] for row in manifest["artifacts"]}
    assert taken >= {"live_state", "reg_user_office", "reg_webview2_wow", "office_log"}
    assert manifest["host"]["elevated"] is not manifest["refused"]


def test_what_needs_rights_comes_home_in_both_cases_where_it_can_be_read(manifest: dict[str, Any]) -> None:
    assert "clicktorun_log" in {row["artifact"] for row in manifest["artifacts"]}
    left = {row["artifact"]: row["reason"] for row in manifest["omissions"] if row["artifact"] in ADMIN}
    assert "no hive" in left["system_hive"]
    # the filters' records are refused to the half that knows that it has no rights
    assert ("elevation" in left["wfp_netevents"]) is manifest["refused"]


def test_the_cause_is_named_with_and_without_elevation(bundle: Path, tmp_path: Path) -> None:
    done = analyze(bundle, tmp_path / "case", Options(), lambda _name, _done, _all: None)
    assert (str(done.diagnosis.head.status), done.diagnosis.head.causes) == ("pinpointed", ("stale_token",))
